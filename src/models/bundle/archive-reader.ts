import { type Entry, openPromise, type ZipFile } from 'yauzl';
import {
  BUNDLE_ENTRIES,
  type BundleEntryName,
  type BundleLimits,
  ONNX_ENTRY,
  OPTIONAL_ENTRIES,
} from './bundle-format.js';
import { bundleInvalid } from './bundle-invalid.js';

/**
 * Reads the archive of a bundle into memory, and only there: no name in the archive ever becomes a path. A name must
 * be one of the format's, which also refuses every kind of climbing, absolute or doubled name at once.
 */

const STORED = 0;
const DEFLATED = 8;
const FILE_TYPE_BITS = 0o170000;
const REGULAR_FILE = 0o100000;
/** Below this an entry cannot do harm, however well it was packed. */
const RATIO_APPLIES_ABOVE_BYTES = 1024 * 1024;
/** Large by nature, and never unpacked into more than themselves. */
const LARGE_ENTRIES: readonly BundleEntryName[] = ['tensors.safetensors', ONNX_ENTRY];
const isOptional = (name: BundleEntryName): boolean => OPTIONAL_ENTRIES.some((optional) => optional === name);

/** An opened archive whose directory has been checked; close it. */
export class ArchiveReader {
  private constructor(
    private readonly zip: ZipFile,
    private readonly entries: ReadonlyMap<BundleEntryName, Entry>,
  ) {}

  /** @throws Problem bundle_invalid with the reason */
  static async open(path: string, limits: BundleLimits): Promise<ArchiveReader> {
    let zip: ZipFile;
    try {
      zip = await openPromise(path, { autoClose: false, strictFileNames: true });
    } catch (error) {
      // ENOENT and its like are failures of ours, not of the bundle.
      if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
      throw bundleInvalid('it is not a zip file');
    }
    try {
      return new ArchiveReader(zip, await readDirectory(zip, limits));
    } catch (error) {
      zip.close();
      throw error;
    }
  }

  has(name: BundleEntryName): boolean {
    return this.entries.has(name);
  }

  /** Where the bytes of an entry that is stored as it is begin in the file. */
  async dataStart(name: BundleEntryName): Promise<number> {
    const { fileDataStart } = await this.zip.readLocalFileHeaderPromise(this.entries.get(name) as Entry);
    return fileDataStart;
  }

  /** The unpacked length, as the archive says. */
  nBytes(name: BundleEntryName): number {
    return this.entries.get(name)?.uncompressedSize ?? 0;
  }

  /** The content of one entry, in a buffer of its own. @throws Problem bundle_invalid */
  async read(name: BundleEntryName): Promise<Buffer> {
    const entry = this.entries.get(name) as Entry;
    // Never more than the directory says: the reader's own check ends the stream at the first byte too many.
    const content = Buffer.allocUnsafeSlow(entry.uncompressedSize);
    let length = 0;
    try {
      for await (const chunk of (await this.zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
        if (length + chunk.length > content.length) throw new Error('longer than declared');
        chunk.copy(content, length);
        length += chunk.length;
      }
    } catch {
      throw bundleInvalid(`${name} cannot be unpacked`);
    }
    if (length !== content.length) throw bundleInvalid(`${name} is shorter than the archive says`);
    return content;
  }

  close(): void {
    this.zip.close();
  }
}

async function readDirectory(zip: ZipFile, limits: BundleLimits): Promise<Map<BundleEntryName, Entry>> {
  if (zip.entryCount > BUNDLE_ENTRIES.length) throw bundleInvalid('it has more entries than a bundle has');
  const found = new Map<BundleEntryName, Entry>();
  let totalBytes = 0;
  for await (const entry of entriesOf(zip)) {
    const name = BUNDLE_ENTRIES.find((known) => known === entry.fileName);
    if (name === undefined) throw bundleInvalid('it has an entry that a bundle does not have');
    if (found.has(name)) throw bundleInvalid(`it has ${name} twice`);
    assertPlainFile(entry, name);
    totalBytes += entry.uncompressedSize;
    if (totalBytes > limits.maxTotalBytes)
      throw bundleInvalid('it is larger, unpacked, than is allowed here');
    assertSize(entry, name, limits);
    found.set(name, entry);
  }
  const missing = BUNDLE_ENTRIES.find((name) => !found.has(name) && !isOptional(name));
  if (missing !== undefined) throw bundleInvalid(`it has no ${missing}`);
  return found;
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  try {
    for await (const entry of zip.eachEntry()) yield entry;
  } catch (error) {
    const isName =
      error instanceof Error && /relative path|absolute path|invalid characters/.test(error.message);
    throw bundleInvalid(isName ? 'it has an entry that a bundle does not have' : 'its directory is damaged');
  }
}

function assertPlainFile(entry: Entry, name: string): void {
  const fileType = (entry.externalFileAttributes >>> 16) & FILE_TYPE_BITS;
  if (fileType !== 0 && fileType !== REGULAR_FILE) throw bundleInvalid(`${name} is not a plain file`);
  if (entry.isEncrypted()) throw bundleInvalid(`${name} is encrypted`);
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    throw bundleInvalid(`${name} is packed in an unknown way`);
  }
  if (name === ONNX_ENTRY && entry.compressionMethod !== STORED) {
    throw bundleInvalid(`${name} is packed, but is to be stored as it is`);
  }
}

function assertSize(entry: Entry, name: BundleEntryName, limits: BundleLimits): void {
  const { uncompressedSize, compressedSize } = entry;
  if (!LARGE_ENTRIES.includes(name) && uncompressedSize > limits.maxTextBytes)
    throw bundleInvalid(`${name} is too large`);
  if (uncompressedSize > RATIO_APPLIES_ABOVE_BYTES && uncompressedSize > compressedSize * limits.maxRatio) {
    throw bundleInvalid(`${name} unpacks to far more than it should`);
  }
}
