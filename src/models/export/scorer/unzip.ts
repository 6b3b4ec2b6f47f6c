/**
 * Reads a zip archive that lies in memory, with nothing but what browsers and Node have: the directory at its end, then
 * each entry by its place. Bundles are stored or deflated, not encrypted, and below 4 GiB.
 */
const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 65_535;
const STORED = 0;
const DEFLATED = 8;

interface ZipEntry {
  readonly method: number;
  readonly packedBytes: number;
  readonly nBytes: number;
  /** Where its own header begins. */
  readonly at: number;
}

export class ZipFile {
  readonly #view: DataView;
  readonly #entries = new Map<string, ZipEntry>();

  /** @throws Error when it is no zip archive */
  constructor(private readonly file: Uint8Array) {
    this.#view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    this.#readDirectory();
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** An entry's content, in a buffer of its own. @throws Error when it is absent or damaged */
  async read(name: string): Promise<Uint8Array> {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new Error(`The bundle has no ${name}.`);
    const { at, method, packedBytes, nBytes } = entry;
    const start = at + 30 + this.#view.getUint16(at + 26, true) + this.#view.getUint16(at + 28, true);
    const packed = this.file.slice(start, start + packedBytes);
    if (method !== STORED && method !== DEFLATED) throw new Error(`${name} is packed in an unknown way.`);
    const content = method === STORED ? packed : await inflate(packed, nBytes);
    if (content.length !== nBytes) throw new Error(`${name} has another length than the archive says.`);
    return content;
  }

  #readDirectory(): void {
    const view = this.#view;
    const end = this.#findEnd();
    const nEntries = view.getUint16(end + 10, true);
    let at = view.getUint32(end + 16, true);
    for (let k = 0; k < nEntries; k++) {
      if (at + 46 > view.byteLength || view.getUint32(at, true) !== DIRECTORY_ENTRY) throw notAZip();
      const nameBytes = view.getUint16(at + 28, true);
      const name = new TextDecoder().decode(this.file.subarray(at + 46, at + 46 + nameBytes));
      this.#entries.set(name, {
        method: view.getUint16(at + 10, true),
        packedBytes: view.getUint32(at + 20, true),
        nBytes: view.getUint32(at + 24, true),
        at: view.getUint32(at + 42, true),
      });
      at += 46 + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    }
  }

  #findEnd(): number {
    const first = Math.max(0, this.#view.byteLength - END_BYTES - MAX_COMMENT_BYTES);
    for (let at = this.#view.byteLength - END_BYTES; at >= first; at--) {
      if (this.#view.getUint32(at, true) === END_OF_DIRECTORY) return at;
    }
    throw notAZip();
  }
}

function notAZip(): Error {
  return new Error('This is not a bundle: it is not a zip archive.');
}

/** Never more than the directory says. */
async function inflate(packed: Uint8Array, nBytes: number): Promise<Uint8Array> {
  const stream = new Blob([packed as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream('deflate-raw'));
  const content = new Uint8Array(nBytes);
  let length = 0;
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return content.subarray(0, length);
    const piece = value as Uint8Array;
    if (length + piece.length > nBytes) throw new Error('An entry is longer than the archive says.');
    content.set(piece, length);
    length += piece.length;
  }
}
