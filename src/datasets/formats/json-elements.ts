import { createReadStream } from 'node:fs';
import { unreadable } from '../ingest/defects.js';

/** The text of one record and the line where it starts, from 1. */
export interface JsonElement {
  readonly text: string;
  readonly line: number;
}

const CHUNK_BYTES = 256 * 1024;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LINE_FEED = 0x0a;

/**
 * Cuts a file into the elements of its one JSON array, or into its lines, without parsing them: what is held is one
 * record. Brackets are counted outside of strings; what is inside of a record is the parser's.
 *
 * Throws Problem `dataset_unreadable`: `line_too_long`, `invalid_json`, `truncated_json`.
 */
export async function* jsonElements(
  path: string,
  layout: 'array' | 'lines',
  maxBytes: number,
): AsyncGenerator<JsonElement> {
  const splitter = new Splitter(layout, maxBytes);
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    yield* splitter.push(chunk as Buffer);
  }
  yield* splitter.finish();
}

class Splitter {
  readonly #isArray: boolean;
  #parts: Buffer[] = [];
  #nBytes = 0;
  #line = 1;
  #elementLine = 1;
  /** Of the element: brackets that are open in it. */
  #depth = 0;
  #inString = false;
  #escaped = false;
  #isOpen = false;
  #isClosed = false;
  #isFirst = true;

  constructor(
    layout: 'array' | 'lines',
    private readonly maxBytes: number,
  ) {
    this.#isArray = layout === 'array';
  }

  *push(chunk: Buffer): Generator<JsonElement> {
    let from = this.#isOpen || !this.#isArray ? 0 : chunk.length;
    let start = 0;
    if (this.#isFirst && chunk.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]))) start = 3;
    if (!this.#isArray) from = start;
    this.#isFirst = false;
    for (let index = start; index < chunk.length; index++) {
      const byte = chunk[index]!;
      if (byte === LINE_FEED) this.#line++;
      if (!this.#isArray) {
        if (byte !== LINE_FEED) continue;
        yield* this.#take(chunk.subarray(from, index));
        from = index + 1;
        this.#elementLine = this.#line;
        continue;
      }
      if (!this.#isOpen) {
        if (isBlank(byte)) continue;
        if (byte !== 0x5b || this.#isClosed) throw invalid(this.#line);
        this.#isOpen = true;
        from = index + 1;
        this.#elementLine = this.#line;
        continue;
      }
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
        continue;
      }
      if (byte === QUOTE) this.#inString = true;
      else if (byte === 0x7b || byte === 0x5b) {
        if (this.#depth === 0) this.#elementLine = this.#line;
        this.#depth++;
      } else if (byte === 0x2c && this.#depth === 0) {
        yield* this.#take(chunk.subarray(from, index));
        from = index + 1;
      } else if (byte === 0x7d || byte === 0x5d) {
        if (this.#depth > 0) this.#depth--;
        else {
          yield* this.#take(chunk.subarray(from, index));
          this.#isOpen = false;
          this.#isClosed = true;
          from = chunk.length;
        }
      }
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
  }

  *finish(): Generator<JsonElement> {
    if (!this.#isArray) yield* this.#take(Buffer.alloc(0));
    else if (!this.#isClosed) throw unreadable('truncated_json', 'The JSON ends early.', this.#line);
  }

  *#take(last: Buffer): Generator<JsonElement> {
    this.#keep(last);
    const text = Buffer.concat(this.#parts).toString('utf8').trim();
    this.#parts = [];
    this.#nBytes = 0;
    if (text !== '') yield { text, line: this.#elementLine };
  }

  #keep(bytes: Buffer): void {
    this.#nBytes += bytes.length;
    if (this.#nBytes > this.maxBytes) {
      throw unreadable('line_too_long', `A record is longer than ${this.maxBytes} bytes.`, this.#elementLine);
    }
    this.#parts.push(Buffer.from(bytes));
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === LINE_FEED || byte === 0x0d || byte === 0x09;
}

export function invalid(line: number) {
  return unreadable('invalid_json', 'There is no valid JSON record here.', line);
}
