/**
 * Recipes are built here, by the owner of this room: kept with a data set and versioned, said in SQL, applied to the
 * canonical Parquet in a process of their own, shown on a sample before anyone trains with them. What a step means is
 * said in `learn/recipe`.
 */
export type { RecipeStep } from '../../learn/recipe/index.js';
