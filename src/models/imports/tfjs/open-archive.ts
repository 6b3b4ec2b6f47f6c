import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { entryFault, isBadName, readEntry, unpacksToTooMuch } from '../../bundle/zip-entries.js';
import { modelFileInvalid } from '../model-file-invalid.js';

const MAX_ENTRIES = 10_000;
const MAX_TOPOLOGY_BYTES = 64 * 1024 ** 2;
const MAX_RATIO = 200;

/** A zip of a model, read into memory and only there: no name in it ever becomes a path. Close it. */
export class ModelArchive {
  private constructor(
    private readonly zip: ZipFile,
    private readonly entries: ReadonlyMap<string, Entry>,
    /** Of the topology: shards are named relative to its folder. */
    private readonly topologyName: string,
  ) {}

  /** @throws Problem model_file_invalid */
  static async open(path: string, maxTotalBytes: number): Promise<ModelArchive> {
    let zip: ZipFile;
    try {
      zip = await openPromise(path, { autoClose: false, strictFileNames: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
      throw modelFileInvalid('it is not a zip file');
    }
    try {
      const entries = await readDirectory(zip, maxTotalBytes);
      return new ModelArchive(zip, entries, findTopology(entries));
    } catch (error) {
      zip.close();
      throw error;
    }
  }

  async topology(): Promise<unknown> {
    const content = await this.#read(this.topologyName);
    try {
      return JSON.parse(content.toString('utf8'));
    } catch {
      throw modelFileInvalid('its model.json is not JSON');
    }
  }

  /** @param name as the topology says it @throws Problem model_file_invalid */
  shard(name: string): Promise<Buffer> {
    const folder = this.topologyName.slice(0, -'model.json'.length);
    const path = folder + name.replace(/^\.\//, '');
    if (!this.entries.has(path)) {
      throw modelFileInvalid('a file of weights that its model.json names is not in the zip');
    }
    return this.#read(path);
  }

  close(): void {
    this.zip.close();
  }

  #read(name: string): Promise<Buffer> {
    return readEntry(this.zip, this.entries.get(name) as Entry, (reason) =>
      modelFileInvalid(`a file in the zip ${reason}`),
    );
  }
}

async function readDirectory(zip: ZipFile, maxTotalBytes: number): Promise<Map<string, Entry>> {
  if (zip.entryCount > MAX_ENTRIES) throw modelFileInvalid('the zip has too many files');
  const found = new Map<string, Entry>();
  let totalBytes = 0;
  for await (const entry of entriesOf(zip)) {
    if (entry.fileName.endsWith('/')) continue;
    const fault = entryFault(entry);
    if (fault !== undefined) throw modelFileInvalid(`a file in the zip ${fault}`);
    if (found.has(entry.fileName)) throw modelFileInvalid('the zip has one name twice');
    totalBytes += entry.uncompressedSize;
    if (totalBytes > maxTotalBytes) throw modelFileInvalid('it is larger, unpacked, than is allowed here');
    found.set(entry.fileName, entry);
  }
  return found;
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  try {
    for await (const entry of zip.eachEntry()) yield entry;
  } catch (error) {
    throw modelFileInvalid(
      isBadName(error) ? 'the zip has a path that leads out of it' : "the zip's directory is damaged",
    );
  }
}

/** model.json, wherever in the zip it lies. */
function findTopology(entries: ReadonlyMap<string, Entry>): string {
  const names = [...entries.keys()].filter((name) => /(?:^|\/)model\.json$/.test(name));
  const [name] = names;
  if (name === undefined || names.length > 1) {
    throw modelFileInvalid(`the zip must hold one model.json; it holds ${names.length}`);
  }
  const entry = entries.get(name) as Entry;
  if (entry.uncompressedSize > MAX_TOPOLOGY_BYTES || unpacksToTooMuch(entry, MAX_RATIO)) {
    throw modelFileInvalid('its model.json unpacks to far more than it should');
  }
  return name;
}
