import type { ColumnEncoder } from '../../preprocessing/column-encoder.js';
import type { ModelSignature } from '../signature.js';
import {
  CLOSE_OBJECT,
  COLON,
  COMMA,
  decodeJson,
  OPEN_LIST,
  OPEN_OBJECT,
  skipBlanks,
  skipText,
} from './json-bytes.js';
import { isCoerced, valueOfOdd } from './odd-cell.js';
import { aligned, CONTEXT, type ReadingMemory, readingMemory } from './reading-memory.js';
import { ReadingTables } from './reading-tables.js';

/** The scorer for browsers has no Buffer. */
const utf8 = new TextEncoder();

/** Behind a body: they end every loop of the kernel. */
const N_ZEROS = 32;
/** A larger body is not worth the memory that a thread would keep for it: numbers take up to four times as much. */
const MAX_BODY_BYTES = 4 * 1024 ** 2;
/** `"":0,` beside the name of a column. */
const MIN_MEMBER_BYTES = 5;
const MIN_VALUE_BYTES = 2;
const NO_CELLS: ReadonlySet<number> = new Set();

/**
 * A table of JSON straight from the bytes of a body to the numbers that encoders take, without an object, a key or a string
 * between: a number, a boolean as 0 or 1, a date as epoch milliseconds, each NaN where it is missing; a text as its slot,
 * MISSING_SLOT where it is missing, or UNSEEN. It is compiled from the columns of a model; a kernel does the reading
 * (wasm/assembly/reading.ts), at a fifth of the cost of JSON.parse.
 *
 * It reads what is usual and nothing else. Whatever it does not know (a column too many or too few, a key that comes twice, a value
 * that its column does not take, an error in the JSON) ends it with -1, and the body goes to JSON.parse and the RowEncoder, which
 * say what is to be said of it. What it does read, it reads as they do, to the bit: row-reader.spec.ts holds the two together.
 */
export class RowReader {
  nRows = 0;
  readonly nColumns: number;
  /** Row-major nRows * nColumns; valid until the next reading on this thread, by any reader. */
  values: Float64Array = new Float64Array(0);
  /** Places in `values` of what was sent in another type than its column has. */
  coerced: ReadonlySet<number> = NO_CELLS;
  readonly #encoders: readonly ColumnEncoder[];
  readonly #names: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #tables: ReadingTables;
  readonly #minRowBytes: number;
  #body: Uint8Array = new Uint8Array(0);
  #bodyAt = 0;
  #valuesAt = 0;

  constructor(signature: Pick<ModelSignature, 'inputs' | 'ignored'>, encoders: readonly ColumnEncoder[]) {
    const inputs = signature.inputs.map(({ name }) => name);
    this.#names = [...inputs, ...signature.ignored.filter((name) => !inputs.includes(name))];
    this.#numbers = new Map(this.#names.map((name, k) => [name, k]));
    this.nColumns = inputs.length;
    this.#encoders = encoders;
    this.#tables = new ReadingTables(encoders, this.#names);
    this.#minRowBytes = inputs.reduce((sum, name) => sum + utf8.encode(name).length + MIN_MEMBER_BYTES, 0);
  }

  /**
   * Reads a list of objects that begins at `from` with its bracket.
   * @returns the place behind its closing one; -1 for what is not read here, and then `values` are of no use
   */
  readRows(body: Uint8Array, from: number, maxRows: number): number {
    if (body[from] !== OPEN_LIST) return -1;
    const memory = this.#begin(body);
    if (memory === undefined) return -1;
    const most = this.#makeRoom(memory, maxRows, this.#minRowBytes);
    const { kernel } = memory;
    const end = this.#bodyAt + body.length;
    const first = skipBlanks(body, from + 1);
    return this.#finish(
      memory,
      this.#follow(memory, first, (at, row) => kernel.readRows(at, end, row, most)),
    );
  }

  /**
   * Reads a list of lists of values in the order of `names`; as readRows.
   * @param names of columns, each once
   */
  readLists(body: Uint8Array, from: number, names: readonly string[], maxRows: number): number {
    const columns = names.map((name) => this.#numbers.get(name) ?? -1);
    const nInputs = columns.filter((k) => k >= 0 && k < this.nColumns).length;
    if (columns.includes(-1) || nInputs < this.nColumns || body[from] !== OPEN_LIST) return -1;
    const memory = this.#begin(body);
    if (memory === undefined) return -1;
    const most = this.#makeRoom(memory, maxRows, MIN_VALUE_BYTES * columns.length, columns.length);
    const columnsAt = this.#valuesAt - aligned(columns.length * 4);
    memory.words.set(columns, columnsAt / 4);
    const { kernel } = memory;
    const end = this.#bodyAt + body.length;
    const first = skipBlanks(body, from + 1);
    return this.#finish(
      memory,
      this.#follow(memory, first, (at, row) =>
        kernel.readLists(at, end, columnsAt, columns.length, row, most),
      ),
    );
  }

  /** Reads an object of one list a column, all of one length; it begins at `from` with its brace. As readRows. */
  readColumns(body: Uint8Array, from: number, maxRows: number): number {
    if (body[from] !== OPEN_OBJECT) return -1;
    const memory = this.#begin(body);
    if (memory === undefined) return -1;
    const most = this.#makeRoom(memory, maxRows, MIN_VALUE_BYTES * this.nColumns);
    const seen = new Set<number>();
    let nInputs = 0;
    let nRows = -1;
    let at = from + 1;
    for (;;) {
      const keyAt = skipBlanks(body, at);
      const keyEnd = skipText(body, keyAt);
      const name = keyEnd < 0 ? undefined : decodeJson(body, keyAt, keyEnd);
      const k = typeof name === 'string' ? this.#numbers.get(name) : undefined;
      if (k === undefined || seen.has(k)) return -1;
      seen.add(k);
      if (k < this.nColumns) nInputs++;
      at = skipBlanks(body, keyEnd);
      if (body[at] !== COLON) return -1;
      at = skipBlanks(body, at + 1);
      if (body[at] !== OPEN_LIST) return -1;
      at = this.#readColumn(memory, skipBlanks(body, at + 1), k, most);
      if (at < 0 || (nRows >= 0 && this.nRows !== nRows)) return -1;
      nRows = this.nRows;
      at = skipBlanks(body, at);
      if (body[at] === CLOSE_OBJECT) break;
      if (body[at++] !== COMMA) return -1;
    }
    return nInputs === this.nColumns ? this.#finish(memory, at + 1) : -1;
  }

  #readColumn(memory: ReadingMemory, from: number, k: number, maxRows: number): number {
    const { kernel } = memory;
    const end = this.#bodyAt + this.#body.length;
    return this.#follow(memory, from, (at, row) => kernel.readColumn(at, end, k, row, maxRows));
  }

  /** @returns undefined where the body is too large */
  #begin(body: Uint8Array): ReadingMemory | undefined {
    if (body.length > MAX_BODY_BYTES) return undefined;
    const memory = readingMemory();
    this.#tables.install(memory);
    this.#body = body;
    this.#bodyAt = this.#tables.endAt;
    this.coerced = NO_CELLS;
    const end = this.#bodyAt + body.length;
    memory.reach(end + N_ZEROS);
    memory.bytes.set(body, this.#bodyAt);
    memory.bytes.fill(0, end, end + N_ZEROS);
    return memory;
  }

  /** Room for as many rows as the body can have. @returns how many */
  #makeRoom(memory: ReadingMemory, maxRows: number, minRowBytes: number, nListed = 0): number {
    const most = Math.min(maxRows, Math.floor(this.#body.length / Math.max(1, minRowBytes)) + 1);
    this.#valuesAt = aligned(this.#bodyAt + this.#body.length + N_ZEROS) + aligned(nListed * 4);
    memory.reach(this.#valuesAt + most * this.nColumns * 8);
    memory.words[CONTEXT.values] = this.#valuesAt;
    return most;
  }

  /** Has a list read to its end, in as many goes as its odd cells need. @returns as readRows */
  #follow(memory: ReadingMemory, from: number, read: (at: number, row: number) => number): number {
    const { words } = memory;
    let at = this.#bodyAt + from;
    let row = 0;
    do {
      at = read(at, row);
      if (at === 0 || !this.#readOddCells(memory)) return -1;
      row = words[CONTEXT.nextRow] as number;
    } while (words[CONTEXT.hasEnded] === 0);
    this.nRows = row;
    return at - this.#bodyAt;
  }

  /** What the kernel has left. @returns false for what is not read here */
  #readOddCells(memory: ReadingMemory): boolean {
    const { words } = memory;
    const nOdd = words[CONTEXT.nOdd] as number;
    if (nOdd === 0) return true;
    const odd = (words[CONTEXT.oddCells] as number) / 4;
    const coerced = new Set(this.coerced);
    for (let at = odd; at < odd + nOdd * 3; at += 3) {
      const cell = words[at] as number;
      const [from, to] = [words[at + 1] as number, words[at + 2] as number];
      const sent = decodeJson(this.#body, from - this.#bodyAt, to - this.#bodyAt);
      if (sent === undefined) return false;
      if (cell < 0) continue;
      const encoder = this.#encoders[cell % this.nColumns] as ColumnEncoder;
      const value = valueOfOdd(encoder, sent);
      if (value === undefined) return false;
      memory.doubles(this.#valuesAt + cell * 8, 1)[0] = value;
      if (isCoerced(encoder, sent)) coerced.add(cell);
    }
    if (coerced.size > 0) this.coerced = coerced;
    return true;
  }

  #finish(memory: ReadingMemory, end: number): number {
    if (end >= 0) this.values = memory.doubles(this.#valuesAt, this.nRows * this.nColumns);
    return end;
  }
}
