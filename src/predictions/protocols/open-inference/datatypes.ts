/** A kind of element of a tensor, and what a value of it must be. */
export interface Datatype {
  /** Bytes an element in binary form; 0 for BYTES, whose elements say their own length. */
  readonly width: number;
  readonly kind: 'boolean' | 'integer' | 'float' | 'text';
  /** Integers: the range. Floats: the largest magnitude. */
  readonly minimum: number;
  readonly maximum: number;
  /** One element, little-endian. */
  readonly read?: (view: DataView, at: number) => number | boolean;
  readonly write?: (view: DataView, at: number, value: number) => void;
}

const MAX_FP16 = 65504;
const MAX_FP32 = 3.4028234663852886e38;

const unsigned = (bits: number) =>
  ({ width: bits / 8, kind: 'integer', minimum: 0, maximum: 2 ** bits - 1 }) as const;
const signed = (bits: number) =>
  ({ width: bits / 8, kind: 'integer', minimum: -(2 ** (bits - 1)), maximum: 2 ** (bits - 1) - 1 }) as const;
const float = (bits: number, maximum: number) =>
  ({ width: bits / 8, kind: 'float', minimum: -maximum, maximum }) as const;

/** All datatypes of the protocol. 64-bit integers are read as the nearest double. */
export const DATATYPES: ReadonlyMap<string, Datatype> = new Map<string, Datatype>([
  [
    'BOOL',
    {
      width: 1,
      kind: 'boolean',
      minimum: 0,
      maximum: 1,
      read: (view, at) => view.getUint8(at) !== 0,
      write: (view, at, value) => view.setUint8(at, value),
    },
  ],
  ['UINT8', { ...unsigned(8), read: (view, at) => view.getUint8(at) }],
  ['UINT16', { ...unsigned(16), read: (view, at) => view.getUint16(at, true) }],
  ['UINT32', { ...unsigned(32), read: (view, at) => view.getUint32(at, true) }],
  ['UINT64', { ...unsigned(64), read: (view, at) => Number(view.getBigUint64(at, true)) }],
  ['INT8', { ...signed(8), read: (view, at) => view.getInt8(at) }],
  ['INT16', { ...signed(16), read: (view, at) => view.getInt16(at, true) }],
  ['INT32', { ...signed(32), read: (view, at) => view.getInt32(at, true) }],
  [
    'INT64',
    {
      ...signed(64),
      read: (view, at) => Number(view.getBigInt64(at, true)),
      write: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
    },
  ],
  ['FP16', { ...float(16, MAX_FP16), read: (view, at) => halfFloat(view.getUint16(at, true)) }],
  ['FP32', { ...float(32, MAX_FP32), read: (view, at) => view.getFloat32(at, true) }],
  [
    'FP64',
    {
      ...float(64, Number.MAX_VALUE),
      read: (view, at) => view.getFloat64(at, true),
      write: (view, at, value) => view.setFloat64(at, value, true),
    },
  ],
  ['BYTES', { width: 0, kind: 'text', minimum: 0, maximum: 0 }],
]);

/** IEEE 754 binary16. */
function halfFloat(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
