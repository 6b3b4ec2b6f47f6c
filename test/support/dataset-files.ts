import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import * as xlsx from '@e965/xlsx';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { ZipFile } from 'yazl';

const NAMES = ['number', 'text', 'flag', 'day'] as const;
const ROWS = Array.from({ length: 30 }, (_, index) => [
  index / 4,
  `text ${index % 7}, "quoted"`,
  index % 2 === 0,
  `2020-01-${String(1 + (index % 28)).padStart(2, '0')}`,
]);
const RECORDS = ROWS.map((row) => Object.fromEntries(NAMES.map((name, column) => [name, row[column]])));

/** One small sound file of every format, by name. */
export async function datasetFiles(folder: string): Promise<Record<string, Buffer>> {
  const csv = `${NAMES}\n${ROWS.map((row) => row.map((cell) => `"${String(cell).replaceAll('"', '""')}"`)).join('\n')}\n`;
  const arrow = tableFromArrays(
    Object.fromEntries(NAMES.map((name, column) => [name, ROWS.map((row) => row[column])])),
  );
  const book = xlsx.utils.book_new();
  xlsx.utils.book_append_sheet(book, xlsx.utils.aoa_to_sheet([[...NAMES], ...ROWS]), 'Data');
  const workbook = (bookType: xlsx.BookType) => xlsx.write(book, { type: 'buffer', bookType }) as Buffer;
  return {
    csv: Buffer.from(csv),
    tsv: Buffer.from(csv.replaceAll('","', '"\t"').replace(',text,flag,', '\ttext\tflag\t')),
    'utf-16': Buffer.from(`\ufeff${csv}`, 'utf16le'),
    gzip: gzipSync(csv),
    zip: await zipped(csv),
    json: Buffer.from(JSON.stringify(RECORDS)),
    jsonl: Buffer.from(RECORDS.map((record) => JSON.stringify(record)).join('\n')),
    split: Buffer.from(JSON.stringify({ columns: NAMES, index: ROWS.map((_, row) => row), data: ROWS })),
    arrow: Buffer.from(tableToIPC(arrow, 'file')),
    'arrow stream': Buffer.from(tableToIPC(arrow, 'stream')),
    parquet: await parquet(join(folder, 'made.parquet')),
    xlsx: workbook('xlsx'),
    xls: workbook('biff8'),
    ods: workbook('ods'),
  };
}

async function zipped(content: string): Promise<Buffer> {
  const archive = new ZipFile();
  archive.addBuffer(Buffer.from(content), 'table.csv');
  archive.end();
  const chunks: Buffer[] = [];
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function parquet(path: string): Promise<Buffer> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`COPY (SELECT i / 4 AS number, 'text ' || (i % 7) AS text, i % 2 = 0 AS flag,
    DATE '2020-01-01' + i::INTEGER AS day FROM range(30) AS rows(i)) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  const bytes = await readFile(path);
  await rm(path);
  return bytes;
}

/** A damaged copy: some bytes changed, left out, doubled, or the end cut off. */
export function mutate(file: Buffer, random: () => number): Buffer {
  const place = (bytes: Buffer) => Math.floor(random() * bytes.length);
  let bytes = Buffer.from(file);
  for (let count = 1 + Math.floor(random() * 4); count > 0 && bytes.length > 0; count--) {
    const from = place(bytes);
    const to = Math.min(bytes.length, from + 1 + Math.floor(random() * 12));
    const kind = Math.floor(random() * 6);
    if (kind === 0) bytes[from] = Math.floor(random() * 256);
    else if (kind === 1) bytes[from] = bytes[from]! ^ (1 << Math.floor(random() * 8));
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
    else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
    else if (kind === 4) bytes.fill(random() < 0.5 ? 0 : 0xff, from, to);
    else if (random() < 0.3) bytes = bytes.subarray(0, from);
  }
  return bytes;
}
