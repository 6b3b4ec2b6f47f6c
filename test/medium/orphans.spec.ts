import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteOrphans } from '../../src/jobs/recurring/orphans.js';
import { deleteExpired } from '../../src/jobs/recurring/retention.repository.js';
import { LocalObjectStore } from '../../src/storage/local-object-store.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const HOUR_MS = 3_600_000;

let database: TestDatabase;
let root: string;
let store: LocalObjectStore;
beforeAll(async () => {
  database = await createTestDatabase();
  root = await mkdtemp(join(tmpdir(), 'trainyard-orphans-'));
  store = new LocalObjectStore(root);
});
afterAll(async () => {
  await database.drop();
  await rm(root, { recursive: true, force: true });
});

async function put(key: string): Promise<void> {
  const path = await store.scratchPath('made');
  await writeFile(path, key);
  await store.putFile(key, path);
}

describe('the clean-up of uploads', () => {
  it('takes old scratch files and objects that no row names, and nothing else', async () => {
    for (const key of ['datasets/1/original', 'datasets/1/table', 'datasets/2/original']) await put(key);
    await database.db.execute(
      `insert into datasets (id, owner_id, name, current_version) values ('7', 'o', 'n', 1)`,
    );
    await database.db.execute(
      `insert into dataset_versions (dataset_id, version, format, media_type, original_key, table_key, n_bytes, sha256,
                                     n_rows, n_columns, schema, dialect)
       values ('7', 1, 'csv', 'text/csv', 'datasets/1/original', 'datasets/1/table', 1, '', 1, 1, '[]', '{}')`,
    );
    // What a process leaves that is killed while it takes a file in.
    const leftovers: string[] = [];
    for (const name of ['7.upload', '7.parquet', '7.parquet.plain']) {
      leftovers.push(await store.scratchPath(name));
      await writeFile(leftovers.at(-1)!, 'x');
    }
    const spill = await store.scratchPath('7.parquet.spill');
    await mkdir(spill);
    await writeFile(join(spill, 'duckdb_temp_storage-0.tmp'), 'x');

    const young = await deleteOrphans(database.db, store, HOUR_MS, Date.now());
    expect(young).toEqual({ scratchFiles: 0, objects: 0 });
    const old = await deleteOrphans(database.db, store, HOUR_MS, Date.now() + 2 * HOUR_MS);
    expect(old).toEqual({ scratchFiles: 4, objects: 1 });
    for (const path of [...leftovers, spill]) expect(existsSync(path)).toBe(false);
    expect(await store.stat('datasets/1/original')).toBeDefined();
    expect(await store.stat('datasets/1/table')).toBeDefined();
    expect(await store.stat('datasets/2/original')).toBeUndefined();
  });
});

describe('retention', () => {
  it('deletes what ended long ago, unless its outcome was not told yet', async () => {
    const insertTraining = (id: string, daysAgo: number) =>
      database.db.execute(
        `insert into trainings (id, model_id, owner_id, dataset_id, dataset_version, spec, status, max_attempts,
                                max_run_seconds, finished_at)
         values ($1, 'm', 'o', 'd', 1, '{}', 'failed', 3, 60, now() - make_interval(days => $2))`,
        [id, daysAgo],
      );
    const [old, untold, young] = [1, 2, 3].map((n) => `00000000-0000-4000-8000-00000000000${n}`) as [
      string,
      string,
      string,
    ];
    await insertTraining(old, 91);
    await insertTraining(untold, 91);
    await insertTraining(young, 89);
    await database.db.execute(
      `insert into callback_deliveries (id, type, subject, payload, status, created_at)
       values (gen_random_uuid(), 'training.failed', $1, '{}', 'pending', now() - interval '91 days'),
              (gen_random_uuid(), 'training.failed', $2, '{}', 'delivered', now() - interval '91 days')`,
      [untold, old],
    );
    expect(await deleteExpired(database.db, 90)).toEqual({ trainings: 1, deliveries: 1 });
    const left = await database.db.query<{ id: string }>('select id from trainings order by id');
    expect(left.map((row) => row.id)).toEqual([untold, young]);
  });
});
