import { beforeAll, describe, expect, it } from 'vitest';
import type { FittedPipeline } from './fitted-pipeline.js';
import type { ColumnPolicy } from './spec.js';
import { columnFrom, tableFrom, toyAlgorithm, toyContext, toySpec } from './testing/toys.js';
import { trainPipeline } from './train-pipeline.js';

const algorithm = toyAlgorithm('regression');
const nRows = 40;
const cells = <T>(cell: (i: number) => T): T[] => Array.from({ length: nRows }, (_, i) => cell(i));
const table = tableFrom([
  columnFrom(
    'age',
    'number',
    cells((i) => 20 + (i % 20)),
  ),
  columnFrom(
    'member',
    'boolean',
    cells((i) => i % 2 === 0),
  ),
  columnFrom(
    'joined',
    'date',
    cells((i) => (i % 2 === 0 ? '2020-01-01' : '2021-06-30')),
  ),
  columnFrom(
    'city',
    'text',
    cells((i) => ['Bonn', 'Köln', '7'][i % 3] as string),
  ),
  columnFrom(
    'secret',
    'number',
    cells(() => 1),
  ),
  columnFrom(
    'y',
    'number',
    cells((i) => i),
  ),
]);
const good = { age: 30, member: true, joined: '2020-05-05', city: 'Bonn' };

async function trained(columns: Record<string, ColumnPolicy> = {}): Promise<FittedPipeline> {
  const spec = toySpec(algorithm, { columns, dropColumns: ['secret'] });
  return (await trainPipeline(table, spec, toyContext(algorithm))).pipeline;
}

describe('RowEncoder', () => {
  let pipeline: FittedPipeline;
  beforeAll(async () => {
    pipeline = await trained({ age: { missing: 'median' } });
  });
  const findings = (...rows: unknown[]): string[] => {
    const { problems, warnings } = pipeline.predictRows(rows);
    return [...problems, ...warnings].map(({ code, row, column }) => `${code} ${row} ${column ?? '-'}`);
  };

  it('takes a good row in any order of its columns, and known columns that it does not use', () => {
    expect(
      findings(good, Object.fromEntries(Object.entries(good).reverse()), { ...good, y: 1, secret: 2 }),
    ).toEqual([]);
  });

  it.each([
    ['missing_column 0 city', { age: 30, member: true, joined: '2020-05-05' }],
    ['not_an_object 0 -', [30]],
    ['not_an_object 0 -', null],
    ['wrong_type 0 age', { ...good, age: true }],
    ['wrong_type 0 age', { ...good, age: 'old' }],
    ['wrong_type 0 age', { ...good, age: [30] }],
    ['not_finite 0 age', JSON.parse(JSON.stringify(good).replace('30', '1e999'))],
    ['not_finite 0 age', { ...good, age: '1e999' }],
    ['wrong_type 0 member', { ...good, member: 'maybe' }],
    ['wrong_type 0 member', { ...good, member: 2 }],
    ['wrong_type 0 joined', { ...good, joined: '2020-02-31' }],
    ['wrong_type 0 city', { ...good, city: { name: 'Bonn' } }],
    ['type_coerced 0 age', { ...good, age: '30' }],
    ['type_coerced 0 member', { ...good, member: 'yes' }],
    ['type_coerced 0 member', { ...good, member: 0 }],
    ['type_coerced 0 joined', { ...good, joined: 1_590_000_000_000 }],
    ['type_coerced 0 city', { ...good, city: 7 }],
    ['unseen_category 0 city', { ...good, city: 'Paris' }],
    ['out_of_range 0 age', { ...good, age: 99 }],
    ['imputed 0 age', { ...good, age: null }],
    ['extra_column 0 colour', { ...good, colour: 'red' }],
  ])('finds %s', (expected, row) => {
    expect(findings(row)).toEqual([expected]);
  });

  it('leaves a gap to an algorithm that takes it, and says nothing', () => {
    expect(findings({ ...good, city: null, member: '' })).toEqual([]);
  });

  it('reads what it coerces as the same number', () => {
    const pairs: [object, object][] = [
      [{ age: 30 }, { age: ' 3e1 ' }],
      [{ member: false }, { member: 'No' }],
      [{ joined: '2020-05-05' }, { joined: Date.UTC(2020, 4, 5) }],
      [{ city: '7' }, { city: 7 }],
    ];
    for (const [one, other] of pairs) {
      const { outputs } = pipeline.predictRows([
        { ...good, ...one },
        { ...good, ...other },
      ]);
      expect(outputs[0]).toBe(outputs[1]);
    }
  });

  it('collects the problems of all rows up to a hundred, and predicts nothing then', () => {
    const rows = Array.from({ length: 90 }, () => ({ ...good, age: {}, member: {} }));
    const { problems, outputs } = pipeline.predictRows([good, ...rows]);
    expect(problems).toHaveLength(100);
    expect(problems[99]).toMatchObject({
      row: 50,
      column: 'member',
      expectedType: 'boolean',
      sentType: 'object',
    });
    expect(outputs).toHaveLength(0);
  });

  it('counts the warnings that it does not keep', () => {
    const rows = Array.from({ length: 1100 }, () => ({ ...good, age: 99 }));
    expect(pipeline.predictRows(rows)).toMatchObject({ nWarningsLeftOut: 100 });
  });

  it('never repeats a value', () => {
    const result = pipeline.predictRows([
      { ...good, age: 'swordfish', city: ['swordfish'] },
      { ...good, city: 'swordfish' },
    ]);
    expect(JSON.stringify([result.problems, result.warnings])).not.toContain('swordfish');
  });

  it('refuses what the policies refuse', async () => {
    pipeline = await trained({ age: { missing: 'error' }, city: { unseen: 'error', missing: 'error' } });
    expect(findings({ ...good, age: null, city: 'Paris' }, { ...good, city: '' })).toEqual([
      'missing_value 0 age',
      'unseen_category 0 city',
      'missing_value 1 city',
    ]);
  });
});
