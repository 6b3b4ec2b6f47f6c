import { once } from 'node:events';
import { connect } from 'node:net';
import { io, type Socket } from 'socket.io-client';
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

const ROW = ['Dream', 49.3, 19.9, 203, 4050, 'male', 2009];
const MAX_IN_FLIGHT = 32;

interface Answer {
  readonly id?: unknown;
  readonly model?: string;
  readonly prediction?: number[][];
  readonly labels?: string[];
  readonly error?: string;
  readonly code?: string;
}

describe('predictions over sockets', { sequential: true }, () => {
  let trainer: RunningService;
  let service: RunningService;
  let user: TestUser;
  let modelId: string;
  let expected: number[];
  const opened: (Socket | WebSocket)[] = [];

  beforeAll(async () => {
    trainer = await startService();
    user = await newUser(trainer);
    const datasetId = await newDataset(user);
    expectStatus(await upload(user, datasetId, await fixture('penguins.csv')), 201);
    modelId = await newModel(user);
    const request = {
      datasetId,
      algorithm: 'random_forest_classifier',
      target: 'species',
      parameters: { nEstimators: 10 },
    };
    const events = await outcomeOf(trainer, await train(user, modelId, request));
    expect(events.at(-1)).toMatchObject({ status: 'succeeded' });
    await trainer.end();
    service = await startService({
      STORAGE_DIR: trainer.storageDir,
      DATABASE_URL: trainer.databaseUrl,
      DEFAULT_MODEL_ID: modelId,
    });
    const client = new ContractClient(service.url, SERVICE_CONTRACT, user.authorization);
    const names = [
      'island',
      'bill_length_mm',
      'bill_depth_mm',
      'flipper_length_mm',
      'body_mass_g',
      'sex',
      'year',
    ];
    const rows = [Object.fromEntries(names.map((name, k) => [name, ROW[k]]))];
    const reply = await client.post(`/models/${modelId}/predict`, { rows });
    expected = Object.values(reply.body.predictions[0].probabilities);
  });
  afterEach(() => {
    for (const socket of opened.splice(0)) socket.close();
  });
  afterAll(async () => {
    await service?.stop();
    await trainer?.stop();
  });

  const token = () => user.authorization.replace('Bearer ', '');
  function join(options: object = {}): Socket {
    const socket = io(service.url, {
      auth: { token: token() },
      reconnection: false,
      forceNew: true,
      ...options,
    });
    opened.push(socket);
    return socket;
  }
  async function dial(
    headers: Record<string, string> = { authorization: user.authorization },
  ): Promise<WebSocket> {
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}/ws/predict`, { headers });
    opened.push(socket);
    await once(socket, 'open');
    return socket;
  }
  const next = (socket: Socket, event: string) =>
    new Promise<Answer>((resolve) => socket.once(event, resolve));
  const ask = async (socket: WebSocket, message: unknown): Promise<Answer> => {
    const answered = once(socket, 'message') as Promise<[Buffer]>;
    socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
    return JSON.parse(String((await answered)[0])) as Answer;
  };

  it.each([['polling'], ['websocket']])(
    'takes the event predict and gives the event prediction, over %s',
    async (transport) => {
      const socket = join({ transports: [transport] });
      const bare = next(socket, 'prediction');
      socket.emit('predict', { input: [ROW] });
      expect(await bare).toMatchObject({ prediction: [expected], labels: ['Chinstrap'] });
      const named = next(socket, 'prediction');
      socket.emit('predict', { model: modelId, input: ROW, id: 7 });
      expect(await named).toMatchObject({ id: 7, model: modelId, prediction: [expected] });
    },
  );

  it('answers several at once, each to its acknowledgement', async () => {
    const socket = join();
    const answers = await Promise.all(
      Array.from(
        { length: 20 },
        (_, id) => socket.emitWithAck('predict', { id, input: [ROW, ROW] }) as Promise<Answer>,
      ),
    );
    expect(answers.map(({ id }) => id)).toEqual([...Array(20).keys()]);
    for (const { prediction } of answers) expect(prediction).toEqual([expected, expected]);
  });

  it('refuses what is too much at once, and goes on', async () => {
    const socket = await dial();
    const nAsked = 4 * MAX_IN_FLIGHT;
    const answers: Answer[] = [];
    const all = new Promise<void>((resolve) => {
      socket.on('message', (data) => {
        answers.push(JSON.parse(String(data)) as Answer);
        if (answers.length === nAsked) resolve();
      });
    });
    // Two thousand rows are too many to be done before the next message has come.
    const input = Array(2000).fill(ROW);
    for (let id = 0; id < nAsked; id++) socket.send(JSON.stringify({ id, input }));
    await all;
    expect(new Set(answers.map(({ id }) => id)).size).toBe(nAsked);
    const refused = answers.filter(({ code }) => code === 'too_many_requests');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length + answers.filter(({ prediction }) => prediction?.length === 2000).length).toBe(
      nAsked,
    );
    socket.removeAllListeners('message');
    expect((await ask(socket, { input: ROW })).prediction).toEqual([expected]);
  });

  it('asks the data server who may predict', async () => {
    const anonymous = join({ auth: {} });
    const refusal = next(anonymous, 'prediction_error');
    anonymous.emit('predict', { id: 1, input: ROW });
    expect(await refusal).toMatchObject({ id: 1, code: 'unauthenticated', error: expect.any(String) });
    const wrong = join({ auth: { token: 'wrong' } });
    expect(await wrong.emitWithAck('predict', { input: ROW })).toMatchObject({ code: 'unauthenticated' });
    const unknown = await join().emitWithAck('predict', { model: 'md_nobodys', input: ROW });
    expect(unknown).toMatchObject({ code: 'model_not_found' });
    const header = join({ auth: {}, extraHeaders: { authorization: user.authorization } });
    expect(await header.emitWithAck('predict', { input: ROW })).toMatchObject({ labels: ['Chinstrap'] });
  });

  it('works over a plain WebSocket, with the token in a header or in the first message', async () => {
    expect(await ask(await dial(), { id: 'a', input: [ROW] })).toMatchObject({
      id: 'a',
      prediction: [expected],
    });
    const late = await dial({});
    expect(await ask(late, { input: ROW })).toMatchObject({ code: 'unauthenticated' });
    late.send(JSON.stringify({ token: token() }));
    expect(await ask(late, { model: modelId, input: ROW })).toMatchObject({
      model: modelId,
      prediction: [expected],
    });
    expect(await ask(await dial({}), { token: token(), input: ROW })).toMatchObject({
      prediction: [expected],
    });
  });

  it('takes messages of bytes, which must be UTF-8', async () => {
    const socket = await dial();
    const bytes = Buffer.from(JSON.stringify({ input: ROW }));
    expect(await ask(socket, bytes)).toMatchObject({ prediction: [expected] });
    const damaged = bytes.map((byte) => (byte === 0x65 ? 0xff : byte));
    expect(await ask(socket, damaged)).toMatchObject({ code: 'invalid_request' });
  });

  it.each([
    ['no JSON', '{"input":[NaN]}'],
    ['no object', '[]'],
    ['no input', '{}'],
    ['a model that is no text', '{"model":1,"input":[]}'],
    ['deep nesting', `{"input":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['a row that is too short', '{"input":[[1]]}'],
    ['an overflow', `{"input":${JSON.stringify(ROW).replace('49.3', '1e999')}}`],
    ['Infinity', `{"input":${JSON.stringify(ROW).replace('49.3', 'Infinity')}}`],
    ['a column less in each of many rows', JSON.stringify({ input: Array(50).fill(ROW.slice(1)) })],
  ])('says what is wrong with %s, and goes on', async (_, text) => {
    const socket = await dial();
    const answer = await ask(socket, text);
    expect(answer).toEqual({ error: expect.any(String), code: expect.stringContaining('invalid') });
    expect((await ask(socket, { input: ROW })).prediction).toEqual([expected]);
  });

  it.each<[string, unknown]>([
    ['no object', [ROW]],
    ['nothing', undefined],
    ['no input', {}],
    ['a model that is no text', { model: 1, input: ROW }],
    ['nesting', { input: [[[[[ROW]]]]] }],
    ['a row that is too short', { input: [ROW.slice(1)] }],
    ['an object without a column', { input: [{ island: 'Dream' }] }],
    // What JSON has no word for arrives as null, which is no row.
    ['NaN for the rows', { input: Number.NaN }],
  ])('says over socket.io what is wrong with %s, and goes on', async (_, message) => {
    const socket = join({ transports: ['websocket'] });
    const answer = await socket.emitWithAck('predict', message);
    expect(answer).toMatchObject({ error: expect.any(String), code: expect.stringContaining('invalid') });
    expect(await socket.emitWithAck('predict', { input: ROW })).toMatchObject({ prediction: [expected] });
  });

  it('cuts off who sends too much in one message', async () => {
    const socket = await dial();
    const closed = once(socket, 'close');
    socket.send('x'.repeat(2 * 1024 * 1024));
    expect((await closed)[0]).toBe(1009);
    const gone = join({ transports: ['websocket'] });
    await heard(gone, 'connect');
    const disconnected = heard(gone, 'disconnect');
    gone.emit('predict', { input: 'x'.repeat(2 * 1024 * 1024) });
    await disconnected;
  });

  it('serves a request that offers an upgrade which is not there', async () => {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    const body = JSON.stringify({ input: ROW });
    socket.write(
      `POST /predict HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\nAuthorization: ${user.authorization}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    while (!Buffer.concat(chunks).includes('"prediction":')) await once(socket, 'data');
    expect(String(Buffer.concat(chunks))).toMatch(/^HTTP\/1\.1 200 OK/);
    socket.destroy();
  });

  it('says goodbye to its clients when it stops', async () => {
    const socketIo = join();
    await heard(socketIo, 'connect');
    const plain = await dial();
    const goodbyes = Promise.all([heard(socketIo, 'disconnect'), once(plain, 'close')]);
    const begun = performance.now();
    await service.end();
    expect(performance.now() - begun).toBeLessThan(9000);
    const [[reason], [code]] = await goodbyes;
    expect([reason, code]).toEqual(['transport close', 1001]);
  });
});

/** `once` of socket.io's own kind of emitter. */
function heard(socket: Socket, event: string): Promise<unknown[]> {
  return new Promise((resolve) => socket.once(event, (...heardOf: unknown[]) => resolve(heardOf)));
}
