import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ColumnType, Table } from '../matrix/table.js';
import { Random } from '../random.js';
import { splitRows } from '../selection/split.js';
import { makeGoldenRows, replayGoldenRows } from './golden-rows.js';
import { pipelineFromParts, pipelineToParts } from './pipeline-parts.js';
import { type ColumnPolicy, NORMALIZATIONS, type Normalization, type PipelineSpec } from './spec.js';
import { type Cell, columnFrom, tableFrom, toyAlgorithm, toyContext, toySpec } from './testing/toys.js';
import { trainPipeline } from './train-pipeline.js';

/** A small data set of every type with gaps, and policies for its columns. */
interface RandomData {
  readonly rows: Record<string, Cell>[];
  readonly table: Table;
  readonly policies: Record<string, ColumnPolicy>;
  readonly normalization: Normalization;
}

const TYPES: Record<string, ColumnType> = {
  n: 'number',
  b: 'boolean',
  d: 'date',
  t: 'text',
  u: 'text',
};

const orNull = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.option(values, { freq: 5, nil: null });
const day = fc
  .integer({ min: 0, max: 20_000 })
  .map((days) => new Date(days * 86_400_000).toISOString().slice(0, 10));
const hour = fc.integer({ min: 0, max: 400_000 }).map((hours) => new Date(hours * 3_600_000).toISOString());

const row = fc.record({
  n: orNull(fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }))),
  b: orNull(fc.boolean()),
  d: orNull(fc.oneof(day, hour)),
  t: orNull(fc.constantFrom('red', 'green', 'blue')),
  u: orNull(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', '__proto__', 'constructor')),
  y: fc.double({ min: -10, max: 10, noNaN: true }),
});

const numeric = fc.constantFrom<ColumnPolicy>(
  {},
  { missing: 'mean' },
  { missing: 'median' },
  { missing: 'most_frequent' },
  { missing: 'constant', fillValue: 1 },
  { missing: 'most_frequent', addIndicator: true },
);
const date = fc.oneof(
  numeric,
  fc.constantFrom<ColumnPolicy>(
    { dateParts: ['day', 'quarter', 'day_of_year'] },
    { dateParts: ['month'], addIndicator: true },
  ),
);
const number = fc.oneof(
  numeric,
  fc.constantFrom<ColumnPolicy>({ missing: 'knn' }, { missing: 'knn', nNeighbors: 2, addIndicator: true }),
);
const coded: fc.Arbitrary<ColumnPolicy> = fc.record(
  {
    encoding: fc.constantFrom('ordinal', 'one_hot'),
    unseen: fc.constantFrom('error', 'missing', 'rare'),
    missing: fc.constantFrom('native', 'most_frequent', 'constant'),
    addIndicator: fc.boolean(),
  },
  { requiredKeys: [] },
);
const text: fc.Arbitrary<ColumnPolicy> = fc.oneof(
  coded,
  fc.record(
    {
      encoding: fc.constantFrom('ordinal', 'one_hot', 'target'),
      minFrequency: fc.constantFrom(2, 0.2),
      maxCategories: fc.integer({ min: 2, max: 5 }),
      addIndicator: fc.boolean(),
    },
    { requiredKeys: ['encoding'] },
  ),
  fc.record(
    {
      encoding: fc.constant('hashing' as const),
      nBuckets: fc.integer({ min: 2, max: 9 }),
      missing: fc.constantFrom('native', 'most_frequent', 'constant'),
      addIndicator: fc.boolean(),
    },
    { requiredKeys: ['encoding'] },
  ),
);

const randomData: fc.Arbitrary<RandomData> = fc
  .record({
    rows: fc.array(row, { minLength: 24, maxLength: 40 }),
    n: number,
    d: date,
    t: text,
    u: text,
    normalization: fc.constantFrom<Normalization>(...NORMALIZATIONS),
  })
  .map(({ rows, n, d, t, u, normalization }) => {
    const anchored = rows.map((cells, i) => (i % 3 === 0 ? { ...cells, ...ANCHOR[(i / 3) % 2] } : cells));
    return { rows: anchored, table: tableOf(anchored), policies: { n, d, t, u }, normalization };
  });

/** Values in enough rows that no column is empty or constant, wherever the split falls. */
const ANCHOR = [
  { n: 1.5, b: true, d: '2020-05-17', t: 'red', u: 'a' },
  { n: -2, b: false, d: '2021-01-01T10:00:00.000Z', t: 'green', u: 'b' },
];

function tableOf(rows: readonly Record<string, Cell>[]): Table {
  const cells = (name: string): Cell[] => rows.map((cell) => cell[name] as Cell);
  const inputs = Object.entries(TYPES).map(([name, type]) => columnFrom(name, type, cells(name)));
  return tableFrom([...inputs, columnFrom('y', 'number', cells('y'))]);
}

const regression = toyAlgorithm('regression');

function train(data: RandomData, overrides: Partial<PipelineSpec> = {}) {
  const spec = toySpec(regression, {
    columns: data.policies,
    normalization: data.normalization,
    ...overrides,
  });
  return trainPipeline(data.table, spec, toyContext(regression));
}

describe('a trained pipeline', () => {
  it('predicts rows as it predicts a table, to the bit', () =>
    fc.assert(
      fc.asyncProperty(randomData, async (data) => {
        const { pipeline } = await train(data);
        const all = Uint32Array.from(data.rows.keys());
        const accepted = all.filter((_, i) => pipeline.refusedRows(data.table, all)[i] === 0);
        const rows = [...accepted].map((i) => data.rows[i]);
        const byRow = pipeline.predictRows(JSON.parse(JSON.stringify(rows)));
        expect(byRow.problems).toEqual([]);
        expect(byRow.outputs).toEqual(pipeline.predictTable(data.table, accepted));
        for (const { code } of byRow.warnings) expect(code).not.toBe('type_coerced');
      }),
      { numRuns: 60 },
    ));

  it('survives being taken apart, through JSON, to the bit', () =>
    fc.assert(
      fc.asyncProperty(randomData, async (data) => {
        const { pipeline, report } = await train(data);
        const parts = pipelineToParts(pipeline);
        const { signature, config } = JSON.parse(JSON.stringify(parts)) as typeof parts;
        const restored = pipelineFromParts({ signature, config, tensors: parts.tensors }, () => regression);
        expect(pipelineToParts(restored)).toEqual(parts);
        const golden = makeGoldenRows(pipeline, new Random(1));
        expect(golden.rows).toHaveLength(20);
        expect(replayGoldenRows(restored, JSON.parse(JSON.stringify(golden)))).toEqual([]);
        expect(JSON.parse(JSON.stringify(report))).toEqual(report);
      }),
      { numRuns: 40 },
    ));

  it('learns from the training rows alone', () =>
    fc.assert(
      fc.asyncProperty(randomData, randomData, async (data, other) => {
        const { test } = splitRows(data.rows.length, 0.25, new Random(1).fork(1));
        const rows = data.rows.map((row, i) => {
          const held = other.rows[i % other.rows.length] as (typeof data.rows)[number];
          return test.includes(i) ? { ...held, t: 'never seen', n: 1e9 } : row;
        });
        const before = await train(data);
        const after = await train({ ...data, rows, table: tableOf(rows) });
        expect(pipelineToParts(after.pipeline)).toEqual(pipelineToParts(before.pipeline));
      }),
      { numRuns: 40 },
    ));
});
