import { once } from 'node:events';
import { readdir, readlink } from 'node:fs/promises';
import { get, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unpackBytes } from '../support/archives.js';
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

const SPEC = { algorithm: 'random_forest_classifier', target: 'species', seed: 11 };
/** Files that say when the bundle was made, or hold a digest of one that does. */
const DATED = ['manifest.json', 'manifest.sig', 'model-card.md'];

/** What becomes of a model over time: versions, files, and those who come for them. The steps build on each other. */
describe('the versions of a model', { sequential: true }, () => {
  let service: RunningService;
  let user: TestUser;
  let datasetId: string;
  let modelId: string;
  let bundlePath: string;

  beforeAll(async () => {
    service = await startService({ TRAINING_MEMORY_MB: '100000' });
    user = await newUser(service);
    datasetId = await newDataset(user);
    modelId = await newModel(user);
    bundlePath = `/models/${modelId}/bundle`;
    expectStatus(await upload(user, datasetId, await fixture('penguins.csv')), 201);
  });
  afterAll(() => service.stop());

  async function start(parameters: object): Promise<string> {
    const started = await internalClient(service).post('/internal/trainings', {
      ...{ modelId, ownerId: user.id, datasetId, ...SPEC, parameters },
    });
    expectStatus(started, 202);
    return started.body.id;
  }

  async function trainedBundle(): Promise<Map<string, Buffer>> {
    const last = (await outcomeOf(service, await start({ nEstimators: 20 }))).at(-1);
    expect(last).toMatchObject({ status: 'succeeded' });
    return unpackBytes((await user.service.get(bundlePath)).bytes);
  }

  it('have equal bytes when spec, seed and data are equal, but for the time', async () => {
    const [first, second] = [await trainedBundle(), await trainedBundle()];
    expect([...second.keys()]).toEqual([...first.keys()]);
    const differing = [...first].filter(([name, bytes]) => !bytes.equals(second.get(name)!));
    expect(differing.map(([name]) => name).filter((name) => !DATED.includes(name))).toEqual([]);
    const [one, two] = [first, second].map((files) => JSON.parse(String(files.get('manifest.json'))));
    expect(one.createdAt).not.toBe(two.createdAt);
    for (const manifest of [one, two]) delete manifest.entries['model-card.md'];
    expect({ ...two, createdAt: one.createdAt }).toEqual(one);
    const [card, other] = [first, second].map((files) => String(files.get('model-card.md')));
    expect(other?.replace(two.createdAt, one.createdAt)).toBe(card);
    expect(card).toMatch(/^\| accuracy \| 0\.\d+ \|$/m);
  });

  it('are announced without their bytes, and sent from the start when the known ones are old', async () => {
    const whole = await user.service.get(bundlePath);
    const head = await user.service.request('HEAD', bundlePath);
    expect([head.status, head.bytes.length]).toEqual([200, 0]);
    for (const name of ['content-length', 'etag', 'repr-digest', 'content-type', 'accept-ranges']) {
      expect([name, head.headers.get(name)]).toEqual([name, whole.headers.get(name)]);
    }
    const changed = await user.service.get(bundlePath, {
      headers: { range: 'bytes=10-', 'if-range': '"0123"' },
    });
    expect([changed.status, changed.bytes.length]).toEqual([200, whole.bytes.length]);
    const weak = await user.service.request('HEAD', bundlePath, {
      headers: { 'if-none-match': `W/${whole.headers.get('etag')}, "x"` },
    });
    expect(weak.status).toBe(304);
  });

  it('are closed again when whoever downloads goes away', async () => {
    const headers = { authorization: user.authorization };
    const asking = get(new URL(bundlePath, service.url), { headers });
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    answer.on('error', () => undefined);
    answer.destroy();
    await expect.poll(() => openFilesBelow(service, 'objects')).toEqual([]);
    expectStatus(await user.service.request('HEAD', bundlePath), 200);
    expect(service.logs.filter((line) => line.includes('a request failed'))).toEqual([]);
  });

  it('are not in the way of callers who stop in the middle of a prediction or an import', async () => {
    const scratch = join(service.storageDir, 'scratch');
    const before = (await readdir(scratch)).sort();
    for (const [method, path, type] of [
      ['POST', `/models/${modelId}/predict`, 'application/json'],
      ['PUT', bundlePath, 'application/zip'],
    ] as const) {
      const sending = request(new URL(path, service.url), {
        method,
        headers: {
          authorization: user.authorization,
          'content-type': type,
          'content-length': 1_000,
          expect: '100-continue',
        },
      });
      sending.on('error', () => undefined);
      sending.flushHeaders();
      await once(sending, 'continue');
      sending.write('{"rows":[');
      const closed = new Promise((resolve) => sending.once('close', resolve));
      sending.destroy();
      await closed;
    }
    await expect.poll(async () => (await readdir(scratch)).sort()).toEqual(before);
    expect((await user.service.get(`/models/${modelId}`)).body.version).toBe(2);
    expect(service.logs.filter((line) => line.includes('a request failed'))).toEqual([]);
  });

  it('are kept while a training is about to add one', async () => {
    const id = await start({ nEstimators: 10_000 });
    const internal = internalClient(service);
    const refused = await internal.request('DELETE', `/internal/models/${modelId}`);
    expect([refused.status, refused.body.code]).toEqual([409, 'model_in_use']);
    expectStatus(await internal.post(`/internal/trainings/${id}/cancel`), 202);
    expect((await outcomeOf(service, id)).at(-1)).toMatchObject({ status: 'canceled' });
    expectStatus(await internal.request('DELETE', `/internal/models/${modelId}`), 204);
    expectStatus(await internal.get(`/internal/models/${modelId}`), 404);
  });
});

/** Files of the store that the service holds open; nothing on systems that do not tell. */
async function openFilesBelow({ pid, storageDir }: RunningService, folder: string): Promise<string[]> {
  const handles = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const paths = await Promise.all(handles.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  return paths.filter((path) => path.startsWith(join(storageDir, folder)));
}
