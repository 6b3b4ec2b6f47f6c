import { isUtf8 } from 'node:buffer';
import type { ProblemItem } from '../../errors/problem.js';

/**
 * Walks over the bytes of a delimited file once, before DuckDB reads it, and finds what is wrong with its structure.
 *
 * Why not DuckDB's own `store_rejects`: its line numbers count records and not lines, so they are wrong after a quoted
 * line break; it takes a NUL byte for a value; files that mix line ends fail as a whole or read as empty; and its
 * messages hold the caller's data. A walk in a plain loop costs about a nanosecond a byte.
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

const ORDINARY = 0;
const DELIMITER = 1;
const LINE_FEED = 2;
const CARRIAGE_RETURN = 3;
const QUOTE = 4;
const BLANK = 5;

/** More would be read by nobody. */
const MAX_DEFECTS = 100;

export interface ScannerOptions {
  /** One byte. */
  readonly delimiter: string;
  /** One byte, or '' for no quoting. */
  readonly quote: string;
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

  readonly #classes = new Uint8Array(256);
  #state = FIELD_START;
  #line = 1;
  #recordLine = 1;
  #quoteLine = 1;
  #nFields = 1;
  #recordHasContent = false;
  #afterCarriageReturn = false;
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
    if (options.quote !== '') this.#classes[options.quote.charCodeAt(0)] = QUOTE;
    this.#classes[options.delimiter.charCodeAt(0)] = DELIMITER;
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
    else if (this.#state === QUOTED) this.#stopAtQuote();
    else if (this.#recordHasContent || this.#nFields > 1) this.#endRecord(this.#nBytes);
  }

  /** Invariant: `state`, `line` and the counters describe everything before `buffer[index]`. */
  #walk(buffer: Buffer): void {
    const classes = this.#classes;
    const base = this.#nBytes;
    const end = buffer.length;
    const firstRecordOpen = this.nRecords === 0;
    let firstRecordFrom = 0;
    let state = this.#state;
    let index = 0;
    while (index < end) {
      const kind = classes[buffer[index]!]!;
      if (kind === ORDINARY) {
        if (state === QUOTE_CLOSED) {
          this.#stopAtQuote();
          return;
        }
        if (state === FIELD_START) state = UNQUOTED;
        this.#recordHasContent = true;
        this.#afterCarriageReturn = false;
        index++;
        while (index < end && classes[buffer[index]!] === ORDINARY) index++;
        continue;
      }
      if (kind === LINE_FEED || kind === CARRIAGE_RETURN) {
        const isSecondOfPair = kind === LINE_FEED && this.#afterCarriageReturn;
        this.#afterCarriageReturn = kind === CARRIAGE_RETURN;
        if (!isSecondOfPair) this.#line++;
        if (state === QUOTED) {
          index++;
          continue;
        }
        if (kind === LINE_FEED) this.#nLineFeeds++;
        else {
          this.#nCarriageReturns++;
          buffer[index] = 0x0a;
        }
        if (isSecondOfPair) this.#nPairs++;
        else if (this.#recordHasContent || this.#nFields > 1) {
          this.#endRecord(base + index);
          if (firstRecordOpen && this.nRecords === 1) {
            this.firstRecord.push(Buffer.from(buffer.subarray(firstRecordFrom, index)));
          }
          if (this.stopped) return;
        }
        if (this.nRecords === 0) firstRecordFrom = index + 1;
        this.#startRecord(base + index + 1);
        state = FIELD_START;
        index++;
        continue;
      }
      this.#afterCarriageReturn = false;
      if (kind === QUOTE) {
        this.#recordHasContent = true;
        if (state === FIELD_START) {
          state = QUOTED;
          this.#quoteLine = this.#line;
        } else if (state === QUOTED) state = QUOTE_CLOSED;
        else if (state === QUOTE_CLOSED) state = QUOTED;
      } else if (kind === DELIMITER) {
        if (state !== QUOTED) {
          this.#nFields++;
          state = FIELD_START;
        }
      } else {
        // A blank: content, but one that leaves the state alone, so that a quote may follow or precede it.
        this.#recordHasContent = true;
      }
      index++;
    }
    if (firstRecordOpen && this.nRecords === 0) {
      this.firstRecord.push(Buffer.from(buffer.subarray(firstRecordFrom)));
    }
    this.#state = state;
    this.#nBytes = base + end;
    if (this.#nBytes - this.#recordStart > this.options.maxLineBytes) {
      if (state === QUOTED) this.#stopAtQuote();
      else this.#stopAtLongLine();
    }
  }

  #startRecord(start: number): void {
    this.#recordStart = start;
    if (this.nRecords === 0) this.contentStart = start;
    this.#recordLine = this.#line;
    this.#nFields = 1;
    this.#recordHasContent = false;
  }

  #endRecord(end: number): void {
    if (end - this.#recordStart > this.options.maxLineBytes) {
      this.#stopAtLongLine();
      return;
    }
    this.nRecords++;
    const nFields = this.#nFields;
    if (this.nRecords === 1) {
      this.nColumns = nFields;
      this.firstRecordLine = this.#recordLine;
      if (nFields <= this.options.maxColumns) return;
      this.#stop(
        'too_many_columns',
        `The file has ${nFields} columns; ${this.options.maxColumns} are allowed.`,
        this.#recordLine,
      );
    } else if (nFields !== this.nColumns) {
      this.defects.push({
        code: nFields < this.nColumns ? 'too_few_fields' : 'too_many_fields',
        message: `The line has ${nFields} fields; the first has ${this.nColumns}.`,
        line: this.#recordLine,
      });
      this.stopped = this.defects.length >= MAX_DEFECTS;
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
    this.#stop('invalid_encoding', 'The line is not valid UTF-8; save the file as UTF-8.', this.#line);
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
