import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { translateStorageError } from '../errors/file-errors.js';
import { LocalObjectStore } from './local-object-store.js';

let root: string;
let store: LocalObjectStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trainyard-store-'));
  store = new LocalObjectStore(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(key: string, content: string): Promise<void> {
  const path = await store.scratchPath('made');
  await writeFile(path, content);
  await store.putFile(key, path);
}

async function keys(prefix = ''): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list(prefix)) found.push(key);
  return found.sort();
}

describe('LocalObjectStore', () => {
  it('moves a file in, whole', async () => {
    const path = await store.scratchPath('a.csv');
    await writeFile(path, '0123456789');
    expect(await store.putFile('datasets/x/original', path)).toEqual({ nBytes: 10 });
    expect(existsSync(path)).toBe(false);
    expect(await text(await store.read('datasets/x/original'))).toBe('0123456789');
    expect(await store.stat('datasets/x/original')).toEqual({ nBytes: 10 });
    expect(await readdir(join(root, 'scratch'))).toEqual([]);
  });

  it('reads a range, both ends included', async () => {
    await put('k', '0123456789');
    expect(await text(await store.read('k', { start: 2, end: 4 }))).toBe('234');
  });

  it('says when an object is absent', async () => {
    expect(await store.stat('absent')).toBeUndefined();
    await expect(store.read('absent')).rejects.toMatchObject({ code: 'not_found' });
    await expect(store.localPath('absent')).rejects.toMatchObject({ code: 'not_found' });
    await store.delete('absent');
  });

  it('deletes an object and the folders that are empty then', async () => {
    await put('datasets/x/original', 'a');
    await put('datasets/y/original', 'b');
    await store.delete('datasets/x/original');
    expect(await readdir(join(root, 'objects', 'datasets'))).toEqual(['y']);
  });

  it('lists by prefix', async () => {
    for (const key of ['bundles/a.zip', 'datasets/x/original', 'datasets/x/table', 'datasets/y/table']) {
      await put(key, key);
    }
    expect(await keys('datasets/x')).toEqual(['datasets/x/original', 'datasets/x/table']);
    expect(await keys()).toHaveLength(4);
  });

  it.each(['', '/etc/passwd', '../x', 'a/../b', 'a//b', '.hidden', 'a/.', 'a\0b', 'x'.repeat(600)])(
    'refuses the key %j',
    async (key) => {
      await expect(store.stat(key)).rejects.toThrow('well-formed');
    },
  );

  it('reports a full disk, a full quota and a file that is too large as the same problem', () => {
    for (const code of ['ENOSPC', 'EDQUOT', 'EFBIG']) {
      const problem = translateStorageError(Object.assign(new Error('write failed'), { code }));
      expect(problem).toMatchObject({ name: 'Problem', code: 'storage_full' });
    }
    const other = Object.assign(new Error('no'), { code: 'EACCES' });
    expect(translateStorageError(other)).toBe(other);
  });

  it('keeps neither the source nor a scratch file when it cannot store', async () => {
    const path = await store.scratchPath('a');
    await writeFile(path, 'a');
    await writeFile(join(root, 'objects'), 'a file where the folder should be');
    await expect(store.putFile('k', path)).rejects.toThrow();
    expect(await readdir(join(root, 'scratch'))).toEqual([]);
  });

  it('proves that it can be written to', async () => {
    await store.check();
    await rm(join(root, 'scratch'), { recursive: true });
    await symlink('/proc', join(root, 'scratch'));
    await expect(store.check()).rejects.toThrow();
  });
});
