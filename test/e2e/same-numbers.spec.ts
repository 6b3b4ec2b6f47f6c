import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { feedsFromRows } from '../../src/models/export/onnx/onnx-feeds.js';
import { loadRuntime, OnnxSession } from '../../src/models/export/onnx/onnx-session.js';
import type { ScorerReply } from '../../src/models/export/scorer/scorer.js';
import { hasBrowser, resultOfPage } from '../support/browser.js';
import { ContractClient } from '../support/contract-client.js';
import { type RunningService, startService } from '../support/service.js';
import * as users from '../support/users.js';

const COLUMNS = 'island bill_length_mm bill_depth_mm flipper_length_mm body_mass_g sex year'.split(' ');
/** Complete, with gaps, and of an island nobody has heard of. */
const DATA = [
  ['Biscoe', 47.5, 14.2, 209, 4600, 'female', 2008],
  ['Dream', null, 18.1, 181, 3200, null, 2009],
  ['Atlantis', 39.1, 18.7, 190, 3750, 'male', 2007],
];
const CLASSES = ['Adelie', 'Chinstrap', 'Gentoo'];
const ROWS = DATA.map((row) => Object.fromEntries(COLUMNS.map((name, k) => [name, row[k] ?? null])));
const TENSORS = COLUMNS.map((name, k) => ({
  name,
  shape: [DATA.length],
  datatype: name === 'island' || name === 'sex' ? 'BYTES' : 'FP64',
  data: DATA.map((row) => row[k] ?? null),
}));
/** Elements of BYTES in binary form: the length as four bytes, then UTF-8. */
const binaryTexts = (texts: readonly string[]) =>
  Buffer.concat(
    texts.flatMap((text) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(Buffer.byteLength(text));
      return [length, Buffer.from(text)];
    }),
  );
/** What a page does that scores by itself. */
const PAGE = `<!doctype html><script type="module">
  import { openBundle } from './scorer.mjs';
  const load = (name) => fetch(name).then((answer) => answer.arrayBuffer());
  let result;
  try {
    const bundle = await openBundle(new Uint8Array(await load('bundle.zip')));
    result = bundle.predict(JSON.parse(new TextDecoder().decode(await load('rows.json'))));
  } catch (error) {
    result = String(error);
  }
  await fetch('/result', { method: 'POST', body: JSON.stringify(result) });
</script>`;
/** Some of the media types in which files of rows come; prediction-files.spec.ts has all. */
const FILE_TYPES = {
  csv: 'text/csv',
  jsonl: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};
const CSV = [COLUMNS, ...DATA].map((row) => row.map((value) => value ?? '').join(',')).join('\n');

describe('one bundle in every protocol', () => {
  let trainer: users.TestUser;
  let training: RunningService;
  let service: RunningService;
  let client: ContractClient;
  let modelId: string;
  /** Of the numbers alone. */
  let numericId: string;
  let labels: string[];
  let shares: number[][];

  beforeAll(async () => {
    training = await startService();
    trainer = await users.newUser(training);
    const datasetId = await users.newDataset(trainer);
    users.expectStatus(await users.upload(trainer, datasetId, await users.fixture('penguins.csv')), 201);
    modelId = await users.newModel(trainer);
    numericId = await users.newModel(trainer, 'Numbers');
    const request = { datasetId, algorithm: 'random_forest_classifier', target: 'species' };
    for (const [id, dropColumns] of [
      [modelId, []],
      [numericId, ['island', 'sex']],
    ] as const) {
      const started = await users.train(trainer, id, { ...request, dropColumns });
      const events = await users.outcomeOf(training, started);
      expect(events.at(-1)).toMatchObject({ status: 'succeeded' });
    }
    await training.end();
    service = await startService({
      STORAGE_DIR: training.storageDir,
      DATABASE_URL: training.databaseUrl,
      DEFAULT_MODEL_ID: modelId,
      PREDICTION_LOG_PERCENT: '100',
    });
    client = new ContractClient(service.url, users.SERVICE_CONTRACT, trainer.authorization);
    const native = await client.post(`/models/${modelId}/predict`, { rows: ROWS });
    users.expectStatus(native, 200);
    labels = native.body.predictions.map((one: { label: string }) => one.label);
    shares = native.body.predictions.map((one: { probabilities: object }) =>
      Object.values(one.probabilities),
    );
  });
  afterAll(async () => {
    await service?.stop();
    await training?.stop();
  });

  it('answers the Open Inference Protocol alike, as JSON and in binary tensors', async () => {
    const address = `/v2/models/${modelId}/infer`;
    const plain = await client.post(address, { parameters: { content_type: 'pd' }, inputs: TENSORS });
    expect(plain.body.outputs[0].data).toEqual(labels);
    expect(plain.body.outputs[1].data).toEqual(shares.flat());
    const parts: Buffer[] = [];
    const inputs = TENSORS.map(({ data, ...tensor }) => {
      // Binary texts have no word for a missing one.
      if (data.some((value) => value === null) && tensor.datatype === 'BYTES') return { ...tensor, data };
      if (tensor.datatype === 'BYTES') {
        const texts = binaryTexts(data.map(String));
        parts.push(texts);
        return { ...tensor, parameters: { binary_data_size: texts.length } };
      }
      const bytes = Buffer.from(Float64Array.from(data, (value) => Number(value ?? Number.NaN)).buffer);
      parts.push(bytes);
      return { ...tensor, parameters: { binary_data_size: bytes.length } };
    });
    const outputs = [{ name: 'predict_proba', parameters: { binary_data: true } }];
    const head = Buffer.from(JSON.stringify({ inputs, outputs }));
    const reply = await fetch(service.url + address, {
      method: 'POST',
      headers: {
        authorization: trainer.authorization,
        'content-type': 'application/octet-stream',
        'inference-header-content-length': String(head.length),
      },
      body: Buffer.concat([head, ...parts]),
    });
    expect(reply.status).toBe(200);
    const bytes = Buffer.from(await reply.arrayBuffer());
    const doubles = bytes.subarray(Number(reply.headers.get('inference-header-content-length')));
    expect(shares.flat().map((_, k) => doubles.readDoubleLE(8 * k))).toEqual(shares.flat());
  });

  it('answers one tensor of rows and columns like the same columns', async () => {
    const address = `/v2/models/${numericId}/infer`;
    const columns = TENSORS.filter(({ datatype }) => datatype === 'FP64');
    const rows = DATA.map((row) => row.filter((value, k) => TENSORS[k]!.datatype === 'FP64' || value === 0));
    const apart = await client.post(address, { inputs: columns });
    users.expectStatus(apart, 200);
    const shape = [rows.length, columns.length];
    const together = { name: 'rows', shape, datatype: 'FP64' };
    for (const data of [rows, rows.flat()]) {
      const { body } = await client.post(address, { inputs: [{ ...together, data }] });
      expect(body.outputs).toEqual(apart.body.outputs);
    }
    const values = Float64Array.from(rows.flat(), (value) => Number(value ?? Number.NaN));
    const bytes = Buffer.from(values.buffer);
    const tensor = { ...together, parameters: { binary_data_size: bytes.length } };
    const head = Buffer.from(JSON.stringify({ inputs: [tensor] }));
    const reply = await fetch(service.url + address, {
      method: 'POST',
      headers: {
        authorization: trainer.authorization,
        'content-type': 'application/octet-stream',
        'inference-header-content-length': String(head.length),
      },
      body: Buffer.concat([head, bytes]),
    });
    expect(((await reply.json()) as { outputs: unknown }).outputs).toEqual(apart.body.outputs);
  });

  it('answers files alike, in the format that they come in', async () => {
    const path = `/models/${modelId}/predictions`;
    const ended = async (body: string | Buffer, type: string): Promise<string> => {
      const sent = await client.request('POST', path, { body, headers: { 'content-type': type } });
      users.expectStatus(sent, 202);
      const file = `${path}/${sent.body.id}`;
      let last: Record<string, unknown> = {};
      for await (last of client.events(`${file}/events`, 'PredictionFile'));
      expect(last).toMatchObject({ status: 'succeeded', nRowsWithProblems: 0 });
      return file;
    };
    const first = await ended(CSV, FILE_TYPES.csv);
    for (const [format, type] of Object.entries(FILE_TYPES)) {
      // The rows in that format, sent in it, and answered in it; looked at as JSON.
      const { bytes } = await client.get(`${first}/content`, { query: { format } });
      const again = await ended(bytes, type);
      for (const [file, suffix] of [
        [first, ''],
        [again, ''],
        [again, '_2'],
      ] as const) {
        const content = await client.get(`${file}/content`, { query: { format: 'json' } });
        const rows = JSON.parse(content.bytes.toString()) as Record<string, unknown>[];
        expect(rows.map((row) => row[`species_predicted${suffix}`])).toEqual(labels);
        const found = rows.map((row) => CLASSES.map((name) => row[`species_probability_${name}${suffix}`]));
        expect(found, format).toEqual(shares);
      }
    }
  }, 300_000);

  it('answers every form of MLflow, and nested arrays, alike', async () => {
    const forms = [
      { dataframe_split: { columns: COLUMNS, data: DATA } },
      { dataframe_records: ROWS },
      { instances: DATA },
      { inputs: Object.fromEntries(TENSORS.map(({ name, data }) => [name, data])) },
    ];
    for (const form of forms) {
      const request = { ...form, params: { predict_method: 'predict_proba' } };
      const { body } = await client.post(`/models/${modelId}/mlflow/invocations`, request);
      expect(body.predictions.map((one: object) => Object.values(one))).toEqual(shares);
    }
    const headers = { 'content-type': 'text/csv' };
    const csv = await client.request('POST', '/invocations', { body: CSV, headers });
    expect(csv.body.predictions).toEqual(labels);
    // CSV has no parameters that could ask for probabilities; the log has what was computed.
    const nRequests = forms.length + 1;
    const kept = async () => {
      const query = { limit: nRequests * DATA.length };
      const { predictions } = (await client.get(`/models/${modelId}/predictions`, { query })).body;
      return predictions.map((one: { protocol: string; prediction: { probabilities: object } }) => [
        one.protocol,
        ...Object.values(one.prediction.probabilities),
      ]);
    };
    await expect
      .poll(kept)
      .toEqual(Array.from({ length: nRequests }, () => shares.map((row) => ['mlflow', ...row])).flat());
    for (const address of ['/predict', '/infer']) {
      expect((await client.post(address, { input: DATA })).body).toMatchObject({
        prediction: shares,
        labels,
      });
    }
  });

  it('answers sockets alike', async () => {
    const token = trainer.authorization.replace('Bearer ', '');
    const socket = io(service.url, { auth: { token }, reconnection: false, forceNew: true });
    const answer: unknown = await socket.emitWithAck('predict', { model: modelId, input: DATA });
    socket.close();
    expect(answer).toMatchObject({ prediction: shares, labels });
    const plain = new WebSocket(`${service.url.replace('http', 'ws')}/ws/predict`, {
      headers: { authorization: trainer.authorization },
    });
    await once(plain, 'open');
    const answered = once(plain, 'message');
    plain.send(JSON.stringify({ model: modelId, input: DATA }));
    expect(JSON.parse(String((await answered)[0]))).toMatchObject({ prediction: shares, labels });
    plain.close();
  });

  it('computes alike in its exports', async () => {
    const download = (name: string) =>
      fetch(`${service.url}/models/${modelId}/${name}`, {
        headers: { authorization: trainer.authorization },
      });
    const onnx = new Uint8Array(await (await download('onnx')).arrayBuffer());
    const session = await OnnxSession.open(await loadRuntime(), onnx);
    const { signature } = (await client.get(`/models/${modelId}`)).body;
    const feeds = feedsFromRows(signature.inputs, ROWS);
    expect(await session.run(feeds, 'label')).toEqual(labels);
    const found = (await session.run(feeds, 'probabilities')) as number[];
    for (const [k, share] of shares.flat().entries()) {
      expect(Math.abs(found[k]! - share)).toBeLessThanOrEqual(1e-5);
    }
    await session.close();
    const folder = await mkdtemp(join(tmpdir(), 'trainyard-test-same-'));
    const path = join(folder, 'scorer.mjs');
    await writeFile(path, await (await download('scorer.mjs')).text());
    const { openBundle } = (await import(path)) as typeof import('../../src/models/export/scorer/scorer.js');
    const bundle = await openBundle(new Uint8Array(await (await download('bundle')).arrayBuffer()));
    const { predictions } = bundle.predict(ROWS);
    expect(predictions.map(({ probabilities }) => Object.values(probabilities ?? {}))).toEqual(shares);
    await rm(folder, { recursive: true });

    if (!hasBrowser()) return;
    const shown = (await resultOfPage({
      '/': { type: 'text/html', content: PAGE },
      '/scorer.mjs': { type: 'text/javascript', content: await (await download('scorer.mjs')).text() },
      '/bundle.zip': {
        type: 'application/zip',
        content: new Uint8Array(await (await download('bundle')).arrayBuffer()),
      },
      '/rows.json': { type: 'application/json', content: JSON.stringify(ROWS) },
    })) as ScorerReply;
    expect(shown.predictions.map(({ probabilities }) => Object.values(probabilities ?? {}))).toEqual(shares);
  });
});
