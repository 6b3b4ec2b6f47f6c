import { IsArray, IsOptional, Matches } from 'class-validator';
import { RECIPE_NAME, RECIPE_NAME_SHAPE } from './recipe.js';

export class RecipePath {
  @Matches(/^.{1,256}$/)
  id!: string;

  @Matches(RECIPE_NAME, RECIPE_NAME_SHAPE)
  name!: string;
}

/** The steps are judged with the data set's columns. */
export class RecipeBody {
  @IsArray()
  steps!: unknown[];
}

export class PreviewBody {
  /** Absent: those that are kept. */
  @IsOptional()
  @IsArray()
  steps?: unknown[];
}
