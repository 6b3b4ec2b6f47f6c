import { type Cell, compileExpression, type Row } from './evaluate.js';
import type { PlannedStep } from './recipe-plan.js';

/**
 * The steps that happen to a row on its own, as a function: what a row must go through before a prediction. Choosing
 * rows (filter, sample, deduplicate) is for tables and is left out.
 * @param steps frozen: none of them has to be learned
 */
export function compileRowSteps(steps: readonly PlannedStep[]): (row: Row) => Map<string, Cell> {
  const changes = steps.map(compileStep);
  return (row) => {
    const changed = new Map(row);
    for (const change of changes) change(changed);
    return changed;
  };
}

function compileStep(step: PlannedStep): (row: Map<string, Cell>) => void {
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
    case 'learn':
      throw new TypeError('a step was not learned');
    case 'filter':
    case 'sample':
    case 'deduplicate':
      return () => undefined;
  }
}
