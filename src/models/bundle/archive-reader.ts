import { type Entry, openPromise, type ZipFile } from 'yauzl';
import {
  BUNDLE_ENTRIES,
  type BundleEntryName,
  type BundleLimits,
  ONNX_ENTRY,
  OPTIONAL_ENTRIES,
} from './bundle-format.js';
import { bundleInvalid } from './bundle-invalid.js';
import { entryFault, isBadName, isStored, readEntry, unpacksToTooMuch } from './zip-entries.js';

/**
 * Reads the archive of a bundle into memory, and only there: no name in the archive ever becomes a path. A name must
 * be one of the format's, which also refuses every kind of climbing, absolute or doubled name at once.
 */

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
  read(name: BundleEntryName): Promise<Buffer> {
    const refuse = (reason: string) => bundleInvalid(`${name} ${reason}`);
    return readEntry(this.zip, this.entries.get(name) as Entry, refuse);
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
    throw bundleInvalid(
      isBadName(error) ? 'it has an entry that a bundle does not have' : 'its directory is damaged',
    );
  }
}

function assertPlainFile(entry: Entry, name: string): void {
  const fault = entryFault(entry);
  if (fault !== undefined) throw bundleInvalid(`${name} ${fault}`);
  if (name === ONNX_ENTRY && !isStored(entry)) {
    throw bundleInvalid(`${name} is packed, but is to be stored as it is`);
  }
}

function assertSize(entry: Entry, name: BundleEntryName, limits: BundleLimits): void {
  if (!LARGE_ENTRIES.includes(name) && entry.uncompressedSize > limits.maxTextBytes)
    throw bundleInvalid(`${name} is too large`);
  if (unpacksToTooMuch(entry, limits.maxRatio)) {
    throw bundleInvalid(`${name} unpacks to far more than it should`);
  }
}
