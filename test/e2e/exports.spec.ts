import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/learn/json.js';
import type { Prediction } from '../../src/learn/pipeline/fitted-pipeline.js';
import type { ModelSignature } from '../../src/learn/pipeline/signature.js';
import { feedsFromRows } from '../../src/models/export/onnx/onnx-feeds.js';
import { loadRuntime, OnnxSession } from '../../src/models/export/onnx/onnx-session.js';
import type { ScorerReply } from '../../src/models/export/scorer/scorer.js';
import { hasBrowser, resultOfPage } from '../support/browser.js';
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

/** Complete, with gaps, and of an island nobody has heard of. */
const ROWS: JsonObject[] = [
  ['Biscoe', 47.5, 14.2, 209, 4600, 'female', 2008],
  ['Dream', null, 18.1, 181, 3200, null, 2009],
  ['Atlantis', 39.1, 18.7, 190, 3750, 'male', 2007],
].map(([island, length, depth, flipper, mass, sex, year]) => ({
  island: island ?? null,
  bill_length_mm: length ?? null,
  bill_depth_mm: depth ?? null,
  flipper_length_mm: flipper ?? null,
  body_mass_g: mass ?? null,
  sex: sex ?? null,
  year: year ?? null,
}));

const RECIPES = {
  beaks: [
    { step: 'fill', column: 'bill_depth_mm', with: 'median' },
    { step: 'derive', column: 'beak', expression: 'bill_length_mm / bill_depth_mm' },
    { step: 'group_rare', column: 'island', minimumRows: 60, into: 'other' },
    { step: 'drop', columns: ['bill_length_mm', 'year'] },
  ],
  letters: [{ step: 'derive', column: 'letters', expression: 'length(island)' }],
};

const PAGE = `<!doctype html><script type="module">
  const answer = async () => {
    const { openBundle } = await import('/scorer.mjs');
    const model = await openBundle(await (await fetch('/bundle.zip')).arrayBuffer());
    return model.predict(await (await fetch('/rows.json')).json());
  };
  const result = await answer().catch((error) => ({ error: String(error) }));
  await fetch('/result', { method: 'POST', body: JSON.stringify(result) });
</script>`;

describe('a trained model in other forms', () => {
  let service: RunningService;
  let user: TestUser;
  let datasetId: string;
  let folder: string;
  let nModels = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trainyard-test-exports-'));
    service = await startService();
    user = await newUser(service);
    datasetId = await newDataset(user);
    expectStatus(await upload(user, datasetId, await fixture('penguins.csv')), 201);
    for (const [name, steps] of Object.entries(RECIPES)) {
      const path = `/datasets/${datasetId}/recipes/${name}`;
      expectStatus(await user.service.request('PUT', path, { json: { steps } }), 201);
    }
  });
  afterAll(async () => {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function trained(algorithm: string, options: object = {}): Promise<string> {
    const modelId = await newModel(user, `${algorithm} ${nModels++}`);
    const trainingId = await train(user, modelId, {
      datasetId,
      algorithm,
      target: 'species',
      seed: 3,
      ...options,
    });
    expect((await outcomeOf(service, trainingId)).at(-1)).toMatchObject({ status: 'succeeded' });
    return modelId;
  }

  async function download(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${service.url}${path}`, { headers: { authorization: user.authorization, ...headers } });
  }

  it('gives the same predictions from the service, the ONNX model, the module in Node and in a browser', async () => {
    const modelId = await trained('random_forest_classifier');
    const predicted = await user.service.post(`/models/${modelId}/predict`, { rows: ROWS });
    expectStatus(predicted, 200);
    const expected = predicted.body.predictions as Prediction[];

    const onnx = await download(`/models/${modelId}/onnx`);
    expect(onnx.status).toBe(200);
    const { body } = await user.service.get(`/models/${modelId}`);
    const signature = body.signature as ModelSignature;
    const session = await OnnxSession.open(await loadRuntime(), new Uint8Array(await onnx.arrayBuffer()));
    const feeds = feedsFromRows(signature.inputs, ROWS);
    expect(await session.run(feeds, 'label')).toEqual(expected.map(({ label }) => label));
    const found = (await session.run(feeds, 'probabilities')) as number[];
    const shares = expected.flatMap(({ probabilities }) => Object.values(probabilities ?? {}));
    for (const [k, share] of shares.entries()) expect(found[k]).toBeCloseTo(share, 5);
    await session.close();

    const bundle = new Uint8Array(await (await download(`/models/${modelId}/bundle`)).arrayBuffer());
    const scorer = await download(`/models/${modelId}/scorer.mjs`);
    expect(scorer.headers.get('content-type')).toMatch(/^text\/javascript/);
    const module = await scorer.text();
    const path = join(folder, 'scorer.mjs');
    await writeFile(path, module);
    const { openBundle } = (await import(path)) as typeof import('../../src/models/export/scorer/scorer.js');
    expect((await openBundle(bundle)).predict(ROWS).predictions).toEqual(expected);

    if (!hasBrowser()) return;
    const shown = (await resultOfPage({
      '/': { type: 'text/html', content: PAGE },
      '/scorer.mjs': { type: 'text/javascript', content: module },
      '/bundle.zip': { type: 'application/zip', content: bundle },
      '/rows.json': { type: 'application/json', content: JSON.stringify(ROWS) },
    })) as ScorerReply;
    expect(shown).toMatchObject({ predictions: expected });
  });

  it('sends a part of the ONNX model, and says when it has not changed', async () => {
    const modelId = await trained('logistic_regression');
    const whole = await download(`/models/${modelId}/onnx`);
    const bytes = Buffer.from(await whole.arrayBuffer());
    expect(Number(whole.headers.get('content-length'))).toBe(bytes.length);
    const part = await download(`/models/${modelId}/onnx`, { range: 'bytes=10-19' });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(10, 20));
    const etag = whole.headers.get('etag') as string;
    expect((await download(`/models/${modelId}/onnx`, { 'if-none-match': etag })).status).toBe(304);
    const scorerTag = (await download(`/models/${modelId}/scorer.mjs`)).headers.get('etag') as string;
    const again = await download(`/models/${modelId}/scorer.mjs`, { 'if-none-match': scorerTag });
    expect(again.status).toBe(304);
  });

  it.each([
    ['a recipe', { recipe: 'beaks' }],
    ['hashed texts', { columns: { island: { encoding: 'hashing' } } }],
    ['gaps filled from neighbours', { columns: { bill_length_mm: { missing: 'knn' } } }],
  ])('has %s in the ONNX model', async (_what, options) => {
    const modelId = await trained('logistic_regression', options);
    const predicted = await user.service.post(`/models/${modelId}/predict`, { rows: ROWS });
    expectStatus(predicted, 200);
    const onnx = await download(`/models/${modelId}/onnx`);
    expect(onnx.status).toBe(200);
    const { body } = await user.service.get(`/models/${modelId}`);
    const { inputs } = body.signature as ModelSignature;
    const session = await OnnxSession.open(await loadRuntime(), new Uint8Array(await onnx.arrayBuffer()));
    const found = (await session.run(feedsFromRows(inputs, ROWS), 'probabilities')) as number[];
    const expected = predicted.body.predictions as Prediction[];
    const shares = expected.flatMap(({ probabilities }) => Object.values(probabilities ?? {}));
    for (const [k, share] of shares.entries()) expect(found[k]).toBeCloseTo(share, 5);
    await session.close();
    const report = await user.service.get(`/models/${modelId}/report`);
    expect(report.body.exports.onnx.nRowsCompared).toBeGreaterThan(150);
  });

  it.each([
    [/not asked for/, { exports: [] }],
    [/uses length of a text/, { recipe: 'letters' }],
  ])('says why a bundle has no ONNX model: %s', async (reason, options) => {
    const modelId = await trained('logistic_regression', options);
    const refused = await user.service.get(`/models/${modelId}/onnx`);
    expectStatus(refused, 404);
    expect(refused.body).toMatchObject({
      code: 'export_not_available',
      detail: expect.stringMatching(reason),
    });
    const report = await user.service.get(`/models/${modelId}/report`);
    expect(report.body.exports.onnx).toEqual({ included: false, reason: expect.stringMatching(reason) });
  });

  it('refuses exports that it does not know, and readers who may not read', async () => {
    const request = {
      modelId: 'm',
      ownerId: user.id,
      datasetId,
      algorithm: 'svc',
      target: 'species',
      exports: ['pmml'],
    };
    const refused = await internalClient(service).post('/internal/trainings', request, { bad: true });
    expectStatus(refused, 422);
    expect(JSON.stringify(refused.body.errors)).toContain('exports');
    const modelId = await trained('decision_tree_classifier');
    const stranger = await newUser(service);
    for (const name of ['onnx', 'scorer.mjs']) {
      expectStatus(await stranger.service.get(`/models/${modelId}/${name}`), 403);
    }
  });
});
