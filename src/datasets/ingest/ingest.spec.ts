import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '../../errors/problem.js';
import { loadTable } from '../load-table.js';
import { ingest } from './ingest.js';
import type { IngestInput } from './ingest-types.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-ingest-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(content: string | Buffer, changes: Partial<IngestInput['limits']> = {}, overrides = {}) {
  const sourcePath = join(folder, 'file');
  const tablePath = join(folder, 'table.parquet');
  await writeFile(sourcePath, content);
  const limits = {
    maxColumns: 50,
    maxLineBytes: 100_000,
    maxUncompressedBytes: 10_000_000,
    memoryMb: 512,
    threads: 1,
    ...changes,
  };
  try {
    const output = await ingest({ sourcePath, tablePath, format: 'csv', overrides, limits });
    const table = await loadTable(tablePath, output.columns, undefined, { threads: 1, memoryMb: 512 });
    const rows = Array.from({ length: table.nRows }, (_, row) =>
      table.columns.map((column) => {
        if (column.type === 'text') return column.dictionary[column.codes[row]!] ?? null;
        const value = column.values[row]!;
        if (Number.isNaN(value)) return null;
        return column.type === 'date' ? new Date(value).toISOString() : value;
      }),
    );
    return { ...output, rows };
  } finally {
    await rm(tablePath, { force: true });
    await rm(sourcePath);
    expect(await readdir(folder)).toEqual([]);
  }
}

/** The column of one list of cells. */
async function column(...cells: string[]) {
  const quoted = cells.map((cell) => `"${cell.replaceAll('"', '""')}",x`);
  const { columns, rows } = await read(
    `c,d\n${quoted.join('\n')}\n`,
    {},
    { hasHeader: true, delimiter: ',' },
  );
  return { ...columns[0]!, values: rows.map((row) => row[0]) };
}

async function defects(content: string | Buffer, limits: Partial<IngestInput['limits']> = {}) {
  const error = await read(content, limits).then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(Problem);
  const { code, errors } = error as Problem;
  return [code, ...errors.map((item) => `${item.code}@${item.line ?? '-'}`)];
}

describe('ingest: types', () => {
  it.each([
    ['numbers', ['1', '-2.5', '+3', '1e3', '.5'], 'number', [1, -2.5, 3, 1000, 0.5]],
    ['0 and 1 stay numbers', ['0', '1'], 'number', [0, 1]],
    ['leading zeros', ['007', '12'], 'text', ['007', '12']],
    ['long ids', ['1234567890123456', '1'], 'text', ['1234567890123456', '1']],
    ['an overflow', ['1e999', '1'], 'text', ['1e999', '1']],
    ['underscores', ['1_000', '2'], 'text', ['1_000', '2']],
    ['yes and no, which are labels', ['Yes', 'no', 'YES'], 'text', ['Yes', 'no', 'YES']],
    ['letters', ['t', 'F'], 'text', ['t', 'F']],
    ['one letter alone', ['F', 'F'], 'text', ['F', 'F']],
    ['mixed pairs', ['yes', 'false'], 'text', ['yes', 'false']],
    ['words between', ['f', 'g', 't'], 'text', ['f', 'g', 't']],
  ])('%s', async (_name, cells, type, values) => {
    expect(await column(...cells)).toMatchObject({ type, values });
  });

  it.each([
    ['ISO', ['2020-02-29', '2021-01-01T10:00:00Z'], ['2020-02-29T00:00:00.000Z', '2021-01-01T10:00:00.000Z']],
    [
      'offsets',
      ['2020-01-01 00:30+0200', '2020-01-01T01:00:00.5-03'],
      ['2019-12-31T22:30:00.000Z', '2020-01-01T04:00:00.500Z'],
    ],
    ['day first', ['13/01/2020', '02/03/2020'], ['2020-01-13T00:00:00.000Z', '2020-03-02T00:00:00.000Z']],
    [
      'month first',
      ['01/13/2020 10:30', '02/03/2020'],
      ['2020-01-13T10:30:00.000Z', '2020-02-03T00:00:00.000Z'],
    ],
    ['dots', ['1.2.2020'], ['2020-02-01T00:00:00.000Z']],
    ['months', ['1949-01', '1949-12'], ['1949-01-01T00:00:00.000Z', '1949-12-01T00:00:00.000Z']],
  ])('dates: %s', async (_name, cells, values) => {
    expect(await column(...cells)).toMatchObject({ type: 'date', values });
  });

  it.each([
    ['either order', ['01/02/2020', '03/04/2020']],
    ['both orders', ['13/01/2020', '01/13/2020']],
    ['no such day', ['2021-02-29', '2020-01-01']],
  ])('dates that stay text: %s', async (_name, cells) => {
    expect(await column(...cells)).toMatchObject({ type: 'text', values: cells });
  });

  it('takes markers and blanks as missing, and reports what it found', async () => {
    expect(await column('1', '?', ' ', 'NA', '-', 'inf', '2.0', '2')).toMatchObject({
      type: 'number',
      integer: true,
      nullCount: 5,
      distinctCount: 2,
      missingMarkers: ['-', '?', 'NA', 'inf'],
    });
    expect(await column('red', '-', 'none', 'N/A', '')).toMatchObject({
      type: 'text',
      nullCount: 2,
      distinctCount: 3,
      missingMarkers: ['N/A'],
    });
  });

  it('keeps a column without values', async () => {
    expect(await column('', '', 'NA')).toMatchObject({
      type: 'text',
      nullCount: 3,
      distinctCount: 0,
      values: [null, null, null],
    });
  });
});

describe('ingest: files', () => {
  const expected = {
    nRows: 2,
    rows: [
      [1, 'x'],
      [2, 'y, z'],
    ],
  };
  it.each([
    ['plain', 'n,t\n1,x\n2,"y, z"\n'],
    ['CRLF and BOM', '\ufeffn,t\r\n1,x\r\n2,"y, z"'],
    ['CR', 'n,t\r1,x\r2,"y, z"\r'],
    ['mixed line ends', 'n,t\r\n1,x\n\n2,"y, z"\r'],
    ['empty lines around', '\n\nn,t\n1,x\n\n2,"y, z"\n\n\n'],
    ['blanks and tabs around cells', 'n , t\n 1 ,\tx\n2 , "y, z" \n'],
    ['gzip', gzipSync('n,t\r\n1,x\r\n2,"y, z"\r\n')],
    ['two gzip members', Buffer.concat([gzipSync('n,t\n1,x\n'), gzipSync('2,"y, z"\n')])],
    ['semicolons', 'n;t\n1;x\n2;"y, z"\n'],
  ])('reads %s', async (_name, content) => {
    expect(await read(content)).toMatchObject(expected);
  });

  it('keeps names that differ in case only, quoted line breaks and empty cells of one column', async () => {
    expect((await read('Age,age\n1,2\n')).columns.map(({ name }) => name)).toEqual(['Age', 'age']);
    expect((await read('a,b\r\n1,"x\r\ny"\r\n')).rows).toEqual([[1, 'x\r\ny']]);
    expect((await read('a\n1\n""\n\n3\n')).rows).toEqual([[1], [null], [3]]);
  });

  it('names the columns of a file without a header', async () => {
    expect((await read('1,2\n3,4\n')).columns.map(({ name }) => name)).toEqual(['column_1', 'column_2']);
  });

  it.each<[string, string | Buffer, string[]]>([
    ['0 bytes', '', ['upload_empty']],
    ['empty lines only', '\n\n', ['upload_empty']],
    ['header only', 'a,b\n', ['dataset_unreadable', 'no_rows@1']],
    ['ragged', 'a,b\n1,2\n3\n4,5,6\n', ['dataset_unreadable', 'too_few_fields@3', 'too_many_fields@4']],
    ['duplicate names', '\na, b ,b\n1,2,3\n', ['dataset_unreadable', 'duplicate_column_name@2']],
    ['a ZIP', Buffer.from('PK\u0003\u0004............'), ['dataset_unreadable', 'damaged_zip@-']],
    ['binary', Buffer.from([1, 2, 0, 44, 0, 10, 0]), ['dataset_unreadable', 'binary_data@1']],
    ['unclosed quote', 'a,b\n1,"2\n3,4\n', ['dataset_unreadable', 'unclosed_quote@2']],
    ['huge line', `a,b\n1,${'x'.repeat(200_000)}\n`, ['dataset_unreadable', 'line_too_long@2']],
    [
      'cut-off gzip',
      gzipSync(`a,b\n${'1,2\n'.repeat(1000)}`).subarray(0, -12),
      ['dataset_unreadable', 'truncated_gzip@-'],
    ],
    [
      'bomb',
      gzipSync(`a,b\n${'1,2\n'.repeat(3_000_000)}`),
      ['dataset_unreadable', 'too_large_uncompressed@-'],
    ],
  ])('refuses %s', async (_name, content, expectedDefects) => {
    expect(await defects(content)).toEqual(expectedDefects);
  });
});
