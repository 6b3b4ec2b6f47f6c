import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { io } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ContractClient } from '../support/contract-client.js';
import { type RunningService, startService } from '../support/service.js';
import {
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

const COLUMNS = 'island bill_length_mm bill_depth_mm flipper_length_mm body_mass_g sex year'.split(' ');
const DATA = [
  ['Dream', 49.3, 19.9, 203, 4050, 'male', 2009],
  ['Torgersen', 39.1, 18.7, 181, 3750, 'male', 2007],
  ['Biscoe', 46.1, null, 211, 4500, null, 2008],
];
const ROWS = DATA.map((row) => Object.fromEntries(COLUMNS.map((name, k) => [name, row[k]])));
const TEXTS = new Set(['island', 'sex']);
const TENSORS = COLUMNS.map((name, k) => ({
  name,
  shape: [DATA.length],
  datatype: TEXTS.has(name) ? 'BYTES' : 'FP64',
  data: DATA.map((row) => row[k]),
}));
const CSV = [COLUMNS, ...DATA].map((row) => row.map((value) => value ?? '').join(',')).join('\n');
const MAX_BYTES = 20_000;
const PREDICTION_ID = /[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[\da-f-]{17}/g;

/** The same model in the words of every protocol. The steps build on each other, in this order. */
describe('the protocols of predictions', { sequential: true }, () => {
  let trainer: RunningService;
  let service: RunningService;
  let user: TestUser;
  let client: ContractClient;
  let modelId: string;
  let otherId: string;
  let expected: Record<string, number>[];

  beforeAll(async () => {
    trainer = await startService();
    user = await newUser(trainer);
    const datasetId = await newDataset(user);
    expectStatus(await upload(user, datasetId, await fixture('penguins.csv')), 201);
    modelId = await newModel(user);
    otherId = await newModel(user, 'Without a bill');
    const request = { datasetId, algorithm: 'random_forest_classifier', parameters: { nEstimators: 20 } };
    for (const [id, target, dropColumns] of [
      [modelId, 'species', []],
      [otherId, 'species', ['bill_length_mm']],
    ] as const) {
      const events = await outcomeOf(trainer, await train(user, id, { ...request, target, dropColumns }));
      expect(events.at(-1)).toMatchObject({ status: 'succeeded' });
    }
    await trainer.end();
    service = await startService({
      STORAGE_DIR: trainer.storageDir,
      DATABASE_URL: trainer.databaseUrl,
      DEFAULT_MODEL_ID: modelId,
      PREDICT_MAX_ROWS: '5',
      PREDICT_MAX_BYTES: String(MAX_BYTES),
    });
    client = new ContractClient(service.url, SERVICE_CONTRACT, user.authorization);
  });
  afterAll(async () => {
    await service?.stop();
    await trainer?.stop();
  });

  async function newOwner(): Promise<ContractClient> {
    const other = await newUser(service);
    return new ContractClient(service.url, SERVICE_CONTRACT, other.authorization);
  }
  const path = (rest: string) => `/models/${modelId}${rest}`;
  const v2 = (rest: string) => `/v2/models/${modelId}${rest}`;
  const post = (address: string, body: string | Buffer, headers: Record<string, string> = {}) =>
    fetch(new URL(address, service.url), {
      method: 'POST',
      body,
      headers: { authorization: user.authorization, 'content-type': 'application/json', ...headers },
    });

  it('sends callers away while a model is being loaded, where the protocol does not wait', async () => {
    const cold = await client.post('/predict', { input: ROWS });
    expect(cold.status).toBe(503);
    expect(cold.headers.get('retry-after')).toBe('1');
    expect(cold.body).toEqual({ error: expect.any(String), code: 'not_ready' });
    // Each question says whether it is there by now.
    for (let status = 0; status !== 200; ) {
      const { status: now, bytes } = await client.get('/ping');
      if (now === 200) expect(bytes.toString()).toBe('\n');
      else expect(now).toBe(404);
      status = now;
    }
    expect((await client.get(v2('/ready'))).body).toEqual({ name: modelId, ready: true });
  });

  it('gives every class its probability, natively', async () => {
    const reply = await client.post(path('/predict'), { rows: ROWS, explain: true, columns: ['year'] });
    expectStatus(reply, 200);
    expected = reply.body.predictions.map((one: { probabilities: object }) => one.probabilities);
    expect(Object.keys(expected[0]!)).toEqual(['Adelie', 'Chinstrap', 'Gentoo']);
    for (const { label, probabilities, explanation, columns } of reply.body.predictions) {
      expect(explanation.of).toBe(label);
      const shares = Object.values(explanation.contributions as Record<string, number>);
      const total = shares.reduce((sum, share) => sum + share, explanation.baseline);
      expect(total).toBeCloseTo(probabilities[label], 9);
      expect(columns).toEqual({ year: expect.any(Number) });
    }
    expect((await client.post(path('/predict'), { rows: ROWS }, { query: { version: 1 } })).status).toBe(200);
    const missing = await client.post(path('/predict'), { rows: ROWS }, { query: { version: 9 } });
    expect(missing.body.code).toBe('model_not_trained');
  });

  it('gives the same numbers to clients of the Open Inference Protocol', async () => {
    expect((await client.get('/v2')).body.extensions).toEqual(['binary_tensor_data']);
    expect((await client.get('/v2/health/live')).body).toEqual({ live: true });
    expect((await client.get('/v2/health/ready')).body).toEqual({ ready: true });
    const metadata = await client.get(v2('/versions/1'));
    expect(metadata.body.inputs.map(({ name }: { name: string }) => name)).toEqual(COLUMNS);
    for (const address of ['/infer', '/versions/1/infer']) {
      const reply = await client.post(v2(address), { id: 'x', inputs: TENSORS });
      expectStatus(reply, 200);
      expect(reply.body.id).toBe('x');
      expect(reply.body.outputs[1].data).toEqual(expected.flatMap((row) => Object.values(row)));
    }
    const binary = await client.post(v2('/infer'), {
      inputs: TENSORS,
      outputs: [{ name: 'predict_proba', parameters: { binary_data: true } }],
    });
    const length = Number(binary.headers.get('inference-header-content-length'));
    const doubles = binary.bytes.subarray(length);
    expect(doubles.readDoubleLE(8)).toBe(expected[0]!['Chinstrap']);
  });

  it('gives the same numbers to clients of MLflow', async () => {
    const forms = [
      { dataframe_split: { columns: COLUMNS, data: DATA } },
      { dataframe_records: ROWS },
      { instances: DATA },
      { inputs: Object.fromEntries(TENSORS.map(({ name, data }) => [name, data])) },
    ];
    for (const form of forms) {
      const request = { ...form, params: { predict_method: 'predict_proba' } };
      for (const address of ['/invocations', path('/mlflow/invocations')]) {
        expect((await client.post(address, request)).body).toEqual({ predictions: expected });
      }
    }
    const csv = await client.request('POST', '/invocations', {
      body: CSV,
      headers: { 'content-type': 'text/csv' },
    });
    expect(csv.body.predictions).toEqual(['Chinstrap', 'Adelie', 'Gentoo']);
    // The release whose client is held against these routes.
    const requirements = await readFile(new URL('../clients/requirements.txt', import.meta.url), 'utf8');
    const [, release] = /^mlflow-skinny==(\S+)$/m.exec(requirements)!;
    for (const address of ['/version', path('/mlflow/version')]) {
      expect((await client.get(address)).bytes.toString()).toBe(release);
    }
    expect((await client.get(path('/mlflow/ping'))).status).toBe(200);
  });

  it('gives the same numbers to whoever sends nested arrays to the default model', async () => {
    for (const address of ['/predict', '/infer']) {
      const reply = await client.post(address, { input: DATA });
      expect(reply.body.prediction).toEqual(expected.map((row) => Object.values(row)));
      expect(reply.body.labels).toEqual(['Chinstrap', 'Adelie', 'Gentoo']);
    }
  });

  const addresses = (): [string, object][] => [
    [path('/predict'), { rows: ROWS }],
    [v2('/infer'), { id: '1', inputs: TENSORS }],
    [v2('/versions/1/infer'), { id: '1', inputs: TENSORS }],
    [path('/mlflow/invocations'), { instances: DATA }],
    ['/invocations', { instances: DATA }],
    ['/predict', { input: DATA }],
    ['/infer', { input: DATA }],
  ];

  it('answers alike on the fast path and on the ordinary route', async () => {
    // A slash at the end goes past the fast path.
    const withoutIds = async (response: Response) => {
      const text = (await response.text()).replaceAll(PREDICTION_ID, 'id');
      return [response.status, response.headers.get('content-type'), text.replace(/"requestId":"[^"]*"/, '')];
    };
    for (const [address, request] of addresses()) {
      for (const body of [JSON.stringify(request), '{"x":', '[]']) {
        const fast = await withoutIds(await post(address, body));
        expect(await withoutIds(await post(`${address}/`, body)), address).toEqual(fast);
      }
    }
  });

  it('refuses bad input in the words of each protocol, and goes on', async () => {
    const row = DATA[0]!;
    const isWorded = (address: string, status: number, text: string) => {
      if (address.includes('invocations') && status === 415) return;
      const body: unknown = JSON.parse(text);
      if (address.startsWith('/v2')) expect(body, text).toEqual({ error: expect.any(String) });
      else if (address.includes('invocations')) {
        expect(body, text).toEqual({ error_code: expect.any(String), message: expect.any(String) });
      } else if (address.startsWith('/models'))
        expect(body, text).toMatchObject({ code: expect.any(String), status });
      else expect(body, text).toEqual({ error: expect.any(String), code: expect.any(String) });
    };
    const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
    /** The request without the column `year`: nobody is answered who leaves one out, and so none is in the log. */
    const without = (address: string, request: object): string => {
      const rows = ROWS.map(({ year: _, ...row }) => row);
      const lists = DATA.map((values) => values.slice(0, -1));
      if (address.startsWith('/v2')) return JSON.stringify({ ...request, inputs: TENSORS.slice(0, -1) });
      if (address.includes('invocations')) return JSON.stringify({ instances: lists });
      return JSON.stringify(address.startsWith('/models') ? { rows } : { input: lists });
    };
    for (const [address, request] of addresses()) {
      const good = JSON.stringify(request);
      const many = JSON.stringify({
        rows: Array(6).fill(ROWS[0]),
        inputs: TENSORS.map((tensor, k) => ({ ...tensor, shape: [6], data: Array(6).fill(row[k]) })),
      });
      const tooMany = address.includes('invocations')
        ? JSON.stringify({ instances: Array(6).fill(row) })
        : address.startsWith('/models')
          ? JSON.stringify({ rows: Array(6).fill(ROWS[0]) })
          : address.startsWith('/v2')
            ? many
            : JSON.stringify({ input: Array(6).fill(row) });
      const cases: [string, number[], string | Buffer, Record<string, string>?][] = [
        ['too large', [413], ' '.repeat(MAX_BYTES + 1)],
        ['too many rows', [413], tooMany],
        ['too deep', [400, 422], good.replace('49.3', deep)],
        ['deep everywhere', [400, 422], deep],
        ['a column less', [400, 422], without(address, request)],
        ['minus Infinity', [400], good.replace('49.3', '-Infinity')],
        ['Infinity', [400], good.replace('49.3', 'Infinity')],
        ['an overflow', [400, 422], good.replaceAll('49.3', '1e999')],
        ['no UTF-8', [400], Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])],
        ['another type', [415], good, { 'content-type': 'application/xml' }],
        ['another charset', [415], good, { 'content-type': 'application/json; charset=latin1' }],
        ['an encoding', [415], good, { 'content-encoding': 'br' }],
        ['nothing packed', [400], good, { 'content-encoding': 'gzip' }],
        ['no credentials', [401], good, { authorization: '' }],
      ];
      // MLflow's own client writes NaN where a data frame has nothing.
      if (!address.includes('invocations')) cases.push(['NaN', [400], good.replace('49.3', 'NaN')]);
      for (const [name, statuses, body, headers] of cases) {
        const response = await post(address, body, headers);
        expect(statuses, `${address}: ${name}`).toContain(response.status);
        isWorded(address, response.status, await response.text());
      }
      const named = { 'content-type': 'application/json; charset=UTF-8' };
      for (const headers of [{}, named])
        expect((await post(address, good, headers)).status, address).toBe(200);
    }
  });

  it('tells of a model only whoever may predict with it, in the words of each protocol', async () => {
    const stranger = new ContractClient(service.url, SERVICE_CONTRACT, 'Bearer wrong');
    const other = await newOwner();
    for (const address of [v2(''), v2('/ready'), v2('/versions/1'), v2('/versions/1/ready')]) {
      for (const [who, status] of [
        [stranger, 401],
        [client.as(undefined), 401],
        [other, 403],
      ] as const) {
        const reply = await who.get(address);
        expect([reply.status, reply.body], address).toEqual([status, { error: expect.any(String) }]);
      }
    }
    for (const address of [path('/mlflow/ping'), path('/mlflow/health')]) {
      const reply = await stranger.get(address);
      expect([reply.status, reply.body]).toEqual([
        401,
        { error_code: 'UNAUTHENTICATED', message: expect.any(String) },
      ]);
      expect((await other.get(address)).body.error_code).toBe('PERMISSION_DENIED');
    }
    for (const address of [v2('/infer'), v2('/versions/1/infer')]) {
      expect((await other.post(address, { inputs: TENSORS })).status).toBe(403);
    }
  });

  /** Each gives the probabilities of all rows, one after the other. */
  const askers: [string, (id: string) => Promise<number[]>][] = [
    [
      'native',
      async (id) => {
        const { body } = await client.post(`/models/${id}/predict`, { rows: ROWS });
        return body.predictions.flatMap(({ probabilities }: { probabilities: object }) =>
          Object.values(probabilities),
        );
      },
    ],
    [
      'Open Inference Protocol',
      async (id) =>
        (await client.post(`/v2/models/${id}/infer`, { inputs: TENSORS })).body.outputs[1].data as number[],
    ],
    [
      'MLflow',
      async (id) => {
        const form = { dataframe_records: ROWS, params: { predict_method: 'predict_proba' } };
        const { body } = await client.post(`/models/${id}/mlflow/invocations`, form);
        return body.predictions.flatMap((row: object) => Object.values(row));
      },
    ],
    [
      'socket.io',
      async (id) => {
        const { prediction } = await socketIo().emitWithAck('predict', { model: id, input: ROWS });
        return (prediction as number[][]).flat();
      },
    ],
    [
      'WebSocket',
      async (id) => {
        const socket = await webSocket();
        const answered = once(socket, 'message');
        socket.send(JSON.stringify({ model: id, input: ROWS }));
        return (JSON.parse(String((await answered)[0])) as { prediction: number[][] }).prediction.flat();
      },
    ],
  ];
  const opened: { close(): unknown }[] = [];
  const socketIo = () => {
    const auth = { token: user.authorization.replace('Bearer ', '') };
    const socket = io(service.url, { auth, forceNew: true, transports: ['websocket'] });
    opened.push(socket);
    return socket;
  };
  const webSocket = async () => {
    const headers = { authorization: user.authorization };
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}/ws/predict`, { headers });
    opened.push(socket);
    await once(socket, 'open');
    return socket;
  };
  afterEach(() => {
    for (const socket of opened.splice(0)) socket.close();
  });

  it('never gives the answer of one model for another, whatever it is asked by', async () => {
    const ours = expected.flatMap((one) => Object.values(one));
    const [[, native]] = askers as [(typeof askers)[number]];
    const theirs = await native(otherId);
    expect(theirs).not.toEqual(ours);
    const replies = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const [name, ask] = askers[Math.floor(i / 2) % askers.length]!;
        return [name, i % 2, await ask(i % 2 === 0 ? modelId : otherId)];
      }),
    );
    for (const [name, which, answer] of replies) {
      expect([name, answer]).toEqual([name, which === 0 ? ours : theirs]);
    }
  });

  it('says that a model is gone, in the words of each protocol, when it is deleted while it is asked', async () => {
    const bodies = { predict: { rows: ROWS }, infer: { inputs: TENSORS }, invocations: { instances: DATA } };
    const asked = Promise.all(
      Array.from({ length: 60 }, () => client.post(`/models/${otherId}/predict`, bodies.predict)),
    );
    const inFlight = askers.slice(1).map(([, ask]) => ask(otherId).catch(() => 'refused'));
    const internal = new ContractClient(service.url, SERVICE_CONTRACT, `Bearer ${service.serviceToken}`);
    expectStatus(await internal.request('DELETE', `/internal/models/${otherId}`), 204);
    for (const { status } of await asked) expect([200, 404]).toContain(status);
    await Promise.all(inFlight);
    const gone = { error: expect.any(String), code: 'model_not_trained' };
    const heard = await socketIo().emitWithAck('predict', { model: otherId, input: ROWS });
    expect(heard).toMatchObject(gone);
    const socket = await webSocket();
    const answered = once(socket, 'message');
    socket.send(JSON.stringify({ model: otherId, input: ROWS }));
    expect(JSON.parse(String((await answered)[0]))).toMatchObject(gone);
    const file = await client.request('POST', `/models/${otherId}/predictions`, {
      body: CSV,
      headers: { 'content-type': 'text/csv' },
    });
    expect(file.body.code).toBe('model_not_trained');
    expect((await client.post(`/models/${otherId}/predict`, bodies.predict)).body.code).toBe(
      'model_not_trained',
    );
    const infer = await client.post(`/v2/models/${otherId}/infer`, bodies.infer);
    expect([infer.status, Object.keys(infer.body)]).toEqual([404, ['error']]);
    const invoked = await client.post(`/models/${otherId}/mlflow/invocations`, bodies.invocations);
    expect(invoked.body.error_code).toBe('RESOURCE_DOES_NOT_EXIST');
    expect((await client.get(`/v2/models/${otherId}/ready`)).status).toBe(404);
  });
});
