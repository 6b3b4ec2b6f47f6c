import { readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { deleteOrphans } from '../../src/jobs/recurring/orphans.js';
import { LocalObjectStore } from '../../src/storage/local-object-store.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { DatabaseProxy } from '../support/database-proxy.js';
import { type RunningService, startService } from '../support/service.js';
import { internalClient, newDataset, newModel, newUser, type TestUser, upload } from '../support/users.js';

const HOUR_MS = 3_600_000;
const CSV = 'age,name\n3,Ann\n4,Bob\n';
const manyRows = (nRows: number) =>
  `a,b,c\n${Array.from({ length: nRows }, (_, row) => `${row},${row * 7},x${row % 100}`).join('\n')}\n`;

let service: RunningService | undefined;
let database: TestDatabase | undefined;
let proxy: DatabaseProxy | undefined;
afterEach(async () => {
  await service?.stop();
  await proxy?.stop();
  await database?.drop();
  [service, proxy, database] = [undefined, undefined, undefined];
});

const scratchFiles = async () => (await readdir(join(service!.storageDir, 'scratch')).catch(() => [])).sort();

/** The status of an upload that fails for no fault of its own, which the contract does not foresee. */
async function failingUpload({ authorization }: TestUser, id: string): Promise<number> {
  const headers = { authorization, 'content-type': 'text/csv' };
  const answer = await fetch(`${service!.url}/datasets/${id}/content`, { method: 'PUT', body: CSV, headers });
  return answer.status;
}

describe('an upload', () => {
  it('is whole when the answer to its commit is lost', async () => {
    database = await createTestDatabase({ migrated: false });
    proxy = await DatabaseProxy.start(database.url);
    service = await startService({ DATABASE_URL: proxy.url });
    const user = await newUser(service);
    const id = await newDataset(user);
    proxy.loseAnswerToCommitAfter('insert into dataset_versions');
    expect(await failingUpload(user, id)).toBe(500);
    expect((await user.service.get(`/datasets/${id}`)).body).toMatchObject({ version: 1, nRows: 2 });
    expect((await user.service.get(`/datasets/${id}/content`)).bytes.toString()).toBe(CSV);
    const store = new LocalObjectStore(service.storageDir);
    await deleteOrphans(database.db, store, HOUR_MS, Date.now() + 2 * HOUR_MS);
    expect((await user.service.get(`/datasets/${id}/content`)).status).toBe(200);
  });

  it('leaves nothing when the store fails', async () => {
    service = await startService();
    const user = await newUser(service);
    const id = await newDataset(user);
    const objects = join(service.storageDir, 'objects');
    // The second file has no place: the first one is in the store by then.
    await mkdir(objects, { recursive: true });
    const blocked = join(objects, 'datasets');
    await writeFile(blocked, 'in the way');
    expect(await failingUpload(user, id)).toBe(500);
    expect(await scratchFiles()).toEqual([]);
    expect((await user.service.get(`/datasets/${id}`)).status).toBe(404);
    await rename(blocked, `${blocked}-was`);
    await rm(`${blocked}-was`);
    expect((await upload(user, id, CSV)).status).toBe(201);
  });

  it('that dies with its service leaves files that the clean-up takes', async () => {
    service = await startService();
    const user = await newUser(service);
    const id = await newDataset(user);
    const sending = upload(user, id, manyRows(600_000)).catch(() => undefined);
    await expect
      .poll(async () => (await scratchFiles()).join(), { interval: 5, timeout: 20_000 })
      .toMatch(/\.parquet/);
    await service.kill();
    await sending;
    expect((await scratchFiles()).length).toBeGreaterThan(0);
    database = await createTestDatabase();
    const store = new LocalObjectStore(service.storageDir);
    await deleteOrphans(database.db, store, HOUR_MS, Date.now() + 2 * HOUR_MS);
    expect(await scratchFiles()).toEqual([]);
  });

  it('waits while as many are parsed as may be', async () => {
    service = await startService({ INGEST_CONCURRENCY: '1', INGEST_THREADS: '1' });
    const user = await newUser(service);
    const ids = [await newDataset(user, 'a'), await newDataset(user, 'b'), await newDataset(user, 'c')];
    const children = () =>
      readFileSync(`/proc/${service!.pid}/task/${service!.pid}/children`, 'utf8').split(' ').length - 1;
    let isDone = false;
    let most = 0;
    const watching = (async () => {
      while (!isDone) {
        most = Math.max(most, children());
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const answers = await Promise.all(ids.map((id) => upload(user, id, manyRows(20_000))));
    isDone = true;
    await watching;
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(most).toBe(1);
  });
});

describe('a data set that a training waits for', () => {
  it('is not deleted until the training has ended', async () => {
    service = await startService({ TRAINING_CONCURRENCY: '0' });
    const user = await newUser(service);
    const id = await newDataset(user);
    await upload(user, id, manyRows(50));
    const internal = internalClient(service);
    const training = { modelId: await newModel(user), ownerId: user.id, datasetId: id, target: 'c' };
    const started = await internal.post('/internal/trainings', {
      ...training,
      algorithm: 'decision_tree_classifier',
    });
    expect(started.status).toBe(202);
    const refused = await internal.request('DELETE', `/internal/datasets/${id}`);
    expect([refused.status, refused.body.code]).toEqual([409, 'dataset_in_use']);
    expect((await user.service.get(`/datasets/${id}/content`)).status).toBe(200);
    await internal.post(`/internal/trainings/${started.body.id}/cancel`);
    expect((await internal.request('DELETE', `/internal/datasets/${id}`)).status).toBe(204);
  });
});
