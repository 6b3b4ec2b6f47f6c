import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Entries, pack, repack, toyContent, unpack, withFolder } from '../testing/toy-bundle.js';
import { readBundleFiles } from './read-bundle.js';
import { writeBundleFiles } from './write-bundle-files.js';

const file = Uint8Array.from({ length: 4000 }, (_, i) => i % 7);
const included = toyContent({ onnx: { file, note: { included: true, opset: 17 } } });
const absent = toyContent({ onnx: { file: null, note: { included: false, reason: 'it is a toy' } } });

/** Writes the bundle, changes its entries, and gives the refusal of what comes out. */
async function refusalOf(content: typeof included, change: (entries: Entries) => void): Promise<string> {
  return withFolder(async (folder) => {
    const path = join(folder, 'b.zip');
    await writeBundleFiles(path, content);
    const entries = await unpack(path);
    change(entries);
    await repack(path, entries);
    const error = await readBundleFiles(path).catch((thrown: Error) => thrown);
    return error instanceof Error ? error.message : 'taken';
  });
}

function changeManifest(entries: Entries, change: (manifest: Record<string, unknown>) => void): void {
  const manifest = JSON.parse(String(entries.get('manifest.json'))) as Record<string, unknown>;
  change(manifest);
  entries.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
}

describe('the ONNX model in a bundle', () => {
  it('is stored as it is, behind everything else, and listed', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'b.zip');
      const { nBytes } = await writeBundleFiles(path, included);
      expect(nBytes).toBeGreaterThan(file.length);
      const { manifest } = await readBundleFiles(path);
      expect(manifest.exports).toEqual({ onnx: { included: true, opset: 17 } });
      expect(manifest.entries['model.onnx']?.nBytes).toBe(file.length);
      const entries = await unpack(path);
      expect([...entries.keys()].at(-1)).toBe('model.onnx');
      expect(entries.get('model.onnx')).toEqual(Buffer.from(file));
    });
  });

  it('may be left out, with the reason', async () => {
    await withFolder(async (folder) => {
      await writeBundleFiles(join(folder, 'b.zip'), absent);
      const { manifest } = await readBundleFiles(join(folder, 'b.zip'));
      expect(manifest.exports).toEqual({ onnx: { included: false, reason: 'it is a toy' } });
    });
  });

  it('may not be damaged', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'b.zip');
      await writeBundleFiles(path, included);
      const bytes = await readFile(path);
      const at = bytes.indexOf(Buffer.from(file)) + 100;
      bytes[at] = (bytes[at] as number) ^ 1;
      await writeFile(path, bytes);
      await expect(readBundleFiles(path)).rejects.toThrow(
        /model\.onnx (?:has another digest|cannot be unpacked)/,
      );
    });
  });

  it('may not be packed', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'b.zip');
      await writeBundleFiles(path, included);
      const entries = await unpack(path);
      await pack(path, [...entries]);
      await expect(readBundleFiles(path)).rejects.toThrow(/packed, but is to be stored/);
    });
  });

  it.each<[string, RegExp, typeof included, (entries: Entries) => void]>([
    ['is listed and absent', /differ about model\.onnx/, included, (entries) => entries.delete('model.onnx')],
    [
      'is there and not listed',
      /model\.onnx is packed/,
      absent,
      (entries) => entries.set('model.onnx', Buffer.from(file)),
    ],
    [
      'is said to be there',
      /which exports it has/,
      absent,
      (entries) =>
        changeManifest(entries, (manifest) => (manifest['exports'] = { onnx: { included: true } })),
    ],
    [
      'is said of in another shape',
      /which exports it has/,
      absent,
      (entries) => changeManifest(entries, (manifest) => (manifest['exports'] = { onnx: 'yes' })),
    ],
  ])('is refused when it %s', async (_name, reason, content, change) => {
    expect(await refusalOf(content, change)).toMatch(reason);
  });
});
