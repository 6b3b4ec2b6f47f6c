import { createHash } from 'node:crypto';

const HEADER = Buffer.from('id,count,price,city,day\n');

/** One block of rows of plausible shape; sent again and again, which the parser cannot know. */
function makeBlock(): Buffer {
  const lines: string[] = [];
  for (let i = 0; i < 20_000; i++) {
    lines.push(
      `${i},${(i * 7919) % 100_003},${((i * 31) % 1000) / 8},city ${i % 97},2024-0${1 + (i % 9)}-15`,
    );
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** A large CSV file that is made while it is sent: it never lies on this side's disk, and any part of it can be had again. */
export class GeneratedCsv {
  readonly nBytes: number;
  readonly #block = makeBlock();

  /** @param atLeastBytes the file ends with the block that reaches it. */
  constructor(atLeastBytes: number) {
    const nBlocks = Math.ceil((atLeastBytes - HEADER.length) / this.#block.length);
    this.nBytes = HEADER.length + nBlocks * this.#block.length;
  }

  /** The bytes from one place to another. */
  *bytes(from = 0, to = this.nBytes): Generator<Buffer> {
    for (let at = from; at < to; ) {
      const inBlock = at - HEADER.length;
      const part = inBlock < 0 ? HEADER.subarray(at) : this.#block.subarray(inBlock % this.#block.length);
      const chunk = part.subarray(0, Math.min(part.length, to - at));
      yield chunk;
      at += chunk.length;
    }
  }

  sha256(): string {
    const hash = createHash('sha256');
    for (const chunk of this.bytes()) hash.update(chunk);
    return hash.digest('hex');
  }
}
