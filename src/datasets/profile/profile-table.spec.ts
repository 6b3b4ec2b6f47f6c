import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../learn/random.js';
import { Duckdb, literal } from '../ingest/duckdb.js';
import type { ColumnSchema } from '../ingest/ingest-types.js';
import { canonicalOptions } from '../ingest/table-statistics.js';
import { countClassesOf, type ProfileInput, profileTable, profileTargetOf } from './profile-table.js';

type Cell = string | number | boolean | Date | null;

let folder: string;
let nTables = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-profile-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes a table as the ingest does, and says of it what the ingest would. */
async function table(columns: Readonly<Record<string, readonly Cell[]>>): Promise<ProfileInput> {
  const sourcePath = join(folder, `${++nTables}.json`);
  const tablePath = join(folder, `${nTables}.parquet`);
  const schema = Object.entries(columns).map(([name, cells]): ColumnSchema => {
    const present = cells.filter((cell) => cell !== null);
    const first = present[0];
    const type =
      first instanceof Date
        ? 'date'
        : typeof first === 'number'
          ? 'number'
          : typeof first === 'boolean'
            ? 'boolean'
            : 'text';
    const distinctCount = new Set(present.map(String)).size;
    const integer = type === 'number' ? { integer: present.every(Number.isInteger) } : {};
    return {
      name,
      type,
      ...integer,
      nullCount: cells.length - present.length,
      distinctCount,
      missingMarkers: [],
    };
  });
  const lists = Object.values(columns);
  const nRows = lists[0]!.length;
  const lines = Array.from({ length: nRows }, (_, row) =>
    JSON.stringify(Object.fromEntries(lists.map((cells, index) => [`c${index}`, cells[row]]))),
  );
  await writeFile(sourcePath, lines.join('\n'));
  const sqlTypes = { number: 'DOUBLE', boolean: 'BOOLEAN', date: 'TIMESTAMP', text: 'VARCHAR' };
  const types = schema.map(({ type }, index) => `c${index}: '${sqlTypes[type]}'`);
  const duckdb = await Duckdb.open({ threads: 1, memoryMb: 1024, paths: [sourcePath, tablePath] });
  await duckdb.run(
    `COPY (FROM read_json(${literal(sourcePath)}, columns = {${types.join(', ')}}, format = 'newline_delimited')) TO ${literal(tablePath)} (${canonicalOptions(lists.length)})`,
  );
  duckdb.close();
  return { tablePath, columns: schema, nRows, threads: 2, memoryMb: 512 };
}

const range = <Value>(n: number, value: (row: number) => Value) =>
  Array.from({ length: n }, (_, row) => value(row));

/** numpy.quantile, the naive way. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (sorted.length - 1) * share;
  const low = sorted[Math.floor(rank)]!;
  return low + (sorted[Math.ceil(rank)]! - low) * (rank - Math.floor(rank));
}

describe('profileTable', () => {
  it('agrees with a naive reading of numbers, grouped or not', async () => {
    const random = new Random(3);
    const few = range(500, () => Math.floor(random.next() * 40) - 20);
    const many = range(500, () => random.normal() * 1e3);
    const gaps = many.map((value, row) => (row % 5 === 0 ? null : value));
    const { columns } = await profileTable(await table({ few, many, gaps }));
    for (const [index, values] of [few, many, gaps.filter((value) => value !== null)].entries()) {
      const numbers = columns[index]!.numbers!;
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      expect(numbers.mean).toBeCloseTo(mean, 9);
      expect(numbers.standardDeviation).toBeCloseTo(Math.sqrt(squares / (values.length - 1)), 8);
      expect([numbers.minimum, numbers.maximum]).toEqual([Math.min(...values), Math.max(...values)]);
      for (const [name, share] of [
        ['p01', 0.01],
        ['p50', 0.5],
        ['p95', 0.95],
      ] as const) {
        expect(numbers.quantiles[name]).toBeCloseTo(quantile(values, share), 9);
      }
      const { edges, counts } = numbers.histogram;
      const naive = counts.map((_, bin) => {
        const isLast = bin === counts.length - 1;
        return values.filter((value) => value >= edges[bin]! && (isLast || value < edges[bin + 1]!)).length;
      });
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(values.length);
      // An edge is a rounded number: a value on it may lie on either side.
      for (const [bin, count] of counts.entries())
        expect(Math.abs(count - naive[bin]!)).toBeLessThanOrEqual(1);
    }
    expect(columns[0]!.topValues[0]!.count).toBe(
      Math.max(...few.map((one) => few.filter((other) => other === one).length)),
    );
  });

  it('tells dates, texts, booleans and duplicates', async () => {
    const profile = await profileTable(
      await table({
        day: range(6, (row) => new Date(Date.UTC(2024, 0, 1 + Math.floor(row / 2)))),
        name: ['Ann', 'Bob', 'Ann', null, 'Cäcilie', 'Bob'],
        yes: [true, false, true, null, true, true],
      }),
    );
    const [day, name, yes] = profile.columns;
    expect(day!.dates).toMatchObject({
      earliest: '2024-01-01T00:00:00.000Z',
      latest: '2024-01-03T00:00:00.000Z',
      order: 'ascending',
      nBackwards: 0,
    });
    expect(name).toMatchObject({
      nMissing: 1,
      nDistinct: 3,
      texts: { lengths: { minimum: 3, mean: 3.8, maximum: 7 } },
    });
    expect(name!.topValues).toEqual([
      { value: 'Ann', count: 2 },
      { value: 'Bob', count: 2 },
      { value: 'Cäcilie', count: 1 },
    ]);
    expect(yes!.topValues).toEqual([
      { value: true, count: 4 },
      { value: false, count: 1 },
    ]);
    expect(profile.duplicateRows).toEqual({ count: 0, isEstimate: false });
    const twice = await profileTable(await table({ a: [1, 1, 2, 1], b: ['x', 'x', 'x', null] }));
    expect(twice.duplicateRows.count).toBe(1);
  });

  it('warns of what people act on', async () => {
    const n = 200;
    const profile = await profileTable(
      await table({
        same: range(n, () => 'x'),
        id: range(n, (row) => `p-${row}`),
        number: range(n, (row) => row * 10),
        code: range(n, (row) => `00${row % 50}`),
        mixed: range(n, (row) => (row % 3 === 0 ? String(row % 7) : `about ${row % 7}`)),
        prose: range(n, (row) => (row === 0 ? 'say 1' : `say ${row - 1}`)),
        wild: range(n, (row) => (row === 0 ? 1e6 : row % 20)),
        when: range(n, (row) => new Date(Date.UTC(2024, 0, row === 9 ? 1 : 1 + row))),
      }),
    );
    const found = profile.warnings.map(({ code, column }) => `${column}: ${code}`);
    expect(found).toEqual([
      'same: constant',
      'id: id_like',
      'number: id_like',
      'code: numbers_stored_as_text',
      'mixed: mixed_types',
      'prose: high_cardinality',
      'wild: outliers',
      'when: dates_out_of_order',
    ]);
    expect(JSON.stringify(profile.warnings)).not.toContain('p-');
  });

  it('says of a target which column leaks it and how uneven its classes are', async () => {
    const n = 600;
    const input = await table({
      outcome: range(n, (row) => (row % 30 === 0 ? 'ill' : 'well')),
      treated: range(n, (row) => row % 30 === 0),
      age: range(n, (row) => (row * 37) % 90),
    });
    const { columns } = await profileTable(input);
    const target = await profileTargetOf(input, 'outcome', columns);
    expect(target.kind).toBe('classes');
    expect(target.warnings.map(({ code, column }) => `${column}: ${code}`)).toEqual([
      'treated: leaks_target',
      'outcome: class_imbalance',
    ]);
    expect(target.associations[0]!.columns).toEqual(['treated', 'outcome']);
    const price = await profileTargetOf(
      await table({
        price: range(n, (row) => row * 1.5),
        cents: range(n, (row) => row * 150),
        noise: range(n, (row) => (row * 37) % 101),
      }),
      'price',
      (await profileTable(await table({ price: range(n, (row) => row * 1.5) }))).columns,
    );
    expect(price.kind).toBe('values');
    expect(price.warnings.map(({ column }) => column)).toEqual(['cents']);
  });

  it('finds how many groups there are, and that there are none', async () => {
    const random = new Random(5);
    const centres = [
      [0, 0],
      [10, 0],
      [0, 10],
      [10, 10],
    ] as const;
    const grouped = await table({
      x: range(400, (row) => centres[row % 4]![0] + random.normal()),
      y: range(400, (row) => centres[row % 4]![1] + random.normal()),
      label: range(400, (row) => row),
    });
    expect(await countClassesOf(grouped, ['label'])).toMatchObject({
      likely: 4,
      certainty: 'high',
      columns: ['x', 'y'],
      nRowsUsed: 400,
    });
    const one = await table({
      a: range(400, () => random.normal()),
      b: range(400, () => random.normal()),
      c: range(400, () => random.normal()),
    });
    expect(await countClassesOf(one, [])).toMatchObject({ likely: 1 });
    // Whole numbers and booleans are no groups of their own, in whatever unit.
    const stepped = await table({
      stars: range(400, () => 1000 * Math.round(random.normal() * 2)),
      dots: range(400, () => Math.round(random.normal() * 2)),
    });
    const { likely, votes } = (await countClassesOf(stepped, []))!;
    expect(likely).toBe(1);
    expect(votes.find(({ method }) => method === 'gaussian_mixture_full')!.nClusters).toBe(1);
    expect(await countClassesOf(await table({ a: ['x', 'y'] }), [])).toBeNull();
  });

  it('tells of each column of a wide table what it tells of the column alone, without a statement for each', async () => {
    const kinds: ((row: number, column: number) => Cell)[] = [
      (row, column) => ((row * 31 + column) % 7) - 0.5,
      (row, column) => ((row + column) % 5 === 0 ? null : `text ${(row * column) % 11}`),
      (row, column) => (row + column) % 3 === 0,
      (row, column) => (row === 0 ? null : new Date(Date.UTC(2024, 0, 1 + ((row * column) % 28)))),
    ];
    const wide: Record<string, Cell[]> = {};
    for (let column = 0; column < 3_000; column++) {
      wide[`n${column}`] = Array.from({ length: 6 }, (_, row) =>
        // Dates are ordered in a hundred columns.
        kinds[column % (column < 400 ? 4 : 3)]!(row, column),
      );
    }
    const input = await table(wide);
    const before = process.cpuUsage();
    const { columns, associations } = await profileTable(input);
    const { user, system } = process.cpuUsage(before);
    // It takes 1 s of CPU; with a branch of a statement for each column, it takes 6 s.
    expect((user + system) / 1e6).toBeLessThan(4);
    expect(columns).toHaveLength(3_000);
    expect(associations.leftOut).toHaveLength(2_960);
    const some = [0, 1, 2, 3, 4, 65, 66, 67, 399, 1_001, 1_002, 2_499, 2_997, 2_998, 2_999];
    const alone = await profileTable(
      await table(Object.fromEntries(some.map((column) => [`n${column}`, wide[`n${column}`]!]))),
    );
    expect(some.map((column) => columns[column])).toEqual(alone.columns);
  }, 30_000);
});
