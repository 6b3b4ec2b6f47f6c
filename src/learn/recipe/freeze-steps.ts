import type { RecipeStep } from './index.js';
import { planRecipe } from './plan-recipe.js';
import type { Lesson, PlannedStep, RecipeColumn, RecipePlan } from './recipe-plan.js';

/** What was found in a column: the value for its gaps, or the texts that are frequent enough. */
export type Learned = number | string | boolean | readonly string[];

/**
 * Learns, in order, what the steps of a recipe take from the table, and writes it into them: a fill with a rule becomes
 * a fill with a value, a grouping by a number of rows one by a list. What comes out is a recipe like any other, does
 * the same to every row, and needs no table any more.
 *
 * Each step is learned from all rows that have come so far, those that will be held out for the evaluation too: a
 * recipe is a part of the data set, not of the model.
 * @param steps a recipe without problems
 * @param learn looks at `column` of the table that the steps of `before` make
 */
export async function freezeSteps(
  steps: readonly RecipeStep[],
  columns: readonly RecipeColumn[],
  learn: (before: RecipePlan, column: string, lesson: Lesson) => Promise<Learned>,
): Promise<{ steps: RecipeStep[]; plan: RecipePlan }> {
  const frozen: RecipeStep[] = [...steps];
  let { plan } = planRecipe(frozen, columns);
  for (let at = nextLesson(plan); at >= 0; at = nextLesson(plan)) {
    const source = plan.sources[at]!;
    const { column, lesson } = plan.steps[at] as Extract<PlannedStep, { kind: 'learn' }>;
    const before = source === 0 ? nothing(columns) : planRecipe(frozen.slice(0, source), columns).plan;
    frozen[source] = frozenStep(column, lesson, await learn(before, column, lesson));
    ({ plan } = planRecipe(frozen, columns));
  }
  return { steps: frozen, plan };
}

function nextLesson(plan: RecipePlan): number {
  return plan.steps.findIndex(({ kind }) => kind === 'learn');
}

function nothing(columns: readonly RecipeColumn[]): RecipePlan {
  return { steps: [], sources: [], columns };
}

function frozenStep(column: string, lesson: Lesson, learned: Learned): RecipeStep {
  return lesson.find === 'frequent'
    ? { step: 'group_rare', column, keep: learned as readonly string[], into: lesson.into }
    : { step: 'fill', column, value: learned as number | string | boolean };
}
