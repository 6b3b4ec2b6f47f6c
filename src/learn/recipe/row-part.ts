import type { Expression } from './expression.js';
import type { RecipeStep } from './index.js';
import { planRecipe } from './plan-recipe.js';
import type { PlannedStep, RecipeColumn } from './recipe-plan.js';

/**
 * What must be done to a row so that it has the wanted columns, and from which columns: the steps that choose rows are
 * left out, and so is every assignment that nothing wanted depends on. Found by going through the steps backwards.
 * @param steps without problems
 */
export function rowPart(
  steps: readonly RecipeStep[],
  columns: readonly RecipeColumn[],
  wanted: readonly string[],
): { columns: RecipeColumn[]; steps: RecipeStep[] } {
  const { needed, isUsed } = trace(steps, columns, wanted);
  const inputs = columns.filter(({ name }) => needed.has(name));
  const present = new Set(inputs.map(({ name }) => name));
  const part = steps.flatMap((step, index): RecipeStep[] => {
    switch (step.step) {
      case 'filter':
      case 'sample':
      case 'deduplicate':
        return [];
      case 'drop': {
        const names = step.columns.filter((name) => present.delete(name));
        return names.length === 0 ? [] : [{ step: 'drop', columns: names }];
      }
      case 'rename':
        // Also where nobody wants it: the old name may be given again.
        if (!present.delete(step.column)) return [];
        present.add(step.to);
        return [step];
      default:
        if (!isUsed.has(index)) return [];
        for (const name of made(step)) present.add(name);
        return [step];
    }
  });
  // Without what only takes away, nothing happens at all.
  return part.every(({ step }) => step === 'drop')
    ? { columns: inputs, steps: [] }
    : { columns: inputs, steps: part };
}

/** The original column whose values a column still holds, mended or not; undefined when it was derived. */
export function originOf(
  steps: readonly RecipeStep[],
  columns: readonly RecipeColumn[],
  name: string,
): string | undefined {
  let current = name;
  for (const step of planRecipe(steps, columns).plan.steps.toReversed()) {
    if (step.kind === 'rename' && step.to === current) current = step.from;
    const isMade = step.kind === 'assign' && step.column === current;
    if (isMade && !columnsOf(step.expression).has(current)) return undefined;
  }
  return current;
}

function trace(
  steps: readonly RecipeStep[],
  columns: readonly RecipeColumn[],
  wanted: readonly string[],
): { needed: ReadonlySet<string>; isUsed: ReadonlySet<number> } {
  const { plan } = planRecipe(steps, columns);
  const needed = new Set(wanted);
  const isUsed = new Set<number>();
  for (let at = plan.steps.length - 1; at >= 0; at--) {
    const step: PlannedStep = plan.steps[at]!;
    if (step.kind === 'rename' && needed.delete(step.to)) needed.add(step.from);
    if (step.kind === 'learn' && needed.has(step.column)) isUsed.add(plan.sources[at]!);
    if (step.kind !== 'assign' || !needed.delete(step.column)) continue;
    isUsed.add(plan.sources[at]!);
    for (const name of columnsOf(step.expression)) needed.add(name);
  }
  return { needed, isUsed };
}

function columnsOf(expression: Expression): Set<string> {
  if (expression.kind === 'column') return new Set([expression.name]);
  if (expression.kind === 'literal') return new Set();
  return new Set(expression.arguments.flatMap((part) => [...columnsOf(part)]));
}

/** The names that a step on cells gives values to. */
function made(
  step: Exclude<RecipeStep, { step: 'drop' | 'filter' | 'deduplicate' | 'sample' | 'rename' }>,
): string[] {
  return step.step === 'split_date' ? step.parts.map((part) => `${step.column}_${part}`) : [step.column];
}
