import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verify } from '../../src/callbacks/signature.js';
import { CallbackRelay } from '../support/callback-relay.js';
import type { ContractClient, ContractResponse } from '../support/contract-client.js';
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

const CHINSTRAP = {
  island: 'Dream',
  bill_length_mm: 49.3,
  bill_depth_mm: 19.9,
  flipper_length_mm: 203,
  body_mass_g: 4050,
  sex: 'male',
  year: 2009,
};

/** The way of the data, from an account to a prediction. The steps build on each other, in this order. */
describe('the main job, on penguins', { sequential: true }, () => {
  let relay: CallbackRelay;
  let service: RunningService;
  let internal: ContractClient;
  let scientist: TestUser;
  let content: Buffer;
  let datasetId: string;
  let modelId: string;
  let trainingId: string;
  let bundle: ContractResponse;
  let prediction: ContractResponse;

  beforeAll(async () => {
    relay = await CallbackRelay.start();
    service = await startService({ CALLBACK_URL: relay.url });
    relay.passOnTo = `${service.dataServerUrl}/callbacks/trainyard`;
    internal = internalClient(service);
    scientist = await newUser(service);
    content = await fixture('penguins.csv');
  });
  afterAll(async () => {
    await service?.stop();
    await relay?.stop();
  });

  it('has records at the data server, and nothing behind them yet', async () => {
    datasetId = await newDataset(scientist);
    modelId = await newModel(scientist);
    const dataset = await scientist.service.get(`/datasets/${datasetId}`);
    expect(dataset.body.code).toBe('dataset_not_found');
    const model = await scientist.service.get(`/models/${modelId}`);
    expect(model.body).toMatchObject({ id: modelId, version: null });
    expect((await scientist.service.get(`/models/${modelId}/bundle`)).status).toBe(404);
  });

  it('takes the upload and finds the schema', async () => {
    const uploaded = await upload(scientist, datasetId, content);
    expectStatus(uploaded, 201);
    expect(uploaded.body).toMatchObject({
      id: datasetId,
      version: 1,
      format: 'csv',
      nRows: 344,
      nColumns: 8,
    });
    expect(uploaded.body.sha256).toBe(createHash('sha256').update(content).digest('hex'));
    const column = (name: string) => uploaded.body.columns.find((one: { name: string }) => one.name === name);
    expect(column('species')).toMatchObject({ type: 'text', nullCount: 0, distinctCount: 3 });
    expect(column('bill_length_mm')).toMatchObject({ type: 'number', nullCount: 2 });
    expect(column('sex')).toMatchObject({ type: 'text', nullCount: 11, distinctCount: 2 });
    const seen = await internal.get(`/internal/datasets/${datasetId}`);
    expect(seen.body).toMatchObject({ id: datasetId, ownerId: scientist.id, nRows: 344 });
  });

  it('gives the file back as it came', async () => {
    const whole = await scientist.service.get(`/datasets/${datasetId}/content`);
    expect(whole.bytes.equals(content)).toBe(true);
    const again = await upload(scientist, datasetId, content);
    expectStatus(again, 200);
    expect(again.body.version).toBe(2);
  });

  it('trains through the data server, with progress that only grows', async () => {
    trainingId = await train(scientist, modelId, {
      datasetId,
      algorithm: 'random_forest_classifier',
      target: 'species',
      parameters: { nEstimators: 20 },
      seed: 7,
    });
    const events = await outcomeOf(service, trainingId);
    const last = events.at(-1) as { status: string; error: unknown };
    expect({ status: last.status, error: last.error }).toEqual({ status: 'succeeded', error: null });
    expect(last).toMatchObject({ progress: 1, modelVersion: 1, attempt: 1 });
    const progress = events.map((event) => event['progress'] as number);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
  });

  it('tells the data server, signed, and the data server believes it', async () => {
    const callback = await relay.of(trainingId);
    expect(verify([service.callbackSecret], callback.headers, callback.rawBody)).toBeUndefined();
    expect(callback.passedOn).toBe(204);
    const message = JSON.parse(callback.rawBody.toString('utf8'));
    expect(message).toMatchObject({
      type: 'training.succeeded',
      data: { trainingId, modelId, datasetId, ownerId: scientist.id, status: 'succeeded', modelVersion: 1 },
    });
    const record = await scientist.records.get(`/models/${modelId}`);
    expect(record.body).toMatchObject({ trainingStatus: 'succeeded', trainingId, modelVersion: 1 });
    const log = await internal.get('/internal/callbacks', { query: { subject: trainingId } });
    expect(log.body).toMatchObject({ deliveries: [{ type: 'training.succeeded', subject: trainingId }] });
  });

  it('has a model with a report', async () => {
    const model = await scientist.service.get(`/models/${modelId}`);
    expect(model.body).toMatchObject({ version: 1, task: 'classification', ownerId: scientist.id });
    expect(model.body.signature.inputs.map((input: { name: string }) => input.name)).toEqual(
      Object.keys(CHINSTRAP),
    );
    expect(model.body.signature.target.classes).toEqual(['Adelie', 'Chinstrap', 'Gentoo']);
    const report = await internal.get(`/internal/models/${modelId}/versions/1/report`);
    expectStatus(report, 200);
    expect(model.body.summary.metrics.accuracy).toBeGreaterThan(0.9);
  });

  it('offers the bundle with length, digest and ranges', async () => {
    bundle = await scientist.service.get(`/models/${modelId}/bundle`);
    expectStatus(bundle, 200);
    const digest = createHash('sha256').update(bundle.bytes).digest();
    expect(bundle.headers.get('content-length')).toBe(String(bundle.bytes.length));
    expect(bundle.headers.get('repr-digest')).toBe(`sha-256=:${digest.toString('base64')}:`);
    expect(bundle.headers.get('etag')).toBe(`"${digest.toString('hex')}"`);

    const half = Math.floor(bundle.bytes.length / 2);
    const head = await scientist.service.get(`/models/${modelId}/bundle`, {
      headers: { range: `bytes=0-${half - 1}` },
    });
    const tail = await scientist.service.get(`/models/${modelId}/bundle`, {
      headers: { range: `bytes=${half}-`, 'if-range': bundle.headers.get('etag')! },
    });
    expect([head.status, tail.status]).toEqual([206, 206]);
    expect(Buffer.concat([head.bytes, tail.bytes]).equals(bundle.bytes)).toBe(true);
    const beyond = await scientist.service.get(`/models/${modelId}/bundle`, {
      headers: { range: `bytes=${bundle.bytes.length}-` },
    });
    expect(beyond.body).toMatchObject({ status: 416, code: 'range_not_satisfiable' });
    const known = await scientist.service.get(`/models/${modelId}/bundle`, {
      headers: { 'if-none-match': bundle.headers.get('etag')! },
    });
    expect(known.status).toBe(304);
  });

  it('predicts, and says what it had to assume', async () => {
    prediction = await scientist.service.post(`/models/${modelId}/predict`, {
      rows: [CHINSTRAP, { ...CHINSTRAP, bill_length_mm: null }],
    });
    expectStatus(prediction, 200);
    expect(prediction.body).toMatchObject({ modelId, modelVersion: 1 });
    const [first] = prediction.body.predictions;
    expect(first.label).toBe('Chinstrap');
    expect(Object.keys(first.probabilities).sort()).toEqual(['Adelie', 'Chinstrap', 'Gentoo']);
    const total = Object.values<number>(first.probabilities).reduce((sum, p) => sum + p, 0);
    expect(total).toBeCloseTo(1, 9);
    expect(prediction.body.warnings.every(({ row }: { row: number }) => row === 1)).toBe(true);
  });

  it('refuses rows that do not fit, with row and column', async () => {
    const refused = await scientist.service.post(
      `/models/${modelId}/predict`,
      { rows: [CHINSTRAP, { ...CHINSTRAP, body_mass_g: ['heavy'] }] },
      { bad: true },
    );
    expect(refused.body).toMatchObject({ status: 422, code: 'invalid_rows' });
    expect(refused.body.errors).toContainEqual(expect.objectContaining({ row: 1, column: 'body_mass_g' }));
    expect(refused.bytes.toString()).not.toContain('heavy');
  });

  it('takes the bundle in as another model, which gives the same numbers', async () => {
    const copyId = await newModel(scientist, 'Copy');
    const damaged = Buffer.from(bundle.bytes);
    damaged[Math.floor(damaged.length / 2)]! ^= 0xff;
    const put = (body: Buffer) =>
      scientist.service.request('PUT', `/models/${copyId}/bundle`, {
        body: new Uint8Array(body),
        headers: { 'content-type': 'application/zip' },
      });
    const refused = await put(damaged);
    expect(refused.body.code).toBe('bundle_invalid');
    const taken = await put(bundle.bytes);
    expectStatus(taken, 201);
    expect(taken.body).toMatchObject({ id: copyId, version: 1, sha256: expect.any(String) });
    const same = await scientist.service.post(`/models/${copyId}/predict`, {
      rows: [CHINSTRAP, { ...CHINSTRAP, bill_length_mm: null }],
    });
    expect(same.body.predictions).toEqual(prediction.body.predictions);
  });

  it('is closed to somebody else', async () => {
    const stranger = await newUser(service);
    expect((await stranger.service.get(`/models/${modelId}/bundle`)).status).toBe(403);
    const asked = await stranger.service.post(`/models/${modelId}/predict`, { rows: [CHINSTRAP] });
    expect(asked.status).toBe(403);
  });

  it('deletes records and what stands behind them', async () => {
    expect((await scientist.records.request('DELETE', `/models/${modelId}`)).status).toBe(204);
    expect((await scientist.records.request('DELETE', `/datasets/${datasetId}`)).status).toBe(204);
    expect((await internal.get(`/internal/models/${modelId}`)).body.code).toBe('model_not_found');
    expect((await internal.get(`/internal/datasets/${datasetId}`)).body.code).toBe('dataset_not_found');
  });
});
