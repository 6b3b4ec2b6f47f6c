import { CategorySlots } from '../../preprocessing/category-slots.js';
import type { ColumnEncoder } from '../../preprocessing/column-encoder.js';
import { dateFromText } from '../../preprocessing/read-value.js';
import { MISSING_SLOT, type TextSlots } from '../../preprocessing/text-slots.js';
import { ByteTexts } from './byte-texts.js';
import {
  BACKSLASH,
  BLANK,
  decodeText,
  FALSE,
  HASH_FACTOR,
  NULL,
  QUOTE,
  readNumber,
  readWord,
  SMALL_F,
  SMALL_N,
  SMALL_T,
  skipText,
  TRUE,
} from './json-bytes.js';

const NUMBER = 0;
const TEXT = 1;
const BOOLEAN = 2;
const DATE = 3;

/**
 * Reads one value of a column from the bytes of a body. What it writes is what an encoder takes: a number, a boolean as 0
 * or 1, a date as epoch milliseconds, each NaN where it is missing; a text as its slot, MISSING_SLOT where it is missing, or
 * UNSEEN. A value that was sent in another type than the column's is not read here: there is more to say of it than a
 * number, and the RowEncoder says it.
 */
export class CellReader {
  readonly nColumns: number;
  readonly #kinds: Uint8Array;
  readonly #slots: readonly (TextSlots | undefined)[];
  readonly #texts: readonly (ByteTexts | undefined)[];

  constructor(encoders: readonly ColumnEncoder[]) {
    this.nColumns = encoders.length;
    this.#kinds = Uint8Array.from(encoders, (encoder) => {
      if (encoder.takes === 'text') return TEXT;
      return encoder.type === 'number' ? NUMBER : encoder.type === 'boolean' ? BOOLEAN : DATE;
    });
    this.#slots = encoders.map((encoder) => (encoder.takes === 'text' ? encoder.slots : undefined));
    this.#texts = this.#slots.map((slots) => slots && new ByteTexts(knownSlots(slots)));
  }

  /**
   * Reads the value of column k that begins at `at` into out[to].
   * @returns the place behind it; -1 for what is not read here
   */
  read(body: Uint8Array, at: number, k: number, out: Float64Array, to: number): number {
    const kind = this.#kinds[k];
    const first = body[at];
    if (kind === NUMBER && first !== QUOTE && first !== SMALL_N) return readNumber(body, at, out, to);
    if (kind === TEXT && first === QUOTE) return this.#readText(body, at, k, out, to);
    if (first === SMALL_N) {
      out[to] = kind === TEXT ? MISSING_SLOT : Number.NaN;
      return readWord(body, at, NULL);
    }
    if (kind === TEXT) return -1;
    // The empty text is a missing value in a column of any type.
    if (first === QUOTE && body[at + 1] === QUOTE) {
      out[to] = Number.NaN;
      return at + 2;
    }
    if (kind === DATE) return first === QUOTE ? readDate(body, at, out, to) : -1;
    if (kind !== BOOLEAN) return -1;
    out[to] = first === SMALL_T ? 1 : 0;
    if (first === SMALL_T) return readWord(body, at, TRUE);
    return first === SMALL_F ? readWord(body, at, FALSE) : -1;
  }

  #readText(body: Uint8Array, from: number, k: number, out: Float64Array, to: number): number {
    let at = from + 1;
    let hash = 0;
    for (;;) {
      const byte = body[at] as number;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH || !(byte >= BLANK)) return this.#readOther(body, from, k, out, to);
      hash = Math.imul(hash ^ byte, HASH_FACTOR);
      at++;
    }
    const slot = (this.#texts[k] as ByteTexts).find(body, from + 1, at, hash);
    if (slot < 0) return this.#readOther(body, from, k, out, to);
    out[to] = slot;
    return at + 1;
  }

  /** A text that is not known by its bytes: it comes with escapes, is empty, was never seen, or any text is taken. */
  #readOther(body: Uint8Array, from: number, k: number, out: Float64Array, to: number): number {
    const end = skipText(body, from);
    const text = end < 0 ? undefined : decodeText(body, from, end);
    if (text === undefined) return -1;
    out[to] = text === '' ? MISSING_SLOT : (this.#slots[k] as TextSlots).find(text);
    return end;
  }
}

function readDate(body: Uint8Array, from: number, out: Float64Array, to: number): number {
  const end = skipText(body, from);
  const text = end < 0 ? undefined : decodeText(body, from, end);
  const date = text === undefined ? Number.NaN : dateFromText(text);
  out[to] = date;
  return Number.isNaN(date) ? -1 : end;
}

function knownSlots(slots: TextSlots): ReadonlyMap<string, number> {
  if (!(slots instanceof CategorySlots)) return new Map();
  return new Map(slots.known().flatMap((text) => (text === '' ? [] : [[text, slots.find(text)]])));
}
