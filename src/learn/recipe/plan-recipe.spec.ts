import { describe, expect, it } from 'vitest';
import { compileRowSteps } from './apply-row.js';
import type { Cell } from './evaluate.js';
import { planRecipe } from './plan-recipe.js';

const columns = [
  { name: 'age', type: 'number' },
  { name: 'city', type: 'text' },
  { name: 'born', type: 'date' },
  { name: 'member', type: 'boolean' },
] as const;
const plan = (...steps: unknown[]) => planRecipe(steps, columns);
const told = (...steps: unknown[]) =>
  plan(...steps).problems.map(({ code, argument }) => `${argument}: ${code}`);

describe('planRecipe', () => {
  it('follows the columns from step to step', () => {
    const { plan: made, problems } = plan(
      { step: 'rename', column: 'age', to: 'years' },
      { step: 'derive', column: 'months', expression: 'years * 12' },
      { step: 'drop', columns: ['years', 'member'] },
      { step: 'split_date', column: 'born', parts: ['year', 'weekday'] },
      { step: 'retype', column: 'city', type: 'number' },
      { step: 'derive', column: 'months', expression: "if(months > 100, 'old', 'young')" },
      { step: 'deduplicate' },
    );
    expect(problems).toEqual([]);
    expect(made.columns).toEqual([
      { name: 'city', type: 'number' },
      { name: 'born', type: 'date' },
      { name: 'months', type: 'text' },
      { name: 'born_year', type: 'number' },
      { name: 'born_weekday', type: 'number' },
    ]);
  });

  it('tells every problem with its place and no value', () => {
    const steps = [
      { step: 'filter', condition: 'age + 1' },
      { step: 'drop', columns: ['secret'] },
      { step: 'rename', column: 'age', to: 'city' },
      { step: 'retype', column: 'age', type: 'date' },
      { step: 'missing', column: 'age', markers: ['secret'] },
      { step: 'fill', column: 'age' },
      { step: 'clip', column: 'age', minimum: 3, maximum: 2 },
      { step: 'derive', column: 'x', expression: 'secret + 1' },
      { step: 'split_date', column: 'age', parts: ['second'] },
      { step: 'group_rare', column: 'city', minimumRows: 0, into: 'other' },
      { step: 'sample', share: 2 },
      { step: 'explode' },
      { step: 'drop', columns: ['age'], why: 'secret' },
      'secret',
    ];
    const { problems } = planRecipe(steps, columns);
    expect(problems.map(({ code, argument }) => `${argument}: ${code}`)).toEqual([
      'steps[0].condition: wrong_type',
      'steps[1].columns[0]: unknown_column',
      'steps[2].to: name_taken',
      'steps[3].type: wrong_type',
      'steps[4].markers[0]: wrong_type',
      'steps[5].value: missing_argument',
      'steps[6].maximum: out_of_range',
      'steps[7].expression: unknown_column',
      'steps[8].column: wrong_type',
      'steps[8].parts[0]: out_of_range',
      'steps[9].minimumRows: out_of_range',
      'steps[10].share: out_of_range',
      'steps[11].step: out_of_range',
      'steps[12].*: unknown_argument',
      'steps[13].step: out_of_range',
    ]);
    expect(JSON.stringify(problems)).not.toContain('secret');
  });

  it('refuses no steps, too many, and a table without columns', () => {
    expect(planRecipe([], columns).problems).toHaveLength(1);
    expect(planRecipe({}, columns).problems).toHaveLength(1);
    expect(planRecipe(Array(101).fill({ step: 'deduplicate' }), columns).problems).toHaveLength(1);
    expect(told({ step: 'drop', columns: columns.map(({ name }) => name) })).toEqual([
      'steps[0]: no_columns',
    ]);
  });
});

describe('compileRowSteps', () => {
  it('does to a row what the steps say, and leaves the row that came', () => {
    const { plan: made, problems } = plan(
      { step: 'missing', column: 'age', markers: [-1, 999] },
      { step: 'fill', column: 'age', value: 40 },
      { step: 'clip', column: 'age', minimum: 0, maximum: 90 },
      { step: 'filter', condition: 'age > 1000' },
      { step: 'group_rare', column: 'city', keep: ['Oslo'], into: 'other' },
      { step: 'retype', column: 'member', type: 'number' },
      { step: 'rename', column: 'born', to: 'date' },
      { step: 'derive', column: 'year', expression: 'year("date")' },
      { step: 'drop', columns: ['date'] },
    );
    expect(problems).toEqual([]);
    const apply = compileRowSteps(made.steps);
    const row = new Map<string, Cell>([
      ['age', 999],
      ['city', 'Bergen'],
      ['born', 0],
      ['member', false],
    ]);
    expect(Object.fromEntries(apply(row))).toEqual({ age: 40, city: 'other', member: 0, year: 1970 });
    expect(row.get('age')).toBe(999);
    const other = new Map<string, Cell>([
      ['age', 120],
      ['city', 'Oslo'],
      ['born', null],
      ['member', null],
    ]);
    expect(Object.fromEntries(apply(other))).toEqual({ age: 90, city: 'Oslo', member: null, year: null });
  });
});
