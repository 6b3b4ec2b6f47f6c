import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import yauzl from 'yauzl';
import { unreadable } from './defects.js';
import type { Compression } from './ingest-types.js';

/** What a file is wrapped in. */
export interface Container {
  readonly compression: Compression;
  /** A zip that is itself a document. */
  readonly workbook?: 'xlsx' | 'ods';
}

const CHUNK_BYTES = 1024 * 1024;
/**
 * Tables compress 3 to 30 times, the dullest of them some hundred times; gzip itself ends at 1,032. A bomb is told
 * from a small dull table by its size as well.
 */
const MAX_RATIO = 400;
const RATIO_MATTERS_FROM_BYTES = 256 * 1024 * 1024;
/** A workbook has some dozen; a longer list of entries is an attack on whoever lists them. */
const MAX_ENTRIES = 10_000;

/** Throws Problem `dataset_unreadable` for a zip that holds no file, or several. */
export async function detectContainer(path: string): Promise<Container> {
  const head = await firstBytes(path, 4);
  if (head[0] === 0x1f && head[1] === 0x8b) return { compression: 'gzip' };
  if (head.equals(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]))) return { compression: 'zstd' };
  if (!isZip(head)) return { compression: 'none' };
  const entries = await listEntries(path);
  const names = new Set(entries.map(({ fileName }) => fileName));
  if (names.has('[Content_Types].xml') && names.has('xl/workbook.xml')) {
    return { compression: 'none', workbook: 'xlsx' };
  }
  if (names.has('content.xml') && names.has('mimetype')) return { compression: 'none', workbook: 'ods' };
  onlyFile(entries);
  return { compression: 'zip' };
}

/** @param head the first bytes of a file */
export function isZip(head: Buffer): boolean {
  return [0x03, 0x05].some((kind) => head.subarray(0, 4).equals(Buffer.from([0x50, 0x4b, kind, kind + 1])));
}

export async function firstBytes(path: string, nBytes: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(nBytes), 0, nBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/**
 * The bytes inside; the chunks may be changed by the reader.
 * Throws Problem `dataset_unreadable` for damaged compression and for too much of it.
 */
export async function* plainBytes(
  path: string,
  compression: Compression,
  maxUncompressedBytes: number,
): AsyncGenerator<Buffer> {
  if (compression === 'none') {
    yield* createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>;
    return;
  }
  const nCompressedBytes = (await stat(path)).size;
  let nBytes = 0;
  for await (const chunk of unpacked(path, compression)) {
    nBytes += chunk.length;
    refuseBomb(nBytes, nCompressedBytes, maxUncompressedBytes);
    yield chunk;
  }
}

async function* unpacked(path: string, compression: Exclude<Compression, 'none'>): AsyncGenerator<Buffer> {
  try {
    if (compression === 'gzip') yield* gunzipped(path);
    else if (compression === 'zstd') yield* unzstd(path);
    else yield* unzipped(path);
  } catch (error) {
    throw damage(error, compression);
  }
}

async function* gunzipped(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  file.once('error', (error) => gunzip.destroy(error));
  try {
    yield* file.pipe(gunzip) as AsyncIterable<Buffer>;
  } finally {
    gunzip.destroy();
    file.destroy();
  }
}

async function* unzstd(path: string): AsyncGenerator<Buffer> {
  let ready: Buffer[] = [];
  // Its blocks are views of a window that it writes over.
  const decompress = new Decompress((block) => ready.push(Buffer.from(block)));
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES / 4 })) {
    decompress.push(chunk as Buffer);
    yield* ready;
    ready = [];
  }
  decompress.push(new Uint8Array(0), true);
  yield* ready;
}

async function* unzipped(path: string): AsyncGenerator<Buffer> {
  const zip = await openZip(path);
  try {
    const entry = onlyFile(await entriesOf(zip));
    const stream = await entryStream(zip, entry);
    yield* stream as AsyncIterable<Buffer>;
  } finally {
    zip.close();
  }
}

async function listEntries(path: string): Promise<yauzl.Entry[]> {
  try {
    const zip = await openZip(path);
    try {
      return await entriesOf(zip);
    } finally {
      zip.close();
    }
  } catch (error) {
    throw damage(error, 'zip');
  }
}

function openZip(path: string): Promise<yauzl.ZipFile> {
  return new Promise((resolve, reject) => {
    yauzl.open(path, { lazyEntries: true, autoClose: false, validateEntrySizes: true }, (error, zip) =>
      error ? reject(error) : resolve(zip),
    );
  });
}

function entriesOf(zip: yauzl.ZipFile): Promise<yauzl.Entry[]> {
  return new Promise((resolve, reject) => {
    if (zip.entryCount > MAX_ENTRIES) {
      reject(unreadable('zip_too_many_entries', `The archive has more than ${MAX_ENTRIES} entries.`));
      return;
    }
    const entries: yauzl.Entry[] = [];
    zip.on('entry', (entry: yauzl.Entry) => {
      entries.push(entry);
      zip.readEntry();
    });
    zip.once('end', () => resolve(entries));
    zip.once('error', reject);
    zip.readEntry();
  });
}

/** Folders and what macOS adds beside a file do not count. */
function onlyFile(entries: readonly yauzl.Entry[]): yauzl.Entry {
  const files = entries.filter(
    ({ fileName }) => !fileName.endsWith('/') && !fileName.startsWith('__MACOSX/'),
  );
  const [file] = files;
  if (file === undefined) throw unreadable('zip_without_file', 'The archive holds no file.');
  if (files.length > 1) {
    throw unreadable(
      'zip_with_several_files',
      `The archive holds ${files.length} files; send one with one file inside.`,
    );
  }
  if (file.isEncrypted()) throw unreadable('zip_encrypted', 'The file in the archive is encrypted.');
  return file;
}

export function refuseBomb(nBytes: number, nCompressedBytes: number, maxBytes: number): void {
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

/** What a decompressor throws, as a refusal; failures of the disk pass. */
function damage(error: unknown, compression: Compression): unknown {
  if (!(error instanceof Error) || error.name === 'Problem') return error;
  const code = 'code' in error ? String(error.code) : '';
  if (/^E[A-Z]+$/.test(code) && code !== 'EOF') return error;
  const isTruncated = code === 'Z_BUF_ERROR' || /unexpected (?:EOF|end)/i.test(error.message);
  return isTruncated
    ? unreadable(`truncated_${compression}`, `The ${compression} data ends early.`)
    : unreadable(`damaged_${compression}`, `The ${compression} data is damaged.`);
}

/** How many bytes all entries of a zip have together, by unpacking them; stops soon after the limit. */
export async function measureEntries(path: string, limitBytes: number): Promise<number> {
  let nBytes = 0;
  try {
    const zip = await openZip(path);
    try {
      for (const entry of await entriesOf(zip)) {
        if (entry.fileName.endsWith('/')) continue;
        for await (const chunk of await entryStream(zip, entry)) {
          nBytes += (chunk as Buffer).length;
          if (nBytes > limitBytes) return nBytes;
        }
      }
    } finally {
      zip.close();
    }
  } catch (error) {
    throw damage(error, 'zip');
  }
  return nBytes;
}

function entryStream(zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
}
