import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { loadSettings } from '../../src/config/load-settings.js';
import type { RecurringResult } from '../../src/jobs/recurring/recurring-result.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { startService } from '../support/service.js';
import {
  expectStatus,
  fixture,
  newDataset,
  newModel,
  newUser,
  outcomeOf,
  train,
  upload,
} from '../support/users.js';

const DAY_MS = 86_400_000;

describe('recurring work', () => {
  let database: TestDatabase;
  let storageDir: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    storageDir = await mkdtemp(join(inject('runFolder'), 'recurring-'));
  });
  afterAll(() => database.drop());

  /** One run, in a thread, as the scheduler starts it. */
  async function run(name: string, more: Record<string, string> = {}): Promise<RecurringResult> {
    const settings = loadSettings({ DATABASE_URL: database.url, STORAGE_DIR: storageDir, ...more });
    const entry = new URL(`../../dist/jobs/recurring/${name}.js`, import.meta.url);
    const thread = new Worker(entry, { workerData: { settings: { ...settings } } });
    const ended = once(thread, 'exit');
    const [result] = (await once(thread, 'message')) as [RecurringResult];
    expect(await ended).toEqual([0]);
    return result;
  }

  /** A training in the state that the columns say. */
  async function insertTraining(columns: Record<string, unknown>): Promise<string> {
    const id = randomUUID();
    const values = {
      ...{ id, model_id: 'm1', owner_id: 'o1', dataset_id: 'd1', dataset_version: 1 },
      ...{ spec: {}, max_attempts: 3, max_run_seconds: 60 },
      ...columns,
    };
    const names = Object.keys(values);
    const places = names.map((_, i) => `$${i + 1}`);
    await database.db.execute(
      `insert into trainings (${names.join(', ')}) values (${places.join(', ')})`,
      Object.values(values),
    );
    return id;
  }

  it('deletes what has been kept long enough', async () => {
    const ended = { status: 'canceled', attempt: 1 };
    const old = await insertTraining({ ...ended, finished_at: new Date(Date.now() - 91 * DAY_MS) });
    const young = await insertTraining({ ...ended, finished_at: new Date(Date.now() - 89 * DAY_MS) });
    expect((await run('retention')).counts).toEqual({
      ...{ predictionsDeleted: 0, trainingsDeleted: 1, deliveriesDeleted: 0 },
    });
    const left = await database.db.query('select id from trainings where id = any($1)', [[old, young]]);
    expect(left).toEqual([{ id: young }]);
  });

  it('deletes predictions that are older than their owner wants, or too many', async () => {
    const predicted = (modelId: string, daysAgo: number) =>
      database.db.execute(
        `insert into predictions (id, row, model_id, model_version, protocol, request_id, input, outputs, latency_ms,
                                  created_at)
         values ($1, 0, $2, 1, 'native', 'r', '{}', '{1}', 1, now() - make_interval(days => $3))`,
        [randomUUID(), modelId, daysAgo],
      );
    for (const id of ['m1', 'm2']) {
      await database.db.execute(`insert into models (id, owner_id, name) values ($1, 'o1', 'M')`, [id]);
    }
    await database.db.execute(`insert into prediction_log_settings values ('m2', 1, 5)`);
    for (const modelId of ['m1', 'm2']) {
      for (const daysAgo of [1, 10, 40]) await predicted(modelId, daysAgo);
    }
    expect((await run('retention')).counts).toMatchObject({ predictionsDeleted: 3 });
    for (let i = 0; i < 1002; i++) await predicted('m1', 2);
    expect((await run('retention', { PREDICTION_LOG_MAX_ROWS: '1000' })).counts).toMatchObject({
      predictionsDeleted: 4,
    });
    const left = await database.db.query(
      'select model_id, count(*)::int as n from predictions group by 1 order by 1',
    );
    expect(left).toEqual([
      { model_id: 'm1', n: 1000 },
      { model_id: 'm2', n: 1 },
    ]);
  });

  it('deletes what interrupted uploads have left', async () => {
    const scratch = join(storageDir, 'scratch');
    await mkdir(scratch, { recursive: true });
    for (const name of ['old.upload', 'young.upload']) await writeFile(join(scratch, name), 'x');
    const twoHoursAgo = new Date(Date.now() - DAY_MS / 12);
    await utimes(join(scratch, 'old.upload'), twoHoursAgo, twoHoursAgo);
    expect((await run('upload-cleanup')).counts).toMatchObject({ scratchFilesDeleted: 1 });
    expect(await readdir(scratch)).toEqual(['young.upload']);
  });

  it('queues a training again whose place in the queue was lost', async () => {
    const first = await startService({ TRAINING_CONCURRENCY: '0' });
    const user = await newUser(first);
    const datasetId = await newDataset(user);
    expectStatus(await upload(user, datasetId, await fixture('penguins.csv')), 201);
    const id = await train(user, await newModel(user), {
      datasetId,
      algorithm: 'decision_tree_classifier',
      target: 'species',
    });
    await first.end();
    const client = new pg.Client({ connectionString: first.databaseUrl });
    await client.connect();
    await client.query('drop schema trainyard_jobs cascade');
    await client.end();
    const second = await startService({
      STORAGE_DIR: first.storageDir,
      DATABASE_URL: first.databaseUrl,
      SERVICE_TOKENS: first.serviceToken,
      CALLBACK_SECRETS: first.callbackSecret,
      TRAINING_LEASE_SECONDS: '2',
    });
    try {
      expect((await outcomeOf(second, id)).at(-1)).toMatchObject({ status: 'succeeded', attempt: 1 });
    } finally {
      await second.stop();
      await first.stop();
    }
  });
});
