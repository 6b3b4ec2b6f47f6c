import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Entries,
  pack,
  patch,
  repack,
  toyContent,
  toyKey,
  unpack,
  withFolder,
} from '../testing/toy-bundle.js';
import { DEFAULT_BUNDLE_LIMITS } from './bundle-format.js';
import { keyIdOf } from './bundle-signing.js';
import { readBundleFiles } from './read-bundle.js';
import { writeBundleFiles } from './write-bundle-files.js';

const trustedKeys = [generateKeyPairSync('ed25519').publicKey, createPublicKey(toyKey)];

/** Writes a good bundle, lets `spoil` change it, and reads it. */
function refusal(spoil: (path: string, entries: Entries) => Promise<void>, limits = DEFAULT_BUNDLE_LIMITS) {
  return withFolder(async (folder) => {
    const path = join(folder, 'b.zip');
    await writeBundleFiles(path, toyContent());
    await spoil(path, await unpack(path));
    const before = await readdir(folder);
    const error: unknown = await readBundleFiles(path, { limits, trustedKeys }).catch(
      (caught: unknown) => caught,
    );
    expect(await readdir(folder)).toEqual(before);
    expect(error).toMatchObject({ code: 'bundle_invalid' });
    return (error as Error).message;
  });
}

const spoilers: [string, RegExp, (path: string, entries: Entries) => Promise<void>][] = [
  ['no zip', /not a zip/, (path) => writeFile(path, 'hello')],
  ['an empty file', /not a zip/, (path) => writeFile(path, '')],
  [
    'half of a zip',
    /not a zip/,
    async (path) => truncate(path, Math.floor((await readFile(path)).length / 2)),
  ],
  [
    'a climbing name',
    /entry that a bundle does not have/,
    (path) => patch(path, 'report.json', '../port.son'),
  ],
  [
    'an absolute name',
    /entry that a bundle does not have/,
    (path) => patch(path, 'report.json', '/eport.json'),
  ],
  ['a backslash', /entry that a bundle does not have/, (path) => patch(path, 'report.json', 'rep\\rt.json')],
  ['an entry twice', /twice/, (path) => patch(path, 'golden.json', 'report.json')],
  [
    'one entry more',
    /an entry that a bundle does not have/,
    (path, entries) => repack(path, entries.set('run.sh', Buffer.from('x'))),
  ],
  [
    'another entry',
    /entry that a bundle does not have/,
    async (path, entries) => {
      entries.delete('report.json');
      await repack(path, entries.set('run.sh', Buffer.from('x')));
    },
  ],
  [
    'a missing entry',
    /no golden\.json/,
    async (path, entries) => {
      entries.delete('golden.json');
      await repack(path, entries);
    },
  ],
  [
    'a symbolic link',
    /report\.json is not a plain file/,
    (path, entries) =>
      pack(
        path,
        [...entries].map(([name, content]) => [name, content, name === 'report.json' ? 0o120777 : 0o100644]),
      ),
  ],
  [
    'a zip bomb',
    /unpacks to far more/,
    (path, entries) => repack(path, entries.set('report.json', Buffer.alloc(8 * 1024 * 1024, ' '))),
  ],
  [
    'another length',
    /another length/,
    (path, entries) => repack(path, entries.set('report.json', Buffer.from('{}')), null),
  ],
  [
    'another digest',
    /another digest/,
    (path, entries) => {
      const report = Buffer.from(entries.get('report.json') as Buffer);
      report.write('7', report.indexOf('5'));
      return repack(path, entries.set('report.json', report), null);
    },
  ],
  [
    'a changed manifest',
    /signature does not fit/,
    (path, entries) =>
      repack(
        path,
        entries.set('manifest.json', Buffer.from(String(entries.get('manifest.json')).replace('Toy', 'Joy'))),
        null,
      ),
  ],
  [
    'an untrusted key',
    /not trusted/,
    (path, entries) => repack(path, entries, generateKeyPairSync('ed25519').privateKey),
  ],
  [
    'another format version',
    /format version/,
    (path, entries) => withManifest(path, entries, { formatVersion: 2 }),
  ],
  [
    'another format',
    /not that of a bundle/,
    (path, entries) => withManifest(path, entries, { format: 'jar' }),
  ],
  [
    'a manifest without parts',
    /where the parts are/,
    (path, entries) => withManifest(path, entries, { parts: 3 }),
  ],
  [
    'parts without their tensors',
    /not where its manifest says/,
    (path, entries) => withManifest(path, entries, { parts: {} }),
  ],
  [
    'a part that is not there',
    /not where its manifest says/,
    (path, entries) =>
      withManifest(path, entries, {
        parts: { __proto__x: { file: 'pipeline.json', pointer: '/x', tensors: [] } },
      }),
  ],
  [
    'a manifest that is no JSON',
    /manifest\.json is not JSON/,
    (path, entries) => repack(path, entries.set('manifest.json', Buffer.from('{')), null),
  ],
  [
    'a signature that is no JSON',
    /signature is not JSON/,
    (path, entries) => repack(path, entries.set('manifest.sig', Buffer.from('{')), null),
  ],
  [
    'an empty signature',
    /signature is not complete/,
    (path, entries) => repack(path, entries.set('manifest.sig', Buffer.from('{}')), null),
  ],
  [
    'tensors that lie',
    /tensors cannot be read/,
    (path, entries) => repack(path, entries.set('tensors.safetensors', Buffer.alloc(9, 1))),
  ],
  [
    'JSON in another encoding',
    /report\.json is not JSON/,
    (path, entries) => repack(path, entries.set('report.json', Buffer.from([0x7b, 0x22, 0xff, 0x22]))),
  ],
];

function withManifest(path: string, entries: Entries, changes: object): Promise<void> {
  const manifest = JSON.parse(String(entries.get('manifest.json'))) as object;
  return repack(path, entries.set('manifest.json', Buffer.from(JSON.stringify({ ...manifest, ...changes }))));
}

describe('the file of a bundle', () => {
  it('holds what was written, to the bit', async () => {
    await withFolder(async (folder) => {
      const content = toyContent();
      await writeBundleFiles(join(folder, 'b.zip'), content);
      const files = await readBundleFiles(join(folder, 'b.zip'), { trustedKeys });
      expect(files.signedBy).toBe(keyIdOf(toyKey));
      expect(files.manifest).toMatchObject({ formatVersion: 1, algorithm: 'toy', model: { id: 'm1' } });
      expect(files.golden).toEqual(content.golden);
      expect(files.report).toEqual(content.report);
      expect(Object.is(files.parts.tensors['model.weights']?.data[2], -0)).toBe(true);
      expect(files.parts.config).toEqual(content.parts.config);
    });
  });

  it('has equal bytes for equal content, whenever it is written', async () => {
    await withFolder(async (folder) => {
      const first = await writeBundleFiles(join(folder, 'a.zip'), toyContent());
      const second = await writeBundleFiles(join(folder, 'b.zip'), toyContent());
      expect(second).toEqual(first);
      expect((await readFile(join(folder, 'a.zip'))).length).toBe(first.nBytes);
    });
  });

  it.each(spoilers)('is refused with %s', async (_name, reason, spoil) => {
    expect(await refusal(spoil)).toMatch(reason);
  });

  it('is refused when it is larger than the limit', async () => {
    const limits = { ...DEFAULT_BUNDLE_LIMITS, maxTotalBytes: 1000 };
    expect(await refusal(async () => undefined, limits)).toMatch(/larger, unpacked/);
  });

  it('leaves nothing behind when the disk is full', async () => {
    await withFolder(async (folder) => {
      // The name that is written first leads to a device without room.
      await symlink('/dev/full', join(folder, 'b.zip.partial'));
      const content = toyContent();
      await expect(writeBundleFiles(join(folder, 'b.zip'), content)).rejects.toMatchObject({
        code: 'storage_full',
      });
      expect(await readdir(folder)).toEqual([]);
      expect(existsSync('/dev/full')).toBe(true);
    });
  });

  it('refuses to write numbers that JSON does not have', async () => {
    await withFolder(async (folder) => {
      const content = toyContent({ report: { summary: { r2: Number.NaN } } });
      await expect(writeBundleFiles(join(folder, 'b.zip'), content)).rejects.toThrow(TypeError);
      expect(await readdir(folder)).toEqual([]);
    });
  });
});
