import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRowSteps } from './apply-row.js';
import type { RecipeStep } from './index.js';
import { planRecipe } from './plan-recipe.js';
import { originOf, rowPart } from './row-part.js';
import { RowRecipe } from './row-recipe.js';

const columns = ['a', 'b', 'c', 'd'].map((name) => ({ name, type: 'number' as const }));
const names = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
/** Most of them do not fit the columns that there are at their place; those are left out. */
const anyStep: fc.Arbitrary<RecipeStep> = fc.oneof(
  fc
    .tuple(names, names, names)
    .map(([column, x, y]): RecipeStep => ({ step: 'derive', column, expression: `${x} * 2 - ${y}` })),
  names.map((column): RecipeStep => ({ step: 'fill', column, value: 3 })),
  names.map((column): RecipeStep => ({ step: 'clip', column, minimum: 0, maximum: 9 })),
  fc.tuple(names, names).map(([column, to]): RecipeStep => ({ step: 'rename', column, to })),
  names.map((name): RecipeStep => ({ step: 'drop', columns: [name] })),
  names.map((name): RecipeStep => ({ step: 'filter', condition: `${name} > 1` })),
  fc.constant<RecipeStep>({ step: 'deduplicate' }),
);
const anySteps = fc.array(anyStep, { minLength: 1, maxLength: 14 }).map((steps) =>
  steps.reduce<RecipeStep[]>((fitting, step) => {
    const longer = fitting.concat(step);
    return planRecipe(longer, columns).problems.length === 0 ? longer : fitting;
  }, []),
);

describe('the part of a recipe for rows', () => {
  it('gives the wanted columns what the whole recipe gives them, from fewer columns', () => {
    const row = new Map([
      ['a', 5],
      ['b', null],
      ['c', -2],
      ['d', 40],
    ]);
    fc.assert(
      fc.property(anySteps, fc.infiniteStream(fc.boolean()), (steps, chosen) => {
        fc.pre(steps.length > 0);
        const { plan } = planRecipe(steps, columns);
        const wanted = plan.columns.map(({ name }) => name).filter(() => chosen.next().value);
        fc.pre(wanted.length > 0);
        const whole = compileRowSteps(plan.steps)(row);
        const part = RowRecipe.of(steps, columns, wanted);
        const inputs = rowPart(steps, columns, wanted).columns.map(({ name }) => name);
        const small = new Map([...row].filter(([name]) => inputs.includes(name)));
        const found = part === null ? row : part.applyToRow(small);
        expect(wanted.map((name) => found.get(name))).toEqual(wanted.map((name) => whole.get(name)));
        // No input is asked for in vain: each reaches something that is wanted.
        for (const left of inputs) {
          const others = columns.filter(({ name }) => inputs.includes(name) && name !== left);
          if (part === null || others.length === 0) continue;
          const { problems, plan: without } = planRecipe(part.steps, others);
          const made = without.columns.map(({ name }) => name);
          expect(problems.length > 0 || !wanted.every((name) => made.includes(name))).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('knows which column of the data set a column still is', () => {
    const steps: RecipeStep[] = [
      { step: 'fill', column: 'a', value: 1 },
      { step: 'rename', column: 'a', to: 'age' },
      { step: 'clip', column: 'age', minimum: 0 },
      { step: 'derive', column: 'b', expression: 'age + 1' },
    ];
    expect(['age', 'b', 'c'].map((name) => originOf(steps, columns, name))).toEqual(['a', undefined, 'c']);
  });
});
