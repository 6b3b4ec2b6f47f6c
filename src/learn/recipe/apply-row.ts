import { type Cell, compileExpression, type Row } from './evaluate.js';
import type { PlannedStep } from './recipe-plan.js';

/** What steps have learned from the table: by the index of the step, the texts that are not rare. */
export type LearnedSteps = ReadonlyMap<number, ReadonlySet<string>>;

/**
 * The steps that happen to a row on its own, as a function: what a row must go through before a prediction. Choosing
 * rows (filter, sample, deduplicate) is for tables and is left out.
 */
export function compileRowSteps(steps: readonly PlannedStep[], learned: LearnedSteps): (row: Row) => Row {
  const changes = steps.map((step, index) => compileStep(step, learned.get(index)));
  return (row) => {
    const changed = new Map(row);
    for (const change of changes) change(changed);
    return changed;
  };
}

function compileStep(
  step: PlannedStep,
  kept: ReadonlySet<string> | undefined,
): (row: Map<string, Cell>) => void {
  switch (step.kind) {
    case 'assign': {
      const compute = compileExpression(step.expression);
      return (row) => void row.set(step.column, compute(row));
    }
    case 'drop':
      return (row) => {
        for (const name of step.columns) row.delete(name);
      };
    case 'rename':
      return (row) => {
        row.set(step.to, row.get(step.from) ?? null);
        row.delete(step.from);
      };
    case 'group_rare':
      return (row) => {
        const value = row.get(step.column);
        if (typeof value === 'string' && kept?.has(value) !== true) row.set(step.column, step.into);
      };
    default:
      return () => undefined;
  }
}
