import { isAscii, isUtf8 } from 'node:buffer';
import { unreadable } from './defects.js';
import type { TextEncoding } from './ingest-types.js';

/** What a file is, by its first bytes, when it is no text: the name is for the message. */
const SIGNATURES: readonly (readonly [string, readonly number[]])[] = [
  ['a PDF', [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['a PNG image', [0x89, 0x50, 0x4e, 0x47]],
  ['a JPEG image', [0xff, 0xd8, 0xff]],
];
const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Throws Problem `dataset_unreadable` for a head that is certainly something else. */
export function refuseBinary(head: Buffer): void {
  const found = SIGNATURES.find(([, bytes]) => bytes.every((byte, index) => head[index] === byte));
  if (found !== undefined) throw unreadable('binary_data', `The file is ${found[0]}, not a table.`);
}

/**
 * The encoding of a text from its first part: the byte-order mark; zero bytes in every second place; bytes that UTF-8
 * does not have. A head that holds characters of UTF-8 and other bytes too is left to the scanner, which names the
 * line where they mix.
 */
export function detectEncoding(head: Buffer): TextEncoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const sample = head.subarray(0, 4096);
  let nEven = 0;
  let nOdd = 0;
  for (let index = 0; index < sample.length; index++) {
    if (sample[index] !== 0) continue;
    if (index % 2 === 0) nEven++;
    else nOdd++;
  }
  // Latin letters, digits and delimiters have a zero byte each; other scripts have them in their delimiters.
  const isMany = (count: number) => count > sample.length / 8;
  if (isMany(nOdd) && nEven === 0) return 'utf-16le';
  if (isMany(nEven) && nOdd === 0) return 'utf-16be';
  // The last character may be cut off.
  const isCutUtf8 = [0, 1, 2, 3].some((nBytes) => isUtf8(head.subarray(0, head.length - nBytes)));
  return isCutUtf8 || utf8At(head) !== -1 ? 'utf-8' : 'windows-1252';
}

/** The commonest characters of UTF-8 behind ASCII; as windows-1252 they would read as a capital letter and signs. */
const UTF8_CHARACTERS = /[\xc2\xc3][\x80-\xbf]|\xe2[\x80-\xbf]{2}/;

/** Where the first of them starts, or -1. */
function utf8At(bytes: Buffer): number {
  return isAscii(bytes) ? -1 : bytes.toString('latin1').search(UTF8_CHARACTERS);
}

/** Turns the bytes of a text into UTF-8 without a byte-order mark, a chunk at a time. */
export class Transcoder {
  readonly #decoder: InstanceType<typeof TextDecoder> | undefined;
  #isFirst = true;
  #line = 1;

  /** @param isGuess a detected encoding is given up when the text also holds characters of UTF-8 */
  constructor(
    private readonly encoding: TextEncoding,
    private readonly isGuess: boolean,
  ) {
    this.#decoder = encoding === 'utf-8' ? undefined : new TextDecoder(encoding, { fatal: true });
  }

  /** Throws Problem `dataset_unreadable` where the bytes are not of the encoding. */
  push(chunk: Buffer, isLast = false): Buffer {
    if (this.#decoder === undefined) {
      const isMarked = this.#isFirst && chunk.subarray(0, 3).equals(UTF8_MARK);
      this.#isFirst = false;
      return isMarked ? chunk.subarray(3) : chunk;
    }
    if (this.encoding === 'windows-1252' && this.isGuess) this.#refuseMixture(chunk);
    try {
      const text = this.#decoder.decode(chunk, { stream: !isLast });
      for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#line++;
      // The decoder drops the byte-order mark.
      return Buffer.from(text);
    } catch {
      throw unreadable('invalid_encoding', `The text is not valid ${this.encoding}.`, this.#line);
    }
  }

  #refuseMixture(chunk: Buffer): void {
    const at = utf8At(chunk);
    if (at === -1) return;
    let line = this.#line;
    for (let next = chunk.indexOf(0x0a); next !== -1 && next < at; next = chunk.indexOf(0x0a, next + 1))
      line++;
    throw unreadable(
      'mixed_encodings',
      'The line is UTF-8, and an earlier or later one is not; save the whole file in one encoding, or name it.',
      line,
    );
  }
}
