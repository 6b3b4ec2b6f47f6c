import { createPublicKey } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPromise } from 'yauzl';
import { type RunningService, startService } from '../support/service.js';
import { newModel, newUser, type TestUser } from '../support/users.js';

const BUNDLE = new URL('../fixtures/bundles/format-1-random-forest.zip', import.meta.url).pathname;
const ROW = { age: 30, hours: 3, job: 'cook', hired: '2024-01-01' };

let service: RunningService;
let folder: string;
let user: TestUser;
let modelId: string;

/** The key that signed the fixture, as an operator would name it. */
async function publicKeyOf(path: string): Promise<string> {
  const zip = await openPromise(path, { autoClose: false });
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName !== 'manifest.sig') continue;
    const { publicKey } = JSON.parse(String(await buffer(await zip.openReadStreamPromise(entry)))) as {
      publicKey: string;
    };
    zip.close();
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), type: 'spki', format: 'der' });
    return key.export({ type: 'spki', format: 'pem' }).toString();
  }
  throw new Error('the bundle has no signature');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-models-'));
  await writeFile(join(folder, 'trusted.pem'), await publicKeyOf(BUNDLE));
  service = await startService({ TRUSTED_KEY_FILES: join(folder, 'trusted.pem') });
  user = await newUser(service);
  modelId = await newModel(user);
});

afterAll(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

function call(path: string, init: RequestInit = {}, authorization = user.authorization): Promise<Response> {
  return fetch(`${service.url}${path}`, { ...init, headers: { authorization, ...init.headers } });
}
const put = async (id: string, body: Uint8Array, type = 'application/zip') =>
  call(`/models/${id}/bundle`, { method: 'PUT', body: Buffer.from(body), headers: { 'content-type': type } });
const predict = (id: string, body: string, query = '', headers: Record<string, string> = {}) =>
  call(`/models/${id}/predict${query}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
const rows = (...list: unknown[]) => JSON.stringify({ rows: list });

describe('a model', () => {
  it('has no version before the first training', async () => {
    const response = await call(`/models/${modelId}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ id: modelId, version: null, signature: null });
    expect((await call(`/models/${modelId}/bundle`)).status).toBe(404);
    expect(await (await predict(modelId, rows(ROW))).json()).toMatchObject({ code: 'model_not_trained' });
  });

  it('takes in a verified bundle, serves it at once, and gives it back to the byte', async () => {
    const bundle = await readFile(BUNDLE);
    const imported = await put(modelId, bundle);
    expect(imported.status).toBe(201);
    expect(await imported.json()).toMatchObject({ version: 1, algorithm: 'random_forest_classifier' });
    const reply = await predict(modelId, rows(ROW));
    expect(await reply.json()).toMatchObject({
      modelId,
      modelVersion: 1,
      predictions: [{ label: '>50K', probabilities: { '<=50K': 0.4, '>50K': 0.6 } }],
      warnings: [{ row: 0, column: 'hired', code: 'out_of_range' }],
    });
    const download = await call(`/models/${modelId}/bundle`);
    expect(Buffer.from(await download.arrayBuffer()).equals(bundle)).toBe(true);
    expect((await put(modelId, bundle)).status).toBe(201);
    expect(await (await predict(modelId, rows(ROW))).json()).toMatchObject({ modelVersion: 2 });
  });

  it('refuses a changed bundle with the reason and stays as it was', async () => {
    const changed = await readFile(BUNDLE);
    changed.writeUInt8(changed.readUInt8(5000) ^ 1, 5000);
    for (const [body, type, code] of [
      [changed, 'application/zip', 'bundle_invalid'],
      [Buffer.from('no zip'), 'application/zip', 'bundle_invalid'],
      [Buffer.from('{}'), 'application/json', 'unsupported_media_type'],
    ] as const) {
      const response = await put(modelId, body, type);
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([415, code]);
    }
    expect(await (await call(`/models/${modelId}`)).json()).toMatchObject({ version: 2 });
  });

  it('is hidden from others', async () => {
    const stranger = await newUser(service);
    expect((await call(`/models/${modelId}`, {}, stranger.authorization)).status).toBeGreaterThanOrEqual(403);
    expect((await fetch(`${service.url}/models/${modelId}`)).status).toBe(401);
  });
});

describe('the fast path and the ordinary route', () => {
  const many = rows(...Array.from({ length: 3000 }, () => ROW));
  it.each<[string, number, string, Record<string, string>]>([
    ['a row', 200, rows(ROW), {}],
    ['many rows', 200, many, {}],
    ['warnings', 200, rows({ ...ROW, age: null, job: 'king', extra: 1 }), {}],
    ['problems', 422, rows({ age: [], hours: 1e300 }, 5), {}],
    ['infinity', 422, `{"rows":[{"age":1e999,"hours":1,"job":"cook","hired":"2024-01-01"}]}`, {}],
    ['NaN', 400, '{"rows":[{"age":NaN}]}', {}],
    ['no rows', 400, '{}', {}],
    ['an empty body', 400, '', {}],
    ['another type', 415, rows(ROW), { 'content-type': 'text/plain' }],
    ['an encoded body', 415, rows(ROW), { 'content-encoding': 'br' }],
    ['a packed body that is none', 400, rows(ROW), { 'content-encoding': 'gzip' }],
    ['wrong credentials', 401, rows(ROW), { authorization: 'Bearer nobody' }],
    ['too many rows', 413, rows(...Array.from({ length: 10_001 }, () => 1)), {}],
  ])('answer alike: %s', async (_name, status, body, headers) => {
    // A slash at the end is not the fast path's: it goes through the framework.
    const [fast, ordinary] = await Promise.all(
      ['', '/'].map((ending) => predict(modelId, body, ending, { 'x-request-id': 'twin', ...headers })),
    );
    expect(fast?.status).toBe(status);
    expect(ordinary?.status).toBe(status);
    for (const name of [
      'content-type',
      'content-length',
      'cache-control',
      'x-request-id',
      'www-authenticate',
    ]) {
      expect(fast?.headers.get(name)).toBe(ordinary?.headers.get(name));
    }
    // Each answer has an id of its own.
    const [text, twin] = (await Promise.all([fast?.text(), ordinary?.text()])).map((answer) =>
      answer?.replace(/"predictionId":"[^"]{36}"/, ''),
    );
    expect(text).toBe(twin);
  });

  it.each([
    ['gzip', gzipSync(rows(ROW))],
    ['deflate', deflateSync(rows(ROW))],
  ])('take bodies that are packed with %s, and no more of them than of others', async (encoding, packed) => {
    const send = (body: Uint8Array) =>
      call(`/models/${modelId}/predict`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', 'content-encoding': encoding },
      });
    expect((await send(packed)).status).toBe(200);
    const bomb =
      encoding === 'gzip' ? gzipSync(Buffer.alloc(64e6, ' ')) : deflateSync(Buffer.alloc(64e6, ' '));
    expect((await send(bomb)).status).toBe(413);
  });

  /** @returns what came back on a connection of its own, by the time that it held so many replies */
  async function wire(text: string, nReplies: number): Promise<string> {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname).setEncoding('utf8');
    socket.write(text);
    let received = '';
    for await (const chunk of socket) {
      received += chunk;
      if ((received.match(/"warnings":\[.*?\]\}/g) ?? []).length === nReplies) break;
    }
    return received;
  }
  const requestText = (ending: string, id: string, version = 'HTTP/1.1', more = '') =>
    `POST /models/${modelId}/predict${ending} ${version}\r\nHost: here\r\nAuthorization: ${user.authorization}\r\n` +
    `X-Request-Id: ${id}\r\nContent-Type: application/json\r\nContent-Length: ${rows(ROW).length}\r\n${more}\r\n${rows(ROW)}`;

  it.each([
    ['kept', 'HTTP/1.1', ''],
    ['closed', 'HTTP/1.1', 'Connection: close\r\n'],
    ['of old', 'HTTP/1.0', ''],
    ['of old, kept', 'HTTP/1.0', 'Connection: keep-alive\r\n'],
  ])('write heads alike: a connection that is %s', async (_name, version, more) => {
    const [fast, ordinary] = await Promise.all(
      ['', '/'].map(async (ending) => {
        const [head = ''] = (await wire(requestText(ending, 'twin', version, more), 1)).split('\r\n\r\n');
        return head.replace(/\r\nDate: \w{3}, \d{2} \w{3} \d{4} [\d:]{8} GMT/, '').split('\r\n');
      }),
    );
    expect(fast?.[0]).toBe('HTTP/1.1 200 OK');
    expect(fast?.sort()).toEqual(ordinary?.sort());
  });

  it('answer in turn what was asked without waiting for an answer', async () => {
    const endings = ['', '/', '', '', '/', ''];
    const received = await wire(endings.map((ending, k) => requestText(ending, `turn-${k}`)).join(''), 6);
    expect([...received.matchAll(/X-Request-Id: (\S+)/gi)].map(([, id]) => id)).toEqual(
      endings.map((_, k) => `turn-${k}`),
    );
  });

  it('answer alike for a model that is not there', async () => {
    const [fast, ordinary] = await Promise.all([
      predict('nothing', rows(ROW)),
      predict('nothing', rows(ROW), '/'),
    ]);
    expect([fast.status, ordinary.status]).toEqual([404, 404]);
  });
});

describe('the internal routes', () => {
  const internal = (path: string, method = 'GET') =>
    call(`/internal/models${path}`, { method }, `Bearer ${service.serviceToken}`);

  it('list, show and delete', async () => {
    expect(await (await internal('')).json()).toMatchObject({
      models: [{ id: modelId, version: 2 }],
      next: null,
    });
    const { versions } = (await (await internal(`/${modelId}/versions`)).json()) as {
      versions: { version: number }[];
    };
    expect(versions.map(({ version }) => version)).toEqual([2, 1]);
    expect(await (await internal(`/${modelId}/versions/1`)).json()).toMatchObject({
      imported: true,
      trainingId: null,
    });
    expect(await (await internal(`/${modelId}/versions/1/report`)).json()).toMatchObject({
      imported: { from: 'golden-v1' },
    });
    expect((await internal(`/${modelId}/versions/x`)).status).toBe(404);
    expect((await internal(`/${modelId}`, 'DELETE')).status).toBe(204);
    expect((await internal(`/${modelId}`)).status).toBe(404);
    expect((await predict(modelId, rows(ROW))).status).toBe(404);
  });
});
