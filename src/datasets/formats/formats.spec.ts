import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as xlsx from '@e965/xlsx';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '../../errors/problem.js';
import { ingest } from '../ingest/ingest.js';
import type { IngestInput } from '../ingest/ingest-types.js';
import { loadTable } from '../load-table.js';
import { parquet, TABLE_WRITERS, workbook, zip } from './testing/write-table.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-formats-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Cell = string | number | boolean | null;

async function read(
  content: string | Uint8Array,
  overrides: IngestInput['overrides'] = {},
  limits: Partial<IngestInput['limits']> = {},
) {
  const sourcePath = join(folder, 'file');
  const tablePath = join(folder, 'table.parquet');
  await writeFile(sourcePath, content);
  try {
    const output = await ingest({
      sourcePath,
      tablePath,
      format: 'csv',
      overrides,
      limits: {
        maxColumns: 50,
        maxLineBytes: 100_000,
        maxUncompressedBytes: 10_000_000,
        memoryMb: 512,
        threads: 1,
        ...limits,
      },
    });
    const table = await loadTable(tablePath, output.columns, undefined, { threads: 1, memoryMb: 512 });
    const rows = Array.from({ length: table.nRows }, (_, row) =>
      table.columns.map((column): Cell => {
        if (column.type === 'text') return column.dictionary[column.codes[row]!] ?? null;
        const value = column.values[row]!;
        if (Number.isNaN(value)) return null;
        if (column.type === 'boolean') return value === 1;
        return column.type === 'date' ? new Date(value).toISOString() : value;
      }),
    );
    const types = output.columns.map(({ type }) => type);
    return { ...output, rows, types, names: output.columns.map(({ name }) => name) };
  } finally {
    await rm(tablePath, { force: true });
    await rm(sourcePath);
    expect(await readdir(folder)).toEqual([]);
  }
}

async function refusal(
  content: string | Uint8Array,
  overrides: IngestInput['overrides'] = {},
  limits: Partial<IngestInput['limits']> = {},
) {
  const error = await read(content, overrides, limits).then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (!(error instanceof Problem)) throw error ?? new Error('nothing was refused');
  return (
    error.errors.map(({ code, line }) => (line === undefined ? code : `${code}@${line}`))[0] ?? error.code
  );
}

describe('formats: what is read', () => {
  it('tells the format whatever is said', async () => {
    const row = { number: 2, text: 'tx', flag: false, day: '2020-02-29T10:30:00.000Z' };
    for (const [name, format] of Object.entries({
      'json records': 'json',
      'json lines': 'jsonl',
      parquet: 'parquet',
      xlsx: 'xlsx',
      ods: 'ods',
      xls: 'xls',
      'arrow file': 'arrow',
    })) {
      expect((await read(await TABLE_WRITERS[name]!([row, row]))).format).toBe(format);
    }
  });

  it('keeps what JSON says is text, long integers, and records of different keys', async () => {
    const found = await read(
      '[{"zip":"12345","id":12345678901234567890,"n":1},\n{"n":"2","list":[1,2]},{"n":null,"day":"2020-01-02"}]',
    );
    expect(found.types).toEqual(['text', 'text', 'number', 'text', 'date']);
    expect(found.rows[0]).toEqual(['12345', '12345678901234567890', 1, null, null]);
    expect(found.rows[1]).toEqual([null, null, 2, '[1,2]', null]);
  });

  it('reads sheets: dates as dates, formulas by value, errors as missing, the named one', async () => {
    const sheet = xlsx.utils.aoa_to_sheet(
      [
        ['day', 'sum', 'code'],
        [new Date('2020-02-03'), 3, '007'],
      ],
      { UTC: true, cellDates: true },
    );
    sheet['B2'] = { t: 'n', v: 3, f: "'[http://127.0.0.1:1/other.xlsx]S'!A1" };
    xlsx.utils.sheet_add_aoa(sheet, [[new Date('2020-02-04T10:30:00Z'), null, '12']], {
      origin: -1,
      UTC: true,
      cellDates: true,
    });
    sheet['B3'] = { t: 'e', v: 0x07 };
    const book = xlsx.utils.book_new();
    xlsx.utils.book_append_sheet(book, sheet, 'Data');
    const bytes = xlsx.write(book, { type: 'buffer', bookType: 'xlsx', cellDates: true }) as Buffer;
    const found = await read(bytes);
    expect(found.types).toEqual(['date', 'number', 'text']);
    expect(found.rows).toEqual([
      ['2020-02-03T00:00:00.000Z', 3, '007'],
      ['2020-02-04T10:30:00.000Z', null, '12'],
    ]);
    expect(found.dialect.sheet).toBe('Data');
    expect((await read(workbook([['a'], [1]], 'xlsx'), { sheet: 'Second' })).names).toEqual(['other']);
    expect(await refusal(workbook([['a'], [1]], 'xlsx'), { sheet: 'Third' })).toBe('unknown_sheet');
  });

  it('takes the types of Parquet', async () => {
    const found = await read(
      await parquet(`SELECT 9007199254740993 AS "id", 1.25::DECIMAL(9,2) AS "price", DATE '2020-01-02' AS "day",
        TIMESTAMPTZ '2020-01-02 01:00:00+01' AS "at", [1,2] AS "list", 'nan'::DOUBLE AS "x", TIME '10:00' AS "time"`),
    );
    expect(found.types).toEqual(['text', 'number', 'date', 'date', 'text', 'number', 'text']);
    expect(found.rows).toEqual([
      [
        '9007199254740993',
        1.25,
        '2020-01-02T00:00:00.000Z',
        '2020-01-02T00:00:00.000Z',
        '[1,2]',
        null,
        '10:00:00',
      ],
    ]);
  });

  it.each<[string, string | Buffer, IngestInput['overrides'], Cell[][]]>([
    [
      'decimal commas',
      'a;b\n1.234,5;x\n-2,5;y\n',
      { decimal: ',', thousands: '.' },
      [
        [1234.5, 'x'],
        [-2.5, 'y'],
      ],
    ],
    [
      'grouped digits',
      'a;b\n1,234.5;x\n1,234,567;y\n',
      { thousands: ',' },
      [
        [1234.5, 'x'],
        [1234567, 'y'],
      ],
    ],
    [
      'percent',
      'a,b\n12.5%,x\n3 %,y\n',
      {},
      [
        [12.5, 'x'],
        [3, 'y'],
      ],
    ],
    [
      'currency',
      'a,b\n$5,x\n$6,y\n',
      {},
      [
        ['$5', 'x'],
        ['$6', 'y'],
      ],
    ],
    [
      'names of months',
      'a,b\n5 Mar 2020,x\n06-APR-2020,y\n',
      {},
      [
        ['2020-03-05T00:00:00.000Z', 'x'],
        ['2020-04-06T00:00:00.000Z', 'y'],
      ],
    ],
    ['windows-1252', Buffer.from('a,b\n1,Zo\xeb\n', 'latin1'), {}, [[1, 'Zoë']]],
    ['UTF-16 without a mark', Buffer.from('a,b\n1,Zoë\n', 'utf16le'), {}, [[1, 'Zoë']]],
    ['UTF-16, high byte first', Buffer.from('\ufeffa,b\n1,Zoë\n', 'utf16le').swap16(), {}, [[1, 'Zoë']]],
    ['backslash escapes', 'a,b\n1,"say \\"hi\\", then"\n', {}, [[1, 'say "hi", then']]],
  ])('reads %s', async (_name, content, overrides, rows) => {
    expect((await read(content, overrides)).rows).toEqual(rows);
  });

  it('names what has no name, renames and keeps ragged rows when told, and reports it', async () => {
    const unnamed = await read(',a\n0,1\n1,2\n');
    expect(unnamed.names).toEqual(['column_1', 'a']);
    expect(unnamed.reports).toEqual([
      expect.objectContaining({ code: 'empty_column_name', count: 1, lines: [1], columns: ['column_1'] }),
    ]);
    const renamed = await read('a,a,a_2\n1,2,3\n', { duplicateNames: 'rename', hasHeader: true });
    expect(renamed.names).toEqual(['a', 'a_2_2', 'a_2']);
    const ragged = await read('a,b\n1,x\n2\n3,y,z\n', { raggedRows: 'keep' });
    expect(ragged.rows).toEqual([
      [1, 'x'],
      [2, null],
      [3, 'y'],
    ]);
    expect(ragged.reports.map(({ code, count, lines }) => `${code} ${count}@${lines}`)).toEqual([
      'too_few_fields 1@3',
      'too_many_fields 1@4',
    ]);
  });
});

describe('formats: bad input', () => {
  it.each<[string, () => string | Uint8Array | Promise<Uint8Array>, string]>([
    ['a zip with two files', () => zip({ 'a.csv': 'a\n1\n', 'b.csv': 'a\n1\n' }), 'zip_with_several_files'],
    ['an empty zip', () => zip({}), 'zip_without_file'],
    ['a zip bomb', () => zip({ 'a.csv': 'a,b\n'.repeat(4_000_000) }), 'too_large_uncompressed'],
    [
      'an xlsx bomb',
      () => zip({ '[Content_Types].xml': '<x/>', 'xl/workbook.xml': Buffer.alloc(40_000_000) }),
      'suspicious_compression',
    ],
    [
      'a Parquet without its footer',
      async () => (await parquet('SELECT 1 AS a')).subarray(0, 60),
      'damaged_parquet',
    ],
    ['Parquet without rows', () => parquet('SELECT 1 AS a WHERE false'), 'no_rows'],
    ['bytes in Parquet', () => parquet("SELECT 'x'::BLOB AS a"), 'unsupported_column_type'],
    ['too much Parquet', () => parquet('SELECT 1 AS a FROM range(20000000)'), 'too_large_uncompressed'],
    ['cut-off JSON', () => '[{"a":1},\n{"a":2}', 'truncated_json@2'],
    ['damaged JSON', () => '[{"a":1},\n{"a":}]', 'invalid_json@2'],
    ['JSON that is no records', () => '[[1,2],[3,4]]', 'invalid_json@1'],
    ['a JSON object', () => '{\n"a": 1}', 'unknown_json_layout'],
    ['damaged JSON Lines', () => '{"a":1}\n{"a":\n', 'invalid_json@2'],
    ['ragged split', () => '{"columns":["a"],"index":[0],"data":[[1,2]]}', 'ragged_record'],
    [
      'cut-off Arrow',
      () => tableToIPC(tableFromArrays({ a: [1, 2] }), 'file').subarray(0, 40),
      'damaged_arrow',
    ],
    ['a damaged xls', () => workbook([['a'], [1]], 'biff8').subarray(0, 1100), 'damaged_workbook'],
    ['mixed encodings', () => Buffer.from('a,b\n1,\xe9\n2,\xc3\xa9\n', 'latin1'), 'mixed_encodings@3'],
    ['cut-off zstd', () => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x04]), 'truncated_zstd'],
  ])('refuses %s', async (_name, content, code) => {
    expect(await refusal(await content())).toBe(code);
  });

  it('refuses a Parquet whose footer lies', async () => {
    const bytes = await parquet("SELECT i AS a, 'x' || i AS b FROM range(1000) AS t(i)");
    const lying = Buffer.from(bytes);
    // The length of the footer, beyond the file.
    lying.writeUInt32LE(0x7fffffff, lying.length - 8);
    expect(await refusal(lying)).toBe('damaged_parquet');
  });
});
