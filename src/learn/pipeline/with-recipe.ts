import type { RecipeStep } from '../recipe/index.js';
import type { RecipeColumn } from '../recipe/recipe-plan.js';
import { RowRecipe } from '../recipe/row-recipe.js';
import { FittedPipeline } from './fitted-pipeline.js';
import type { InputColumn } from './signature.js';

/**
 * A pipeline that was trained on what a recipe made, as one that takes rows in the columns of the data set.
 * @param pipeline trained on the table that came out of the recipe
 * @param steps frozen, without problems
 * @param columns of the data set
 * @param describe what the data set holds in columns that the recipe changes before the pipeline sees them
 */
export async function withRecipe(
  pipeline: FittedPipeline,
  steps: readonly RecipeStep[],
  columns: readonly RecipeColumn[],
  describe: (columns: readonly RecipeColumn[]) => Promise<readonly InputColumn[]>,
): Promise<FittedPipeline> {
  const { signature } = pipeline;
  const taken = signature.inputs;
  const recipe = RowRecipe.of(
    steps,
    columns,
    taken.map(({ name }) => name),
  );
  const inputs = recipe === null ? taken : await outerInputs(recipe, taken, describe);
  const names = new Set(inputs.map(({ name }) => name));
  const known = [...columns.map(({ name }) => name), ...signature.ignored];
  const ignored = [...new Set(known)].filter((name) => !names.has(name));
  return new FittedPipeline({
    ...pipeline.steps,
    signature: { ...signature, inputs, ignored },
    recipe: recipe && { recipe, inputs: taken },
  });
}

/** A column that goes through untouched is described by what training saw of it. */
async function outerInputs(
  recipe: RowRecipe,
  taken: readonly InputColumn[],
  describe: (columns: readonly RecipeColumn[]) => Promise<readonly InputColumn[]>,
): Promise<InputColumn[]> {
  const isTouched = (name: string) =>
    recipe.steps.some(
      (step) => (step.step === 'rename' && step.to === name) || ('column' in step && step.column === name),
    );
  const known = recipe.inputs.map(({ name, type }) =>
    taken.find((input) => input.name === name && input.type === type && !isTouched(name)),
  );
  const described = await describe(recipe.inputs.filter((_, k) => known[k] === undefined));
  const byName = new Map(described.map((input) => [input.name, input]));
  return recipe.inputs.map(({ name }, k) => known[k] ?? byName.get(name)!);
}
