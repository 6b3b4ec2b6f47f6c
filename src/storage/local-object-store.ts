import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { fileErrorCode, translateStorageError } from '../errors/file-errors.js';
import { Problem } from '../errors/problem.js';
import { copyAcrossVolumes, moveDurably } from './durable-files.js';
import { type ObjectInfo, ObjectStore } from './object-store.js';

/** Segments begin with a letter or digit, so that neither `..` nor a hidden or absolute path can be said. */
const KEY = /^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;

/** Objects are files under `<root>/objects`; files in the making lie under `<root>/scratch`, on the same volume. */
export class LocalObjectStore extends ObjectStore {
  readonly #objectsDir: string;
  readonly #scratchDir: string;

  constructor(rootDir: string) {
    super();
    this.#objectsDir = resolve(rootDir, 'objects');
    this.#scratchDir = resolve(rootDir, 'scratch');
  }

  override async putFile(key: string, localPath: string): Promise<ObjectInfo> {
    const target = this.#pathOf(key);
    const scratch = await this.scratchPath(basename(target));
    try {
      await this.#moveIntoScratch(localPath, scratch);
      const { size } = await stat(scratch);
      await moveDurably(scratch, target);
      return { nBytes: size };
    } catch (error) {
      await rm(scratch, { force: true });
      await rm(localPath, { force: true });
      throw translateStorageError(error);
    }
  }

  override async read(key: string, range?: { start: number; end: number }): Promise<Readable> {
    const handle = await open(this.#pathOf(key)).catch(throwIfPresent);
    if (!handle) throw new Problem('not_found', 'The file is not in the store.');
    return handle.createReadStream({ ...range, autoClose: true });
  }

  override async stat(key: string): Promise<ObjectInfo | undefined> {
    const found = await stat(this.#pathOf(key)).catch(throwIfPresent);
    return found?.isFile() ? { nBytes: found.size } : undefined;
  }

  override async delete(key: string): Promise<void> {
    const path = this.#pathOf(key);
    await rm(path, { force: true });
    // Folders that became empty go too; one that is not empty, or gone already, is left.
    for (let folder = dirname(path); folder !== this.#objectsDir; folder = dirname(folder)) {
      const emptied = await rmdir(folder).then(
        () => true,
        () => false,
      );
      if (!emptied) break;
    }
  }

  override async localPath(key: string): Promise<string> {
    const path = this.#pathOf(key);
    if (!(await this.stat(key))) throw new Problem('not_found', 'The file is not in the store.');
    return path;
  }

  override async *list(prefix: string): AsyncIterable<{ key: string; modifiedAt: Date }> {
    yield* listFiles(this.#objectsDir, '', prefix);
  }

  override async *listScratch(): AsyncIterable<{ path: string; modifiedAt: Date }> {
    for (const name of await readdir(this.#scratchDir).catch(() => [])) {
      const path = join(this.#scratchDir, name);
      const found = await stat(path).catch(throwIfPresent);
      if (found) yield { path, modifiedAt: found.mtime };
    }
  }

  override async scratchPath(name: string): Promise<string> {
    await mkdir(this.#scratchDir, { recursive: true });
    return join(this.#scratchDir, `${randomUUID()}-${name.replace(/[^A-Za-z0-9._-]/g, '_').slice(-100)}`);
  }

  override async check(): Promise<void> {
    const path = await this.scratchPath('check');
    try {
      const handle = await open(path, 'wx');
      await handle.close();
    } catch (error) {
      throw translateStorageError(error);
    } finally {
      await rm(path, { force: true });
    }
  }

  #pathOf(key: string): string {
    if (key.length > 512 || !KEY.test(key)) throw new Error('an object key is not well-formed');
    return join(this.#objectsDir, ...key.split('/'));
  }

  async #moveIntoScratch(from: string, scratch: string): Promise<void> {
    try {
      await rename(from, scratch);
    } catch (error) {
      if (fileErrorCode(error) !== 'EXDEV') throw error;
      await copyAcrossVolumes(from, scratch);
      await rm(from, { force: true });
    }
  }
}

async function* listFiles(
  rootDir: string,
  folder: string,
  prefix: string,
): AsyncIterable<{ key: string; modifiedAt: Date }> {
  const entries: Dirent[] = await readdir(join(rootDir, folder), { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const key = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      const mayMatch = `${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`);
      if (mayMatch) yield* listFiles(rootDir, key, prefix);
    } else if (key.startsWith(prefix)) {
      const found = await stat(join(rootDir, key)).catch(throwIfPresent);
      if (found) yield { key, modifiedAt: found.mtime };
    }
  }
}

/** Turns "there is no such file" into undefined. */
function throwIfPresent(error: unknown): undefined {
  const code = fileErrorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw error;
}
