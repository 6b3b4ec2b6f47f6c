import { createHash, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { deleteAbandonedUploads, deleteOrphans } from '../../src/jobs/recurring/orphans.js';
import { LocalObjectStore } from '../../src/storage/local-object-store.js';
import type { ContractRequest } from '../support/contract-client.js';
import { type RunningService, startService } from '../support/service.js';
import { newDataset, newUser, type TestUser } from '../support/users.js';

const TUS = { 'tus-resumable': '1.0.0' };
const PART = { ...TUS, 'content-type': 'application/offset+octet-stream' };
const CSV = Buffer.from('a,b\n1,x\n2,y\n');

let service: RunningService;
let user: TestUser;
let database: Database;
beforeAll(async () => {
  service = await startService({ UPLOAD_MAX_BYTES: '40000000' });
  database = new Database({ url: service.databaseUrl, poolSize: 1, log: () => undefined });
  user = await newUser(service);
});
afterAll(async () => {
  await database.close();
  await service.stop();
});

let nRecords = 0;
const newRecord = () => newDataset(user, `Parts ${++nRecords}`);
const base64 = (text: string) => Buffer.from(text).toString('base64');
const parts = async () =>
  (await readdir(join(service.storageDir, 'scratch'))).filter((name) => name.endsWith('.part'));

async function sizeOfPart(id: string): Promise<number> {
  const name = (await parts()).find((one) => one.endsWith(`${id}.part`))!;
  return (await stat(join(service.storageDir, 'scratch', name))).size;
}

async function create(id: string, nBytes: number, more: ContractRequest = {}): Promise<string> {
  const created = await user.service.request('POST', `/datasets/${id}/uploads`, {
    ...more,
    headers: { ...TUS, 'upload-length': String(nBytes), ...more.headers },
  });
  expect(created.status).toBe(201);
  return created.headers.get('location')!;
}
const append = (path: string, offset: number, body: Uint8Array, headers = {}, bad = false) =>
  user.service.request('PATCH', path, {
    body,
    headers: { ...PART, 'upload-offset': String(offset), ...headers },
    bad,
  });
const offsetOf = async (path: string) => {
  const found = await user.service.request('HEAD', path, { headers: TUS });
  expect(found.status).toBe(200);
  return Number(found.headers.get('upload-offset'));
};

describe('a resumable upload', () => {
  it('says what it speaks', async () => {
    const answer = await fetch(`${service.url}/datasets/any/uploads`, { method: 'OPTIONS' });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('tus-extension')).toBe(
      'creation,creation-with-upload,checksum,expiration,termination',
    );
    expect(answer.headers.get('tus-max-size')).toBe('40000000');
  });

  it('comes in parts and becomes a version', async () => {
    const id = await newRecord();
    const metadata = { 'upload-metadata': `filename ${base64('two.csv')},filetype ${base64('text/csv')}` };
    const path = await create(id, CSV.length, { headers: metadata });
    const first = await append(path, 0, CSV.subarray(0, 5));
    expect([first.status, first.headers.get('upload-offset')]).toEqual([204, '5']);
    expect(await offsetOf(path)).toBe(5);
    const last = await append(path, 5, CSV.subarray(5));
    expect(last.headers.get('dataset-version')).toBe('1');
    const file = await user.service.get(`/datasets/${id}/content`);
    expect(file.bytes).toEqual(CSV);
    expect(file.headers.get('content-disposition')).toContain('two.csv');
    expect(await offsetOf(path)).toBe(CSV.length);
    expect(await parts()).toEqual([]);
  });

  it('may begin with its first part, which may be all of it', async () => {
    const id = await newRecord();
    const path = await create(id, CSV.length, { body: CSV, headers: PART });
    expect(await offsetOf(path)).toBe(CSV.length);
    expect((await user.service.get(`/datasets/${id}`)).body).toMatchObject({ version: 1, nRows: 2 });
  });

  it('takes a part only as its checksum says', async () => {
    const path = await create(await newRecord(), CSV.length);
    const of = (algorithm: string, bytes: Buffer) => ({
      'upload-checksum': `${algorithm} ${createHash(algorithm).update(bytes).digest('base64')}`,
    });
    const wrong = await append(path, 0, CSV, of('sha1', Buffer.from('another')));
    expect([wrong.status, wrong.body.code]).toEqual([460, 'checksum_mismatch']);
    expect(await offsetOf(path)).toBe(0);
    expect((await append(path, 0, CSV.subarray(0, 4), of('sha256', CSV.subarray(0, 4)))).status).toBe(204);
    expect((await append(path, 4, CSV.subarray(4), of('sha1', CSV.subarray(4)))).status).toBe(204);
    const unknown = await append(path, CSV.length, new Uint8Array(), { 'upload-checksum': 'md5 AAAA' });
    expect(unknown.status).toBe(204);
  });

  it('refuses what does not fit', async () => {
    const id = await newRecord();
    const path = await create(id, CSV.length);
    expect((await append(path, 3, CSV)).body).toMatchObject({ status: 409, code: 'upload_offset_mismatch' });
    expect((await append(path, 0, Buffer.concat([CSV, CSV]))).status).toBe(413);
    expect((await append(path, 0, CSV, { 'content-type': 'text/csv' }, true)).status).toBe(415);
    const old = await append(path, 0, CSV, { 'tus-resumable': '0.2.2' }, true);
    expect([old.status, old.headers.get('tus-version')]).toEqual([412, '1.0.0']);
    expect((await append(path, 0, CSV, { 'upload-checksum': 'md5 AAAA' })).status).toBe(400);
    const other = path.replace(id, await newRecord());
    expect((await append(other, 0, CSV)).body).toMatchObject({ status: 404, code: 'upload_not_found' });
    const stranger = await newUser(service);
    const refused = await stranger.service.request('HEAD', path, { headers: TUS });
    expect(refused.status).toBe(403);
    const large = await user.service.request('POST', `/datasets/${id}/uploads`, {
      headers: { ...TUS, 'upload-length': '40000001' },
    });
    expect(large.status).toBe(413);
    expect((await user.service.request('DELETE', path, { headers: TUS })).status).toBe(204);
    expect((await user.service.request('HEAD', path, { headers: TUS })).status).toBe(404);
    expect(await parts()).toEqual([]);
  });

  it('is gone when the file cannot be read', async () => {
    const id = await newRecord();
    const path = await create(id, 8);
    expect((await append(path, 0, Buffer.from('a,b\n1\n2\n'))).status).toBe(415);
    expect((await user.service.request('HEAD', path, { headers: TUS })).status).toBe(404);
    expect((await user.service.get(`/datasets/${id}`)).status).toBe(404);
    expect(await parts()).toEqual([]);
  });

  it('expires, and is then cleared away; one that goes on is not', async () => {
    const id = await newRecord();
    const [abandoned, live] = [await create(id, CSV.length), await create(id, CSV.length)];
    await append(abandoned, 0, CSV.subarray(0, 5));
    await database.execute(`update uploads set expires_at = now() where id = $1`, [
      abandoned.split('/').at(-1),
    ]);
    const late = await append(abandoned, 5, CSV.subarray(5));
    expect([late.status, late.body.code]).toEqual([410, 'upload_expired']);
    expect(await deleteAbandonedUploads(database)).toBe(1);
    expect(await parts()).toHaveLength(1);
    const store = new LocalObjectStore(service.storageDir);
    await deleteOrphans(database, store, 3_600_000, Date.now() + 7_200_000);
    expect((await append(live, 0, CSV)).headers.get('dataset-version')).toBe('1');
  });
});

describe('an upload that is killed and resumed', () => {
  const rows = Array.from({ length: 400_000 }, (_, row) => `${row},${(row * 7919) % 10007},text ${row % 97}`);
  const content = Buffer.from(`a,b,c\n${rows.join('\n')}\n`);
  const digest = createHash('sha256').update(content).digest('hex');

  /** Sends so many bytes from the offset on and cuts the connection when some of them have arrived. */
  async function sendAndCut(
    path: string,
    offset: number,
    nBytes: number,
    cut: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    const sending = request(new URL(path, service.url), {
      method: 'PATCH',
      headers: {
        ...PART,
        authorization: user.authorization,
        'upload-offset': offset,
        'content-length': content.length - offset,
      },
    });
    sending.on('error', () => undefined);
    const closed = new Promise((resolve) => sending.once('close', resolve));
    sending.write(content.subarray(offset, offset + nBytes));
    const id = path.split('/').at(-1)!;
    await expect.poll(() => sizeOfPart(id), { interval: 5 }).toBeGreaterThan(offset);
    await cut();
    sending.destroy();
    await closed;
  }

  it('at ten random places gives the same file', async () => {
    const id = await newRecord();
    const path = await create(id, content.length);
    let offset = 0;
    for (let cut = 0; cut < 10; cut++) {
      await sendAndCut(path, offset, randomInt(1, Math.floor((content.length - offset) / 3)));
      const now = await offsetOf(path);
      expect(now).toBeGreaterThanOrEqual(offset);
      offset = now;
    }
    expect(offset).toBeGreaterThan(0);
    expect((await append(path, offset, content.subarray(offset))).status).toBe(204);
    expect((await user.service.get(`/datasets/${id}`)).body).toMatchObject({
      sha256: digest,
      nRows: 400_000,
    });
  });

  it('goes on with another process when the service was killed', async () => {
    const id = await newRecord();
    const path = await create(id, content.length);
    await append(path, 0, content.subarray(0, 3_000_000));
    await sendAndCut(path, 3_000_000, 1_000_000, () => service.kill());
    const { storageDir: STORAGE_DIR, databaseUrl: DATABASE_URL, serviceToken } = service;
    const ports = {
      PORT: new URL(service.url).port,
      EMBEDDED_DATA_SERVER_PORT: new URL(service.dataServerUrl).port,
    };
    const again = await startService({ STORAGE_DIR, DATABASE_URL, SERVICE_TOKENS: serviceToken, ...ports });
    const stopFirst = service.stop;
    const stop = async () => {
      await again.stop();
      await stopFirst();
    };
    service = { ...again, stop };
    const offset = await offsetOf(path);
    expect(offset).toBeGreaterThanOrEqual(3_000_000);
    expect((await append(path, offset, content.subarray(offset))).headers.get('dataset-version')).toBe('1');
    expect((await user.service.get(`/datasets/${id}`)).body.sha256).toBe(digest);
  });

  it('lets the newer of two senders go on', async () => {
    const path = await create(await newRecord(), content.length);
    const slow = request(new URL(path, service.url), {
      method: 'PATCH',
      headers: {
        ...PART,
        authorization: user.authorization,
        'upload-offset': 0,
        'content-length': content.length,
      },
    });
    slow.on('error', () => undefined);
    await new Promise((resolve) => slow.write(content.subarray(0, 1000), resolve));
    const answer = once(slow, 'response') as Promise<[IncomingMessage]>;
    await expect.poll(() => offsetOf(path)).toBe(1000);
    expect((await answer)[0].statusCode).toBe(400);
    slow.destroy();
    expect((await append(path, 1000, content.subarray(1000))).status).toBe(204);
  });
});
