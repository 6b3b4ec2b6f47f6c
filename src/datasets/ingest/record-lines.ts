import { plainBytes } from './containers.js';
import type { DelimitedDialect, IngestInput } from './ingest-types.js';
import { Transcoder } from './text-encoding.js';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * The physical lines, from 1, where some records of a delimited file start. For messages about values, which DuckDB
 * knows by the number of their record alone: a quoted field may span lines, empty lines are no records. The file is
 * read once more, and only as far as the last of them.
 *
 * @param records numbers of records from 0, the header among them, ascending
 */
export async function linesOfRecords(
  { sourcePath, limits, overrides }: IngestInput,
  dialect: DelimitedDialect,
  records: readonly number[],
): Promise<number[]> {
  const lines: number[] = [];
  const reader = new RecordLines(dialect, (record, line) => {
    if (record === records[lines.length]) lines.push(line);
  });
  const transcoder = new Transcoder(dialect.encoding, overrides.encoding === undefined);
  for await (const chunk of plainBytes(sourcePath, dialect.compression, limits.maxUncompressedBytes)) {
    reader.push(transcoder.push(chunk));
    if (lines.length === records.length) return lines;
  }
  reader.push(transcoder.push(Buffer.alloc(0), true));
  return lines;
}

/** Tells the line of every record when its first byte comes. */
class RecordLines {
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #escape: number;
  #nRecords = 0;
  #line = 1;
  #isOpen = false;
  #isFieldStart = true;
  #isQuoted = false;
  #isEscaped = false;
  #afterCarriageReturn = false;

  constructor(
    { delimiter, quote, escape: escapeMark }: DelimitedDialect,
    private readonly tell: (record: number, line: number) => void,
  ) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#quote = quote === '' ? -1 : quote.charCodeAt(0);
    this.#escape = escapeMark === quote || escapeMark === '' ? -1 : escapeMark.charCodeAt(0);
  }

  push(chunk: Buffer): void {
    for (const byte of chunk) this.#take(byte);
  }

  #take(byte: number): void {
    const isBreak = byte === LINE_FEED || byte === CARRIAGE_RETURN;
    if (isBreak) {
      const isSecondOfPair = byte === LINE_FEED && this.#afterCarriageReturn;
      this.#afterCarriageReturn = byte === CARRIAGE_RETURN;
      if (!isSecondOfPair) this.#line++;
      this.#isEscaped = false;
      if (this.#isQuoted) return;
      this.#isOpen = false;
      this.#isFieldStart = true;
      return;
    }
    this.#afterCarriageReturn = false;
    if (!this.#isOpen) this.tell(this.#nRecords++, this.#line);
    this.#isOpen = true;
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === this.#escape && this.#isQuoted) this.#isEscaped = true;
    // A doubled quote closes and opens again; one inside of a bare field is a character like any other.
    else if (byte === this.#quote) {
      if (this.#isQuoted) this.#isQuoted = false;
      else if (this.#isFieldStart) this.#isQuoted = true;
      return;
    } else if (!this.#isQuoted)
      this.#isFieldStart = byte === this.#delimiter || (this.#isFieldStart && isBlank(byte));
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09;
}
