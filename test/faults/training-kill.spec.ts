import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainingProcessesOf, trainingProcessOf } from '../support/processes.js';
import { type RunningService, startService } from '../support/service.js';
import {
  expectStatus,
  internalClient,
  newDataset,
  newModel,
  newUser,
  type TestUser,
  upload,
} from '../support/users.js';

const LEASE_SECONDS = '2';
const N_ROWS = 6_000;
const MAX_TRIES = 4;
/** Large enough that each phase can be seen from outside, small enough for a test. */
const FOREST = { nEstimators: 30 };
/** Far longer than any test waits. */
const ENDLESS_FOREST = { nEstimators: 10_000 };

type Row = Record<string, unknown>;

describe('a training whose processes are killed', () => {
  let service: RunningService;
  let user: TestUser;
  let datasetId: string;

  beforeAll(async () => {
    service = await startService({
      TRAINING_LEASE_SECONDS: LEASE_SECONDS,
      TRAINING_THREADS: '2',
      TRAINING_MEMORY_MB: '100000',
    });
    user = await newUser(service);
    datasetId = await newDataset(user);
    expectStatus(await upload(user, datasetId, manyRows(N_ROWS)), 201);
  });

  afterAll(() => service.stop());

  for (const phase of ['loading', 'encoding', 'fitting', 'evaluating', 'bundling']) {
    it(`is tried again when its process is killed while ${phase}`, async () => {
      for (let nTries = 1; ; nTries++) {
        const id = await start({ parameters: FOREST });
        const last = await killIn(phase, id);
        await expectOneCallback(id, 'training.succeeded');
        // The phase may be over by the time the kill comes; that try says nothing.
        if (last['attempt'] === 1 && nTries < MAX_TRIES) continue;
        expect(last).toMatchObject({ status: 'succeeded', attempt: 2, modelVersion: 1 });
        return;
      }
    });
  }

  it('is tried again when its process is killed while scaling', async () => {
    // Many rows, and the scaler that takes longest: the phase is over at once otherwise.
    const large = await newDataset(user, 'Large');
    expectStatus(await upload(user, large, manyRows(10 * N_ROWS)), 201);
    const id = await start({
      datasetId: large,
      algorithm: 'decision_tree_classifier',
      parameters: { maxDepth: 2 },
      normalization: 'power',
    });
    const seen: Row[] = [];
    for await (const event of watch(service, id)) {
      seen.push(event);
      const isFirst = event['status'] === 'scaling' && event['attempt'] === 1;
      if (isFirst && seen.at(-2)?.['status'] !== 'scaling') kill(await trainingProcessOf(service.pid));
    }
    const first = seen.filter(({ attempt }) => attempt === 1).map(({ status }) => status);
    expect(first).toContain('scaling');
    expect(first).not.toContain('fitting');
    expect(seen.at(-1)).toMatchObject({ status: 'succeeded', attempt: 2, modelVersion: 1 });
    await expectOneCallback(id, 'training.succeeded');
  });

  it('fails with the reason when every attempt is killed', async () => {
    const id = await start({ parameters: ENDLESS_FOREST });
    let killed = 0;
    let last: Row = {};
    for await (const event of watch(service, id)) {
      last = event;
      if (event['status'] !== 'fitting' || Number(event['attempt']) <= killed) continue;
      killed++;
      kill(await trainingProcessOf(service.pid));
    }
    expect(killed).toBe(3);
    expect(last).toMatchObject({ status: 'failed', modelVersion: null, error: { code: 'training_lost' } });
    await expectOneCallback(id, 'training.failed');
  });

  it('is canceled within a moment while it runs, and once only', async () => {
    const id = await start({ parameters: ENDLESS_FOREST });
    let askedAt = 0;
    let last: Row = {};
    for await (const event of watch(service, id)) {
      last = event;
      if (event['status'] !== 'fitting' || askedAt > 0) continue;
      askedAt = performance.now();
      expectStatus(await internalClient(service).post(`/internal/trainings/${id}/cancel`), 202);
    }
    expect(last).toMatchObject({ status: 'canceled', modelVersion: null, error: null });
    expect(performance.now() - askedAt).toBeLessThan(2_000);
    expect(await trainingProcessesOf(service.pid)).toEqual([]);
    expectStatus(await internalClient(service).post(`/internal/trainings/${id}/cancel`), 200);
    await expectOneCallback(id, 'training.canceled');
  });

  it('is canceled while it waits, and cannot be canceled when it has ended', async () => {
    const first = await start({ parameters: ENDLESS_FOREST });
    const waiting = await start({ parameters: FOREST });
    const internal = internalClient(service);
    const canceled = await internal.post(`/internal/trainings/${waiting}/cancel`);
    expect([canceled.status, canceled.body.status]).toEqual([202, 'canceled']);
    expectStatus(await internal.post(`/internal/trainings/${first}/cancel`), 202);
    await outcome(service, first);
    const done = await start({ parameters: { nEstimators: 2 } });
    expect(await outcome(service, done)).toMatchObject({ status: 'succeeded' });
    const late = await internal.post(`/internal/trainings/${done}/cancel`);
    expect([late.status, late.body.code]).toEqual([409, 'training_finished']);
    await expectOneCallback(waiting, 'training.canceled');
  });

  it('is ended at its deadline', async () => {
    const id = await start({ parameters: ENDLESS_FOREST, maxRunSeconds: 2 });
    const last = await outcome(service, id);
    expect(last).toMatchObject({ status: 'timed_out', error: { code: 'training_timed_out' } });
    await expectOneCallback(id, 'training.timed_out');
  });

  it('goes on with the next attempt when the whole service is killed and started again', async () => {
    const id = await start({ parameters: { nEstimators: 150 } });
    for await (const event of watch(service, id)) if (event['status'] === 'fitting') break;
    await service.kill();
    const killed = service;
    service = await startService({
      TRAINING_LEASE_SECONDS: LEASE_SECONDS,
      TRAINING_THREADS: '2',
      STORAGE_DIR: killed.storageDir,
      DATABASE_URL: killed.databaseUrl,
      SERVICE_TOKENS: killed.serviceToken,
      CALLBACK_SECRETS: killed.callbackSecret,
    });
    expect(await outcome(service, id)).toMatchObject({ status: 'succeeded', attempt: 2, modelVersion: 1 });
    await expectOneCallback(id, 'training.succeeded');
    await killed.stop();
  });

  /** Kills the first attempt's process when the phase is seen; gives the final state. */
  async function killIn(phase: string, id: string): Promise<Row> {
    let last: Row = {};
    let wasKilled = false;
    for await (const event of watch(service, id)) {
      last = event;
      if (wasKilled || event['status'] !== phase || event['attempt'] !== 1) continue;
      wasKilled = true;
      for (const pid of await trainingProcessesOf(service.pid)) kill(pid);
    }
    return last;
  }

  async function start(request: object): Promise<string> {
    const modelId = await newModel(user, `Model ${Math.random()}`);
    const started = await internalClient(service).post('/internal/trainings', {
      modelId,
      ownerId: user.id,
      datasetId,
      algorithm: 'random_forest_classifier',
      target: 'label',
      ...request,
    });
    expectStatus(started, 202);
    expect(started.headers.get('location')).toBe(`/internal/trainings/${started.body.id}`);
    return started.body.id;
  }

  async function expectOneCallback(id: string, type: string): Promise<void> {
    const { body } = await internalClient(service).get('/internal/callbacks', { query: { subject: id } });
    expect(body.deliveries.map((delivery: Row) => delivery['type'])).toEqual([type]);
  }
});

function watch(service: RunningService, id: string): AsyncGenerator<Row> {
  return internalClient(service).events(`/internal/trainings/${id}/events`, 'Training');
}

async function outcome(service: RunningService, id: string): Promise<Row> {
  let last: Row = {};
  for await (const event of watch(service, id)) last = event;
  return last;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself; what the training says then tells.
  }
}

/** Deterministic rows with a class that can be learned but not at a glance. */
function manyRows(nRows: number): string {
  const lines = ['a,b,c,d,colour,label'];
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let i = 0; i < nRows; i++) {
    const [a, b, c, d] = [next(), next(), next(), next()];
    const colour = ['red', 'green', 'blue'][Math.floor(next() * 3)];
    const label = a * b + 0.3 * Math.sin(9 * c) + (colour === 'red' ? d : -d) > 0.3 ? 'yes' : 'no';
    lines.push(`${a.toFixed(4)},${b.toFixed(4)},${c.toFixed(4)},${d.toFixed(4)},${colour},${label}`);
  }
  return `${lines.join('\n')}\n`;
}
