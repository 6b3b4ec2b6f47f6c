import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { Problem } from '../../errors/problem.js';

/** A file that is written in order, with its digest made on the way and an end to its size. */
export class HashedFile {
  readonly #hash = createHash('sha256');
  readonly #stream;
  #nBytes = 0;
  #failure: Error | undefined;

  constructor(
    readonly path: string,
    private readonly maxBytes: number,
  ) {
    this.#stream = createWriteStream(path);
    // Reported by the write that meets it; unheard, the event would end the process.
    this.#stream.on('error', (error) => {
      this.#failure = error;
    });
  }

  /** Resolves when more may be written. @throws Problem payload_too_large */
  async write(chunk: Buffer): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#nBytes += chunk.length;
    if (this.#nBytes > this.maxBytes) throw tooLarge(this.maxBytes);
    this.#hash.update(chunk);
    if (!this.#stream.write(chunk)) await once(this.#stream, 'drain');
  }

  async end(): Promise<{ path: string; nBytes: number; sha256: string }> {
    this.#stream.end();
    await finished(this.#stream);
    return { path: this.path, nBytes: this.#nBytes, sha256: this.#hash.digest('hex') };
  }

  destroy(): void {
    this.#stream.destroy();
  }
}

export function tooLarge(maxBytes: number): Problem {
  return new Problem('payload_too_large', `The file is larger than ${maxBytes} bytes.`);
}
