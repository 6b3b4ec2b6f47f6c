import type { Entry, ZipFile } from 'yauzl';

/** What every reader of an archive from outside needs; the sentence around a reason is the caller's. */

const STORED = 0;
const DEFLATED = 8;
const FILE_TYPE_BITS = 0o170000;
const REGULAR_FILE = 0o100000;
/** Below this an entry cannot do harm, however well it was packed. */
const RATIO_APPLIES_ABOVE_BYTES = 1024 * 1024;

export const isStored = (entry: Entry): boolean => entry.compressionMethod === STORED;

/** Why an entry is none that is read here; undefined: it is one. */
export function entryFault(entry: Entry): string | undefined {
  const fileType = (entry.externalFileAttributes >>> 16) & FILE_TYPE_BITS;
  if (fileType !== 0 && fileType !== REGULAR_FILE) return 'is not a plain file';
  if (entry.isEncrypted()) return 'is encrypted';
  if (!isStored(entry) && entry.compressionMethod !== DEFLATED) return 'is packed in an unknown way';
  return undefined;
}

export function unpacksToTooMuch({ uncompressedSize, compressedSize }: Entry, maxRatio: number): boolean {
  return uncompressedSize > RATIO_APPLIES_ABOVE_BYTES && uncompressedSize > compressedSize * maxRatio;
}

/** Whether reading a directory ended at a name that climbs, is absolute or has characters of paths elsewhere. */
export function isBadName(error: unknown): boolean {
  return error instanceof Error && /relative path|absolute path|invalid characters/.test(error.message);
}

/**
 * The content of one entry, in a buffer of its own.
 * @param refuse makes the error of a reason
 */
export async function readEntry(
  zip: ZipFile,
  entry: Entry,
  refuse: (reason: string) => Error,
): Promise<Buffer> {
  // Never more than the directory says: the reader's own check ends the stream at the first byte too many.
  const content = Buffer.allocUnsafeSlow(entry.uncompressedSize);
  let length = 0;
  try {
    for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
      if (length + chunk.length > content.length) throw new Error('longer than declared');
      chunk.copy(content, length);
      length += chunk.length;
    }
  } catch {
    throw refuse('cannot be unpacked');
  }
  if (length !== content.length) throw refuse('is shorter than the archive says');
  return content;
}
