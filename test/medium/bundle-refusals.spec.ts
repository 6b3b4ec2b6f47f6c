import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { writeBundleFiles } from '../../src/models/bundle/write-bundle-files.js';
import {
  type Entries,
  patch,
  repack,
  toyContent,
  toyKey,
  unpack,
} from '../../src/models/testing/toy-bundle.js';
import { type RunningService, startService } from '../support/service.js';
import { newModel, newUser, type TestUser } from '../support/users.js';

const GOOD = new URL('../fixtures/bundles/format-1-random-forest.zip', import.meta.url);

describe('PUT /models/{id}/bundle', () => {
  let service: RunningService;
  let user: TestUser;
  let modelId: string;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(inject('runFolder'), 'refusals-'));
    const trusted = join(folder, 'trusted.pem');
    await writeFile(trusted, createPublicKey(toyKey).export({ type: 'spki', format: 'pem' }));
    service = await startService({ TRUSTED_KEY_FILES: trusted, BUNDLE_MAX_BYTES: '10000000' });
    user = await newUser(service);
    modelId = await newModel(user);
  });
  afterAll(() => service.stop());

  it.each<[string, RegExp, (path: string, entries: Entries) => Promise<void>]>([
    ['a path that climbs', /entry that a bundle/, (path) => patch(path, 'report.json', '../port.son')],
    [
      'a zip bomb',
      /unpacks to far more/,
      (path, entries) => repack(path, entries.set('report.json', Buffer.alloc(8 * 1024 * 1024, ' '))),
    ],
    [
      'a wrong length',
      /another length/,
      (path, entries) => repack(path, entries.set('report.json', Buffer.from('{}')), null),
    ],
    [
      'an unknown version',
      /format version/,
      (path, entries) => {
        const manifest = JSON.parse(String(entries.get('manifest.json'))) as object;
        const other = JSON.stringify({ ...manifest, formatVersion: 99 });
        return repack(path, entries.set('manifest.json', Buffer.from(other)));
      },
    ],
    [
      'a key that nobody trusts',
      /not trusted/,
      (path, entries) => repack(path, entries, generateKeyPairSync('ed25519').privateKey),
    ],
    ['parts that are no pipeline', /refused/, async () => undefined],
    ['no zip', /not a zip/, (path) => writeFile(path, 'hello')],
  ])('refuses %s, with the reason, and writes nothing', async (_what, reason, spoil) => {
    const path = join(folder, 'b.zip');
    await writeBundleFiles(path, toyContent());
    await spoil(path, await unpack(path));
    const { status, body } = await put(await readFile(path));
    expect([status, body.code]).toEqual([415, 'bundle_invalid']);
    expect(body.detail).toMatch(reason);
    await expectNothingWritten();
  });

  it('refuses a sound bundle of a key that is not trusted, and one that is too large', async () => {
    expect((await put(await readFile(GOOD))).body).toMatchObject({ code: 'bundle_invalid' });
    expect((await put(Buffer.alloc(10_000_001))).body).toMatchObject({ code: 'payload_too_large' });
    await expectNothingWritten();
  });

  function put(content: Buffer) {
    return user.service.request('PUT', `/models/${modelId}/bundle`, {
      body: new Uint8Array(content),
      headers: { 'content-type': 'application/zip' },
    });
  }

  async function expectNothingWritten(): Promise<void> {
    expect((await user.service.get(`/models/${modelId}`)).body).toMatchObject({ version: null });
    const files = (dir: string) =>
      readdir(join(service.storageDir, dir), { recursive: true }).catch(() => []);
    expect((await files('objects')).filter((name) => name.endsWith('.zip'))).toEqual([]);
    expect(await files('scratch')).toEqual([]);
  }
});
