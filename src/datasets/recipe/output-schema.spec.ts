import { describe, expect, it } from 'vitest';
import { planRecipe } from '../../learn/recipe/plan-recipe.js';
import type { ColumnSchema } from '../ingest/ingest-types.js';
import { outputSchema } from './output-schema.js';

const columns: ColumnSchema[] = [
  { name: 'city', type: 'text', nullCount: 3, distinctCount: 10, missingMarkers: ['?'] },
  { name: 'age', type: 'number', integer: true, nullCount: 0, distinctCount: 80, missingMarkers: [] },
];

function made(nRows: number, ...steps: object[]) {
  const { plan, problems } = planRecipe(
    steps,
    columns.map(({ name, type }) => ({ name, type })),
  );
  expect(problems).toEqual([]);
  return outputSchema(plan, columns, nRows);
}

describe('outputSchema', () => {
  it('keeps what is known of a column that nothing is done to, under its new name', () => {
    expect(
      made(500, { step: 'rename', column: 'city', to: 'home' }, { step: 'drop', columns: ['age'] }),
    ).toEqual([{ ...columns[0], name: 'home' }]);
  });

  it('says of a computed column the most values that it can have', () => {
    const both = { step: 'derive', column: 'both', expression: 'age + length(city)' };
    const old = { step: 'derive', column: 'old', expression: 'age > 60' };
    const distinct = (nRows: number) =>
      made(nRows, both, old).map(({ name, distinctCount }) => [name, distinctCount]);
    expect(distinct(5_000)).toEqual([
      ['city', 10],
      ['age', 80],
      ['both', 891],
      ['old', 2],
    ]);
    expect(distinct(100)[2]).toEqual(['both', 100]);
  });
});
