import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALGORITHMS } from '../../src/learn/registry.js';
import type { ContractClient } from '../support/contract-client.js';
import { type RunningService, startService } from '../support/service.js';
import {
  expectStatus,
  fixture,
  internalClient,
  newDataset,
  newModel,
  newUser,
  type TestUser,
  upload,
} from '../support/users.js';

/** Nothing takes trainings here, so each stays queued and shows what was accepted. */
const NO_WORKER = { TRAINING_CONCURRENCY: '0' };

describe('starting trainings over HTTP', () => {
  let service: RunningService;
  let internal: ContractClient;
  let user: TestUser;
  let datasetId: string;
  let modelId: string;

  beforeAll(async () => {
    service = await startService(NO_WORKER);
    internal = internalClient(service);
    user = await newUser(service);
    datasetId = await newDataset(user);
    modelId = await newModel(user);
    expectStatus(await upload(user, datasetId, await fixture('penguins.csv')), 201);
  });

  afterAll(() => service.stop());

  const request = (changes: object = {}) => ({
    modelId,
    ownerId: user.id,
    datasetId,
    algorithm: 'random_forest_classifier',
    target: 'species',
    ...changes,
  });

  function start(body: object, key?: string, bad = false) {
    const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
    return internal.request('POST', '/internal/trainings', { json: body, headers, bad });
  }

  it('gives the same training for the same key, however the keys of the body are ordered', async () => {
    const first = await start(request(), 'key-1');
    const reversed = Object.fromEntries(Object.entries(request()).reverse());
    const second = await start(reversed, 'key-1');
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body.id).toBe(first.body.id);
    expect(second.headers.get('location')).toBe(`/internal/trainings/${first.body.id}`);
  });

  it('refuses a key that was used with another body', async () => {
    await start(request(), 'key-2');
    const other = await start(request({ seed: 9 }), 'key-2');
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
  });

  it('starts one training when the same request comes many times at once', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => start(request({ seed: 3 }), 'key-3')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  });

  it('names every problem at once', async () => {
    const { status, body } = await start(
      {
        modelId: 1,
        datasetId,
        ownerId: user.id,
        algorithm: 'random_forest_classifier',
        target: 'kind',
        seed: -1,
      },
      undefined,
      true,
    );
    expect([status, body.code]).toEqual([422, 'invalid_training']);
    const named = body.errors.map(
      (item: { code: string; argument: string }) => `${item.code} ${item.argument}`,
    );
    expect(named.sort()).toEqual(['out_of_range seed', 'unknown_column target', 'wrong_type modelId']);
  });

  it('tells what does not exist and what is another owner’s', async () => {
    const absent = await start(request({ datasetId: 'nowhere' }));
    expect([absent.status, absent.body.code]).toEqual([404, 'dataset_not_found']);
    const foreign = await start(request({ ownerId: 'somebody-else' }));
    expect([foreign.status, foreign.body.code]).toEqual([403, 'forbidden']);
    for (const id of ['00000000-0000-4000-8000-000000000000', 'no-uuid']) {
      expect((await internal.get(`/internal/trainings/${id}`)).status).toBe(404);
    }
  });

  it('refuses a training that needs more memory than it may have, with the estimate', async () => {
    const small = await startService({ ...NO_WORKER, TRAINING_MEMORY_MB: '128' });
    try {
      const owner = await newUser(small);
      const dataset = await newDataset(owner);
      expectStatus(await upload(owner, dataset, await fixture('penguins.csv')), 201);
      const { status, body } = await internalClient(small).post(
        '/internal/trainings',
        request({ ownerId: owner.id, datasetId: dataset, modelId: await newModel(owner) }),
      );
      expect([status, body.errors?.[0]?.code]).toEqual([422, 'not_enough_memory']);
      expect(body.errors[0].message).toMatch(/about \d+ MiB/);
      const targets = { classification: 'species', regression: 'body_mass_g', clustering: undefined };
      for (const { name, task } of ALGORITHMS) {
        const refused = await internalClient(small).post(
          '/internal/trainings',
          request({
            ownerId: owner.id,
            datasetId: dataset,
            modelId: await newModel(owner, name),
            algorithm: name,
            target: targets[task],
            parameters: {},
          }),
        );
        expect([name, refused.body.errors?.[0]?.code]).toEqual([name, 'not_enough_memory']);
      }
    } finally {
      await small.stop();
    }
  });

  it('keeps a data set and a model that a training uses', async () => {
    const { body } = await start(request());
    const dataset = await internal.request('DELETE', `/internal/datasets/${datasetId}`);
    expect([dataset.status, dataset.body.code]).toEqual([409, 'dataset_in_use']);
    expectStatus(await internal.post(`/internal/trainings/${body.id}/cancel`), 202);
  });

  it('pages through the trainings of a model, the newest first', async () => {
    const model = await newModel(user, 'Paged');
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.unshift((await start(request({ modelId: model }))).body.id);
    const query = { modelId: model, limit: 2 };
    const first = await internal.get('/internal/trainings', { query });
    expect(first.body.trainings.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 2));
    const second = await internal.get('/internal/trainings', {
      query: { ...query, before: first.body.next },
    });
    expect(second.body).toMatchObject({ trainings: [{ id: ids[2] }], next: null });
  });

  it('lists the algorithms with their tables, and takes no caller without a service token', async () => {
    const { status, body } = await internal.get('/internal/algorithms');
    expect(status).toBe(200);
    expect(body.algorithms.map(({ name }: { name: string }) => name)).toContain('random_forest_classifier');
    for (const path of ['/internal/algorithms', '/internal/trainings', '/internal/callbacks']) {
      expect((await internal.as(undefined).get(path)).status).toBe(401);
    }
  });
});
