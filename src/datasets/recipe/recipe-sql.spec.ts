import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ColumnType } from '../../learn/matrix/table.js';
import { compileRowSteps } from '../../learn/recipe/apply-row.js';
import { type Cell, compileExpression } from '../../learn/recipe/evaluate.js';
import {
  type Expression,
  FUNCTIONS,
  type FunctionName,
  type FunctionSignature,
} from '../../learn/recipe/expression.js';
import type { RecipeStep } from '../../learn/recipe/index.js';
import { planRecipe } from '../../learn/recipe/plan-recipe.js';
import { Duckdb, literal } from '../ingest/duckdb.js';
import { expressionSql } from './expression-sql.js';
import { learnSteps } from './learn-steps.js';
import { recipeSql } from './recipe-sql.js';

const DATES = [0, Date.UTC(2024, 1, 29, 23, 59, 59), Date.UTC(1905, 11, 31), -1000, Date.UTC(2100, 0, 1, 5)];
const NUMBERS = [0, 1, -1, 0.5, -2.5, 3, 7.25, 1e-9, 1e15, 1e300, -1e300, 12345.678];
const TEXTS = [
  '',
  'a',
  'A b',
  ' padded ',
  'Ünïcode ß Σς ᾀᾈ İı ŉ ŀ',
  '007',
  '-1.5e3',
  '1e999',
  '2024-02-29',
  '2024-02-30',
  '2024-05-17T08:30',
  '日本',
  'a%b_c',
  "it's",
  '\t9\n',
  '1,5',
];
const VALUES: Readonly<Record<ColumnType, readonly Cell[]>> = {
  number: [...NUMBERS, null],
  text: [...TEXTS, null],
  boolean: [true, false, null],
  date: [...DATES, null],
};
const TYPES = Object.keys(VALUES) as ColumnType[];
const columns = TYPES.flatMap((type) => [1, 2].map((n) => ({ name: `${type} ${n}`, type })));
/** Each pair of values of a type meets in some row. */
const N_ROWS = 17 * 17;
const rows = Array.from({ length: N_ROWS }, (_, row) => {
  const pick = (type: ColumnType, n: number) =>
    VALUES[type][(n === 1 ? row : Math.floor(row / 17)) % VALUES[type].length]!;
  return new Map(columns.map(({ name, type }, index) => [name, pick(type, (index % 2) + 1)]));
});

let folder: string;
let duckdb: Duckdb;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-recipe-'));
  const [source, table] = [join(folder, 'rows.json'), join(folder, 'table.parquet')];
  const lines = rows.map((row) =>
    JSON.stringify(Object.fromEntries([...row.values()].map((cell, index) => [`c${index}`, cell]))),
  );
  await writeFile(source, lines.join('\n'));
  duckdb = await Duckdb.open({ threads: 2, memoryMb: 512, paths: [source, table] });
  const sqlTypes = { number: 'DOUBLE', date: 'DOUBLE', text: 'VARCHAR', boolean: 'BOOLEAN' };
  const types = columns.map(({ type }, index) => `c${index}: '${sqlTypes[type]}'`);
  const list = columns.map(({ type }, index) =>
    type === 'date' ? `make_timestamp(CAST(c${index} * 1000 AS BIGINT)) AS c${index}` : `c${index}`,
  );
  await duckdb.run(
    `COPY (SELECT ${list.join(', ')} FROM read_json(${literal(source)}, columns = {${types.join(', ')}}, format = 'newline_delimited')) TO ${literal(table)} (FORMAT parquet, USE_TMP_FILE false)`,
  );
  const held = columns.map(({ type }, index) =>
    type === 'date' ? `CAST(epoch_ms(c${index}) AS DOUBLE) AS c${index}` : `c${index}`,
  );
  await duckdb.run(
    `CREATE TABLE cells AS SELECT file_row_number AS n, ${held.join(', ')} FROM read_parquet(${literal(table)}, file_row_number = true)`,
  );
});
afterAll(async () => {
  duckdb.close();
  await rm(folder, { recursive: true, force: true });
});

const columnSql = (name: string) => `c${columns.findIndex((column) => column.name === name)}`;

/** Expressions of a type, at most so deep. */
function expressions(type: ColumnType, depth: number): fc.Arbitrary<Expression> {
  const leaves = [
    fc
      .constantFrom(...columns.filter((column) => column.type === type))
      .map(({ name }): Expression => ({ kind: 'column', type, name })),
    fc.constantFrom(...VALUES[type]).map((value): Expression => ({ kind: 'literal', type, value })),
  ];
  if (depth === 0) return fc.oneof(...leaves);
  const names = (Object.keys(FUNCTIONS) as FunctionName[]).filter((name) => {
    const { gives }: FunctionSignature = FUNCTIONS[name];
    return gives === type || gives === 'same';
  });
  const call = fc.constantFrom(...names, ...names).chain((name) => {
    const { takes: fixed, more, gives }: FunctionSignature = FUNCTIONS[name];
    const takes = more === undefined ? fixed : [...fixed, more, more];
    const ordered = ['less', 'less_or_equal', 'greater', 'greater_or_equal'].includes(name);
    const same =
      gives === 'same'
        ? fc.constant(type)
        : fc.constantFrom<ColumnType>(...(ordered ? (['number', 'date'] as const) : TYPES));
    return same.chain((meant) =>
      fc
        .tuple(
          ...takes.map((one) =>
            expressions(one === 'same' ? meant : one === 'any' ? 'text' : one, depth - 1),
          ),
        )
        .map((parts): Expression => ({ kind: 'call', type, name, arguments: parts })),
    );
  });
  return fc.oneof({ weight: 1, arbitrary: fc.oneof(...leaves) }, { weight: 4, arbitrary: call });
}

function same(ours: Cell, theirs: unknown): boolean {
  if (typeof ours !== 'number' || typeof theirs !== 'number') return ours === theirs;
  // Logarithms and powers of e may differ in the last digit, and whatever is made of them.
  return ours === theirs || Math.abs(ours - theirs) <= 1e-12 * Math.max(Math.abs(ours), Math.abs(theirs));
}

describe('a recipe in SQL', () => {
  it.each(Object.keys(FUNCTIONS) as FunctionName[])('%s is what the row function says', async (name) => {
    const { takes, gives }: FunctionSignature = FUNCTIONS[name];
    const meanings: readonly ColumnType[] =
      name.startsWith('less') || name.startsWith('greater_') || name === 'greater'
        ? ['number', 'date']
        : TYPES;
    const uses = takes.includes('same') || takes.includes('any') ? meanings : (['number'] as const);
    for (const meant of name === 'greatest' || name === 'least' ? (['number'] as const) : uses) {
      const parts = takes.map((one, index): Expression => {
        const type = one === 'same' || one === 'any' ? meant : one;
        return { kind: 'column', type, name: `${type} ${(index % 2) + 1}` };
      });
      await compare({ kind: 'call', type: gives === 'same' ? meant : gives, name, arguments: parts });
    }
  });

  it('agrees for nested expressions', async () => {
    const any = fc.constantFrom(...TYPES).chain((type) => expressions(type, 3));
    // Rounding makes a difference in the last digit a whole one, so logarithms stay out of what is nested.
    const isExact = (expression: Expression): boolean =>
      expression.kind !== 'call' ||
      (!['ln', 'log10', 'exp', 'power'].includes(expression.name) && expression.arguments.every(isExact));
    await fc.assert(fc.asyncProperty(any.filter(isExact), compare), { numRuns: 150 });
  }, 60_000);

  async function compare(expression: Expression): Promise<void> {
    const compute = compileExpression(expression);
    const found = await duckdb.rows(
      `SELECT ${expressionSql(expression, columnSql)} AS value FROM cells ORDER BY n`,
    );
    for (const [index, row] of rows.entries()) {
      const [ours, theirs] = [compute(row), found[index]!['value']];
      if (!same(ours, theirs)) expect({ index, value: theirs }).toEqual({ index, value: ours });
    }
  }

  it('applies its steps in order, and every row-wise one as the row function does', async () => {
    const steps: RecipeStep[] = [
      { step: 'missing', column: 'text 1', markers: ['007', "it's"] },
      { step: 'fill', column: 'text 1', value: 'none' },
      { step: 'clip', column: 'number 1', minimum: -5, maximum: 10 },
      { step: 'group_rare', column: 'text 2', minimumRows: 18, into: 'rare' },
      { step: 'fill', column: 'number 2', with: 'median' },
      { step: 'retype', column: 'boolean 1', type: 'text' },
      { step: 'retype', column: 'text 1', type: 'boolean' },
      { step: 'split_date', column: 'date 1', parts: ['year', 'month', 'day', 'weekday', 'hour'] },
      { step: 'rename', column: 'number 2', to: 'SELECT "x"; --' },
      { step: 'derive', column: 'sum', expression: '"number 1" + "SELECT ""x""; --"' },
      { step: 'drop', columns: ['date 2'] },
    ];
    expect(planRecipe(steps, columns).problems).toEqual([]);
    const { plan } = await learnSteps(duckdb, steps, columns, file());
    const found = await run(plan, columns);
    const apply = compileRowSteps(plan.steps);
    const expected = rows.map((row) => {
      const whole = apply(new Map([...row].map(([name, cell]) => [name, cell === '' ? null : cell])));
      return plan.columns.map(({ name }) => whole.get(name));
    });
    expect(found).toEqual(expected);
  });

  it('chooses rows the same way every time', async () => {
    const filter = planRecipe([{ step: 'filter', condition: '"number 1" > 0' }], columns).plan;
    const expected = rows.filter((row) => (row.get('number 1') as number) > 0).length;
    expect(await run(filter, columns)).toHaveLength(expected);
    const unique = planRecipe([{ step: 'deduplicate', columns: ['boolean 1'] }], columns).plan;
    expect((await run(unique, columns)).map((row) => row[4])).toEqual([true, false, null]);
    const sample = planRecipe([{ step: 'sample', share: 0.3, seed: 5 }], columns).plan;
    const first = await run(sample, columns);
    expect(first.length).toBeGreaterThan(50);
    expect(first.length).toBeLessThan(130);
    expect(await run(sample, columns)).toEqual(first);
    const other = planRecipe([{ step: 'sample', share: 0.3, seed: 6 }], columns).plan;
    expect(await run(other, columns)).not.toEqual(first);
  });

  it('learns what the table says at that step, and nothing else', async () => {
    const learned = async (...steps: RecipeStep[]) =>
      (await learnSteps(duckdb, steps, columns, file())).steps.at(-1);
    const fill = (rule: 'mean' | 'median' | 'most_frequent', column: string): RecipeStep => ({
      step: 'fill',
      column,
      with: rule,
    });
    const present = rows
      .map((row) => row.get('number 1'))
      .filter((cell) => [0, 1, 3].includes(Number(cell ?? -1)));
    const mean = present.reduce<number>((sum, cell) => sum + Number(cell), 0) / present.length;
    const small: RecipeStep = { step: 'filter', condition: '"number 1" in (0, 1, 3)' };
    expect(await learned(small, fill('mean', 'number 1'))).toMatchObject({ value: expect.closeTo(mean, 9) });
    expect(await learned(small, fill('median', 'number 1'))).toMatchObject({ value: 1 });
    expect(await learned(fill('most_frequent', 'boolean 1'))).toMatchObject({ value: true });
    expect(
      await learned({ step: 'group_rare', column: 'text 1', minimumRows: 18, into: 'x' }),
    ).not.toHaveProperty('minimumRows');
    const nothing: RecipeStep = { step: 'filter', condition: '"number 1" is null' };
    await expect(learned(nothing, fill('mean', 'number 1'))).rejects.toMatchObject({
      code: 'column_all_missing',
      place: { column: 'number 1' },
    });
  });

  const file = () => `read_parquet(${literal(join(folder, 'table.parquet'))}, file_row_number = true)`;

  async function run(
    plan: Parameters<typeof recipeSql>[0],
    from: Parameters<typeof recipeSql>[1],
  ): Promise<unknown[][]> {
    const list = plan.columns.map(({ type }, index) =>
      type === 'date' ? `CAST(epoch_ms(c${index}) AS DOUBLE) AS c${index}` : `c${index}`,
    );
    const found = await duckdb.rows(`SELECT ${list.join(', ')} FROM (${recipeSql(plan, from, file())})`);
    return found.map((row) => plan.columns.map((_, index) => row[`c${index}`]));
  }
});
