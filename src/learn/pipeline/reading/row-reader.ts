import type { ColumnEncoder } from '../../preprocessing/column-encoder.js';
import type { ModelSignature } from '../signature.js';
import { ByteTexts, hashOf, plainBytes } from './byte-texts.js';
import { CellReader } from './cell-reader.js';
import {
  BLANK,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  decodeText,
  NULL,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  readNumber,
  readWord,
  SMALL_N,
  skipBlanks,
  skipText,
} from './json-bytes.js';

const UNKNOWN = -1;
/** Rows that there is room for at first. */
const FIRST_ROWS = 16;

/**
 * Rows of JSON objects straight from the bytes of a body to the numbers that encoders take, without an object, a key or a
 * string between. JSON.parse of a table costs more than the scoring of it by most models; this costs a third.
 *
 * It is compiled from the columns of a model. Whoever sends many rows sends each with the same keys in the same order, so the
 * order of the row before is tried first: a key is then one comparison of bytes.
 *
 * It reads what is usual and nothing else. Whatever it does not know (a value of another type, a column too many or too
 * few, a key that comes twice, an error in the JSON) ends it with -1, and the body goes to JSON.parse and the RowEncoder, which
 * say what is to be said of it. What it does read, it reads as they do, to the bit: row-reader.spec.ts holds the two together.
 */
export class RowReader {
  /** Row-major nRows * nColumns, possibly longer, as CellReader writes them; valid until the next reading. */
  values: Float64Array;
  nRows = 0;
  readonly nColumns: number;
  readonly #cells: CellReader;
  /** By column its name with the quotes, as it usually stands in a body; those that are ignored are behind the inputs. */
  readonly #keys: readonly (Uint8Array | undefined)[];
  readonly #keyTable: ByteTexts;
  readonly #keyNumbers: ReadonlyMap<string, number>;
  /** By place in a row the column that was found there last. */
  readonly #order: Int32Array;
  /** By column the number of the row in which it was seen last. */
  readonly #seenIn: Int32Array;
  #rowNumber = 0;
  #keyNumber = UNKNOWN;
  readonly #ignored = new Float64Array(1);

  constructor(signature: Pick<ModelSignature, 'inputs' | 'ignored'>, encoders: readonly ColumnEncoder[]) {
    const names = signature.inputs.map(({ name }) => name);
    const known = [...names, ...signature.ignored.filter((name) => !names.includes(name))];
    this.nColumns = names.length;
    this.#cells = new CellReader(encoders);
    this.#keyNumbers = new Map(known.map((name, k) => [name, k]));
    this.#keyTable = new ByteTexts(this.#keyNumbers);
    this.#keys = known.map((name) => plainBytes(name) && new TextEncoder().encode(JSON.stringify(name)));
    this.#order = new Int32Array(known.length).fill(UNKNOWN);
    this.#seenIn = new Int32Array(known.length);
    this.values = new Float64Array(FIRST_ROWS * this.nColumns);
  }

  /**
   * Reads a list of objects that begins at `from` with its bracket.
   * @returns the place behind its closing one; -1 for what is not read here, and then `values` are of no use
   */
  readRows(body: Uint8Array, from: number, maxRows: number): number {
    this.nRows = 0;
    if (body[from] !== OPEN_LIST) return -1;
    let at = skipBlanks(body, from + 1);
    for (;;) {
      if (this.nRows === maxRows) return -1;
      at = this.readRow(body, at, this.nRows);
      if (at < 0) return -1;
      this.nRows++;
      if ((body[at] as number) <= BLANK) at = skipBlanks(body, at);
      const byte = body[at++];
      if (byte === CLOSE_LIST) return at;
      if (byte !== COMMA) return -1;
      if ((body[at] as number) <= BLANK) at = skipBlanks(body, at);
    }
  }

  /**
   * Reads one object that begins at `from` with its brace, as row `row` of `values`.
   * @returns as readRows
   */
  readRow(body: Uint8Array, from: number, row: number): number {
    const { nColumns } = this;
    const base = row * nColumns;
    if (this.values.length < base + nColumns) this.#grow();
    const { values } = this;
    const cells = this.#cells;
    const order = this.#order;
    const seenIn = this.#seenIn;
    const rowNumber = this.#nextRowNumber();
    if (body[from] !== OPEN_OBJECT) return -1;
    let at = from + 1;
    let nFound = 0;
    for (let place = 0; place < order.length; place++) {
      if ((body[at] as number) <= BLANK) at = skipBlanks(body, at);
      let k = order[place] as number;
      let next = k < 0 ? -1 : this.#matchKey(body, at, k);
      if (next < 0) {
        next = this.#findKey(body, at);
        if (next < 0) return -1;
        k = this.#keyNumber;
        order[place] = k;
      }
      if (seenIn[k] === rowNumber) return -1;
      seenIn[k] = rowNumber;
      if (body[next] !== COLON) {
        next = skipBlanks(body, next);
        if (body[next] !== COLON) return -1;
      }
      at = next + 1;
      if ((body[at] as number) <= BLANK) at = skipBlanks(body, at);
      if (k < nColumns) {
        at = cells.read(body, at, k, values, base + k);
        nFound++;
      } else at = this.#skipIgnored(body, at);
      if (at < 0) return -1;
      if ((body[at] as number) <= BLANK) at = skipBlanks(body, at);
      const byte = body[at++];
      if (byte === CLOSE_OBJECT) return nFound === nColumns ? at : -1;
      if (byte !== COMMA) return -1;
    }
    return -1;
  }

  #matchKey(body: Uint8Array, at: number, k: number): number {
    const key = this.#keys[k];
    if (key === undefined) return -1;
    for (let n = 0; n < key.length; n++) if (body[at + n] !== key[n]) return -1;
    return at + key.length;
  }

  /** Leaves the column in #keyNumber. */
  #findKey(body: Uint8Array, at: number): number {
    if (body[at] !== QUOTE) return -1;
    const end = skipText(body, at);
    if (end < 0) return -1;
    const hash = hashOf(body.subarray(at + 1, end - 1));
    this.#keyNumber = this.#keyTable.find(body, at + 1, end - 1, hash);
    if (this.#keyNumber >= 0) return end;
    const name = decodeText(body, at, end);
    this.#keyNumber = (name === undefined ? undefined : this.#keyNumbers.get(name)) ?? UNKNOWN;
    return this.#keyNumber < 0 ? -1 : end;
  }

  /** The value of a column that the model knows and does not use: it is to be JSON, no more. */
  #skipIgnored(body: Uint8Array, at: number): number {
    const byte = body[at];
    if (byte === QUOTE) {
      const end = skipText(body, at);
      return end < 0 || decodeText(body, at, end) === undefined ? -1 : end;
    }
    if (byte === SMALL_N) return readWord(body, at, NULL);
    return readNumber(body, at, this.#ignored, 0);
  }

  #nextRowNumber(): number {
    // Before it comes to the end of 32 bits it begins anew.
    if (this.#rowNumber === 0x7fff_ffff) {
      this.#rowNumber = 0;
      this.#seenIn.fill(0);
    }
    return ++this.#rowNumber;
  }

  #grow(): void {
    const larger = new Float64Array(this.values.length * 2);
    larger.set(this.values);
    this.values = larger;
  }
}
