import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { PartChecksum } from './tus-headers.js';

/** The SHA-256 of the first `nBytes` of a file, which can be carried on. */
export interface RunningDigest {
  readonly hash: Hash;
  readonly nBytes: number;
}

/** The digest of what lies there already: after a restart it is read once more. */
export async function digestOfFirst(path: string, nBytes: number): Promise<RunningDigest> {
  const hash = createHash('sha256');
  if (nBytes > 0) {
    for await (const chunk of createReadStream(path, { end: nBytes - 1 }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
    }
  }
  return { hash, nBytes };
}

/** Writes one part of a file behind what is there, hashing on the way. */
export class PartWriter {
  readonly #hash: Hash;
  readonly #checksum: Hash | undefined;
  #nBytes: number;
  #pending: Promise<void> = Promise.resolve();

  private constructor(
    private readonly file: FileHandle,
    start: RunningDigest,
    private readonly promised: PartChecksum | undefined,
  ) {
    this.#hash = start.hash.copy();
    this.#nBytes = start.nBytes;
    this.#checksum = promised && createHash(promised.algorithm);
  }

  static async open(path: string, start: RunningDigest, promised?: PartChecksum): Promise<PartWriter> {
    return new PartWriter(await open(path, 'r+'), start, promised);
  }

  /** Of the whole file so far. */
  get digest(): RunningDigest {
    return { hash: this.#hash, nBytes: this.#nBytes };
  }

  write(chunk: Buffer): Promise<void> {
    this.#pending = this.#write(chunk);
    return this.#pending;
  }

  async #write(chunk: Buffer): Promise<void> {
    let written = 0;
    while (written < chunk.length) {
      const { bytesWritten } = await this.file.write(
        chunk,
        written,
        chunk.length - written,
        this.#nBytes + written,
      );
      written += bytesWritten;
    }
    this.#nBytes += chunk.length;
    this.#hash.update(chunk);
    this.#checksum?.update(chunk);
  }

  /** Whether the part is what was promised. */
  isAsPromised(): boolean {
    return this.promised === undefined || this.#checksum!.digest().equals(this.promised.digest);
  }

  /** What was written survives the machine's fall. */
  async sync(): Promise<void> {
    await this.#pending;
    await this.file.datasync();
  }

  async close(): Promise<void> {
    // A request that was given up may be in the middle of a write.
    await this.#pending.catch(() => undefined);
    await this.file.close();
  }
}
