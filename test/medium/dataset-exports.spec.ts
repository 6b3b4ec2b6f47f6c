import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { deleteOrphans } from '../../src/jobs/recurring/orphans.js';
import { deleteExpiredExports } from '../../src/jobs/recurring/retention.repository.js';
import { LocalObjectStore } from '../../src/storage/local-object-store.js';
import { type RunningService, startService } from '../support/service.js';
import { internalClient, newDataset, newUser, type TestUser, upload } from '../support/users.js';

const HOUR_MS = 3_600_000;
const CSV = `age,name\n${Array.from({ length: 5_000 }, (_, row) => `${row % 90},name ${row}`).join('\n')}\n`;
const EXPORTED = `"age","name"\n${Array.from({ length: 5_000 }, (_, row) => `${row % 90}.0,"name ${row}"`).join('\n')}\n`;

let service: RunningService;
let user: TestUser;
let database: Database;
beforeAll(async () => {
  service = await startService({ DATASET_VERSIONS_KEPT: '1' });
  database = new Database({ url: service.databaseUrl, poolSize: 1, log: () => undefined });
  user = await newUser(service);
});
afterAll(async () => {
  await database.close();
  await service.stop();
});

let nRecords = 0;
async function newTable(): Promise<string> {
  const id = await newDataset(user, `Export ${++nRecords}`);
  await upload(user, id, CSV);
  return id;
}
const exportsDir = () => join(service.storageDir, 'objects', 'exports');
const kept = async (): Promise<string[]> => (await readdir(exportsDir()).catch(() => [])).sort();
const scratch = () => readdir(join(service.storageDir, 'scratch'));
const download = (id: string, query = {}, headers = {}, method: 'GET' | 'HEAD' = 'GET') =>
  user.service.request(method, `/datasets/${id}/content`, { query: { format: 'csv', ...query }, headers });

describe('a table that is downloaded as CSV or Parquet', () => {
  it('is gone on with where a download broke off, of the same file only', async () => {
    const id = await newTable();
    const whole = await download(id);
    expect(whole.bytes.toString()).toBe(EXPORTED);
    const digest = createHash('sha256').update(whole.bytes).digest();
    const etag = whole.headers.get('etag')!;
    expect(etag).toBe(`"${digest.toString('hex')}"`);
    expect(whole.headers.get('repr-digest')).toBe(`sha-256=:${digest.toString('base64')}:`);
    expect(whole.headers.get('content-length')).toBe(String(whole.bytes.length));
    expect(whole.headers.get('content-disposition')).toContain('.csv');
    expect(whole.headers.get('accept-ranges')).toBe('bytes');

    const part = await download(id, {}, { range: 'bytes=1000-1999', 'if-range': etag });
    expect(part.status).toBe(206);
    expect(part.bytes).toEqual(whole.bytes.subarray(1000, 2000));
    expect(part.headers.get('content-range')).toBe(`bytes 1000-1999/${whole.bytes.length}`);
    const tail = await download(id, {}, { range: 'bytes=-10' });
    expect(tail.bytes).toEqual(whole.bytes.subarray(-10));
    const other = await download(id, {}, { range: 'bytes=0-9', 'if-range': '"another"' });
    expect([other.status, other.bytes.length]).toEqual([200, whole.bytes.length]);
    const beyond = await download(id, {}, { range: 'bytes=9999999-' });
    expect([beyond.status, beyond.body.code]).toEqual([416, 'range_not_satisfiable']);
    expect((await download(id, {}, { 'if-none-match': etag })).status).toBe(304);
    const head = await download(id, {}, {}, 'HEAD');
    expect([head.headers.get('etag'), head.headers.get('content-length')]).toEqual([
      etag,
      String(whole.bytes.length),
    ]);
  });

  it('is made once for those who ask at once, and for each form', async () => {
    const id = await newTable();
    const before = (await kept()).length;
    const answers = await Promise.all(Array.from({ length: 6 }, () => download(id, { format: 'parquet' })));
    expect(new Set(answers.map(({ headers }) => headers.get('etag'))).size).toBe(1);
    expect(answers[0]!.bytes.subarray(0, 4).toString()).toBe('PAR1');
    expect((await kept()).length).toBe(before + 1);
    await download(id);
    await download(id, { guardFormulas: 'true' });
    await download(id, { format: 'parquet', guardFormulas: 'true' });
    expect((await kept()).length).toBe(before + 3);
    expect(await scratch()).toEqual([]);
  });

  it('goes with its version and with its data set', async () => {
    const id = await newTable();
    const before = await kept();
    await download(id);
    await upload(user, id, 'age,name\n1,Ann\n');
    expect(await kept()).toEqual(before);
    expect((await download(id)).bytes.toString()).toBe('"age","name"\n1.0,"Ann"\n');
    const { status } = await internalClient(service).request('DELETE', `/internal/datasets/${id}`);
    expect(status).toBe(204);
    expect(await kept()).toEqual(before);
    await upload(user, id, 'age,name\n2,Bob\n');
    expect((await download(id)).bytes.toString()).toBe('"age","name"\n2.0,"Bob"\n');
  });

  it('is swept when nobody has asked for a while, and made anew when it is missing', async () => {
    const id = await newTable();
    await download(id);
    const store = new LocalObjectStore(service.storageDir);
    const sweep = async () => {
      await deleteExpiredExports(database, 24);
      await deleteOrphans(database, store, HOUR_MS, Date.now() + 2 * HOUR_MS);
    };
    await sweep();
    expect((await kept()).length).toBeGreaterThan(0);
    await database.execute("update dataset_exports set used_at = now() - interval '25 hours'");
    await sweep();
    expect(await kept()).toEqual([]);
    expect((await download(id)).bytes.toString()).toBe(EXPORTED);
    await rm(exportsDir(), { recursive: true });
    expect((await download(id)).bytes.toString()).toBe(EXPORTED);
    expect((await kept()).length).toBe(1);
  });
});
