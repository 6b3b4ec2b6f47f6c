import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import * as xlsx from '@e965/xlsx';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import type { ColumnOverride } from './ingest-types.js';
import { ingestFile, refusalOf } from './testing/ingest-file.js';

/** The first column of a file of two. */
async function column(cells: readonly string[], said: Omit<ColumnOverride, 'name'>) {
  const { columns, rows } = await ingestFile(`c,d\n${cells.map((cell) => `${cell},x`).join('\n')}\n`, {
    overrides: { hasHeader: true, delimiter: ',', columns: [{ name: 'c', ...said }] },
  });
  return { ...columns[0]!, values: rows.map((row) => row[0]) };
}

const refusedColumn = (cells: readonly string[], said: Omit<ColumnOverride, 'name'>) =>
  refusalOf(`c,d\n${cells.map((cell) => `${cell},x`).join('\n')}\n`, {
    overrides: { hasHeader: true, delimiter: ',', columns: [{ name: 'c', ...said }] },
  });

async function parquet(select: string): Promise<Buffer> {
  const path = join(tmpdir(), `trainyard-overrides-${process.pid}.parquet`);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`COPY (${select}) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  const bytes = await readFile(path);
  await rm(path);
  return bytes;
}

describe('the type of a column, as the caller names it', () => {
  it.each([
    ['identifiers as numbers', ['007', '1234567890123456'], 'number', [7, 1234567890123456]],
    ['numbers as text', ['1', '2.50'], 'text', ['1', '2.50']],
    ['percent beside plain numbers', ['12 %', '3'], 'number', [12, 3]],
    ['words as a boolean', ['yes', 'No', 'T', '0', ''], 'boolean', [true, false, true, false, null]],
    ['0 and 1 as a boolean', ['1', '0'], 'boolean', [true, false]],
    ['markers beside numbers', ['1', '-', 'NA'], 'number', [1, null, null]],
    ['nothing at all', ['', 'NA'], 'number', [null, null]],
    [
      'ISO dates of both kinds',
      ['2020-01-02', '2020-01-02 10:00Z'],
      'date',
      ['2020-01-02T00:00:00.000Z', '2020-01-02T10:00:00.000Z'],
    ],
  ] as const)('%s', async (_name, cells, type, values) => {
    expect(await column(cells, { type })).toMatchObject({ type, values });
  });

  it.each([
    ['day_first', '2020-02-01T00:00:00.000Z'],
    ['month_first', '2020-01-02T00:00:00.000Z'],
  ] as const)('dates, %s', async (dateOrder, value) => {
    expect(await column(['01/02/2020', '03/04/2020'], { dateOrder })).toMatchObject({ type: 'date' });
    const named = await column(['01/02/2020', ''], { type: 'date', dateOrder });
    expect(named.values).toEqual([value, null]);
  });

  it.each([
    ['number', ['1', 'secret', '3', 'secret']],
    ['number', ['1', '1e999', '2', 'inf_']],
    ['number', ['1', '1_000', '2', '0x10']],
    ['boolean', ['true', 'secret', 'false', '2']],
    ['date', ['2020-02-28', '2020-02-30', '2021-01-01', 'secret']],
    ['date', ['31/12/2020', '12/31/2020', '1/1/2020', '5/5/5']],
  ] as const)('refuses what is no %s, with line and column and no value', async (type, cells) => {
    const { code, status, detail, errors } = await refusedColumn(cells, {
      type,
      ...(type === 'date' ? { dateOrder: 'day_first' } : {}),
    });
    expect([code, status]).toEqual(['invalid_columns', 422]);
    expect(errors.map((item) => [item.code, item.column, item.line])).toEqual([
      ['value_of_other_type', 'c', 3],
      ['value_of_other_type', 'c', 5],
    ]);
    expect(detail).toBe(`Line 3: This value is not a ${type}; 2 of the column are not.`);
  });

  it('refuses dates of which nothing says what comes first, and columns that are not there', async () => {
    const ambiguous = await refusedColumn(['01/02/2020', '03/04/2020'], { type: 'date' });
    expect(ambiguous.errors).toEqual([expect.objectContaining({ code: 'ambiguous_dates', column: 'c' })]);
    const unknown = await refusalOf('a\n1\n', { overrides: { columns: [{ name: 'b', type: 'text' }] } });
    expect([unknown.code, unknown.errors[0]?.code, unknown.errors[0]?.column]).toEqual([
      'invalid_columns',
      'unknown_column',
      'b',
    ]);
  });

  it.each<[string, string | Buffer, number]>([
    ['line breaks in quotes and empty lines', 'a,b\n\n"x\ny",1\n\n"z ""q""\n",no\n', 6],
    ['CRLF', 'a,b\r\n"x\r\ny",1\r\nz,no\r\n', 4],
    ['CR', 'a,b\rx,1\rz,no\r', 3],
    ['gzip', gzipSync('a,b\nx,1\nz,no\n'), 3],
    ['UTF-16', Buffer.from('\ufeffa,b\né,1\nz,no\n', 'utf16le'), 3],
    ['backslash escapes', 'a,b\n"say \\"hi\\", then",1\n"a\\"b\n",no\n', 3],
    ['JSON records', '[{"a":"x","b":"1"},\n\n{"a":"z",\n"b":"no"}]', 3],
    ['JSON Lines', '{"a":"x","b":"1"}\n\n{"a":"z","b":"no"}\n', 3],
  ])('counts physical lines: %s', async (_name, content, line) => {
    const { errors } = await refusalOf(content, { overrides: { columns: [{ name: 'b', type: 'number' }] } });
    expect(errors.map((item) => item.line)).toEqual([line]);
  });

  it('names rows where a file has no lines', async () => {
    const ipc = tableToIPC(tableFromArrays({ b: ['1', 'no', '2'] }), 'file');
    for (const content of [ipc, await parquet(`SELECT unnest(['1', 'no', '2']) AS b`)]) {
      const { errors } = await refusalOf(content, {
        overrides: { columns: [{ name: 'b', type: 'number' }] },
      });
      expect(errors).toEqual([expect.objectContaining({ code: 'value_of_other_type', column: 'b', row: 1 })]);
    }
  });
});

describe('the missing markers of a column, as the caller names them', () => {
  it('are the only ones', async () => {
    expect(await column(['1', '-1', 'unknown', '3'], { missing: ['-1', 'unknown', 'never'] })).toMatchObject({
      type: 'number',
      integer: true,
      nullCount: 2,
      missingMarkers: ['-1', 'unknown'],
      values: [1, null, null, 3],
    });
    expect(await column(['NA', 'DE', ''], { missing: [] })).toMatchObject({
      type: 'text',
      nullCount: 1,
      missingMarkers: [],
      values: ['NA', 'DE', null],
    });
    expect(await column(['NaN', '1'], { missing: ['?'] })).toMatchObject({ type: 'text', nullCount: 0 });
    expect(await column(['9999-12-31', '2020-01-01'], { missing: ['9999-12-31'] })).toMatchObject({
      type: 'date',
      values: [null, '2020-01-01T00:00:00.000Z'],
    });
  });

  it('leave the other columns alone', async () => {
    const { columns } = await ingestFile('a,b\n?,?\n1,2\nx,3\n', {
      overrides: { columns: [{ name: 'a', missing: ['x'] }] },
    });
    expect(columns.map(({ type, missingMarkers }) => [type, missingMarkers])).toEqual([
      ['text', ['x']],
      ['number', ['?']],
    ]);
  });

  it.each([
    ['JSON', async () => '[{"n":1,"t":"a"},{"n":-1,"t":"NA"},{"n":2,"t":"b"}]'],
    ['JSON split', async () => '{"columns":["n","t"],"data":[[1,"a"],[-1,"NA"],[2,"b"]]}'],
    [
      'Arrow',
      async () =>
        tableToIPC(tableFromArrays({ n: Float64Array.of(1, -1, 2), t: ['a', 'NA', 'b'] }), 'stream'),
    ],
    ['Parquet', () => parquet(`SELECT * FROM (VALUES (1.0::DOUBLE, 'a'), (-1, 'NA'), (2, 'b')) AS t(n, t)`)],
    [
      'xlsx',
      async () => {
        const book = xlsx.utils.book_new();
        const rows = [
          ['n', 't'],
          [1, 'a'],
          [-1, 'NA'],
          [2, 'b'],
        ];
        xlsx.utils.book_append_sheet(book, xlsx.utils.aoa_to_sheet(rows), 'S');
        return xlsx.write(book, { type: 'buffer', bookType: 'xlsx' }) as Buffer;
      },
    ],
  ])('in %s', async (_name, make) => {
    const columns = [
      { name: 'n', missing: ['-1'] },
      { name: 't', missing: ['NA'] },
    ];
    const found = await ingestFile(await make(), { overrides: { columns } });
    expect(found.rows).toEqual([
      [1, 'a'],
      [null, null],
      [2, 'b'],
    ]);
    expect(found.columns.map((one) => one.missingMarkers)).toEqual([['-1'], ['NA']]);
    const retyped = await ingestFile(await make(), { overrides: { columns: [{ name: 'n', type: 'text' }] } });
    expect(retyped.rows.map(([value]) => value)).toEqual(['1', '-1', '2']);
  });
});
