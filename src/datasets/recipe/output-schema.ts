import type { Expression } from '../../learn/recipe/expression.js';
import type { RecipePlan } from '../../learn/recipe/recipe-plan.js';
import type { ColumnSchema } from '../ingest/ingest-types.js';

/**
 * What can be said of the columns that a recipe makes without making them. A column that was computed is said to have no
 * gaps, and as many distinct values as those it was computed from could give: estimates of memory err upwards.
 */
export function outputSchema(
  plan: RecipePlan,
  columns: readonly ColumnSchema[],
  nRows: number,
): ColumnSchema[] {
  const known = new Map(columns.map((column) => [column.name, column]));
  for (const step of plan.steps) {
    if (step.kind === 'rename') {
      known.set(step.to, { ...known.get(step.from)!, name: step.to });
      known.delete(step.from);
    }
    if (step.kind !== 'assign') continue;
    const { type } = step.expression;
    const possible = type === 'boolean' ? 2 : distinctOf(step.expression, known);
    const distinctCount = Math.max(2, Math.min(possible, nRows));
    known.set(step.column, { name: step.column, type, nullCount: 0, distinctCount, missingMarkers: [] });
  }
  return plan.columns.map(({ name }) => known.get(name)!);
}

/** One more than a column has: a gap is a value too. */
function distinctOf(expression: Expression, known: ReadonlyMap<string, ColumnSchema>): number {
  if (expression.kind === 'literal') return 1;
  if (expression.kind === 'column') return known.get(expression.name)!.distinctCount + 1;
  return expression.arguments.reduce((product, part) => product * distinctOf(part, known), 1);
}
