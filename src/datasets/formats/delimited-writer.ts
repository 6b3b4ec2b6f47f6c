import { ChunkWriter } from '../ingest/chunk-writer.js';

const BUFFERED_CHARACTERS = 256 * 1024;

/** Writes records of texts with commas and doubled quotes; null is an empty cell. */
export class DelimitedWriter {
  readonly #writer: ChunkWriter;
  #buffer = '';

  constructor(path: string) {
    this.#writer = new ChunkWriter(path);
  }

  async write(cells: readonly (string | null)[]): Promise<void> {
    // A record of one empty cell would be an empty line, which is none.
    this.#buffer += cells.length === 1 && (cells[0] ?? '') === '' ? '""\n' : `${cells.map(quoted).join()}\n`;
    if (this.#buffer.length < BUFFERED_CHARACTERS) return;
    const text = this.#buffer;
    this.#buffer = '';
    await this.#writer.write(text);
  }

  async end(): Promise<void> {
    if (this.#buffer !== '') await this.#writer.write(this.#buffer);
    await this.#writer.end();
  }

  destroy(): void {
    this.#writer.destroy();
  }
}

function quoted(cell: string | null): string {
  if (cell === null) return '';
  return /[",'\s\\]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
