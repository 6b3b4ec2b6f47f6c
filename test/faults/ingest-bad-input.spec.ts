import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import * as xlsx from '@e965/xlsx';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { type RunningService, startService } from '../support/service.js';
import { newDataset, newUser, type TestUser, upload } from '../support/users.js';

/**
 * What is wrong with files that people send, each through the built service: the exact status, a stable code, line and
 * column where there are any, no value of the file, and nothing left of it.
 */

const MAX_BYTES = 120_000_000;
const GOOD = 'a,b\n1,x\n2,y\n';
const TIMEOUT_MS = 120_000;

let service: RunningService;
let user: TestUser;
let id: string;
let before: Record<string, unknown>;
let kept: string[];
beforeAll(async () => {
  service = await startService({ INGEST_MAX_BYTES: String(MAX_BYTES), INGEST_MAX_COLUMNS: '6000' });
  user = await newUser(service);
  id = await newDataset(user, 'Bad input');
  before = (await upload(user, id, GOOD)).body;
  kept = await storedFiles();
}, TIMEOUT_MS);
afterAll(() => service.stop());

async function storedFiles(): Promise<string[]> {
  const found: string[] = [];
  for (const folder of ['objects', 'scratch']) {
    const entries = await readdir(join(service.storageDir, folder), { recursive: true, withFileTypes: true });
    found.push(
      ...entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)),
    );
  }
  return found.sort();
}

const put = (body: string | Uint8Array, query: Readonly<Record<string, string>> = {}) =>
  user.service.request('PUT', `/datasets/${id}/content`, {
    body,
    query,
    headers: { 'content-type': 'application/octet-stream' },
  });

async function zip(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const archive = new ZipFile();
  for (const [name, content] of Object.entries(files)) archive.addBuffer(Buffer.from(content), name);
  archive.end();
  const chunks: Buffer[] = [];
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function lyingParquet(): Promise<Buffer> {
  const path = join(service.storageDir, 'made.parquet');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`COPY (SELECT i AS a FROM range(1000) AS t(i)) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  const bytes = await readFile(path);
  await rm(path);
  bytes.writeUInt32LE(bytes.length * 2, bytes.length - 8);
  return bytes;
}

function cutArrow(): Buffer {
  const bytes = Buffer.from(tableToIPC(tableFromArrays({ a: [1, 2, 3] }), 'file'));
  // The length of the only record batch in the footer's block.
  return bytes.subarray(0, bytes.length - 40);
}

const wide = (nColumns: number) =>
  `${Array.from({ length: nColumns }, (_, column) => `n${column}`).join()}\n${'1,'.repeat(nColumns - 1)}1\n`;

/** Status, code, item's code, its line, its column. */
type Refusal = readonly [number, string, string?, number?, string?];
const UNREADABLE = [415, 'dataset_unreadable'] as const;

const CASES: readonly (readonly [string, () => string | Uint8Array | Promise<Uint8Array>, Refusal])[] = [
  ['a line of 100 MB', () => `a,b\n1,${'secret'.repeat(17_000_000)}\n`, [...UNREADABLE, 'line_too_long', 2]],
  ['6,001 columns', () => wide(6_001), [...UNREADABLE, 'too_many_columns', 1]],
  [
    'a short row behind a line break in quotes',
    () => 'a,b\n"x\ny",1\nsecret\n',
    [...UNREADABLE, 'too_few_fields', 4],
  ],
  ['a long row', () => 'a,b\n1,2\n1,2,secret\n', [...UNREADABLE, 'too_many_fields', 3]],
  [
    'columns of one name',
    () => '\nsecret,b,secret\n1,2,3\n',
    [...UNREADABLE, 'duplicate_column_name', 2, 'secret'],
  ],
  ['a NUL byte', () => 'a,b\n1,secret\n2,sec\0ret\n', [...UNREADABLE, 'binary_data', 3]],
  [
    'mixed encodings',
    () => Buffer.from('a,b\n1,\xe9\n2,\xc3\xa9secret\n', 'latin1'),
    [...UNREADABLE, 'mixed_encodings', 3],
  ],
  [
    'a cut-off gzip',
    () => gzipSync(`a,b\n${'1,secret\n'.repeat(5_000)}`).subarray(0, -12),
    [...UNREADABLE, 'truncated_gzip'],
  ],
  [
    'a gzip bomb',
    () => gzipSync(Buffer.alloc(MAX_BYTES + 10_000_000, 'a,b\n')),
    [...UNREADABLE, 'too_large_uncompressed'],
  ],
  [
    'a zip with two files',
    () => zip({ 'a.csv': GOOD, 'b.csv': GOOD }),
    [...UNREADABLE, 'zip_with_several_files'],
  ],
  [
    'an xlsx bomb',
    () => zip({ '[Content_Types].xml': '<x/>', 'xl/workbook.xml': Buffer.alloc(40_000_000) }),
    [...UNREADABLE, 'suspicious_compression'],
  ],
  ['Parquet with a footer that lies', lyingParquet, [...UNREADABLE, 'damaged_parquet']],
  ['Arrow without its end', cutArrow, [...UNREADABLE, 'damaged_arrow']],
  ['a quote that is never closed', () => 'a,b\n1,x\n2,"secret\n3,y\n', [...UNREADABLE, 'unclosed_quote', 3]],
  ['zero rows', () => 'a,b\n', [...UNREADABLE, 'no_rows', 1]],
  ['zero rows of JSON', () => '[]', [...UNREADABLE, 'no_rows']],
  ['damaged JSON', () => '[{"a":1},\n{"a":"secret}]', [...UNREADABLE, 'truncated_json', 2]],
  ['empty lines only', () => '\n\n', [415, 'upload_empty']],
];

describe('bad input', () => {
  it.each(CASES)(
    '%s: refused, and nothing of it is kept',
    async (_name, make, [status, code, itemCode, line, column]) => {
      const refused = await put(await make());
      expect([refused.status, refused.body.code]).toEqual([status, code]);
      const [item] = refused.body.errors ?? [];
      expect([item?.code, item?.line, item?.column]).toEqual([itemCode, line, column]);
      // The name of a column is the place; values are never told.
      expect(refused.body.detail).not.toContain('secret');
      if (column === undefined) expect(JSON.stringify(refused.body)).not.toContain('secret');
      expect(await storedFiles()).toEqual(kept);
      expect((await user.service.get(`/datasets/${id}`)).body).toEqual(before);
    },
    TIMEOUT_MS,
  );

  it('never opens what a workbook refers to', async () => {
    const sheet = xlsx.utils.aoa_to_sheet([['a'], [7]]);
    sheet['A2'] = { t: 'n', v: 7, f: `'[${service.url}/health/live]S'!A1` };
    const book = xlsx.utils.book_new();
    xlsx.utils.book_append_sheet(book, sheet, 'S');
    const nLogged = service.logs.length;
    const other = await newDataset(user, 'External');
    const taken = await user.service.request('PUT', `/datasets/${other}/content`, {
      body: xlsx.write(book, { type: 'buffer', bookType: 'xlsx' }) as Buffer,
      headers: { 'content-type': 'application/octet-stream' },
    });
    expect(taken.body.columns).toMatchObject([{ name: 'a', type: 'number', nullCount: 0 }]);
    expect(service.logs.slice(nLogged).join()).not.toContain('/health/live');
  });
});

describe('unusual input', () => {
  it.each<[string, () => string, object]>([
    ['one column', () => 'a\n1\n\n2\n', { nRows: 2, nColumns: 1 }],
    [
      'columns without names',
      () => 'x,\n1,2\n',
      { nRows: 1, reports: [{ code: 'empty_column_name', columns: ['column_2'] }] },
    ],
    [
      'a million distinct values',
      () => `key,n\n${Array.from({ length: 1_000_000 }, (_, row) => `k${row},1\n`).join('')}`,
      { nRows: 1_000_000, columns: [{ distinctCount: 1_000_000 }, { distinctCount: 1 }] },
    ],
  ])(
    '%s: taken',
    async (name, make, expected) => {
      const other = await newDataset(user, name);
      const taken = await user.service.request('PUT', `/datasets/${other}/content`, {
        body: make(),
        query: { header: 'true' },
        headers: { 'content-type': 'text/csv' },
      });
      expect(taken.status).toBe(201);
      expect(taken.body).toMatchObject(expected);
    },
    TIMEOUT_MS,
  );

  it(
    'takes 5,000 columns',
    async () => {
      const path = `/datasets/${id}/inspect`;
      const headers = { 'content-type': 'text/csv' };
      const found = await user.service.request('POST', path, { body: wide(5_000), headers });
      expect(found.body).toMatchObject({ nRows: 1, nColumns: 5_000, dialect: { hasHeader: true } });
    },
    TIMEOUT_MS,
  );

  it('gives formulas back as they came, or guarded when that is asked for', async () => {
    const other = await newDataset(user, 'Formulas');
    await upload(user, other, 't,n\n=1+1,1\n@SUM(A1),2\n-x,3\n');
    const csv = (guardFormulas: string) =>
      user.service.get(`/datasets/${other}/content`, { query: { format: 'csv', guardFormulas } });
    expect((await csv('false')).bytes.toString()).toContain('"=1+1"');
    const guarded = (await csv('true')).bytes.toString();
    for (const text of ["'=1+1", "'@SUM(A1)", "'-x"]) expect(guarded).toContain(text);
  });
});
