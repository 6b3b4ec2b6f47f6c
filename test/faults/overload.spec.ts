import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type RunningService, startService } from '../support/service.js';
import {
  expectStatus,
  fixture,
  newDataset,
  newModel,
  newUser,
  outcomeOf,
  type TestUser,
  train,
  upload,
} from '../support/users.js';

const ROW = {
  island: 'Biscoe',
  bill_length_mm: 46,
  bill_depth_mm: 15,
  flipper_length_mm: 215,
  body_mass_g: 5000,
  sex: 'male',
  year: 2008,
};

describe('prediction requests beyond what a process takes on', () => {
  let service: RunningService;
  let user: TestUser;
  let modelId: string;
  const sockets: Socket[] = [];

  const start = async (env: Record<string, string>): Promise<void> => {
    service = await startService(env);
    user = await newUser(service);
    const datasetId = await newDataset(user);
    expectStatus(await upload(user, datasetId, await fixture('penguins.csv')), 201);
    modelId = await newModel(user);
    const request = { datasetId, algorithm: 'random_forest_classifier', target: 'species' };
    await outcomeOf(service, await train(user, modelId, request));
    expectStatus(await predict(1), 200);
  };
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await service.stop();
  });

  const predict = (nRows: number, more: object = {}) =>
    user.service.post(`/models/${modelId}/predict`, { rows: Array(nRows).fill(ROW), ...more });

  /** A connection that has sent this of its body and waits. */
  const begin = async (sent: string, nBytes: number, path = `/models/${modelId}/predict`) => {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${user.authorization}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${nBytes}\r\n\r\n${sent}`,
    );
    return socket;
  };
  const gauge = async (name: string): Promise<number> => {
    const response = await fetch(`${service.url}/metrics`, {
      headers: { authorization: `Bearer ${service.serviceToken}` },
    });
    const line = new RegExp(`^trainyard_predictions_${name} (\\S+)$`, 'm').exec(await response.text());
    return Number(line?.[1]);
  };
  /** A request that keeps a thread busy for a while. */
  const longBody = () => JSON.stringify({ rows: Array(4000).fill(ROW), explain: true });
  const ask = (body: string, path?: string) => begin(body, body.length, path);

  /** One protocol after the other. */
  const pathOf = (i: number): string =>
    [`/models/${modelId}/predict`, `/v2/models/${modelId}/infer`, `/models/${modelId}/mlflow/invocations`][
      i % 3
    ]!;

  it('callers whose body does not come keep nobody out, and are sent away', async () => {
    await start({ PREDICT_MAX_CONCURRENT: '2', PREDICT_BODY_SECONDS: '2' });
    const slow = await Promise.all(Array.from({ length: 20 }, (_, i) => begin('{"rows":', 1000, pathOf(i))));
    const answers = slow.map((socket) => once(socket, 'data'));
    await expect.poll(() => gauge('reading')).toBe(20);
    expectStatus(await predict(1), 200);
    for (const [i, answer] of answers.entries()) {
      const words = ['"code":"upload_incomplete"', '{"error":"', '"error_code":"'][i % 3];
      expect(String(await answer), pathOf(i)).toContain(words);
    }
    expect(await gauge('reading')).toBe(0);
    expect(await gauge('held_bytes')).toBe(0);
  });

  it('callers that go away leave nothing behind', async () => {
    await start({});
    const gone = await Promise.all(Array.from({ length: 10 }, (_, i) => begin('{"rows":', 1000, pathOf(i))));
    await expect.poll(() => gauge('held_bytes')).toBe(80);
    for (const socket of gone) socket.destroy();
    await expect.poll(() => gauge('held_bytes')).toBe(0);
    expect(await gauge('reading')).toBe(0);
  });

  it('a caller that does not read its reply holds nothing but the bytes of it, and no longer than it is there', async () => {
    await start({ PREDICT_MAX_CONCURRENT: '1' });
    const rows = Array(2000).fill({ ...ROW, note: 'x'.repeat(4000) });
    const body = JSON.stringify({ rows, columns: ['note'] });
    const nBefore = await gauge('accepted_total');
    const deaf = await ask(body);
    await expect.poll(() => gauge('accepted_total'), { timeout: 30_000 }).toBe(nBefore + 1);
    // What neither side's system takes lies here, and the request no longer counts.
    await expect.poll(() => gauge('waiting'), { timeout: 30_000 }).toBe(0);
    expect(await gauge('held_bytes')).toBeGreaterThan(0);
    expectStatus(await predict(1), 200);
    deaf.destroy();
    await expect.poll(() => gauge('held_bytes')).toBe(0);
  });

  it('bytes are bounded over all bodies', async () => {
    await start({ PREDICT_MAX_BYTES_IN_FLIGHT: '100kib' });
    const large = await begin(' '.repeat(90 * 1024), 95 * 1024);
    await expect.poll(() => gauge('held_bytes')).toBe(90 * 1024);
    const refused = await predict(400);
    expectStatus(refused, 429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expectStatus(await predict(1), 200);
    large.destroy();
    await expect.poll(() => gauge('held_bytes')).toBe(0);
    expectStatus(await predict(400), 200);
  });

  it('refuses at once, in the words of the protocol, and takes on again when there is room', async () => {
    await start({ PREDICT_MAX_CONCURRENT: '1' });
    const busy = await ask(longBody());
    await expect.poll(() => gauge('waiting')).toBe(1);
    const refused = await predict(1);
    expectStatus(refused, 429);
    expect(refused.body).toMatchObject({ code: 'too_many_requests' });
    expect(refused.headers.get('retry-after')).toBe('1');
    const inOtherWords = await ask('{"inputs":[]}', `/v2/models/${modelId}/infer`);
    const [answer] = (await once(inOtherWords, 'data')) as [Buffer];
    expect(String(answer)).toMatch(/^HTTP\/1.1 429 [\s\S]*Retry-After: 1[\s\S]*\r\n\r\n\{"error":"/);
    expect(await gauge('refused_total')).toBe(2);
    busy.destroy();
    await expect.poll(() => gauge('waiting')).toBe(0);
    expectStatus(await predict(1), 200);
  });

  it('a large request that finds all threads and the queue taken is refused before its body comes', async () => {
    await start({ PREDICT_MAX_WAITING: '0' });
    const threads: Socket[] = [];
    // As many as there are threads are taken; the next one is told by its head alone.
    for (let n = 0; n < 8; n++) {
      const next = await begin('', 600_000);
      const answer = once(next, 'data');
      const taken = await Promise.race([
        answer.then(() => false),
        expect
          .poll(() => gauge('reading'))
          .toBe(1)
          .then(() => true),
      ]);
      if (!taken) {
        expect(String((await answer)[0])).toMatch(/^HTTP\/1.1 429 /);
        return;
      }
      next.destroy();
      await expect.poll(() => gauge('reading')).toBe(0);
      threads.push(await ask(longBody()));
      await expect.poll(() => gauge('waiting')).toBe(threads.length);
    }
    expect.unreachable('nothing was refused');
  });

  it('an explanation that takes too long is answered so, and the next request as ever', async () => {
    await start({ PREDICT_TIMEOUT_SECONDS: '1', PREDICT_MAX_ROWS: '50000' });
    const before = await predict(1, { explain: true });
    expectStatus(before, 200);
    const endless = await predict(50_000, { explain: true });
    expect([endless.status, endless.body.code]).toEqual([504, 'process_timed_out']);
    const after = await predict(1, { explain: true });
    expect([after.status, after.body.predictions]).toEqual([200, before.body.predictions]);
    await expect.poll(() => gauge('waiting')).toBe(0);
  });

  it('a flood is answered by predictions and refusals alone, on connections that live on', async () => {
    await start({ PREDICT_MAX_CONCURRENT: '4' });
    const body = JSON.stringify({ rows: [ROW] });
    const statuses = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const socket = await ask(body);
        const [first] = (await once(socket, 'data')) as [Buffer];
        return String(first).slice(9, 12);
      }),
    );
    expect(statuses).toContain('200');
    for (const status of statuses) expect(['200', '429']).toContain(status);
    await expect.poll(() => gauge('waiting')).toBe(0);
  });
});
