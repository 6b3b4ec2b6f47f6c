/**
 * Reads protocol buffers field by field, without a schema: what looking into an ONNX file needs. Every length is checked
 * against what is there before anything is taken; nothing is copied.
 */

const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;
const FIXED_32 = 5;

export interface Field {
  readonly number: number;
  /** The payload of a message, text, bytes or packed list; empty for others. */
  readonly bytes: Uint8Array;
  /** Of a varint, with its sign; exact up to 2^53. */
  readonly integer: number;
  /** The field as it stands in the file, with its tag. */
  readonly whole: Uint8Array;
}

const NOTHING = new Uint8Array(0);
const decoder = new TextDecoder();

/** Thrown where the bytes are none of the format. */
export class NotProtobuf extends Error {}

export function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    const [value, next] = readVarint(message, at);
    at = next;
    return value;
  };
  while (at < message.length) {
    const first = at;
    const tag = varint();
    const number = Math.floor(tag / 8);
    let bytes: Uint8Array = NOTHING;
    let integer = 0;
    switch (tag % 8) {
      case VARINT:
        integer = varint();
        break;
      case FIXED_64:
        at += 8;
        break;
      case FIXED_32:
        at += 4;
        break;
      case BYTES: {
        const length = varint();
        if (length < 0) throw new NotProtobuf();
        bytes = message.subarray(at, at + length);
        at += length;
        break;
      }
      default:
        throw new NotProtobuf();
    }
    if (at > message.length || number === 0) throw new NotProtobuf();
    yield { number, bytes, integer, whole: message.subarray(first, at) };
  }
}

export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Of a repeated integer, in the packed form or one by one. */
export function integersOf({ bytes, integer }: Field): number[] {
  if (bytes.length === 0) return [integer];
  const found: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [value, next] = readVarint(bytes, at);
    found.push(value);
    at = next;
  }
  return found;
}

/** A negative number is written in two's complement of 64 bits. @returns the number and where the next one begins */
function readVarint(bytes: Uint8Array, first: number): [number, number] {
  let value = 0n;
  for (let k = 0; k < 10; k++) {
    const byte = bytes[first + k];
    if (byte === undefined) throw new NotProtobuf();
    value |= BigInt(byte & 127) << BigInt(7 * k);
    if (byte < 128) return [Number(BigInt.asIntN(64, value)), first + k + 1];
  }
  throw new NotProtobuf();
}
