import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startService } from '../support/service.js';
import { newDataset, newUser, type TestUser, upload } from '../support/users.js';

const CSV = 'zip,age,day\n01234,3,01/02/2020\n02345,-1,03/04/2020\n';
const TUS = { 'tus-resumable': '1.0.0' };

let service: RunningService;
let user: TestUser;
beforeAll(async () => {
  service = await startService();
  user = await newUser(service);
});
afterAll(() => service.stop());

let nRecords = 0;
const newRecord = () => newDataset(user, `Columns ${++nRecords}`);
const scratchFiles = () => readdir(join(service.storageDir, 'scratch'));

const send = (
  method: 'PUT' | 'POST',
  path: string,
  body: string | Uint8Array,
  query: Readonly<Record<string, string>>,
  bad = false,
) => user.service.request(method, path, { body, headers: { 'content-type': 'text/csv' }, query, bad });

const COLUMNS = JSON.stringify({
  zip: { type: 'number' },
  age: { missing: ['-1'] },
  day: { dateOrder: 'day_first' },
});
const FOUND = [
  { name: 'zip', type: 'number' },
  { name: 'age', type: 'number', nullCount: 1, missingMarkers: ['-1'] },
  { name: 'day', type: 'date' },
];

describe('what is said of columns', () => {
  it('holds for dry runs of a file, of a version, and for uploads', async () => {
    const id = await newRecord();
    const guess = await send('POST', `/datasets/${id}/inspect`, CSV, {});
    expect(guess.body.columns.map(({ type }: { type: string }) => type)).toEqual(['text', 'number', 'text']);
    const tried = await send('POST', `/datasets/${id}/inspect`, CSV, { columns: COLUMNS, partial: 'true' });
    expect(tried.body).toMatchObject({ columns: FOUND, reports: [] });
    expect(tried.body.firstRows[1]).toEqual([2345, null, '2020-04-03T00:00:00.000Z']);
    expect((await upload(user, id, CSV)).body.columns[0].type).toBe('text');
    const again = await user.service.request('POST', `/datasets/${id}/inspect`, {
      query: { columns: COLUMNS },
    });
    expect(again.body.columns).toMatchObject(FOUND);
    const put = await send('PUT', `/datasets/${id}/content`, CSV, { columns: COLUMNS });
    expect([put.status, put.body.version]).toEqual([200, 2]);
    expect(put.body.columns).toMatchObject(FOUND);
  });

  it('holds for resumable uploads, in the query or in Upload-Metadata', async () => {
    const metadata = `columns ${Buffer.from(COLUMNS).toString('base64')}`;
    for (const how of [{ headers: { 'upload-metadata': metadata } }, { query: { columns: COLUMNS } }]) {
      const id = await newRecord();
      const created = await user.service.request('POST', `/datasets/${id}/uploads`, {
        ...how,
        body: CSV,
        headers: {
          ...TUS,
          'content-type': 'application/offset+octet-stream',
          'upload-length': String(CSV.length),
          ...how.headers,
        },
      });
      expect(created.status).toBe(201);
      expect((await user.service.get(`/datasets/${id}`)).body.columns).toMatchObject(FOUND);
    }
  });

  it('is refused where a value does not fit, with line and column, and changes nothing', async () => {
    const id = await newRecord();
    const before = (await upload(user, id, CSV)).body;
    const query = { columns: JSON.stringify({ b: { type: 'number' } }) };
    const body = 'a,b\n"x\ny",1\nz,secret\n';
    for (const [method, path] of [
      ['PUT', 'content'],
      ['POST', 'inspect'],
    ] as const) {
      const refused = await send(method, `/datasets/${id}/${path}`, gzipSync(body), query);
      expect([refused.status, refused.body.code]).toEqual([422, 'invalid_columns']);
      expect(refused.body.errors).toEqual([
        {
          code: 'value_of_other_type',
          column: 'b',
          line: 4,
          message: 'This value is not a number; 1 of the column are not.',
        },
      ]);
      expect(JSON.stringify(refused.body)).not.toContain('secret');
    }
    const part = await user.service.request('POST', `/datasets/${id}/uploads`, {
      query,
      body,
      headers: {
        ...TUS,
        'content-type': 'application/offset+octet-stream',
        'upload-length': String(body.length),
      },
    });
    expect([part.status, part.body.code]).toEqual([422, 'invalid_columns']);
    expect((await user.service.get(`/datasets/${id}`)).body).toEqual(before);
    expect(await scratchFiles()).toEqual([]);
  });

  it.each([
    ['no JSON', '{'],
    ['no object', '["a"]'],
    ['another type', '{"a":{"type":"money"}}'],
    ['markers that are no texts', '{"a":{"missing":[1]}}'],
    ['another order', '{"a":{"dateOrder":"ymd"}}'],
    ['what is not known', '{"a":{"kind":"text"}}'],
  ])('is refused before the file is read: %s', async (_name, columns) => {
    const id = await newRecord();
    const refused = await send('PUT', `/datasets/${id}/content`, 'a\n1\n', { columns }, true);
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request']);
    expect(refused.body.errors[0].argument).toBe('columns');
  });
});

describe('what was mended', () => {
  it('stays with the version', async () => {
    const id = await newRecord();
    expect((await upload(user, id, CSV)).body.reports).toEqual([]);
    const body = `a,,a,day\n1, x ,2,2021-02-29\n2\n${'3,y,3,2021-01-01,5\n'.repeat(120)}`;
    const query = { raggedRows: 'keep', duplicateNames: 'rename', header: 'true' };
    const lines = Array.from({ length: 99 }, (_, index) => index + 4);
    const expected = [
      { code: 'empty_column_name', count: 1, lines: [1], columns: ['column_2'] },
      { code: 'duplicate_column_name', count: 1, lines: [1], columns: ['a_2'] },
      { code: 'too_few_fields', count: 1, lines: [3], columns: [] },
      { code: 'too_many_fields', count: 120, lines, columns: [] },
      { code: 'stays_text', count: 1, lines: [], columns: ['day'] },
      { code: 'blanks_trimmed', count: 1, lines: [], columns: ['column_2'] },
    ];
    const inspected = await send('POST', `/datasets/${id}/inspect`, body, query);
    expect(inspected.body.reports).toMatchObject(expected);
    const put = await send('PUT', `/datasets/${id}/content`, body, query);
    expect(put.body.reports).toMatchObject(expected);
    expect((await user.service.get(`/datasets/${id}`)).body.reports).toEqual(put.body.reports);
    const { versions } = (await user.service.get(`/datasets/${id}/versions`)).body;
    expect(versions.map((one: { reports: unknown[] }) => one.reports.length)).toEqual([6, 0]);
  });
});
