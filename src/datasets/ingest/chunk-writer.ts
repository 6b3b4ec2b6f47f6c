import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

const BUFFERED_BYTES = 4 * 1024 * 1024;

/** Writes chunks to a file with back-pressure. */
export class ChunkWriter {
  readonly #stream;

  constructor(path: string) {
    this.#stream = createWriteStream(path, { highWaterMark: BUFFERED_BYTES });
    // The failure is reported by the write that meets it; unheard, the event would end the process.
    this.#stream.on('error', () => undefined);
  }

  async write(chunk: Buffer | string): Promise<void> {
    if (this.#stream.errored) throw this.#stream.errored;
    if (!this.#stream.write(chunk)) await once(this.#stream, 'drain');
  }

  async end(): Promise<void> {
    this.#stream.end();
    await finished(this.#stream);
  }

  destroy(): void {
    this.#stream.destroy();
  }
}
