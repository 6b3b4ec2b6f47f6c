import { HASH_FACTOR } from './json-bytes.js';

const NONE = -1;
/** Entries a place of the table: few enough that a look-up of a text that is there rarely looks at a second one. */
const MAX_LOAD = 0.5;

/**
 * Texts by their bytes in UTF-8: which text stands between two places of a body, without making a string of it. An open
 * table, probed in order. Only texts that JSON writes as they are can be in it: one with a quote, a backslash or a control
 * character comes escaped, and one with half a surrogate pair has no bytes.
 */
export class ByteTexts {
  readonly #bytes: Uint8Array;
  /** By entry where its bytes begin; one more than there are entries. */
  readonly #starts: Int32Array;
  readonly #values: Int32Array;
  readonly #hashes: Int32Array;
  /** By place the entry, or NONE. */
  readonly #places: Int32Array;

  /** @param values by text the number that stands for it, not negative */
  constructor(values: ReadonlyMap<string, number>) {
    const encoded = [...values].flatMap(([text, value]) => {
      const bytes = plainBytes(text);
      return bytes === undefined ? [] : [{ bytes, value }];
    });
    const nBytes = encoded.reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.#bytes = new Uint8Array(nBytes);
    this.#starts = new Int32Array(encoded.length + 1);
    this.#values = Int32Array.from(encoded, ({ value }) => value);
    this.#hashes = Int32Array.from(encoded, ({ bytes }) => hashOf(bytes));
    let nPlaces = 4;
    while (nPlaces * MAX_LOAD < encoded.length) nPlaces *= 2;
    this.#places = new Int32Array(nPlaces).fill(NONE);
    for (const [entry, { bytes }] of encoded.entries()) {
      this.#bytes.set(bytes, this.#starts[entry]);
      this.#starts[entry + 1] = (this.#starts[entry] as number) + bytes.length;
      let place = spread(this.#hashes[entry] as number) & (nPlaces - 1);
      while (this.#places[place] !== NONE) place = (place + 1) & (nPlaces - 1);
      this.#places[place] = entry;
    }
  }

  /**
   * @param hash of the bytes from..to-1, as hashOf
   * @returns the value of the text, or -1
   */
  find(body: Uint8Array, from: number, to: number, hash: number): number {
    const places = this.#places;
    const mask = places.length - 1;
    for (let place = spread(hash) & mask; ; place = (place + 1) & mask) {
      const entry = places[place] as number;
      if (entry === NONE) return -1;
      if (this.#hashes[entry] === hash && this.#isAt(entry, body, from, to)) {
        return this.#values[entry] as number;
      }
    }
  }

  #isAt(entry: number, body: Uint8Array, from: number, to: number): boolean {
    const start = this.#starts[entry] as number;
    if (to - from !== (this.#starts[entry + 1] as number) - start) return false;
    const bytes = this.#bytes;
    for (let at = from, k = start; at < to; at++, k++) if (body[at] !== bytes[k]) return false;
    return true;
  }
}

/** As the reader computes it on its way to the closing quote. */
export function hashOf(bytes: Uint8Array): number {
  let hash = 0;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, HASH_FACTOR);
  return hash;
}

/** The bytes of a text that stands in JSON as it is; undefined for any other. */
export function plainBytes(text: string): Uint8Array | undefined {
  if (JSON.stringify(text).length !== text.length + 2) return undefined;
  const bytes = new TextEncoder().encode(text);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) === text ? bytes : undefined;
}

/** The last factor leaves the low bits to the last bytes alone; the high ones know of all. */
function spread(hash: number): number {
  return hash ^ (hash >>> 15);
}
