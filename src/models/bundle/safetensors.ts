import { LearnError } from '../../learn/errors.js';
import type { Tensor, TensorArray, Tensors } from '../../learn/tensor.js';

/**
 * The safetensors format (huggingface/safetensors, "Format"): 8 bytes little-endian length of the header, the header
 * as JSON, then the elements of every tensor, little-endian, without gaps.
 *
 * The format forbids padding between tensors, and a typed array must start at a multiple of its element's width. Both
 * hold when the widest elements come first and the header is filled up with spaces to a multiple of 8. So reading
 * makes views over the one buffer and copies nothing. A file of another writer may order its tensors as it likes;
 * what is not aligned there is copied.
 */

type TensorArrayConstructor = {
  new (buffer: ArrayBuffer, byteOffset: number, length: number): TensorArray;
  readonly BYTES_PER_ELEMENT: number;
};

const DTYPES: Readonly<Record<string, TensorArrayConstructor>> = {
  F64: Float64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  U16: Uint16Array,
  U8: Uint8Array,
};

const LENGTH_BYTES = 8;
const ALIGNMENT = 8;
const MAX_TENSORS = 100_000;
const MAX_DIMENSIONS = 8;
/** 100 MB is the limit of the reference reader; ours never comes near it. */
const MAX_HEADER_BYTES = 100_000_000;

/** An encoded file in pieces: the pieces of the data are views of the tensors themselves. */
export interface EncodedTensors {
  readonly nBytes: number;
  readonly pieces: readonly Uint8Array[];
}

/** Encodes tensors; equal tensors give equal bytes, in whatever order the record holds them. Cost: the header. */
export function encodeSafetensors(tensors: Tensors): EncodedTensors {
  const sorted = Object.entries(tensors).sort(byWidthThenName);
  const header: Record<string, { dtype: string; shape: readonly number[]; data_offsets: [number, number] }> =
    Object.create(null);
  const pieces: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { shape, data }] of sorted) {
    if (elementsOf(shape) !== data.length) throw invalid('a tensor has another length than its shape');
    header[name] = { dtype: dtypeOf(data), shape, data_offsets: [offset, offset + data.byteLength] };
    pieces.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    offset += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header), 'utf8');
  const headerBytes = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const head = Buffer.alloc(LENGTH_BYTES + headerBytes, ' ');
  head.writeBigUInt64LE(BigInt(headerBytes), 0);
  json.copy(head, LENGTH_BYTES);
  return { nBytes: head.length + offset, pieces: [head, ...pieces] };
}

/**
 * Reads a file. Every offset, shape and length is checked before an element is touched.
 * @param file best alone in its ArrayBuffer at a multiple of 8; the tensors are views of it then
 * @throws LearnError invalid_state with the reason
 */
export function decodeSafetensors(file: Uint8Array): Tensors {
  if (file.byteLength < LENGTH_BYTES) throw invalid('the file is too short');
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headerBytes = Number(view.getBigUint64(0, true));
  if (headerBytes > MAX_HEADER_BYTES || headerBytes > file.byteLength - LENGTH_BYTES) {
    throw invalid('the header is longer than the file');
  }
  const dataStart = LENGTH_BYTES + headerBytes;
  const entries = readHeader(file.subarray(LENGTH_BYTES, dataStart));
  const ranges = entries.map(([name, value]) => readEntry(name, value));
  assertGapless(ranges, file.byteLength - dataStart);
  const tensors: Record<string, Tensor> = Object.create(null);
  for (const { name, Type, shape, begin, end } of ranges) {
    tensors[name] = { shape, data: viewOf(file, dataStart + begin, dataStart + end, Type) };
  }
  return tensors;
}

interface TensorRange {
  readonly name: string;
  readonly Type: TensorArrayConstructor;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function readHeader(bytes: Uint8Array): [string, unknown][] {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalid('the header is not JSON');
  }
  if (!isRecord(header)) throw invalid('the header is not an object');
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  if (entries.length > MAX_TENSORS) throw invalid('there are too many tensors');
  return entries;
}

function readEntry(name: string, value: unknown): TensorRange {
  if (!isRecord(value)) throw invalid('a tensor is not described by an object');
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPES, dtype))
    throw invalid('a tensor has an unknown dtype');
  const Type = DTYPES[dtype] as TensorArrayConstructor;
  if (!isCountList(shape) || shape.length > MAX_DIMENSIONS) throw invalid('a tensor has no valid shape');
  if (!isCountList(offsets) || offsets.length !== 2) throw invalid('a tensor has no valid offsets');
  const [begin, end] = offsets as [number, number];
  if (end - begin !== elementsOf(shape) * Type.BYTES_PER_ELEMENT) {
    throw invalid('a tensor has another length than its shape');
  }
  return { name, Type, shape, begin, end };
}

/** In the order of their offsets the tensors must follow each other from the first byte of the data to the last. */
function assertGapless(ranges: readonly TensorRange[], dataBytes: number): void {
  const ordered = [...ranges].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let expected = 0;
  for (const { begin, end } of ordered) {
    if (begin < expected) throw invalid('two tensors overlap');
    if (begin > expected) throw invalid('there is a gap between two tensors');
    expected = end;
  }
  if (expected !== dataBytes) throw invalid('the data has another length than the header says');
}

function viewOf(file: Uint8Array, begin: number, end: number, Type: TensorArrayConstructor): TensorArray {
  const length = (end - begin) / Type.BYTES_PER_ELEMENT;
  const byteOffset = file.byteOffset + begin;
  if (byteOffset % Type.BYTES_PER_ELEMENT === 0)
    return new Type(file.buffer as ArrayBuffer, byteOffset, length);
  return new Type(file.slice(begin, end).buffer as ArrayBuffer, 0, length);
}

function dtypeOf(data: TensorArray): string {
  for (const [dtype, Type] of Object.entries(DTYPES)) if (data instanceof Type) return dtype;
  throw invalid('a tensor has an unknown element type');
}

function byWidthThenName([nameA, a]: [string, Tensor], [nameB, b]: [string, Tensor]): number {
  const byWidth = b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT;
  return byWidth !== 0 ? byWidth : nameA < nameB ? -1 : 1;
}

/** The number of elements; not a safe integer when the shape overflows, and equal to no length then. */
function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

function isCountList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(reason: string): LearnError {
  return new LearnError('invalid_state', `The tensors cannot be read: ${reason}.`);
}
