import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startService } from '../support/service.js';
import { internalClient, newDataset, newUser, type TestUser, upload } from '../support/users.js';

const CSV = 'age,name\n3,Ann\n?,Bob\n';
let service: RunningService;
let user: TestUser;
beforeAll(async () => {
  service = await startService({ UPLOAD_MAX_BYTES: '100000', UPLOAD_IDLE_SECONDS: '1' });
  user = await newUser(service);
});
afterAll(() => service.stop());

/** Every file that the store holds, scratch files included. */
async function storedFiles(): Promise<string[]> {
  const entries = await readdir(service.storageDir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/postgres|\.pem$|secret|token|key/i.test(path.slice(service.storageDir.length)))
    .sort();
}

let nRecords = 0;
const newRecord = () => newDataset(user, `People ${++nRecords}`);

const put = (id: string, body: string | Uint8Array | FormData, headers = {}, query = {}) =>
  user.service.request('PUT', `/datasets/${id}/content`, { body, headers, query, bad: true });

describe('upload', () => {
  it('takes a file, tells its schema and gives it back', async () => {
    const id = await newRecord();
    const created = await upload(user, id, CSV);
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ id, ownerId: user.id, version: 1, nRows: 2, nColumns: 2 });
    expect(created.body.columns[0]).toMatchObject({
      name: 'age',
      type: 'number',
      nullCount: 1,
      missingMarkers: ['?'],
    });
    const again = await upload(user, id, `${CSV}4,Cid\n`);
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ version: 2, nRows: 3 });

    expect((await user.service.get(`/datasets/${id}`)).body).toEqual(again.body);
    const file = await user.service.get(`/datasets/${id}/content`);
    expect(file.bytes.toString()).toBe(`${CSV}4,Cid\n`);
    expect(file.headers.get('etag')).toBe(again.headers.get('etag'));
    const part = await user.service.get(`/datasets/${id}/content`, { headers: { range: 'bytes=0-2' } });
    expect([part.status, part.bytes.toString()]).toEqual([206, 'age']);
    expect(
      (await user.service.request('HEAD', `/datasets/${id}/content`)).headers.get('content-length'),
    ).toBe('27');
  });

  it('takes other formats and gives the table back as CSV and Parquet', async () => {
    const id = await newRecord();
    const json = '[{"age":3,"name":"=Ann"},{"age":null,"name":"Bob"}]';
    const created = await put(id, json, { 'content-type': 'application/json' });
    expect(created.body).toMatchObject({ format: 'json', nRows: 2, dialect: { compression: 'none' } });
    const csv = await user.service.get(`/datasets/${id}/content`, {
      query: { format: 'csv', guardFormulas: 'true' },
    });
    expect(csv.bytes.toString()).toBe(`"age","name"\n3.0,"'=Ann"\n,"Bob"\n`);
    const parquet = await user.service.get(`/datasets/${id}/content`, { query: { format: 'parquet' } });
    expect(parquet.bytes.subarray(0, 4).toString()).toBe('PAR1');
  });

  it('takes forms, gzip, overrides and a right digest', async () => {
    const form = new FormData();
    form.append('note', 'hello');
    form.append('file', new Blob([CSV], { type: 'text/csv' }), 'people.csv');
    const id = await newRecord();
    expect((await put(id, form)).status).toBe(201);
    const named = await user.service.get(`/datasets/${id}/content`);
    expect(named.headers.get('content-disposition')).toContain('people.csv');

    const zipped = await put(id, gzipSync(CSV), { 'content-type': 'text/csv', 'content-encoding': 'gzip' });
    expect(zipped.body).toMatchObject({ nRows: 2, dialect: { compression: 'gzip' } });
    const raw = await put(id, CSV, { 'content-type': 'application/octet-stream' }, { header: 'false' });
    expect(raw.body).toMatchObject({ nRows: 3 });
    const digest = createHash('sha256').update(CSV).digest('base64');
    const digested = await put(id, CSV, { 'content-type': 'text/csv', 'repr-digest': `sha-256=:${digest}:` });
    expect(digested.status).toBe(200);
  });

  it.each<[string, string | Uint8Array, Record<string, string>, number, string]>([
    ['0 bytes', '', {}, 415, 'upload_empty'],
    ['header only', 'a,b\n', {}, 415, 'dataset_unreadable'],
    ['ragged rows', 'a,b\n1,2\n3\n', {}, 415, 'dataset_unreadable'],
    ['duplicate names', 'a,a\n1,2\n', {}, 415, 'dataset_unreadable'],
    ['binary as CSV', Buffer.from([0, 1, 2, 3, 44, 10]), {}, 415, 'dataset_unreadable'],
    ['cut-off gzip', gzipSync(CSV).subarray(0, -8), {}, 415, 'dataset_unreadable'],
    ['too many bytes', 'a\n'.repeat(60_000), {}, 413, 'payload_too_large'],
    ['another type', '{}', { 'content-type': 'image/png' }, 415, 'unsupported_media_type'],
    ['another encoding', CSV, { 'content-encoding': 'br' }, 415, 'unsupported_media_type'],
    ['another digest', CSV, { 'repr-digest': `sha-256=:${'A'.repeat(43)}=:` }, 422, 'digest_mismatch'],
  ])('refuses %s and keeps what was there', async (_name, body, headers, status, code) => {
    const id = await newRecord();
    const before = (await upload(user, id, CSV)).body;
    const files = await storedFiles();
    const refused = await put(id, body, { 'content-type': 'text/csv', ...headers });
    expect([refused.status, refused.body?.code]).toEqual([status, code]);
    expect((await user.service.get(`/datasets/${id}`)).body).toEqual(before);
    expect(await storedFiles()).toEqual(files);
  });

  it('answers 413 to a body without a length that grows too large', async () => {
    const body = new Blob(['a\n'.repeat(200_000)]).stream();
    const refused = await user.service.request('PUT', `/datasets/${await newRecord()}/content`, {
      body,
      headers: { 'content-type': 'text/csv' },
      bad: true,
    });
    expect(refused.status).toBe(413);
  });

  it('answers a form as it answers a raw body when it grows too large or stalls', async () => {
    const id = await newRecord();
    const files = await storedFiles();
    const form = new FormData();
    form.append('file', new Blob(['a\n'.repeat(200_000)], { type: 'text/csv' }), 'large.csv');
    const grown = await put(id, form);
    expect([grown.status, grown.body.code]).toEqual([413, 'payload_too_large']);
    const head = '--edge\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\na,b\n1';
    for (const sent of ['', '--edge\r\n', head]) {
      const sending = request(new URL(`/datasets/${id}/content`, service.url), {
        method: 'PUT',
        headers: {
          authorization: user.authorization,
          'content-type': 'multipart/form-data; boundary=edge',
          'transfer-encoding': 'chunked',
        },
      });
      sending.on('error', () => undefined);
      if (sent === '') sending.flushHeaders();
      else sending.write(sent);
      const [answer] = (await once(sending, 'response')) as [IncomingMessage];
      expect(answer.statusCode).toBe(400);
      sending.destroy();
    }
    await expect.poll(storedFiles).toEqual(files);
  });

  it('names the line of a ragged row and no value', async () => {
    const refused = await put(await newRecord(), 'a,b\n"x\ny",2\nsecret\n', {
      'content-type': 'text/csv',
    });
    expect(refused.body.errors).toEqual([expect.objectContaining({ code: 'too_few_fields', line: 4 })]);
    expect(JSON.stringify(refused.body)).not.toContain('secret');
  });

  it('keeps nothing of an upload that is cut off or stalls', async () => {
    const id = await newRecord();
    const files = await storedFiles();
    const start = () => {
      const sending = request(new URL(`/datasets/${id}/content`, service.url), {
        method: 'PUT',
        headers: { authorization: user.authorization, 'content-type': 'text/csv', 'content-length': 10_000 },
      });
      sending.on('error', () => undefined);
      sending.write('a,b\n1,2\n');
      return sending;
    };
    const stalled = start();
    const [answer] = (await once(stalled, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(400);
    stalled.destroy();
    const cut = start();
    await once(cut, 'socket');
    // Its 'error' would end `once`.
    const closed = new Promise((resolve) => cut.once('close', resolve));
    cut.destroy();
    await closed;
    expect((await user.service.get(`/datasets/${id}`)).status).toBe(404);
    await expect.poll(storedFiles).toEqual(files);
  });

  it('asks for credentials before it reads', async () => {
    const id = await newRecord();
    const stranger = await newUser(service);
    expect((await upload(stranger, id, CSV)).status).toBe(403);
    const anonymous = user.service.as(undefined);
    const refused = await anonymous.request('PUT', `/datasets/${id}/content`, { body: CSV, bad: true });
    expect(refused.status).toBe(401);
  });
});

describe('internal data sets', () => {
  it('lists, shows and deletes with the files', async () => {
    const owner = await newUser(service);
    const files = await storedFiles();
    const ids = [await newDataset(owner, 'one'), await newDataset(owner, 'two')].sort();
    for (const id of ids) expect((await upload(owner, id, CSV)).status).toBe(201);
    const internal = internalClient(service);
    const first = await internal.get('/internal/datasets', { query: { ownerId: owner.id, limit: 1 } });
    expect(first.body.datasets.map((one: { id: string }) => one.id)).toEqual([ids[0]]);
    const second = await internal.get('/internal/datasets', {
      query: { ownerId: owner.id, after: first.body.next },
    });
    expect(second.body).toMatchObject({ datasets: [{ id: ids[1] }], next: null });
    for (const id of ids) {
      expect((await internal.get(`/internal/datasets/${id}`)).body.nRows).toBe(2);
      expect((await internal.request('DELETE', `/internal/datasets/${id}`)).status).toBe(204);
      expect((await internal.get(`/internal/datasets/${id}`)).status).toBe(404);
    }
    expect(await storedFiles()).toEqual(files);
  });
});
