import { Problem } from '../../../errors/problem.js';
import { isObject } from '../json-text.js';
import { DATATYPES, type Datatype } from './datatypes.js';

/** An input as numbers, booleans, texts and nulls, row after row. */
export interface InputTensor {
  readonly name: string;
  /** Rows first. */
  readonly shape: readonly number[];
  readonly values: readonly (number | boolean | string | null)[];
}

/** What follows the JSON of a request; read from its beginning, input by input. */
export class BinaryTail {
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** @throws Problem invalid_request */
  take(nBytes: number, place: string): DataView {
    const { buffer, byteOffset, length } = this.bytes;
    if (this.#at + nBytes > length) {
      throw refused(`${place}.parameters.binary_data_size`, 'is more than what follows the JSON');
    }
    const view = new DataView(buffer, byteOffset + this.#at, nBytes);
    this.#at += nBytes;
    return view;
  }

  get isUsedUp(): boolean {
    return this.#at === this.bytes.length;
  }
}

/** More than any model has. */
const MAX_RANK = 8;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads one entry of `inputs`. Nested and flat `data` are the same; null, and NaN in binary form, is a missing value.
 * @throws Problem invalid_request, payload_too_large; it names the place, never a value
 */
export function readTensor(input: unknown, place: string, tail: BinaryTail, maxRows: number): InputTensor {
  if (!isObject(input)) throw refused(place, 'must be an object');
  const { name, shape, datatype, parameters, data } = input;
  if (typeof name !== 'string') throw refused(`${place}.name`, 'must be a string');
  const type = typeof datatype === 'string' ? DATATYPES.get(datatype) : undefined;
  if (type === undefined)
    throw refused(`${place}.datatype`, `must be one of ${[...DATATYPES.keys()].join(', ')}`);
  const sizes = readShape(shape, `${place}.shape`, maxRows);
  const nElements = sizes.reduce((product, size) => product * size, 1);
  const options = isObject(parameters) ? parameters : {};
  const nBytes = options['binary_data_size'];
  const values =
    nBytes === undefined
      ? readJson(flatten(data, sizes, `${place}.data`), nElements, type, place)
      : readBinary(binaryView(nBytes, place, tail), nElements, type, place);
  const isEncoded = options['content_type'] === 'base64' && type.kind === 'text';
  return { name, shape: sizes, values: isEncoded ? values.map((value) => fromBase64(value, place)) : values };
}

function readShape(shape: unknown, place: string, maxRows: number): number[] {
  const isShape =
    Array.isArray(shape) &&
    shape.length >= 1 &&
    shape.length <= MAX_RANK &&
    shape.every((size) => Number.isSafeInteger(size) && size >= 1);
  if (!isShape)
    throw refused(place, 'must be positive integers: rows, rows and columns, or the shape of a tensor');
  if (shape[0] > maxRows) {
    throw new Problem(
      'payload_too_large',
      `A request may have ${maxRows} rows here; send the rest in further ones.`,
    );
  }
  return shape as number[];
}

/** Nested as the shape says, or flat. */
function flatten(data: unknown, shape: readonly number[], place: string): unknown[] {
  if (!Array.isArray(data)) throw refused(place, 'must be an array');
  if (!Array.isArray(data[0])) return data;
  const isLevel = (list: unknown, size: number) => Array.isArray(list) && list.length === size;
  let level: unknown[] = data;
  let isWhole = data.length === shape[0] && shape.length > 1;
  for (const size of shape.slice(1)) {
    isWhole &&= level.every((list) => isLevel(list, size));
    level = isWhole ? level.flat(1) : [];
  }
  if (!isWhole) throw refused(place, 'must have the shape that is named beside it');
  return level;
}

function readJson(
  data: readonly unknown[],
  nElements: number,
  type: Datatype,
  place: string,
): InputTensor['values'] {
  if (data.length !== nElements)
    throw refused(`${place}.data`, `must have as many elements as the shape says`);
  for (let i = 0; i < nElements; i++) {
    if (!fits(data[i], type)) throw refused(`${place}.data[${i}]`, expectation(type));
  }
  return data as InputTensor['values'];
}

function fits(value: unknown, { kind, minimum, maximum }: Datatype): boolean {
  if (value === null) return true;
  if (kind === 'text') return typeof value === 'string';
  if (kind === 'boolean' && typeof value === 'boolean') return true;
  if (typeof value !== 'number' || !(value >= minimum && value <= maximum)) return false;
  return kind === 'float' || Number.isInteger(value);
}

function expectation({ kind, minimum, maximum }: Datatype): string {
  if (kind === 'text') return 'must be a string or null';
  if (kind === 'boolean') return 'must be true, false or null';
  if (kind === 'float') return 'must be a number within the range of its datatype, or null';
  return `must be an integer from ${minimum} to ${maximum}, or null`;
}

function binaryView(nBytes: unknown, place: string, tail: BinaryTail): DataView {
  if (!Number.isSafeInteger(nBytes) || (nBytes as number) < 0) {
    throw refused(`${place}.parameters.binary_data_size`, 'must be a number of bytes');
  }
  return tail.take(nBytes as number, place);
}

function readBinary(view: DataView, nElements: number, type: Datatype, place: string): InputTensor['values'] {
  const { read, width } = type;
  if (read === undefined) return readTexts(view, nElements, place);
  if (view.byteLength !== nElements * width) throw wrongSize(place);
  const values = new Array<number | boolean | null>(nElements);
  for (let i = 0; i < nElements; i++) {
    const value = read(view, i * width);
    values[i] = Number.isNaN(value) ? null : value;
  }
  return values;
}

/** Each text with its length in four bytes before it. */
function readTexts(view: DataView, nElements: number, place: string): string[] {
  const texts: string[] = [];
  let at = 0;
  while (texts.length < nElements && at + 4 <= view.byteLength) {
    const length = view.getUint32(at, true);
    at += 4;
    if (at + length > view.byteLength) throw wrongSize(place);
    texts.push(decode(new Uint8Array(view.buffer, view.byteOffset + at, length), place));
    at += length;
  }
  if (texts.length !== nElements || at !== view.byteLength) throw wrongSize(place);
  return texts;
}

function fromBase64(value: number | boolean | string | null, place: string): string | null {
  if (typeof value !== 'string') return null;
  const bytes = Buffer.from(value, 'base64');
  // The reader passes over what is none.
  if (unpadded(bytes.toString('base64')) !== unpadded(value))
    throw refused(place, 'must hold texts in base64');
  return decode(bytes, place);
}

function unpadded(base64: string): string {
  return base64.replace(/=+$/, '');
}

function decode(bytes: Uint8Array, place: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw refused(place, 'must hold texts in UTF-8');
  }
}

function wrongSize(place: string): Problem {
  return refused(`${place}.parameters.binary_data_size`, 'does not match shape and datatype');
}

export function refused(argument: string, expectation: string): Problem {
  const message = `${argument} ${expectation}`;
  return new Problem('invalid_request', `${message}.`, [{ code: 'invalid_tensor', message, argument }]);
}
