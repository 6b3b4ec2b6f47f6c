import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '../errors/problem.js';
import type { ColumnSchema } from './ingest/ingest-types.js';
import { loadTable } from './load-table.js';

const N_ROWS = 5000;
const OPTIONS = { threads: 2, memoryMb: 256 };
const schema = (name: string, type: ColumnSchema['type']): ColumnSchema => ({
  name,
  type,
  nullCount: 0,
  distinctCount: 0,
  missingMarkers: [],
});
const COLUMNS = [
  schema('number', 'number'),
  schema('flag', 'boolean'),
  schema('day', 'date'),
  schema('text', 'text'),
  schema('nothing', 'text'),
];

let folder: string;
let path: string;
let naive: unknown[][];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-table-'));
  path = join(folder, 'table.parquet');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`
    COPY (SELECT CASE WHEN i % 7 > 0 THEN i / 3 END AS c0, CASE WHEN i % 5 > 0 THEN i % 2 = 0 END AS c1,
      CASE WHEN i % 3 > 0 THEN TIMESTAMP '2020-01-01' + to_hours(i::INTEGER) END AS c2,
      CASE WHEN i % 11 > 0 THEN 'text ' || (i % 300) END AS c3, NULL::VARCHAR AS c4
      FROM range(${N_ROWS}) AS rows(i)) TO '${path}' (FORMAT parquet)`);
  const reader = await connection.runAndReadAll(
    `SELECT c0, c1::INTEGER, epoch_ms(c2)::DOUBLE, c3, c4 FROM '${path}'`,
  );
  naive = reader.getRows();
  connection.closeSync();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('loadTable', () => {
  it('equals a naive read of every cell', async () => {
    const { nRows, columns } = await loadTable(path, COLUMNS, undefined, OPTIONS);
    expect(nRows).toBe(N_ROWS);
    const rows = Array.from({ length: nRows }, (_, row) =>
      columns.map((column) => {
        if (column.type === 'text') return column.dictionary[column.codes[row]!] ?? null;
        return Number.isNaN(column.values[row]!) ? null : column.values[row]!;
      }),
    );
    expect(rows).toEqual(naive);
  });

  it('puts values into shared memory, and each text once into a sorted dictionary', async () => {
    const { columns } = await loadTable(path, COLUMNS, ['text', 'number'], OPTIONS);
    const [text, number] = columns;
    if (text?.type !== 'text' || number?.type !== 'number') throw new Error('not the wanted columns');
    expect(text.codes.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(number.values.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(new Set(text.dictionary).size).toBe(text.dictionary.length);
    expect([...text.dictionary].sort()).toEqual(text.dictionary);
  });

  it('reads some rows of many, spread evenly', async () => {
    const { nRows, columns } = await loadTable(path, COLUMNS, ['number', 'text'], {
      ...OPTIONS,
      maxRows: 100,
    });
    const step = Math.ceil(N_ROWS / 100);
    const expected = naive.filter((_, row) => row % step === 0);
    expect(nRows).toBe(expected.length);
    const [number, text] = columns;
    if (text?.type !== 'text' || number?.type === 'text') throw new Error('not the wanted columns');
    const texts = Array.from(text.codes, (code) => text.dictionary[code] ?? null);
    expect(texts).toEqual(expected.map((row) => row[3]));
    const numbers = Array.from(number!.values, (value) => (Number.isNaN(value) ? null : value));
    expect(numbers).toEqual(expected.map((row) => row[0]));
  });

  it('refuses a name that the schema does not have', async () => {
    await expect(loadTable(path, COLUMNS, ['other'], OPTIONS)).rejects.toBeInstanceOf(Problem);
  });
});
