/**
 * Writes protocol buffers: what ONNX needs of them, and no more. A message is a list of fields, each a tag (field number
 * and wire type) and a value; nested messages, texts, bytes and packed lists have their length before them.
 * ONNX has seven messages with some forty fields, so a library that reads schemas would be the larger part; and the
 * bytes written here depend on the calls alone, so equal models give equal files.
 */
const VARINT = 0;
const BYTES = 2;
/** Numbers below this are shifted as 32 bits; above, by division. */
const LARGEST_SHIFTED = 2 ** 31;

export class ProtobufWriter {
  #bytes = Buffer.allocUnsafe(256);
  #length = 0;

  /** A safe integer; a negative one takes ten bytes, as the format wants. */
  integer(field: number, value: number): this {
    this.#tag(field, VARINT);
    this.#varint(value);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value, 'utf8'));
  }

  /** A repeated text; the same text many times over, as lists of modes have it, is turned into bytes once. */
  texts(field: number, values: Iterable<string>): this {
    const known = new Map<string, Buffer>();
    for (const value of values) {
      let bytes = known.get(value);
      if (bytes === undefined) {
        bytes = Buffer.from(value, 'utf8');
        if (known.size < 16) known.set(value, bytes);
      }
      this.bytes(field, bytes);
    }
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, BYTES);
    this.#varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  message(field: number, write: (message: ProtobufWriter) => void): this {
    const message = new ProtobufWriter();
    write(message);
    return this.bytes(field, message.finish());
  }

  /** Integers as one packed list. */
  integers(field: number, values: Iterable<number>): this {
    const list = new ProtobufWriter();
    for (const value of values) list.#varint(value);
    return this.bytes(field, list.finish());
  }

  /** The bytes written so far: a view. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number): void {
    this.#reserve(10);
    if (value < 0) {
      // Two's complement of 64 bits; rare enough for big integers.
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 127n; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 127n) | 128;
      this.#bytes[this.#length++] = Number(rest);
      return;
    }
    let rest = value;
    while (rest >= LARGEST_SHIFTED) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  #reserve(nBytes: number): void {
    if (this.#length + nBytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + nBytes));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
