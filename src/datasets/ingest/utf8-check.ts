import { isUtf8 } from 'node:buffer';

/** Whether a text that comes in chunks is UTF-8, and where it is not. */
export class Utf8Check {
  #incomplete: Buffer = Buffer.alloc(0);

  /** The text ended in the middle of a character so far. */
  get isCutOff(): boolean {
    return this.#incomplete.length > 0;
  }

  /** The place in the chunk where UTF-8 breaks, or its length; keeps a character that the chunk cuts off. */
  invalidAt(chunk: Buffer): number {
    const carried = this.#incomplete.length;
    const bytes = carried === 0 ? chunk : Buffer.concat([this.#incomplete, chunk]);
    const whole = bytes.length - nIncompleteBytes(bytes);
    this.#incomplete = Buffer.from(bytes.subarray(whole));
    if (isUtf8(bytes.subarray(0, whole))) return chunk.length;
    let valid = 0;
    let invalid = whole;
    while (invalid - valid > 1) {
      const middle = (valid + invalid) >>> 1;
      const prefix = bytes.subarray(0, middle);
      if (isUtf8(prefix.subarray(0, middle - nIncompleteBytes(prefix)))) valid = middle;
      else invalid = middle;
    }
    return Math.max(0, invalid - 1 - carried);
  }
}

/** How many bytes at the end are the beginning of a character that goes on behind it: 0 to 3. */
function nIncompleteBytes(bytes: Buffer): number {
  for (let nBack = 1; nBack <= Math.min(3, bytes.length); nBack++) {
    const byte = bytes[bytes.length - nBack]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > nBack ? nBack : 0;
  }
  return 0;
}
