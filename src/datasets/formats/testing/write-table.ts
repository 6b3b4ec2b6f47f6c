import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import * as xlsx from '@e965/xlsx';
import { DateMillisecond, Table, tableToIPC, vectorFromArray } from 'apache-arrow';
import { ZipFile } from 'yazl';
import { zstdFrame } from '../../ingest/testing/zstd-frame.js';

/** A row of a table that every format can hold. */
export interface Row {
  readonly number: number | null;
  readonly text: string | null;
  readonly flag: boolean | null;
  /** ISO 8601 with milliseconds, in UTC. */
  readonly day: string | null;
}

export const NAMES = ['number', 'text', 'flag', 'day'] as const;
export const TYPES = ['number', 'text', 'boolean', 'date'] as const;
type Cell = Row[(typeof NAMES)[number]];

const cellsOf = (row: Row): Cell[] => NAMES.map((name) => row[name]);
const delimitedCell = (value: Cell): string => {
  if (value === null) return '';
  // Sixteen digits without an exponent are an identifier.
  if (typeof value === 'number' && Math.abs(value) >= 1e15) return value.toExponential();
  return typeof value === 'string' ? `"${value.replaceAll('"', '""')}"` : String(value);
};
const delimited = (rows: readonly Row[], mark: string): string =>
  [NAMES.join(mark), ...rows.map((row) => cellsOf(row).map(delimitedCell).join(mark)), ''].join('\n');

/** The same table in every format. */
export const TABLE_WRITERS: Readonly<Record<string, (rows: readonly Row[]) => Buffer | Promise<Buffer>>> = {
  csv: (rows) => Buffer.from(delimited(rows, ',')),
  'utf-16 csv': (rows) => Buffer.from(`\ufeff${delimited(rows, ',')}`, 'utf16le'),
  tsv: (rows) => Buffer.from(delimited(rows, '\t')),
  'json records': (rows) => Buffer.from(JSON.stringify(rows)),
  'json lines': (rows) => Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n')),
  'json split': (rows) =>
    Buffer.from(JSON.stringify({ columns: NAMES, index: rows.map((_, i) => i), data: rows.map(cellsOf) })),
  'arrow stream': (rows) => arrow(rows, 'stream'),
  'arrow file': (rows) => arrow(rows, 'file'),
  parquet: (rows) => parquet(`SELECT * FROM (VALUES ${rows.map(sqlRow)}) AS t(${NAMES})`),
  xlsx: (rows) => sheet(rows, 'xlsx'),
  xls: (rows) => sheet(rows, 'biff8'),
  ods: (rows) => sheet(rows, 'ods'),
};

/** What a file may be wrapped in. */
export const CONTAINERS: Readonly<Record<string, (content: Buffer) => Buffer | Promise<Buffer>>> = {
  none: (content) => content,
  gzip: (content) => gzipSync(content),
  zstd: zstdFrame,
  zip: (content) => zip({ 'table.data': content }),
};

export async function zip(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const archive = new ZipFile();
  for (const [name, content] of Object.entries(files)) archive.addBuffer(Buffer.from(content), name);
  archive.end();
  const chunks: Buffer[] = [];
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function parquet(select: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-parquet-'));
  const path = join(folder, 'made.parquet');
  try {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run(`COPY (${select}) TO '${path}' (FORMAT parquet)`);
    connection.closeSync();
    return await readFile(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A workbook whose first sheet holds the rows, and whose second one is another. */
export function workbook(rows: unknown[][], bookType: xlsx.BookType, name = 'First'): Buffer {
  const book = xlsx.utils.book_new();
  xlsx.utils.book_append_sheet(book, xlsx.utils.aoa_to_sheet(rows, { UTC: true, cellDates: true }), name);
  xlsx.utils.book_append_sheet(book, xlsx.utils.aoa_to_sheet([['other'], [7]]), 'Second');
  return xlsx.write(book, { type: 'buffer', bookType, cellDates: true }) as Buffer;
}

function sheet(rows: readonly Row[], bookType: xlsx.BookType): Buffer {
  const cells = rows.map(({ day, ...row }) => [row.number, row.text, row.flag, day && new Date(day)]);
  return workbook([[...NAMES], ...cells], bookType);
}

function arrow(rows: readonly Row[], layout: 'stream' | 'file'): Buffer {
  const days = rows.map(({ day }) => (day === null ? null : new Date(day)));
  const table = new Table({
    number: vectorFromArray(rows.map(({ number }) => number)),
    text: vectorFromArray(rows.map(({ text }) => text)),
    flag: vectorFromArray(rows.map(({ flag }) => flag)),
    day: vectorFromArray(days, new DateMillisecond()),
  });
  return Buffer.from(tableToIPC(table, layout));
}

function sqlRow({ number, text, flag, day }: Row): string {
  const quoted = (value: string | null) => (value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`);
  return `(${number}::DOUBLE, ${quoted(text)}::VARCHAR, ${flag}::BOOLEAN, ${quoted(day?.replace('Z', '') ?? null)}::TIMESTAMP)`;
}
