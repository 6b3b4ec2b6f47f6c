import type { RecipeStep } from '../../learn/recipe/index.js';

export const RECIPE_NAME = /^[A-Za-z0-9_-]{1,64}$/;
export const RECIPE_NAME_SHAPE = { message: 'must be 1 to 64 of A-Z a-z 0-9 _ -' };

/** A recipe as it is kept. */
export interface Recipe {
  readonly datasetId: string;
  readonly name: string;
  readonly version: number;
  /** As they were sent, and found right. */
  readonly steps: readonly RecipeStep[];
  readonly createdAt: Date;
}

/** As callers see it; Recipe in openapi.yaml. */
export function recipeView({ createdAt, ...recipe }: Recipe) {
  return { ...recipe, createdAt: createdAt.toISOString() };
}
