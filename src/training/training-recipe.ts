import type { ColumnSchema } from '../datasets/ingest/ingest-types.js';
import { outputSchema } from '../datasets/recipe/output-schema.js';
import type { ProblemItem } from '../errors/problem.js';
import type { PipelineSpec } from '../learn/pipeline/spec.js';
import { planRecipe } from '../learn/recipe/plan-recipe.js';
import { originOf, rowPart } from '../learn/recipe/row-part.js';
import type { TrainingRecipe } from './training-spec.js';

interface Content {
  readonly columns: readonly ColumnSchema[];
  readonly nRows: number;
}

/** The columns that a training learns from, and what keeps the recipe from being applied to this version of the data. */
export function columnsAfter(
  recipe: TrainingRecipe,
  dataset: Content,
): { columns: ColumnSchema[] | undefined; problems: ProblemItem[] } {
  const { plan, problems } = planRecipe(recipe.steps, named(dataset.columns));
  if (problems.length === 0) {
    return { columns: outputSchema(plan, dataset.columns, dataset.nRows), problems: [] };
  }
  const found = problems.map(({ code, argument, message, expectedType }): ProblemItem => {
    const expected = expectedType === undefined ? {} : { expectedType };
    return { code, argument: `recipe.${argument}`, message: `recipe.${message}`, ...expected };
  });
  return { columns: undefined, problems: found };
}

/** A row that asks for a prediction has no target: no column that is learned from may be made of it. */
export function targetLeaks(recipe: TrainingRecipe, { columns }: Content, spec: PipelineSpec): ProblemItem[] {
  if (spec.target === null) return [];
  const { plan } = planRecipe(recipe.steps, named(columns));
  const left = new Set([spec.target, ...spec.dropColumns]);
  const wanted = plan.columns.map(({ name }) => name).filter((name) => !left.has(name));
  const origin = originOf(recipe.steps, named(columns), spec.target);
  const isLeaking = rowPart(recipe.steps, named(columns), wanted).columns.some(({ name }) => name === origin);
  if (!isLeaking) return [];
  const message = 'recipe: a column to learn from is made of the target; drop it, or derive it from others';
  return [{ code: 'leaks_target', argument: 'recipe', column: spec.target, message }];
}

function named(columns: readonly ColumnSchema[]) {
  return columns.map(({ name, type }) => ({ name, type }));
}
