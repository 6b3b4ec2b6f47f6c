import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { openPromise } from 'yauzl';
import { ZipFile } from 'yazl';
import { signManifest } from '../bundle/bundle-signing.js';
import type { BundleFilesContent } from '../bundle/write-bundle-files.js';

export const toyKey: KeyObject = generateKeyPairSync('ed25519').privateKey;

/** A bundle's content that can be read by eye; its parts are no pipeline. */
export function toyContent(changes: Partial<BundleFilesContent> = {}): BundleFilesContent {
  return {
    parts: {
      config: { schemaVersion: 1, model: { kind: 'toy' }, label_encoders: { columns: [] } },
      tensors: { 'model.weights': { shape: [3], data: Float64Array.of(0.1, 0.2, -0) } },
    },
    algorithm: 'toy',
    signature: {
      task: 'regression',
      inputs: [{ name: 'age', type: 'number', nullable: true, minimum: 0, maximum: 99 }],
      target: { name: 'income', type: 'number' },
      ignored: [],
    },
    report: { summary: { metrics: { r2: 0.5 } } },
    golden: { rows: [{ age: 1 }], outputs: [[0.1 + 0.2]] },
    meta: { createdAt: '2026-01-02T03:04:05.000Z', producer: 'toy 1', model: { id: 'm1', name: 'Toy' } },
    signingKey: toyKey,
    ...changes,
  };
}

/** Runs `work` with an empty folder that is gone afterwards. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-bundle-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export type Entries = Map<string, Buffer>;

export async function unpack(path: string): Promise<Entries> {
  const zip = await openPromise(path, { autoClose: false });
  const entries: Entries = new Map();
  for await (const entry of zip.eachEntry())
    entries.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)));
  zip.close();
  return entries;
}

/** Packs entries again, with digests and signature made to fit: what an attacker with a key of his own can do. */
export async function repack(path: string, entries: Entries, key: KeyObject | null = toyKey): Promise<void> {
  if (key !== null) {
    const manifest = JSON.parse(String(entries.get('manifest.json'))) as { entries: Record<string, unknown> };
    for (const [name, content] of entries) {
      if (!(name in manifest.entries)) continue;
      const sha256 = createHash('sha256').update(content).digest('hex');
      manifest.entries[name] = { nBytes: content.length, sha256 };
    }
    const bytes = Buffer.from(JSON.stringify(manifest));
    entries.set('manifest.json', bytes);
    entries.set('manifest.sig', signManifest(bytes, key));
  }
  await pack(path, [...entries]);
}

/** Packs entries as they are. `mode` makes a symbolic link out of a file. */
export async function pack(
  path: string,
  entries: readonly (readonly [string, Buffer, number?])[],
): Promise<void> {
  const zip = new ZipFile();
  for (const [name, content, mode] of entries)
    zip.addBuffer(content, name, mode === undefined ? {} : { mode });
  zip.end();
  await writeFile(path, await buffer(zip.outputStream as NodeJS.ReadableStream));
}

/** Replaces every occurrence of a text by one of equal length: names that the writer itself would refuse. */
export async function patch(path: string, from: string, to: string): Promise<void> {
  const bytes = await readFile(path);
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at, 'latin1');
  await writeFile(path, bytes);
}
