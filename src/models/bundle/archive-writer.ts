import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { translateStorageError } from '../../errors/file-errors.js';
import { syncToDisk } from '../../storage/durable-files.js';

/** One entry in pieces. `packed` entries are deflated; tensors are stored, so that reading them is one copy. */
export interface ArchiveEntry {
  readonly name: string;
  readonly pieces: readonly Uint8Array[];
  readonly nBytes: number;
  readonly packed: boolean;
}

/** Local time without a zone, as the DOS field holds it: the same bytes wherever the machine stands. */
const FIXED_TIME = new Date(2000, 0, 1, 0, 0, 0);
const FILE_MODE = 0o100644;
const PIECE_BYTES = 1024 * 1024;

/**
 * Writes a zip whole or not at all: to a name beside `path`, flushed to the disk, then renamed.
 * Equal entries give equal bytes.
 * @throws Problem storage_full when there is no room; nothing is left then
 */
export async function writeArchive(
  path: string,
  entries: readonly ArchiveEntry[],
): Promise<{ nBytes: number; sha256: string }> {
  const partial = `${path}.partial`;
  try {
    const written = await writeZip(partial, entries);
    await syncToDisk(partial);
    await rename(partial, path);
    await syncToDisk(dirname(path));
    return written;
  } catch (error) {
    await rm(partial, { force: true });
    throw translateStorageError(error);
  }
}

async function writeZip(
  path: string,
  entries: readonly ArchiveEntry[],
): Promise<{ nBytes: number; sha256: string }> {
  const zip = new ZipFile();
  for (const { name, pieces, nBytes, packed } of entries) {
    const options = {
      mtime: FIXED_TIME,
      forceDosTimestamp: true,
      mode: FILE_MODE,
      compress: packed,
      size: nBytes,
    };
    zip.addReadStreamLazy(name, options, (give) => give(null, Readable.from(smallPieces(pieces))));
  }
  zip.end();
  const hash = createHash('sha256');
  let nBytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      nBytes += chunk.length;
      done(null, chunk);
    },
  });
  zip.on('error', (error: Error) => measure.destroy(error));
  await pipeline(zip.outputStream as Readable, measure, createWriteStream(path, { mode: 0o600 }));
  return { nBytes, sha256: hash.digest('hex') };
}

/** Large pieces in small ones, so that a slow disk holds the writer back instead of filling the memory. */
function* smallPieces(pieces: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const piece of pieces) {
    for (let start = 0; start < piece.length; start += PIECE_BYTES) {
      yield Buffer.from(piece.buffer, piece.byteOffset + start, Math.min(PIECE_BYTES, piece.length - start));
    }
  }
}
