import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { CallbackRelay } from '../support/callback-relay.js';
import { isAlive, trainingProcessesOf, trainingProcessOf } from '../support/processes.js';
import { type RunningService, startService } from '../support/service.js';
import {
  expectStatus,
  fixture,
  internalClient,
  newDataset,
  newModel,
  newUser,
  outcomeOf,
  type TestUser,
  train,
  upload,
} from '../support/users.js';

/** Long enough to be met while it runs, short enough to be waited for. */
const FOREST = {
  algorithm: 'random_forest_classifier',
  target: 'species',
  parameters: { nEstimators: 3_000 },
};
/** A sweep comes far later than any test waits: what goes on, goes on without it. */
const NO_SWEEP = { TRAINING_LEASE_SECONDS: '900' };

describe('processes that end while a training runs', () => {
  const started: RunningService[] = [];
  const start = async (env: Record<string, string | undefined>): Promise<RunningService> => {
    const service = await startService(env);
    started.push(service);
    return service;
  };
  afterEach(async () => {
    for (const service of started.splice(0).reverse()) await service.stop();
  });

  it('another worker goes on when one is killed, and every api shows it', async () => {
    const relay = await CallbackRelay.start();
    try {
      const api = await start({ ROLE: 'api', CALLBACK_URL: relay.url, TRAINING_LEASE_SECONDS: '2' });
      const others = {
        ...sharedWith(api),
        DATA_SERVER_URL: api.dataServerUrl,
        CALLBACK_URL: relay.url,
        TRAINING_LEASE_SECONDS: '2',
      };
      const secondApi = await start({ ...others, ROLE: 'api' });
      const workers = [
        await start({ ...others, ROLE: 'worker' }),
        await start({ ...others, ROLE: 'worker' }),
      ];
      const id = await startTraining(await newUser(api));
      const watched = outcomeOf(secondApi, id);
      await fitting(api, id);
      for (const worker of workers) {
        if ((await trainingProcessesOf(worker.pid)).length > 0) await worker.kill();
      }
      const last = (await outcomeOf(api, id)).at(-1);
      expect(last).toMatchObject({ status: 'succeeded', attempt: 2, modelVersion: 1 });
      const seen = await watched;
      expect(seen.at(-1)).toEqual(last);
      expect(new Set(seen.map(({ attempt }) => attempt))).toContain(1);
      const { rawBody } = await relay.of(id);
      expect(JSON.parse(rawBody.toString())).toMatchObject({ type: 'training.succeeded' });
    } finally {
      await relay.stop();
    }
  });

  it('a training is given back, uncounted, by a service that ends in order', async () => {
    const service = await start(NO_SWEEP);
    const id = await startTraining(await newUser(service));
    await fitting(service, id);
    await service.end();
    const idle = await start({ ...sharedWith(service), ROLE: 'api' });
    const waiting = await internalClient(idle).get(`/internal/trainings/${id}`);
    expect(waiting.body).toMatchObject({ status: 'queued', attempt: 0, progress: 0 });
    const again = await start({ ...sharedWith(service), TRAINING_LEASE_SECONDS: '2' });
    expect((await outcomeOf(again, id)).at(-1)).toMatchObject({ status: 'succeeded', attempt: 1 });
  });

  it('the next attempt begins after its wait, without a sweep', async () => {
    const service = await start(NO_SWEEP);
    const id = await startTraining(await newUser(service));
    await fitting(service, id);
    process.kill(await trainingProcessOf(service.pid), 'SIGKILL');
    expect((await outcomeOf(service, id)).at(-1)).toMatchObject({ status: 'succeeded', attempt: 2 });
  });

  it('the first signal waits for an upload, the second does not', async () => {
    const service = await start({});
    const user = await newUser(service);
    const sending = request(new URL(`/datasets/${await newDataset(user)}/content`, service.url), {
      method: 'PUT',
      headers: {
        authorization: user.authorization,
        'content-type': 'text/csv',
        'content-length': 1_000,
        expect: '100-continue',
      },
    });
    const cut = once(sending, 'error').catch((error: unknown) => error);
    sending.flushHeaders();
    await once(sending, 'continue');
    sending.write('a,b\n1,2\n');
    process.kill(service.pid, 'SIGTERM');
    await expect.poll(() => isListening(service)).toBe(false);
    expect(isAlive(service.pid)).toBe(true);
    process.kill(service.pid, 'SIGTERM');
    await expect.poll(() => isAlive(service.pid)).toBe(false);
    await cut;
  });
});

/** What another process of the same service needs to know of the first. */
function sharedWith(service: RunningService): Record<string, string> {
  return {
    STORAGE_DIR: service.storageDir,
    DATABASE_URL: service.databaseUrl,
    SERVICE_TOKENS: service.serviceToken,
    CALLBACK_SECRETS: service.callbackSecret,
  };
}

async function startTraining(user: TestUser): Promise<string> {
  const datasetId = await newDataset(user);
  expectStatus(await upload(user, datasetId, await fixture('penguins.csv')), 201);
  return train(user, await newModel(user), { datasetId, ...FOREST });
}

/** Resolves when the training is seen fitting. */
async function fitting(service: RunningService, id: string): Promise<void> {
  for await (const event of internalClient(service).events(`/internal/trainings/${id}/events`, 'Training')) {
    if (event['status'] === 'fitting') return;
  }
  throw new Error('the training ended before it was seen fitting');
}

async function isListening(service: RunningService): Promise<boolean> {
  return fetch(`${service.url}/health/live`).then(
    () => true,
    () => false,
  );
}
