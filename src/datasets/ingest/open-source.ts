import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Problem } from '../../errors/problem.js';

const CHUNK_BYTES = 1024 * 1024;
/**
 * Tables compress 3 to 30 times, the dullest of them some hundred times; gzip itself ends at 1,032. A bomb is told
 * from a small dull table by its size as well.
 */
const MAX_RATIO = 400;
const RATIO_MATTERS_FROM_BYTES = 256 * 1024 * 1024;

/** What a file is, by its first bytes, when it is no text: the name is for the message. */
const SIGNATURES: readonly (readonly [string, readonly number[]])[] = [
  ['a ZIP archive or a spreadsheet', [0x50, 0x4b, 0x03, 0x04]],
  ['a Parquet file', [0x50, 0x41, 0x52, 0x31]],
  ['a PDF', [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['an old spreadsheet', [0xd0, 0xcf, 0x11, 0xe0]],
  ['a PNG image', [0x89, 0x50, 0x4e, 0x47]],
  ['UTF-16 text; save it as UTF-8', [0xff, 0xfe]],
  ['UTF-16 text; save it as UTF-8', [0xfe, 0xff]],
];
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** A refusal of the file with one defect. */
export function unreadable(code: string, message: string, line?: number): Problem {
  return new Problem('dataset_unreadable', message, [
    { code, message, ...(line === undefined ? {} : { line }) },
  ]);
}

export async function isGzip(path: string): Promise<boolean> {
  const head = await firstBytes(path, 3);
  return head[0] === 0x1f && head[1] === 0x8b;
}

async function firstBytes(path: string, nBytes: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(nBytes), 0, nBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/**
 * The file's text as bytes, decompressed, without its byte-order mark; the chunks may be changed by the reader.
 * Throws Problem `dataset_unreadable` for what is no text, for damaged compression and for too much of it.
 */
export async function* textChunks(
  path: string,
  compression: 'none' | 'gzip',
  maxUncompressedBytes: number,
): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const gunzip = compression === 'gzip' ? createGunzip({ chunkSize: CHUNK_BYTES }) : undefined;
  const source = gunzip === undefined ? file : file.pipe(gunzip);
  if (gunzip !== undefined) file.once('error', (error) => gunzip.destroy(error));
  const nCompressedBytes = (await stat(path)).size;
  let nBytes = 0;
  let head: Buffer | undefined = Buffer.alloc(0);
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      nBytes += chunk.length;
      if (gunzip !== undefined) refuseBomb(nBytes, nCompressedBytes, maxUncompressedBytes);
      if (head === undefined) {
        yield chunk;
        continue;
      }
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      if (head.length < 8) continue;
      yield textHead(head);
      head = undefined;
    }
    if (head !== undefined && head.length > 0) yield textHead(head);
  } catch (error) {
    throw isDamage(error) ? damaged(error) : error;
  } finally {
    source.destroy();
    file.destroy();
  }
}

function textHead(head: Buffer): Buffer {
  const found = SIGNATURES.find(([, bytes]) => bytes.every((byte, index) => head[index] === byte));
  if (found !== undefined) throw unreadable('binary_data', `The file is ${found[0]}, not delimited text.`);
  return head.subarray(0, 3).equals(BYTE_ORDER_MARK) ? head.subarray(3) : head;
}

function refuseBomb(nBytes: number, nCompressedBytes: number, maxBytes: number): void {
  if (nBytes > maxBytes) {
    throw unreadable('too_large_uncompressed', `Decompressed, the file is larger than ${maxBytes} bytes.`);
  }
  if (nBytes > RATIO_MATTERS_FROM_BYTES && nBytes > MAX_RATIO * nCompressedBytes) {
    throw unreadable(
      'suspicious_compression',
      `The file grows more than ${MAX_RATIO} times when decompressed.`,
    );
  }
}

function isDamage(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

function damaged(error: NodeJS.ErrnoException): Problem {
  return error.code === 'Z_BUF_ERROR'
    ? unreadable('truncated_gzip', 'The gzip data ends early.')
    : unreadable('damaged_gzip', 'The gzip data is damaged.');
}

/** Writes chunks to a file with back-pressure. */
export class ChunkWriter {
  readonly #stream;

  constructor(path: string) {
    this.#stream = createWriteStream(path, { highWaterMark: 4 * CHUNK_BYTES });
    // The failure is reported by the write that meets it; unheard, the event would end the process.
    this.#stream.on('error', () => undefined);
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.#stream.errored) throw this.#stream.errored;
    if (!this.#stream.write(chunk)) await once(this.#stream, 'drain');
  }

  async end(): Promise<void> {
    this.#stream.end();
    await finished(this.#stream);
  }

  destroy(): void {
    this.#stream.destroy();
  }
}
