import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CallbacksRepository } from '../../src/callbacks/callbacks.repository.js';
import { CallbacksService } from '../../src/callbacks/callbacks.service.js';
import { SystemClock } from '../../src/callbacks/clock.js';
import { loadSettings } from '../../src/config/load-settings.js';
import type { Settings } from '../../src/config/settings-type.js';
import { createModels } from '../../src/models/create-models.js';
import { TaskCanceled, TaskFailed, TaskLost } from '../../src/processes/task-errors.js';
import { LocalObjectStore } from '../../src/storage/local-object-store.js';
import { AttemptRunner } from '../../src/training/attempt-runner.js';
import { AttemptsRepository } from '../../src/training/attempts.repository.js';
import { sweepLeases } from '../../src/training/lease-sweep.js';
import type { TrainingProcessOutput } from '../../src/training/process/process-types.js';
import { RunningAttempt } from '../../src/training/running-trainings.js';
import type { TrainingInputs } from '../../src/training/training-inputs.js';
import { TrainingOutcomes } from '../../src/training/training-outcomes.js';
import type { TrainingSpec } from '../../src/training/training-spec.js';
import { TrainingsRepository } from '../../src/training/trainings.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

Logger.overrideLogger(false);

const MAX_ATTEMPTS = 3;
const OUTPUT: TrainingProcessOutput = {
  signature: {
    task: 'clustering',
    inputs: [{ name: 'x', type: 'number', nullable: false }],
    target: { name: null, type: 'number' },
    ignored: [],
  },
  report: { summary: { nRows: 3 } },
  warnings: [],
  nBytes: 6,
  sha256: '0'.repeat(64),
};

type Ending = 'succeed' | 'fail' | 'lose' | 'shutdown';
type Step = Ending | 'claim' | 'claim_twice' | 'expire' | 'sweep' | 'cancel' | 'wait' | 'renew';
const STEPS: readonly Step[] = [
  'succeed',
  'fail',
  'lose',
  'shutdown',
  'claim',
  'claim_twice',
  'expire',
  'sweep',
  'cancel',
  'wait',
  'renew',
];

/** A process that runs until the test says how it ends. */
interface HeldProcess {
  readonly end: (ending: Ending) => Promise<void>;
}

describe('the attempts of a training', () => {
  let database: TestDatabase;
  let storageDir: string;
  let store: LocalObjectStore;
  let settings: Settings;

  beforeAll(async () => {
    database = await createTestDatabase();
    storageDir = await mkdtemp(join(tmpdir(), 'trainyard-attempts-'));
    store = new LocalObjectStore(storageDir);
    settings = loadSettings({ STORAGE_DIR: storageDir, TRAINING_LEASE_SECONDS: '3600' });
  });

  afterAll(async () => {
    await database.drop();
    await rm(storageDir, { recursive: true, force: true });
  });

  it('end once, with one callback and at most one version, in whatever order things happen', async () => {
    const steps = fc.array(fc.constantFrom(...STEPS), { minLength: 1, maxLength: 14 });
    await fc.assert(
      fc.asyncProperty(steps, async (order) => {
        const life = await begin();
        for (const step of order) await life.step(step);
        await life.finish();
        await life.expectConsistent();
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it('a worker that was given up writes nothing, and its bundle is deleted', async () => {
    const life = await begin();
    for (const step of ['claim', 'expire', 'sweep', 'wait', 'claim'] as const) await life.step(step);
    // The first of the two processes comes back after its lease has gone to the second.
    await life.step('succeed');
    expect(await life.status()).toBe('loading');
    await life.step('succeed');
    expect(await life.status()).toBe('succeeded');
    await life.expectConsistent();
  });

  it('a training whose process is lost on every attempt fails with training_lost', async () => {
    const life = await begin();
    for (let i = 0; i < MAX_ATTEMPTS; i++)
      for (const step of ['claim', 'lose', 'wait'] as const) await life.step(step);
    expect(await life.row()).toMatchObject({
      status: 'failed',
      attempt: 3,
      error: { code: 'training_lost' },
    });
    await life.expectConsistent();
  });

  it('an attempt that the service itself ended is not counted', async () => {
    const life = await begin();
    for (let i = 0; i < 5; i++) for (const step of ['claim', 'shutdown'] as const) await life.step(step);
    expect(await life.row()).toMatchObject({ status: 'queued', attempt: 0 });
    for (const step of ['claim', 'succeed'] as const) await life.step(step);
    await life.expectConsistent();
  });

  it('what fails by itself is not tried again', async () => {
    const life = await begin();
    for (const step of ['claim', 'fail'] as const) await life.step(step);
    expect(await life.row()).toMatchObject({
      status: 'failed',
      attempt: 1,
      error: { code: 'constant_target' },
    });
    await life.expectConsistent();
  });

  async function begin() {
    const { db } = database;
    const trainings = new TrainingsRepository(db);
    const attempts = new AttemptsRepository(db);
    const callbacks = new CallbacksService(new CallbacksRepository(db), db, new SystemClock());
    const outcomes = new TrainingOutcomes(attempts, callbacks);
    const models = createModels(db, store);
    const inputs = {
      recordUse: async () => undefined,
      lineage: async () => null,
      find: async () => ({ tablePath: '', columns: [], signingKeyPath: '' }),
    } as unknown as TrainingInputs;
    const id = randomUUID();
    const spec = specOf(`m-${id}`);
    await db.transaction((client) => trainings.insert(client, { id, spec, maxAttempts: MAX_ATTEMPTS }));
    const held: HeldProcess[] = [];

    /** One worker takes the training; resolves when its process runs or when there was nothing to take. */
    async function claim(): Promise<void> {
      const running = new RunningAttempt();
      await new Promise<void>((resolve, reject) => {
        const runner = new AttemptRunner({
          db,
          attempts,
          trainings,
          outcomes,
          models,
          store,
          inputs,
          settings,
          runProcess: async (_task, input) => {
            await writeFile(input.bundlePath, 'bundle');
            return new Promise((succeed, fail) => {
              held.push({
                end: async (ending) => {
                  if (ending === 'shutdown') running.stop('shutdown');
                  if (ending === 'succeed') succeed(OUTPUT);
                  else fail(errorOf(ending));
                  await finished;
                },
              });
              resolve();
            });
          },
        });
        const finished = runner.run(id, running);
        finished.then(() => resolve(), reject);
      });
    }

    const sql = (text: string) => db.execute(text, [id]);
    const row = () => db.one<Record<string, unknown>>('select * from trainings where id = $1', [id]);
    const status = async () => (await row())?.['status'] as string;

    async function step(name: Step): Promise<void> {
      switch (name) {
        case 'claim':
          return claim();
        case 'claim_twice':
          await Promise.all([claim(), claim()]);
          return;
        case 'expire':
          await sql(`update trainings set lease_expires_at = now() - interval '1 second'
                     where id = $1 and lease_token is not null`);
          return;
        case 'renew': {
          const token = (await row())?.['lease_token'];
          if (typeof token === 'string') await attempts.renew(id, token, 3600);
          return;
        }
        case 'sweep':
          await sweepLeases(db);
          return;
        case 'wait':
          await sql(`update trainings set lease_expires_at = null where id = $1 and status = 'queued'`);
          return;
        case 'cancel':
          await db.transaction(async (client) => {
            const found = await trainings.lock(client, id);
            if (found?.finished_at) return;
            if (found?.status === 'queued') await outcomes.end(client, id, { status: 'canceled' });
            else await trainings.requestCancel(client, id);
          });
          return;
        default:
          await held.shift()?.end(name);
      }
    }

    return {
      step,
      row,
      status,
      /** Lets everything that is under way come to its end. */
      finish: async () => {
        while (held.length > 0) await step('succeed');
        for (let round = 0; round < 10 && (await row())?.['finished_at'] === null; round++) {
          for (const next of ['expire', 'sweep', 'wait', 'claim', 'succeed'] as const) await step(next);
        }
      },
      expectConsistent: async () => {
        const ended = (await row())!;
        expect(ended['finished_at']).not.toBeNull();
        expect(ended['lease_token']).toBeNull();
        expect(ended['attempt']).toBeLessThanOrEqual(MAX_ATTEMPTS);
        const types = await db.query<{ type: string }>(
          'select type from callback_deliveries where subject = $1',
          [id],
        );
        expect(types).toEqual([{ type: `training.${ended['status']}` }]);
        const versions = await db.query<{ bundle_key: string }>(
          'select bundle_key from model_versions where training_id = $1',
          [id],
        );
        expect(versions).toHaveLength(ended['status'] === 'succeeded' ? 1 : 0);
        expect(ended['model_version']).toBe(ended['status'] === 'succeeded' ? 1 : null);
        await expectStored(versions.map(({ bundle_key }) => bundle_key));
      },
    };
  }

  /** The store holds the bundles of committed versions and no other. */
  async function expectStored(own: readonly string[]): Promise<void> {
    const known = await database.db.query<{ bundle_key: string }>('select bundle_key from model_versions');
    const keys = new Set(known.map(({ bundle_key }) => bundle_key));
    const stored: string[] = [];
    for await (const { key } of store.list('bundles/')) stored.push(key);
    expect(stored.filter((key) => !keys.has(key))).toEqual([]);
    for (const key of own) expect(stored).toContain(key);
  }
});

function errorOf(ending: Exclude<Ending, 'succeed'>): Error {
  if (ending === 'lose') return new TaskLost(null, 'SIGKILL');
  if (ending === 'shutdown') return new TaskCanceled();
  return new TaskFailed({ code: 'constant_target', detail: 'The target has one value only.' });
}

function specOf(modelId: string): TrainingSpec {
  return {
    modelId,
    modelName: 'Clusters',
    ownerId: 'o1',
    datasetId: 'd1',
    datasetVersion: 1,
    nRows: 3,
    nColumns: 1,
    pipeline: {
      algorithm: 'k_means',
      parameters: {},
      target: null,
      dropColumns: [],
      normalization: 'std',
      columns: {},
      testShare: 0,
      seed: 0,
    },
    maxRunSeconds: 60,
  };
}
