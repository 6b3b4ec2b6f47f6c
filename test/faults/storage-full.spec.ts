import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCallbacks } from '../../src/callbacks/create-callbacks.js';
import { loadSettings } from '../../src/config/load-settings.js';
import type { IngestOutput } from '../../src/datasets/ingest/ingest-types.js';
import { completeSpec } from '../../src/learn/pipeline/complete-spec.js';
import { createModels } from '../../src/models/create-models.js';
import { runTask } from '../../src/processes/run-task.js';
import { LocalObjectStore } from '../../src/storage/local-object-store.js';
import { AttemptRunner } from '../../src/training/attempt-runner.js';
import { AttemptsRepository } from '../../src/training/attempts.repository.js';
import { RunningAttempt } from '../../src/training/running-trainings.js';
import type { TrainingInputs } from '../../src/training/training-inputs.js';
import { TrainingOutcomes } from '../../src/training/training-outcomes.js';
import { TrainingsRepository } from '../../src/training/trainings.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

Logger.overrideLogger(false);

const PENGUINS = fileURLToPath(new URL('../fixtures/data/penguins.csv', import.meta.url));
const MAX_ATTEMPTS = 2;

let database: TestDatabase;
let folder: string;
let ingested: IngestOutput;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'trainyard-full-'));
  ingested = await runTask(
    'ingest',
    {
      sourcePath: PENGUINS,
      tablePath: join(folder, 'table.parquet'),
      format: 'csv',
      overrides: {},
      limits: {
        maxColumns: 100,
        maxLineBytes: 1_000_000,
        maxUncompressedBytes: 1e8,
        memoryMb: 512,
        threads: 1,
      },
    },
    { timeoutMs: 30_000, memoryMb: 1024 },
  );
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeFile(join(folder, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
});

afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** Its first `nFull` scratch files lie on a device that is full. */
class FullStore extends LocalObjectStore {
  constructor(
    root: string,
    private nFull: number,
  ) {
    super(root);
  }

  override async scratchPath(name: string): Promise<string> {
    const path = await super.scratchPath(name);
    if (this.nFull-- > 0) await symlink('/dev/full', `${path}.partial`);
    return path;
  }
}

it('is tried again when the disk was full at bundling, and then succeeds', async () => {
  const { row, run } = await begin(1);
  await run();
  expect(await row()).toMatchObject({ status: 'queued', attempt: 1, error: null });
  await run();
  expect(await row()).toMatchObject({ status: 'succeeded', attempt: 2, model_version: 1 });
});

it('fails with storage_full when the disk stays full, and leaves nothing behind', async () => {
  const { id, row, run, root } = await begin(MAX_ATTEMPTS);
  await run();
  await run();
  expect(await row()).toMatchObject({ status: 'failed', attempt: 2, error: { code: 'storage_full' } });
  const told = await database.db.query('select type from callback_deliveries where subject = $1', [id]);
  expect(told).toEqual([{ type: 'training.failed' }]);
  expect(await database.db.query('select 1 from model_versions where training_id = $1', [id])).toEqual([]);
  expect(await readdir(join(root, 'scratch'))).toEqual([]);
});

async function begin(nFull: number) {
  const { db } = database;
  const id = randomUUID();
  const root = join(folder, id);
  const store = new FullStore(root, nFull);
  const attempts = new AttemptsRepository(db);
  const trainings = new TrainingsRepository(db);
  const { spec: pipeline } = completeSpec(
    { algorithm: 'random_forest_classifier', target: 'species', parameters: { nEstimators: 3 } },
    { columns: ingested.columns },
  );
  const record = {
    modelId: `m-${id}`,
    modelName: 'Species',
    ownerId: 'o1',
    datasetId: 'd1',
    datasetVersion: 1,
  };
  const size = { nRows: ingested.nRows, nColumns: ingested.columns.length };
  const spec = { ...record, ...size, pipeline: pipeline!, maxRunSeconds: 60 };
  await db.transaction((client) => trainings.insert(client, { id, spec, maxAttempts: MAX_ATTEMPTS }));
  const inputs = {
    recordUse: async () => undefined,
    lineage: async () => null,
    find: async () => ({
      tablePath: join(folder, 'table.parquet'),
      columns: ingested.columns,
      signingKeyPath: join(folder, 'key.pem'),
    }),
  } as unknown as TrainingInputs;
  const runner = new AttemptRunner({
    db,
    attempts,
    trainings,
    outcomes: new TrainingOutcomes(attempts, createCallbacks(db)),
    models: createModels(db, store),
    store,
    inputs,
    settings: loadSettings({ STORAGE_DIR: root, TRAINING_THREADS: '1' }),
  });
  return {
    id,
    root,
    row: () => db.one('select * from trainings where id = $1', [id]),
    run: async () => {
      // The wait before the next attempt is over.
      await db.execute('update trainings set lease_expires_at = null where id = $1', [id]);
      await runner.run(id, new RunningAttempt());
    },
  };
}
