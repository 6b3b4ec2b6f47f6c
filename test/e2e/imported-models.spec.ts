import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/learn/json.js';
import type { Prediction } from '../../src/learn/pipeline/fitted-pipeline.js';
import { costly, greedy, unary } from '../../src/models/imports/testing/toy-onnx.js';
import { ContractClient } from '../support/contract-client.js';
import { type RunningService, startService } from '../support/service.js';
import {
  dataServerClient,
  expectStatus,
  fixture,
  newDataset,
  newModel,
  newUser,
  outcomeOf,
  SERVICE_CONTRACT,
  type TestUser,
  train,
  upload,
} from '../support/users.js';

const IMAGE = new URL('../fixtures/models/tfjs-image.zip', import.meta.url);
const LIMITS = { IMPORTED_MODEL_MEMORY_MB: '600', IMPORTED_MODEL_TIMEOUT_SECONDS: '10' };
/** The side of the matrices of the costly model: seconds of work; more memory than is allowed. */
const SLOW = 4500;
const HUGE = 30_000;

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

describe('models of other programs', { sequential: true }, () => {
  let service: RunningService;
  let first: RunningService;
  let user: TestUser;
  let client: ContractClient;
  let imageId: string;

  beforeAll(async () => {
    first = await startService();
    user = await newUser(first);
    imageId = await newModel(user, 'image');
    expectStatus(await put(user.service, imageId, await readFile(IMAGE), '?classes=circle,square,star'), 201);
    await first.end();
    service = await startService({
      ...LIMITS,
      STORAGE_DIR: first.storageDir,
      DATABASE_URL: first.databaseUrl,
      DEFAULT_MODEL_ID: imageId,
    });
    client = new ContractClient(service.url, SERVICE_CONTRACT, user.authorization);
    const records = dataServerClient(service).as(user.authorization);
    user = { ...user, service: client, records };
  });
  afterAll(async () => {
    await service?.stop();
    await first?.stop();
  });

  function put(asker: ContractClient, modelId: string, content: Uint8Array, query = '', bad = false) {
    return asker.request('PUT', `/models/${modelId}/import${query}`, {
      body: content,
      headers: { 'content-type': 'application/octet-stream' },
      bad,
    });
  }

  it('answer as the bundle does that was exported to ONNX, and give back the file', async () => {
    const datasetId = await newDataset(user);
    expectStatus(await upload(user, datasetId, await fixture('penguins.csv')), 201);
    const trainedId = await newModel(user, 'forest');
    const request = { datasetId, algorithm: 'random_forest_classifier', target: 'species', seed: 3 };
    const events = await outcomeOf(service, await train(user, trainedId, request));
    expect(events.at(-1)).toMatchObject({ status: 'succeeded' });
    const onnx = await download(`/models/${trainedId}/onnx`);

    const importedId = await newModel(user, 'imported forest');
    const imported = await put(client, importedId, onnx);
    expectStatus(imported, 201);
    expect(imported.body).toMatchObject({ algorithm: 'onnx', task: 'classification', version: 1 });
    expect(await download(`/models/${importedId}/bundle`)).toEqual(onnx);

    const expected = await client.post(`/models/${trainedId}/predict`, { rows: ROWS });
    const found = await client.post(`/models/${importedId}/predict`, { rows: ROWS });
    expectStatus(found, 200);
    const predictions = found.body.predictions as Prediction[];
    for (const [i, { label, probabilities = {} }] of (expected.body.predictions as Prediction[]).entries()) {
      expect(predictions[i]?.label).toBe(label);
      for (const [name, share] of Object.entries(probabilities)) {
        expect(predictions[i]?.probabilities?.[name]).toBeCloseTo(share, 5);
      }
    }
    const refused = await client.post(`/models/${importedId}/predict`, {
      rows: [{ ...ROWS[0], year: 'soon' }],
    });
    expectStatus(refused, 422);
    expect(refused.body.errors).toMatchObject([{ code: 'wrong_type', row: 0, column: 'year' }]);

    await holdLarge(importedId, predictions, found.body.warnings);

    const mlflow = await client.post(`/models/${importedId}/mlflow/invocations`, { dataframe_records: ROWS });
    expect(mlflow.body.predictions).toEqual(predictions.map(({ label }) => label));
    expectStatus(await client.post(`/models/${importedId}/promote`, { version: 1 }), 200);

    const names = Object.keys(ROWS[0]!);
    const lines = ROWS.map((row) => names.map((name) => row[name] ?? '').join());
    const sent = await client.request('POST', `/models/${importedId}/predictions`, {
      body: `${names}\n${lines.join('\n')}\n`,
      headers: { 'content-type': 'text/csv' },
    });
    expectStatus(sent, 202);
    const file = `/models/${importedId}/predictions/${sent.body.id}`;
    const states: Record<string, unknown>[] = [];
    for await (const state of client.events(`${file}/events`, 'PredictionFile')) states.push(state);
    expect(states.at(-1)).toMatchObject({ status: 'succeeded', nRowsWithProblems: 0 });
    const content = await client.get(`${file}/content`, { query: { format: 'json' } });
    const whole = JSON.parse(content.bytes.toString()) as Record<string, unknown>[];
    const { prediction, probabilities } = states.at(-1)!['columns'] as {
      prediction: string;
      probabilities: { label: string; column: string }[];
    };
    for (const [i, row] of whole.entries()) {
      expect(row[prediction]).toBe(predictions[i]?.label);
      for (const { label, column } of probabilities) {
        expect(row[column]).toBe(predictions[i]?.probabilities?.[label]);
      }
    }
  });

  /** A request that is read on a thread: the same answers, warnings and problems as of a small one. */
  async function holdLarge(modelId: string, predictions: readonly Prediction[], warnings: readonly object[]) {
    const nTimes = 300;
    const rows = Array.from({ length: nTimes }, () => ROWS).flat();
    const large = await client.post(`/models/${modelId}/predict`, { rows, columns: ['island'] });
    expectStatus(large, 200);
    expect(JSON.stringify(rows).length).toBeGreaterThan(64 * 1024);
    const expected = ROWS.map(({ island }, i) => ({ ...predictions[i], columns: { island } }));
    expect(large.body.predictions).toEqual(Array.from({ length: nTimes }, () => expected).flat());
    expect(large.body.warnings.slice(0, warnings.length)).toEqual(warnings);
    const wrong = rows.map((row, i) => (i === 500 ? { ...row, year: 'soon' } : row));
    const refused = await client.post(`/models/${modelId}/predict`, { rows: wrong });
    expectStatus(refused, 422);
    expect(refused.body.errors).toMatchObject([{ code: 'wrong_type', row: 500, column: 'year' }]);
    const split = { columns: Object.keys(ROWS[0]!), data: rows.map((row) => Object.values(row)) };
    const mlflow = await client.post(`/models/${modelId}/mlflow/invocations`, { dataframe_split: split });
    expect(mlflow.body.predictions).toEqual(rows.map((_, i) => predictions[i % ROWS.length]?.label));
  }

  it('answer nested arrays with nested arrays where one of TensorFlow.js is the default model', async () => {
    const image = Array.from({ length: 4 }, (_, i) =>
      Array.from({ length: 4 }, (_, j) => [(i * 4 + j) / 16]),
    );
    const expected = predicted(image);
    const tensor = { name: 'x', shape: [1, 4, 4, 1], datatype: 'FP32', data: image.flat(2) };
    const infer = await client.post(`/v2/models/${imageId}/infer`, { inputs: [tensor] });
    expectStatus(infer, 200);
    for (const path of ['/predict', '/infer']) {
      const { status, body } = await client.post(path, { input: [image, image] });
      expect([status, body.labels]).toEqual([200, ['star', 'star'].map(() => body.labels[0])]);
      for (const row of body.prediction) {
        for (const [k, share] of expected.entries()) expect(row[k]).toBeCloseTo(share, 5);
      }
    }
    const socket = io(service.url, {
      auth: { token: user.authorization.replace('Bearer ', '') },
      forceNew: true,
    });
    const answered = new Promise<{ prediction: number[][] }>((resolve) => socket.once('prediction', resolve));
    socket.emit('predict', { input: [image] });
    expect((await answered).prediction[0]?.[0]).toBeCloseTo(expected[0] as number, 5);
    socket.close();

    for (const input of [[image.slice(1)], [image.flat()], [[image]], ['image'], 3]) {
      const { status, body } = await client.post('/predict', { input }, { bad: true });
      expect([status, body.code]).toEqual([400, 'invalid_request']);
    }
  });

  it('give valid JSON where they compute no number', async () => {
    const modelId = await newModel(user, 'logarithm');
    expectStatus(await put(client, modelId, unary('Log')), 201);
    const { status, body } = await client.post(`/models/${modelId}/predict`, { rows: [{ x: 1 }, { x: -1 }] });
    expect([status, body.errors]).toEqual([
      422,
      [expect.objectContaining({ code: 'numerical_failure', row: 1 })],
    ]);
    expect((await client.post(`/models/${modelId}/predict`, { rows: [{ x: 1 }] })).body.predictions).toEqual([
      { value: 0 },
    ]);
    const inputs = (data: number[]) => [{ name: 'x', shape: [data.length], datatype: 'FP64', data }];
    const infer = (data: number[]) => client.post(`/v2/models/${modelId}/infer`, { inputs: inputs(data) });
    const invoke = (instances: number[][]) =>
      client.post(`/models/${modelId}/mlflow/invocations`, { instances });
    const refusedBy = await infer([1, -1]);
    expect([refusedBy.status, refusedBy.body]).toEqual([400, { error: expect.stringMatching(/finite/) }]);
    const uninvoked = await invoke([[1], [-1]]);
    expect([uninvoked.status, uninvoked.body]).toEqual([
      400,
      { error_code: 'BAD_REQUEST', message: expect.stringMatching(/finite/) },
    ]);
    expect((await infer([1])).body.outputs[0].data).toEqual([0]);
    expect((await invoke([[1]])).body.predictions).toEqual([0]);
    const token = user.authorization.replace('Bearer ', '');
    const socket = io(service.url, { auth: { token }, forceNew: true });
    expect(await socket.emitWithAck('predict', { model: modelId, input: [[1], [-1]] })).toEqual({
      model: modelId,
      error: expect.stringMatching(/finite/),
      code: 'numerical_failure',
    });
    expect(await socket.emitWithAck('predict', { model: modelId, input: [[1]] })).toMatchObject({
      prediction: [[0]],
    });
    socket.close();
    // A file keeps the row without a number, and says why.
    const sent = await client.request('POST', `/models/${modelId}/predictions`, {
      body: 'x\n1\n-1\n',
      headers: { 'content-type': 'text/csv' },
    });
    const file = `/models/${modelId}/predictions/${sent.body.id}`;
    let last: Record<string, unknown> = {};
    for await (last of client.events(`${file}/events`, 'PredictionFile'));
    expect(last).toMatchObject({ status: 'succeeded', nRowsWithProblems: 1 });
    const { bytes } = await client.get(`${file}/content`, { query: { format: 'json' } });
    expect(JSON.parse(bytes.toString()).map((row: { error: unknown }) => row.error)).toEqual([
      null,
      'numerical_failure',
    ]);
  });

  it('are ended when they take too much memory or time, or die; the next request is answered', async () => {
    const modelId = await newModel(user, 'costly');
    expectStatus(await put(client, modelId, costly()), 201);
    const ask = (x: number) => client.post(`/models/${modelId}/predict`, { rows: [{ x }] });
    expect((await ask(2)).body.predictions).toEqual([{ value: 2 }]);

    const before = await runnerPids(service.pid);
    const greedy = await ask(HUGE);
    expect([greedy.status, greedy.body.code, greedy.headers.get('retry-after')]).toEqual([
      503,
      'not_ready',
      '1',
    ]);
    expect((await ask(2)).body.predictions).toEqual([{ value: 2 }]);

    const [pid] = (await runnerPids(service.pid)).filter((known) => !before.includes(known));
    const slow = ask(SLOW);
    await busy(pid as number);
    process.kill(pid as number, 'SIGKILL');
    expect([(await slow).status, (await slow).body.code]).toEqual([503, 'not_ready']);
    expect((await ask(2)).body.predictions).toEqual([{ value: 2 }]);

    const endless = await ask(SLOW * 2);
    expect([503, 504]).toContain(endless.status);
  });

  it('are refused with what was found, and the model stays as it was', async () => {
    const modelId = await newModel(user, 'refused');
    const refused = await put(client, modelId, unary('Sigmoidal', 'my.ops'));
    expect([refused.status, refused.body.code]).toEqual([422, 'model_file_invalid']);
    expect((await put(client, modelId, unary('Neg'), '?task=divination', true)).status).toBe(400);
    const text = { body: unary('Neg'), headers: { 'content-type': 'text/plain' }, bad: true };
    expect((await client.request('PUT', `/models/${modelId}/import`, text)).status).toBe(415);
    const runaway = await put(client, modelId, greedy());
    expect([runaway.status, runaway.body.detail]).toEqual([422, expect.stringMatching(/more than 600 MiB/)]);
    const stranger = await newUser(service);
    expect((await put(stranger.service, modelId, unary('Neg'))).status).toBe(403);
    expect((await client.get(`/models/${modelId}`)).body.version).toBeNull();
  });

  it('leave no process behind', async () => {
    const pids = await runnerPids(service.pid);
    expect(pids.length).toBeGreaterThan(0);
    await service.kill();
    await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([]);
  });

  async function download(path: string): Promise<Buffer> {
    const response = await fetch(`${service.url}${path}`, { headers: { authorization: user.authorization } });
    return Buffer.from(await response.arrayBuffer());
  }
});

/** The model of the fixture by hand: two filters of 3 x 3, relu, a dense layer of 8 x 3, softmax. Weight k is ((7 k) % 11 - 5) / 10. */
function predicted(image: readonly (readonly (readonly number[])[])[]): number[] {
  const weight = (k: number) => (((k * 7) % 11) - 5) / 10;
  const flat: number[] = [];
  for (let i = 0; i < 2; i++) {
    for (let j = 0; j < 2; j++) {
      for (let filter = 0; filter < 2; filter++) {
        let sum = weight(filter);
        for (let a = 0; a < 3; a++) {
          for (let b = 0; b < 3; b++)
            sum += (image[i + a]?.[j + b]?.[0] ?? 0) * weight((a * 3 + b) * 2 + filter);
        }
        flat.push(Math.max(0, sum));
      }
    }
  }
  const logits = [0, 1, 2].map((k) =>
    flat.reduce((sum, value, i) => sum + value * weight(i * 3 + k), weight(k)),
  );
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  return logits.map((logit) => Math.exp(logit) / total);
}

async function runnerPids(parent: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'pid=,args=', '--ppid', String(parent)]);
  return stdout
    .split('\n')
    .filter((line) => line.includes('imports/runner/main.js'))
    .map((line) => Number.parseInt(line, 10));
}

/** Resolves when the process has computed for a quarter of a second. */
async function busy(pid: number): Promise<void> {
  const ticks = async () => {
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ');
    return Number(fields[13]) + Number(fields[14]);
  };
  const before = await ticks();
  while ((await ticks()) < before + 25) await delay(20);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
