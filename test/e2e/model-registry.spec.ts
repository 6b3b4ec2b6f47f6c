import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
  upload,
} from '../support/users.js';

const ROW = {
  island: 'Dream',
  bill_length_mm: 48,
  bill_depth_mm: 18,
  flipper_length_mm: 200,
  body_mass_g: 4000,
  sex: 'male',
  year: 2008,
};

/** Which version of a model answers, and how that is changed and taken back. The steps build on each other. */
describe('the registry of a model', { sequential: true }, () => {
  let service: RunningService;
  let user: TestUser;
  let datasetId: string;
  let modelId: string;

  beforeAll(async () => {
    service = await startService({ TRAINING_MEMORY_MB: '100000' });
    user = await newUser(service);
    datasetId = await newDataset(user);
    modelId = await newModel(user);
    expectStatus(await upload(user, datasetId, await fixture('penguins.csv')), 201);
    await trainVersion('decision_tree_classifier');
    await trainVersion('gaussian_nb');
  });
  afterAll(() => service.stop());

  async function trainVersion(algorithm: string, more: object = {}): Promise<Record<string, unknown>> {
    const request = { modelId, ownerId: user.id, datasetId, algorithm, target: 'species', seed: 3, ...more };
    const started = await internalClient(service).post('/internal/trainings', request);
    expectStatus(started, 202);
    return ended(started.body.id);
  }

  async function ended(trainingId: string): Promise<Record<string, unknown>> {
    const training = (await outcomeOf(service, trainingId)).at(-1)!;
    expect(training).toMatchObject({ status: 'succeeded' });
    return training;
  }

  async function answeringVersion(): Promise<number> {
    const reply = await user.service.post(`/models/${modelId}/predict`, { rows: [ROW] });
    expectStatus(reply, 200);
    return reply.body.modelVersion;
  }

  it('tells where every version comes from', async () => {
    const { body } = await user.service.get(`/models/${modelId}/versions`);
    expect(
      body.versions.map((each: { version: number; aliases: string[] }) => [each.version, each.aliases]),
    ).toEqual([
      [2, ['champion']],
      [1, []],
    ]);
    const { sha256 } = (await user.service.get(`/datasets/${datasetId}`)).body;
    expect(body.versions[0].lineage).toEqual({
      datasetId,
      datasetVersion: 1,
      datasetSha256: sha256,
      recipe: null,
      seed: 3,
      producer: expect.stringMatching(/^trainyard \d/),
    });
  });

  it('promotes while requests come in, and loses none', async () => {
    expect(await answeringVersion()).toBe(2);
    let isPromoting = true;
    const seen: number[] = [];
    const asking = (async () => {
      while (isPromoting) seen.push(await answeringVersion());
    })();
    const promoted = await user.service.post(`/models/${modelId}/promote`, { version: 1 });
    isPromoting = false;
    await asking;
    expectStatus(promoted, 200);
    expect(promoted.body.version).toBe(1);
    // Whoever is told that the promotion is done finds the promoted version; nobody saw it leave again.
    expect(await answeringVersion()).toBe(1);
    expect(seen).toEqual([...seen].sort((a, b) => b - a));
  });

  it('takes promotions back one by one', async () => {
    const rollBack = () => user.service.post(`/models/${modelId}/rollback`);
    expect((await rollBack()).body.version).toBe(2);
    expect(await answeringVersion()).toBe(2);
    expect((await rollBack()).body.version).toBe(1);
    const refused = await rollBack();
    expect([refused.status, refused.body.code]).toEqual([409, 'conflict']);
    const { body } = await user.service.get(`/models/${modelId}/promotions`);
    expect(body.promotions.map((each: { reason: string }) => each.reason)).toEqual([
      'rolled_back',
      'rolled_back',
      'promoted',
      'trained',
      'trained',
    ]);
  });

  it('keeps aliases and tags', async () => {
    const path = `/models/${modelId}/aliases`;
    expectStatus(await user.service.request('PUT', `${path}/candidate`, { json: { version: 2 } }), 200);
    const moved = await internalClient(service).request('PUT', `/internal${path}/champion`, {
      json: { version: 2 },
    });
    expect(
      moved.body.aliases.map((each: { alias: string; version: number }) => [each.alias, each.version]),
    ).toEqual([
      ['champion', 2],
      ['candidate', 2],
    ]);
    expect(await answeringVersion()).toBe(2);
    expectStatus(await user.service.request('PUT', `${path}/candidate`, { json: { version: 1 } }), 200);
    const asked = (version: string) =>
      user.service.post(`/models/${modelId}/predict`, { rows: [ROW] }, { query: { version } });
    expect((await asked('candidate')).body.modelVersion).toBe(1);
    expect((await asked('champion')).body.modelVersion).toBe(2);
    expect((await asked('nobody')).body.code).toBe('model_not_trained');
    const seen = async (what: string, version: string) => {
      const answer = await user.service.get(`/models/${modelId}/${what}`, { query: { version }, bad: true });
      return answer.status === 200 ? answer : answer.body.code;
    };
    expect((await seen('report', 'candidate')).body.algorithm).toBe('decision_tree_classifier');
    expect((await seen('report', '2')).body.algorithm).toBe('gaussian_nb');
    expect((await seen('drift', 'candidate')).body.modelVersion).toBe(1);
    for (const what of ['bundle', 'onnx']) {
      const { headers } = await seen(what, 'candidate');
      expect(headers.get('content-disposition')).toContain('-v1.');
    }
    for (const what of ['report', 'report.html', 'bundle', 'onnx', 'drift']) {
      expect(await seen(what, 'nobody')).toBe('model_not_trained');
      expect(await seen(what, '0')).toBe('invalid_request');
    }
    expectStatus(await user.service.request('DELETE', `${path}/candidate`), 204);
    expectStatus(await user.service.request('DELETE', `${path}/candidate`), 404);
    expectStatus(await user.service.request('DELETE', `${path}/champion`), 409);
    const tags = { reviewedBy: 'ada' };
    expectStatus(
      await user.service.request('PUT', `/models/${modelId}/versions/1/tags`, { json: { tags } }),
      200,
    );
    const { body } = await internalClient(service).get(`/internal/models/${modelId}/versions/1`);
    expect(body.tags).toEqual(tags);
  });

  it('refuses what is no version, no alias and no tag, and whoever may not write', async () => {
    const put = (path: string, json: object) =>
      user.service.request('PUT', `/models/${modelId}${path}`, { json, bad: true });
    expectStatus(await put('/aliases/next', { version: 9 }), 404);
    expectStatus(await put('/aliases/next', { version: 0 }), 400);
    expectStatus(await put('/aliases/Not%20one', { version: 1 }), 400);
    for (const unfit of [{ size: 3 }, { note: 'zero \0' }, { ['half \ud83d']: 'a' }]) {
      expectStatus(await put('/versions/1/tags', { tags: unfit }), 400);
    }
    expectStatus(await user.service.post(`/models/${modelId}/promote`, { version: 3 }), 404);
    const stranger = await newUser(service);
    expectStatus(await stranger.service.post(`/models/${modelId}/promote`, { version: 1 }), 403);
    expectStatus(await stranger.service.post(`/models/${modelId}/rollback`), 403);
    expect(await answeringVersion()).toBe(2);
  });

  it('describes the model to tools, with an example that it answers', async () => {
    const { status, body } = await user.service.get(`/models/${modelId}/openapi.json`);
    expect(status).toBe(200);
    const { example } = body.paths[`/models/${modelId}/predict`].post.requestBody.content['application/json'];
    expectStatus(await user.service.post(`/models/${modelId}/predict`, example), 200);
    const { properties } = body.components.schemas.Row;
    expect(properties.island.enum).toEqual(['Biscoe', 'Dream', 'Torgersen', null]);
    expect(properties.bill_length_mm.type).toEqual(['number', 'null']);
    expect(body.components.schemas.Prediction.properties.label.enum).toEqual([
      'Adelie',
      'Chinstrap',
      'Gentoo',
    ]);
  });

  it('keeps a version that is not better, and promotes one that is', async () => {
    const report = async (version: unknown) =>
      (await internalClient(service).get(`/internal/models/${modelId}/versions/${version}/report`)).body;
    const worse = await trainVersion('decision_tree_classifier', {
      promotion: 'if_better',
      parameters: { maxDepth: 1 },
    });
    expect(worse['warnings']).toEqual([
      expect.stringMatching(/^The new version is not better than the current one \(accuracy 0\.\d+ against /),
    ]);
    expect(await answeringVersion()).toBe(2);
    expect((await report(worse['modelVersion'])).duel).toMatchObject({ metric: 'accuracy', isWon: false });

    expectStatus(
      await user.service.post(`/models/${modelId}/promote`, { version: worse['modelVersion'] }),
      200,
    );
    const better = await trainVersion('random_forest_classifier', { promotion: 'if_better' });
    expect(await answeringVersion()).toBe(better['modelVersion']);
    expect((await report(better['modelVersion'])).duel).toMatchObject({ isWon: true });
    const { promotions } = (await user.service.get(`/models/${modelId}/promotions`)).body;
    expect(promotions[0]).toMatchObject({ toVersion: better['modelVersion'], reason: 'won' });

    const kept = await trainVersion('random_forest_classifier', { promotion: 'never', seed: 4 });
    expect(kept['warnings']).toEqual([]);
    expect(await answeringVersion()).toBe(better['modelVersion']);
  });

  it('is trained again on the newest data, as its current version was', async () => {
    const lines = (await fixture('penguins.csv')).toString().trimEnd().split('\n');
    expectStatus(await upload(user, datasetId, lines.slice(0, -20).join('\n')), 200);
    const current = await answeringVersion();
    const started = await internalClient(service).post(`/internal/models/${modelId}/retrain`);
    expectStatus(started, 202);
    expect(started.body).toMatchObject({
      algorithm: 'random_forest_classifier',
      datasetVersion: 2,
      spec: { promotion: 'if_better' },
    });
    const { modelVersion } = await ended(started.body.id);
    const duel = (await user.service.get(`/models/${modelId}/versions`)).body.versions[0];
    expect(duel).toMatchObject({ version: modelVersion, lineage: { datasetVersion: 2 } });
    expect([current, modelVersion]).toContain(await answeringVersion());
    expectStatus(await internalClient(service).post('/internal/models/nothing/retrain'), 404);
  });
});
