import type { Readable } from 'node:stream';

export interface ObjectInfo {
  readonly nBytes: number;
}

/**
 * Where large files live. Keys are ours, never a caller's: `datasets/<uuid>/original`, `bundles/<uuid>.zip`.
 * An object is written once and never changed; a reader therefore needs no lock.
 */
export abstract class ObjectStore {
  /**
   * Moves a finished local file into the store under `key`; visible whole or not at all, durable on return.
   * Throws Problem('storage_full') when there is no room; nothing is left then.
   */
  abstract putFile(key: string, localPath: string): Promise<ObjectInfo>;
  /** Streams bytes start..end (inclusive, zero-based) or all of it. Throws Problem('not_found'). */
  abstract read(key: string, range?: { start: number; end: number }): Promise<Readable>;
  abstract stat(key: string): Promise<ObjectInfo | undefined>;
  /** Deletes it; nothing happens when it is absent. */
  abstract delete(key: string): Promise<void>;
  /** A local file with the object's content, for a process that needs a path; must not be changed or kept. */
  abstract localPath(key: string): Promise<string>;
  /** Every key under the prefix with its age, for the sweep of orphans. */
  abstract list(prefix: string): AsyncIterable<{ key: string; modifiedAt: Date }>;
  /** Every file and folder in the making with its age, for the same sweep. */
  abstract listScratch(): AsyncIterable<{ path: string; modifiedAt: Date }>;
  /** Resolves when the store can be written to. */
  abstract check(): Promise<void>;
  /** A fresh path on the store's own volume for a file that is being made; the folder exists. */
  abstract scratchPath(name: string): Promise<string>;
}
