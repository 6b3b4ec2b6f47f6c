import { isUtf8 } from 'node:buffer';
import type { ProblemItem } from '../../errors/problem.js';
import type { Automaton } from './automaton.js';
import { KindCounts } from './column-counts.js';
import { KIND } from './spelling-kinds.js';

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
  #nBytes = 0;
  #recordStart = 0;
  #nLineFeeds = 0;
  #nCarriageReturns = 0;
  #nPairs = 0;
  #incomplete: Buffer = Buffer.alloc(0);

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
    const { nPairs, nLineFeeds, nCarriageReturns } = {
      nPairs: this.#nPairs,
      nLineFeeds: this.#nLineFeeds - this.#nPairs,
      nCarriageReturns: this.#nCarriageReturns - this.#nPairs,
    };
    if (nLineFeeds === 0 && nCarriageReturns === 0 && nPairs > 0) return '\r\n';
    if (nPairs === 0 && nCarriageReturns === 0) return '\n';
    return nPairs === 0 && nLineFeeds === 0 ? '\r' : 'mixed';
  }

  /** The next bytes of the file; carriage returns outside of quotes are replaced in place. */
  push(chunk: Buffer): void {
    if (this.stopped || chunk.length === 0) return;
    this.hasTabs ||= chunk.includes(0x09);
    const nul = chunk.indexOf(0);
    const invalid = this.#invalidUtf8At(chunk);
    const bad = Math.min(nul === -1 ? chunk.length : nul, invalid);
    this.#walk(bad === chunk.length ? chunk : chunk.subarray(0, bad));
    if (bad === chunk.length || this.stopped) return;
    if (bad === nul) this.#stop('binary_data', 'The file holds NUL bytes: it is not text.', this.#line);
    else this.#stopAtInvalidUtf8();
  }

  /** The end of the file. */
  finish(): void {
    if (this.stopped) return;
    if (this.#incomplete.length > 0) this.#stopAtInvalidUtf8();
    else if (this.#state === QUOTED || this.#state === ESCAPED) this.#stopAtQuote();
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
          this.#stopAtQuote();
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
      if (state === QUOTED) this.#stopAtQuote();
      else this.#stopAtLongLine();
    }
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
      this.#stopAtLongLine();
      return;
    }
    this.maxRecordBytes = Math.max(this.maxRecordBytes, end - this.#recordStart);
    this.nRecords++;
    if (this.nRecords === 1) {
      this.nColumns = nFields;
      this.maxFields = nFields;
      this.firstRecordLine = this.#recordLine;
      if (nFields <= this.options.maxColumns) return;
      this.#stop(
        'too_many_columns',
        `The file has ${nFields} columns; ${this.options.maxColumns} are allowed.`,
        this.#recordLine,
      );
    } else if (nFields !== this.nColumns) this.#meetRagged(nFields);
  }

  #meetRagged(nFields: number): void {
    const item: ProblemItem = {
      code: nFields < this.nColumns ? 'too_few_fields' : 'too_many_fields',
      message: `The line has ${nFields} fields; the first has ${this.nColumns}.`,
      line: this.#recordLine,
    };
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
      this.#stop(
        'too_many_columns',
        `A record has ${nFields} fields; ${this.options.maxColumns} are allowed.`,
        this.#recordLine,
      );
    }
  }

  #stop(code: string, message: string, line: number): void {
    this.defects.push({ code, message, line });
    this.stopped = true;
  }

  #stopAtQuote(): void {
    this.#stop(
      'unclosed_quote',
      'A quoted field starts in this line; it is not closed, or text follows its closing quote.',
      this.#quoteLine,
    );
  }

  #stopAtLongLine(): void {
    const limit = this.options.maxLineBytes;
    this.#stop('line_too_long', `The line is longer than ${limit} bytes.`, this.#recordLine);
  }

  #stopAtInvalidUtf8(): void {
    this.#stop(
      'invalid_encoding',
      'The line is not valid UTF-8; save the file as UTF-8, or name its encoding.',
      this.#line,
    );
  }

  /** The place in the chunk where UTF-8 breaks, or its length; keeps a character that the chunk cuts off. */
  #invalidUtf8At(chunk: Buffer): number {
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
