import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Tensor, TensorArray } from '../../learn/tensor.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';

const arrays: fc.Arbitrary<TensorArray> = fc.oneof(
  fc.float64Array({ maxLength: 30 }),
  fc.float32Array({ maxLength: 30 }),
  fc.int32Array({ maxLength: 30 }),
  fc.uint32Array({ maxLength: 30 }),
  fc.uint16Array({ maxLength: 30 }),
  fc.uint8Array({ maxLength: 30 }),
);
const names = fc
  .string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
  .filter((name) => name !== '__metadata__');
const tensorSets = fc.dictionary(
  names,
  arrays.map((data): Tensor => ({ shape: [data.length], data })),
);

const encode = (tensors: Record<string, Tensor>) => Buffer.concat(encodeSafetensors(tensors).pieces);
const bytesOf = ({ data }: Tensor) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/** A file with any header, for readers that must not trust it. */
function file(header: unknown, dataBytes: number): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([head, json, Buffer.alloc(dataBytes)]);
}
const tensor = (dtype: string, shape: unknown, begin: unknown, end: unknown) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('safetensors', () => {
  it('reads what it wrote, to the bit', () => {
    fc.assert(
      fc.property(tensorSets, (tensors) => {
        const read = decodeSafetensors(encode(tensors));
        expect(Object.keys(read).sort()).toEqual(Object.keys(tensors).sort());
        for (const [name, sent] of Object.entries(tensors)) {
          expect(read[name]?.data.constructor).toBe(sent.data.constructor);
          expect(read[name]?.shape).toEqual(sent.shape);
          expect(bytesOf(read[name] as Tensor).equals(bytesOf(sent))).toBe(true);
        }
      }),
    );
  });

  it('writes equal bytes whatever the order of the names', () => {
    fc.assert(
      fc.property(tensorSets, (tensors) => {
        const reversed = Object.fromEntries(Object.entries(tensors).reverse());
        expect(encode(reversed).equals(encode(tensors))).toBe(true);
      }),
    );
  });

  it('refuses or reads, but never fails otherwise, when bytes are changed or cut off', () => {
    const whole = encode({
      a: { shape: [2, 3], data: new Float64Array(6) },
      b: { shape: [5], data: new Uint8Array(5) },
    });
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, byte, length) => {
        const changed = Buffer.from(whole.subarray(0, length));
        if (at < length) changed[at] = byte;
        try {
          decodeSafetensors(changed);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_state' });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives views of the file where the alignment allows it', () => {
    const encoded = encode({ x: { shape: [3], data: Float64Array.of(1, 2, 3) } });
    const own = new Uint8Array(encoded.length);
    own.set(encoded);
    expect(decodeSafetensors(own)['x']?.data.buffer).toBe(own.buffer);
  });

  it('copies what is not aligned', () => {
    const shifted = new Uint8Array(1 + 8 + 200);
    const encoded = encode({ x: { shape: [3], data: Float64Array.of(1, 2, 3) } });
    shifted.set(encoded, 1);
    expect([...(decodeSafetensors(shifted.subarray(1, 1 + encoded.length))['x']?.data ?? [])]).toEqual([
      1, 2, 3,
    ]);
  });

  it.each([
    ['a file that is too short', Buffer.alloc(7)],
    ['a header longer than the file', Buffer.from([255, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d])],
    ['a header length above 2^53', Buffer.alloc(16, 0xff)],
    ['a header that is not JSON', file('{', 0)],
    ['a header that is a list', file([], 0)],
    ['an unknown dtype', file({ x: tensor('BF16', [4], 0, 8) }, 8)],
    ['a dtype of the prototype', file({ x: tensor('constructor', [4], 0, 8) }, 8)],
    ['a negative dimension', file({ x: tensor('U8', [-4], 0, 4) }, 4)],
    ['a dimension that is not a number', file({ x: tensor('U8', ['4'], 0, 4) }, 4)],
    ['a shape that overflows', file({ x: tensor('U8', [2 ** 52, 2 ** 52], 0, 4) }, 4)],
    ['a length that is not the shape times the width', file({ x: tensor('F64', [2], 0, 8) }, 8)],
    ['an end before the beginning', file({ x: tensor('U8', [4], 8, 4) }, 8)],
    ['overlapping tensors', file({ x: tensor('U8', [4], 0, 4), y: tensor('U8', [4], 2, 6) }, 6)],
    ['a gap between tensors', file({ x: tensor('U8', [4], 0, 4), y: tensor('U8', [4], 5, 9) }, 9)],
    ['an end after the file', file({ x: tensor('U8', [8], 0, 8) }, 4)],
    ['bytes that belong to no tensor', file({ x: tensor('U8', [4], 0, 4) }, 5)],
  ])('refuses %s', (_name, bytes) => {
    expect(() => decodeSafetensors(bytes)).toThrowError(expect.objectContaining({ code: 'invalid_state' }));
  });
});
