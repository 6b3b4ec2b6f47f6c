/**
 * A look into a flatbuffer that a stranger has sent. Its tables hold offsets to other tables; a library follows them
 * wherever they point. Here every one is held against the buffer first, and what lies outside is refused.
 *
 * A table starts with the (signed) distance back to its vtable: two 16-bit sizes, then for each field the 16-bit offset
 * from the start of the table, 0 for a field that is absent. Tables, vectors and texts are reached through 32-bit
 * offsets from their own place. Everything is little-endian. https://flatbuffers.dev/internals
 */
export class FlatbufferError extends Error {
  override readonly name = 'FlatbufferError';
}

/** Vectors of these have their elements in place, so many bytes each. */
const OFFSET_BYTES = 4;
const MIN_VTABLE_BYTES = 4;

export class FlatTable {
  readonly #vtable: number;
  readonly #vtableBytes: number;
  readonly #tableBytes: number;

  private constructor(
    readonly bytes: DataView,
    private readonly start: number,
  ) {
    this.#vtable = start - int32(bytes, start);
    this.#vtableBytes = uint16(bytes, this.#vtable);
    this.#tableBytes = uint16(bytes, this.#vtable + 2);
    inside(bytes, this.#vtable, this.#vtableBytes);
    inside(bytes, start, this.#tableBytes);
    if (this.#vtableBytes < MIN_VTABLE_BYTES || this.#vtableBytes % 2 !== 0) throw new FlatbufferError();
  }

  /** The table that a buffer is about. @throws FlatbufferError */
  static root(bytes: DataView): FlatTable {
    return new FlatTable(bytes, uint32(bytes, 0));
  }

  /** @throws FlatbufferError, as do all others */
  table(field: number): FlatTable | undefined {
    const place = this.#place(field, OFFSET_BYTES);
    return place === undefined ? undefined : new FlatTable(this.bytes, place + uint32(this.bytes, place));
  }

  tables(field: number): FlatTable[] {
    const { from, length } = this.vector(field, OFFSET_BYTES);
    return Array.from({ length }, (_, index) => {
      const place = from + index * OFFSET_BYTES;
      return new FlatTable(this.bytes, place + uint32(this.bytes, place));
    });
  }

  /** A vector whose elements lie in place; texts are vectors of bytes. */
  vector(field: number, elementBytes: number): { from: number; length: number } {
    const place = this.#place(field, OFFSET_BYTES);
    if (place === undefined) return { from: 0, length: 0 };
    const start = place + uint32(this.bytes, place);
    const length = uint32(this.bytes, start);
    const from = start + OFFSET_BYTES;
    inside(this.bytes, from, length * elementBytes);
    return { from, length };
  }

  uint8(field: number): number {
    const place = this.#place(field, 1);
    return place === undefined ? 0 : this.bytes.getUint8(place);
  }

  int16(field: number, absent = 0): number {
    const place = this.#place(field, 2);
    return place === undefined ? absent : this.bytes.getInt16(place, true);
  }

  int32(field: number, absent = 0): number {
    const place = this.#place(field, 4);
    return place === undefined ? absent : this.bytes.getInt32(place, true);
  }

  /** A 64-bit number that counts bytes or rows: refused when it is negative or beyond 2^53. */
  size(field: number): number {
    const place = this.#place(field, 8);
    return place === undefined ? 0 : sizeAt(this.bytes, place);
  }

  /** The place of a field's value; undefined when it is absent. */
  #place(field: number, nBytes: number): number | undefined {
    const slot = MIN_VTABLE_BYTES + field * 2;
    if (slot + 2 > this.#vtableBytes) return undefined;
    const offset = uint16(this.bytes, this.#vtable + slot);
    if (offset === 0) return undefined;
    if (offset + nBytes > this.#tableBytes) throw new FlatbufferError();
    return this.start + offset;
  }
}

/** @throws FlatbufferError for a negative number and for one beyond 2^53 */
export function sizeAt(bytes: DataView, place: number): number {
  inside(bytes, place, 8);
  const value = bytes.getBigInt64(place, true);
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) throw new FlatbufferError();
  return Number(value);
}

function inside(bytes: DataView, from: number, length: number): void {
  if (from < 0 || length < 0 || from + length > bytes.byteLength) throw new FlatbufferError();
}

function uint16(bytes: DataView, place: number): number {
  inside(bytes, place, 2);
  return bytes.getUint16(place, true);
}

function uint32(bytes: DataView, place: number): number {
  inside(bytes, place, 4);
  return bytes.getUint32(place, true);
}

function int32(bytes: DataView, place: number): number {
  inside(bytes, place, 4);
  return bytes.getInt32(place, true);
}
