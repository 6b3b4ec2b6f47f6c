import type { ProblemItem } from '../../errors/problem.js';
import type { Automaton } from './automaton.js';
import { KindCounts } from './column-counts.js';
import {
  invalidUtf8,
  lineTooLong,
  nulByte,
  raggedRecord,
  tooManyColumns,
  unclosedQuote,
} from './scan-defects.js';
import { KIND } from './spelling-kinds.js';
import { Utf8Check } from './utf8-check.js';
import { RecordKernel } from './wasm/record-kernel.js';

/**
 * Walks over the bytes of a delimited file once, before DuckDB reads it, finds what is wrong with its structure, and
 * tells the spelling of every cell: how many of each column are whole numbers, dates, markers of missing values.
 *
 * Why the spellings are told here: asked in SQL, every cell would be kept as text, grouped, and matched against some
 * fifteen expressions; a table of thousands of columns would need statements that take minutes to plan. One automaton
 * for all expressions costs a table look-up a byte, and a cell that is plainly text is left after its first letters.
 * The types are then exact before DuckDB starts, and it converts the file in one pass that keeps nothing.
 *
 * Why not DuckDB's own `store_rejects`: its line numbers count records and not lines, so they are wrong after a quoted
 * line break; it takes a NUL byte for a value; files that mix line ends fail as a whole or read as empty; and its
 * messages hold the caller's data. A walk in a plain loop costs two or three nanoseconds a byte.
 *
 * One state for the place in the record (start of a field, inside an unquoted one, inside a quoted one, behind its
 * closing quote); a table of 256 classes lets the loop run over ordinary bytes. UTF-8 validity and NUL are
 * checked a chunk at a time by native code; only when a chunk is bad is the exact place looked for.
 *
 * Ordinary records (no quotes, no carriage returns, as many fields as the first) are taken by a kernel in WebAssembly;
 * the loop here does the header, every other record, and those that a chunk cuts in two. Both give the same counts.
 *
 * Carriage returns outside of quotes are replaced by line feeds in the chunk itself: whoever writes the chunk on
 * afterwards gets a file with one kind of line end (and empty lines, which readers skip).
 */

const FIELD_START = 0;
const UNQUOTED = 1;
const QUOTED = 2;
const QUOTE_CLOSED = 3;
const ESCAPED = 4;

const ORDINARY = 0;
const DELIMITER = 1;
const LINE_FEED = 2;
const CARRIAGE_RETURN = 3;
const QUOTE = 4;
const BLANK = 5;
const ESCAPE = 6;

/** More would be read by nobody. */
const MAX_DEFECTS = 100;

export interface ScannerOptions {
  /** One byte. */
  readonly delimiter: string;
  /** One byte, or '' for no quoting. */
  readonly quote: string;
  /** One byte; where it is not the quote, it makes the byte behind it a part of a quoted field. */
  readonly escape: string;
  /** The first record names the columns and has no cells. */
  readonly hasHeader: boolean;
  /** `keep` takes short and long records too: see `ragged`. */
  readonly raggedRows: 'reject' | 'keep';
  readonly automaton: Automaton;
  readonly maxColumns: number;
  readonly maxLineBytes: number;
  /** Default true; the tests hold the loop against the kernel. */
  readonly usesKernel?: boolean;
}

/** The kind of line end, when there is only one. */
export type LineEnd = '\n' | '\r\n' | '\r' | 'mixed';

export class Scanner {
  /** What is wrong so far, in the order of the file; its lines are physical, from 1. */
  readonly defects: ProblemItem[] = [];
  /** Nothing behind this place can be trusted any more: no more chunks are needed. */
  stopped = false;
  /** Records that hold something, the header among them. */
  nRecords = 0;
  /** Fields of the first record; the others must have as many. */
  nColumns = 0;
  /** Where the first record starts, as a line from 1. */
  firstRecordLine = 1;
  /** Where the first record starts in bytes; before it are empty lines only. */
  contentStart = 0;
  /** The bytes of the first record. */
  readonly firstRecord: Buffer[] = [];
  /** Whether a tab occurs anywhere, so that trimming must look for more than spaces. */
  hasTabs = false;
  /** The spellings of the cells. */
  readonly counts = new KindCounts();
  /** Columns that have a cell with a blank at one of its ends, by number. */
  readonly padded = new Set<number>();
  /** Records of another length than the first that were kept: the first hundred, and how many there are. */
  readonly ragged: ProblemItem[] = [];
  nRagged = 0;
  /** Of them, those with fewer fields than the first record. */
  nShort = 0;
  /** Fields of the longest record. */
  maxFields = 0;
  /** The longest record. */
  maxRecordBytes = 0;

  readonly #classes = new Uint8Array(256);
  /** The kind of a cell that ends in the state, or -1: read as often as there are cells, so that no division is due. */
  readonly #kinds: Int16Array;
  #state = FIELD_START;
  #cell: number;
  #line = 1;
  #recordLine = 1;
  #quoteLine = 1;
  #nFields = 1;
  #recordHasContent = false;
  #afterCarriageReturn = false;
  /** Of the last byte. */
  #lastClass = ORDINARY;
  #kernel: RecordKernel | undefined;
  #nBytes = 0;
  #recordStart = 0;
  #nLineFeeds = 0;
  #nCarriageReturns = 0;
  #nPairs = 0;
  readonly #utf8 = new Utf8Check();

  constructor(private readonly options: ScannerOptions) {
    this.#classes[0x20] = BLANK;
    this.#classes[0x09] = BLANK;
    this.#classes[0x0a] = LINE_FEED;
    this.#classes[0x0d] = CARRIAGE_RETURN;
    if (options.escape !== '') this.#classes[options.escape.charCodeAt(0)] = ESCAPE;
    if (options.quote !== '') this.#classes[options.quote.charCodeAt(0)] = QUOTE;
    this.#classes[options.delimiter.charCodeAt(0)] = DELIMITER;
    const { accepts, nClasses, start } = options.automaton;
    this.#kinds = new Int16Array(accepts.length * nClasses);
    for (const [state, accept] of accepts.entries()) this.#kinds[state * nClasses] = accept;
    this.#cell = start;
  }

  get lineEnd(): LineEnd {
    const nLineFeeds = this.#nLineFeeds - this.#nPairs;
    const nCarriageReturns = this.#nCarriageReturns - this.#nPairs;
    if (nLineFeeds === 0 && nCarriageReturns === 0 && this.#nPairs > 0) return '\r\n';
    if (this.#nPairs === 0 && nCarriageReturns === 0) return '\n';
    return this.#nPairs === 0 && nLineFeeds === 0 ? '\r' : 'mixed';
  }

  /** The next bytes of the file; carriage returns outside of quotes are replaced in place. */
  push(chunk: Buffer): void {
    if (this.stopped || chunk.length === 0) return;
    this.hasTabs ||= chunk.includes(0x09);
    const nul = chunk.indexOf(0);
    const invalid = this.#utf8.invalidAt(chunk);
    const bad = Math.min(nul === -1 ? chunk.length : nul, invalid);
    this.#walk(bad === chunk.length ? chunk : chunk.subarray(0, bad));
    if (bad === chunk.length || this.stopped) return;
    if (bad === nul) this.#stop(nulByte(this.#line));
    else this.#stop(invalidUtf8(this.#line));
  }

  /** The end of the file. */
  finish(): void {
    this.#kernel?.addCounts((column, kind, nCells) => this.counts.add(column, kind, nCells));
    for (const column of this.#kernel?.paddedColumns() ?? []) this.padded.add(column);
    if (this.stopped) return;
    if (this.#utf8.isCutOff) this.#stop(invalidUtf8(this.#line));
    else if (this.#state === QUOTED || this.#state === ESCAPED) this.#stop(unclosedQuote(this.#quoteLine));
    else if (this.#recordHasContent || this.#nFields > 1) {
      if (this.#lastClass === BLANK) this.padded.add(this.#nFields - 1);
      this.#endCell(this.#cell, this.#nFields - 1);
      this.#endRecord(this.#nBytes, this.#nFields);
    }
  }

  /**
   * Invariant: `state`, `cell`, `nFields`, `hasContent`, `afterCarriageReturn` and the counters describe everything
   * before `buffer[index]`. They are locals, because the loop runs once for every cell: a file of 3 million rows has
   * 15 million of them, of some seven bytes each, so that what is done for a cell costs more than what is done for a byte.
   */
  #walk(buffer: Buffer): void {
    const classes = this.#classes;
    const { classes: cellClasses, next, start } = this.options.automaton;
    const base = this.#nBytes;
    const end = buffer.length;
    const firstRecordOpen = this.nRecords === 0;
    let firstRecordFrom = 0;
    let state = this.#state;
    let cell = this.#cell;
    let nFields = this.#nFields;
    let hasContent = this.#recordHasContent;
    let afterCarriageReturn = this.#afterCarriageReturn;
    let index = 0;
    this.#kernel?.forget();
    if (this.nRecords > 0 && state === FIELD_START && nFields === 1 && !hasContent) {
      index = this.#takeOrdinary(buffer, 0);
      if (index > 0) afterCarriageReturn = false;
    }
    while (index < end) {
      const byte = buffer[index]!;
      const kind = classes[byte]!;
      if (state === ESCAPED && kind !== LINE_FEED && kind !== CARRIAGE_RETURN) {
        state = QUOTED;
        index++;
        continue;
      }
      if (kind === ORDINARY || (kind === ESCAPE && state !== QUOTED)) {
        if (state === QUOTE_CLOSED) {
          this.#stop(unclosedQuote(this.#quoteLine));
          return;
        }
        if (state === FIELD_START) state = UNQUOTED;
        hasContent = true;
        afterCarriageReturn = false;
        cell = next[cell + cellClasses[byte]!]!;
        index++;
        while (cell !== 0 && index < end) {
          const following = buffer[index]!;
          if (classes[following] !== ORDINARY) break;
          cell = next[cell + cellClasses[following]!]!;
          index++;
        }
        while (index < end && classes[buffer[index]!] === ORDINARY) index++;
        continue;
      }
      if (kind === DELIMITER) {
        afterCarriageReturn = false;
        if (state === QUOTED) cell = next[cell + cellClasses[byte]!]!;
        else {
          if (this.#isBlankBefore(buffer, index)) this.padded.add(nFields - 1);
          this.#endCell(cell, nFields - 1);
          cell = start;
          nFields++;
          state = FIELD_START;
        }
        index++;
        continue;
      }
      if (kind === LINE_FEED || kind === CARRIAGE_RETURN) {
        const isSecondOfPair = kind === LINE_FEED && afterCarriageReturn;
        afterCarriageReturn = kind === CARRIAGE_RETURN;
        if (!isSecondOfPair) this.#line++;
        if (state === QUOTED || state === ESCAPED) {
          state = QUOTED;
          cell = 0;
          index++;
          continue;
        }
        if (kind === LINE_FEED) this.#nLineFeeds++;
        else {
          this.#nCarriageReturns++;
          buffer[index] = 0x0a;
        }
        if (isSecondOfPair) this.#nPairs++;
        else if (hasContent || nFields > 1) {
          if (this.#isBlankBefore(buffer, index)) this.padded.add(nFields - 1);
          this.#endCell(cell, nFields - 1);
          this.#endRecord(base + index, nFields);
          if (firstRecordOpen && this.nRecords === 1) {
            this.firstRecord.push(Buffer.from(buffer.subarray(firstRecordFrom, index)));
          }
          if (this.stopped) return;
        }
        if (this.nRecords === 0) firstRecordFrom = index + 1;
        this.#startRecord(base + index + 1);
        nFields = 1;
        hasContent = false;
        state = FIELD_START;
        cell = start;
        index++;
        if (this.nRecords > 0) {
          const from = index;
          index = this.#takeOrdinary(buffer, from);
          if (index > from) afterCarriageReturn = false;
        }
        continue;
      }
      afterCarriageReturn = false;
      hasContent = true;
      if (kind === QUOTE) {
        if (state === FIELD_START) {
          state = QUOTED;
          this.#quoteLine = this.#line;
        } else if (state === QUOTED) {
          state = QUOTE_CLOSED;
          if (this.#isBlankBefore(buffer, index)) this.padded.add(nFields - 1);
        } else {
          // A doubled quote inside of a quoted field, or one in a bare field: part of a text.
          if (state === QUOTE_CLOSED) state = QUOTED;
          cell = 0;
        }
      } else if (kind === ESCAPE) {
        state = ESCAPED;
        cell = 0;
      } else {
        // A blank: content, but one that leaves the state alone, so that a quote may follow or precede it.
        if (state === FIELD_START || this.#classBefore(buffer, index) === QUOTE) this.padded.add(nFields - 1);
        cell = next[cell + cellClasses[byte]!]!;
      }
      index++;
    }
    if (firstRecordOpen && this.nRecords === 0) {
      this.firstRecord.push(Buffer.from(buffer.subarray(firstRecordFrom)));
    }
    this.#state = state;
    this.#cell = cell;
    this.#nFields = nFields;
    this.#recordHasContent = hasContent;
    this.#afterCarriageReturn = afterCarriageReturn;
    this.#lastClass = this.#classBefore(buffer, end);
    this.#nBytes = base + end;
    if (this.#nBytes - this.#recordStart > this.options.maxLineBytes) {
      if (state === QUOTED) this.#stop(unclosedQuote(this.#quoteLine));
      else this.#stop(lineTooLong(this.#recordLine, this.options.maxLineBytes));
    }
  }

  /** Lets the kernel take records from the place on, where one starts; returns where the next one starts. */
  #takeOrdinary(buffer: Buffer, from: number): number {
    if (this.options.usesKernel === false || !RecordKernel.canTake(this.options.automaton)) return from;
    this.#kernel ??= new RecordKernel(this.options, this.#kinds, this.nColumns);
    const index = this.#kernel.take(buffer, from);
    const { nRecords, longestBytes } = this.#kernel;
    if (nRecords === 0) return from;
    this.nRecords += nRecords;
    this.#line += nRecords;
    this.#nLineFeeds += nRecords;
    this.maxRecordBytes = Math.max(this.maxRecordBytes, longestBytes);
    this.#startRecord(this.#nBytes + index);
    return index;
  }

  /** The class of the byte in front of the place, which may be the last one of the chunk before. */
  #classBefore(buffer: Buffer, index: number): number {
    return index === 0 ? this.#lastClass : this.#classes[buffer[index - 1]!]!;
  }

  #isBlankBefore(buffer: Buffer, index: number): boolean {
    return this.#classBefore(buffer, index) === BLANK;
  }

  /** Counts the cell unless it is a name of the header. */
  #endCell(cell: number, column: number): void {
    if (this.nRecords === 0 && this.options.hasHeader) return;
    if (column < this.options.maxColumns) this.counts.add(column, this.#kinds[cell]!);
  }

  #startRecord(start: number): void {
    this.#recordStart = start;
    if (this.nRecords === 0) this.contentStart = start;
    this.#recordLine = this.#line;
  }

  #endRecord(end: number, nFields: number): void {
    if (end - this.#recordStart > this.options.maxLineBytes) {
      this.#stop(lineTooLong(this.#recordLine, this.options.maxLineBytes));
      return;
    }
    this.maxRecordBytes = Math.max(this.maxRecordBytes, end - this.#recordStart);
    this.nRecords++;
    if (this.nRecords === 1) {
      this.nColumns = nFields;
      this.maxFields = nFields;
      this.firstRecordLine = this.#recordLine;
      if (nFields <= this.options.maxColumns) return;
      const message = `The file has ${nFields} columns; ${this.options.maxColumns} are allowed.`;
      this.#stop(tooManyColumns(this.#recordLine, message));
    } else if (nFields !== this.nColumns) this.#meetRagged(nFields);
  }

  #meetRagged(nFields: number): void {
    const item = raggedRecord(this.#recordLine, nFields, this.nColumns);
    if (this.options.raggedRows === 'reject') {
      this.defects.push(item);
      this.stopped = this.defects.length >= MAX_DEFECTS;
      return;
    }
    this.nRagged++;
    if (nFields < this.nColumns) this.nShort++;
    if (this.ragged.length < MAX_DEFECTS) this.ragged.push(item);
    for (let column = nFields; column < this.nColumns; column++) this.counts.add(column, KIND.empty);
    this.maxFields = Math.max(this.maxFields, nFields);
    if (nFields > this.options.maxColumns) {
      const message = `A record has ${nFields} fields; ${this.options.maxColumns} are allowed.`;
      this.#stop(tooManyColumns(this.#recordLine, message));
    }
  }

  #stop(defect: ProblemItem): void {
    this.defects.push(defect);
    this.stopped = true;
  }
}
