import * as fc from 'fast-check';
import type { ColumnType, Table } from '../../matrix/table.js';
import type { ColumnPolicy, Normalization } from '../spec.js';
import { type Cell, columnFrom, tableFrom } from './toys.js';

/** A small data set of every type with gaps, and policies for its columns. */
export interface RandomData {
  readonly rows: Record<string, Cell>[];
  readonly table: Table;
  readonly policies: Record<string, ColumnPolicy>;
  readonly normalization: Normalization;
}

export const TYPES: Record<string, ColumnType> = {
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
);
const text: fc.Arbitrary<ColumnPolicy> = fc.record(
  {
    encoding: fc.constantFrom('ordinal', 'one_hot'),
    unseen: fc.constantFrom('error', 'missing', 'rare'),
    missing: fc.constantFrom('native', 'most_frequent', 'constant'),
  },
  { requiredKeys: [] },
);

export const randomData: fc.Arbitrary<RandomData> = fc
  .record({
    rows: fc.array(row, { minLength: 24, maxLength: 40 }),
    n: numeric,
    d: numeric,
    t: text,
    u: text,
    normalization: fc.constantFrom<Normalization>('none', 'min_max', 'std'),
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

export function tableOf(rows: readonly Record<string, Cell>[]): Table {
  const cells = (name: string): Cell[] => rows.map((cell) => cell[name] as Cell);
  const inputs = Object.entries(TYPES).map(([name, type]) => columnFrom(name, type, cells(name)));
  return tableFrom([...inputs, columnFrom('y', 'number', cells('y'))]);
}
