import type { Problem } from '../../errors/problem.js';
import { unreadable } from '../ingest/defects.js';
import { FlatbufferError, type FlatTable } from './flatbuffer.js';

/**
 * What a record batch must hold for each field of a schema: a node with the number of values, then its buffers in a
 * fixed order, then the same of its children. https://arrow.apache.org/docs/format/Columnar.html
 */
export interface ArrowField {
  readonly type: number;
  /** Of the values, where they have one width; 0 otherwise. */
  readonly nBits: number;
  readonly children: readonly ArrowField[];
  /** Values of the children for each value: 1 for structures, n for lists of n, 0 where offsets say it. */
  readonly childFactor: number;
}

export type BufferKind =
  | { readonly kind: 'validity' }
  | { readonly kind: 'values'; readonly nBits: number }
  | { readonly kind: 'offsets'; readonly nBytes: 4 | 8 }
  /** What the offsets point into. */
  | { readonly kind: 'bytes' };

/** The numbers of the union `Type` in Arrow's Schema.fbs. */
const TYPE = {
  null: 1,
  int: 2,
  float: 3,
  binary: 4,
  utf8: 5,
  bool: 6,
  decimal: 7,
  date: 8,
  time: 9,
  timestamp: 10,
  interval: 11,
  list: 12,
  struct: 13,
  union: 14,
  fixedBinary: 15,
  fixedList: 16,
  map: 17,
  duration: 18,
  largeBinary: 19,
  largeUtf8: 20,
} as const;

const MAX_DEPTH = 16;
/** With those inside of each other. */
const MAX_FIELDS = 100_000;
const MAX_LIST_LENGTH = 1_000_000;

/**
 * The fields of a schema. Values of dictionaries go into `dictionaries` by their id.
 * @throws Problem dataset_unreadable: too_many_columns, unsupported_column_type; FlatbufferError
 */
export function readSchema(
  schema: FlatTable,
  maxColumns: number,
  dictionaries: Map<bigint, ArrowField>,
): ArrowField[] {
  if (schema.int16(0) !== 0) throw unreadable('unsupported_column_type', 'The values are big-endian.');
  const nFields = schema.vector(1, 4).length;
  if (nFields > maxColumns) {
    throw unreadable('too_many_columns', `The file has ${nFields} columns; ${maxColumns} are allowed.`);
  }
  let nSeen = 0;
  const read = (field: FlatTable, depth: number): ArrowField => {
    if (depth > MAX_DEPTH || ++nSeen > MAX_FIELDS) throw new FlatbufferError();
    const children = field.tables(5).map((child) => read(child, depth + 1));
    const own = arrowField(field.uint8(2), field.table(3), children);
    const dictionary = field.table(4);
    if (dictionary === undefined) return own;
    dictionaries.set(BigInt(dictionary.size(0)), own);
    // Indices are 32-bit numbers unless something else is said.
    const index = dictionary.table(1);
    return index === undefined ? leaf(TYPE.int, 32) : arrowField(TYPE.int, index, []);
  };
  return schema.tables(1).map((field) => read(field, 0));
}

function leaf(type: number, nBits: number): ArrowField {
  return { type, nBits, children: [], childFactor: 0 };
}

function arrowField(type: number, details: FlatTable | undefined, children: ArrowField[]): ArrowField {
  if (details === undefined) throw new FlatbufferError();
  switch (type) {
    case TYPE.null:
    case TYPE.binary:
    case TYPE.utf8:
    case TYPE.largeBinary:
    case TYPE.largeUtf8:
      return leaf(type, 0);
    case TYPE.int:
      return leaf(type, oneOf(details.int32(0), [8, 16, 32, 64]));
    case TYPE.float:
      return leaf(type, [16, 32, 64][details.int16(0)] ?? damaged());
    case TYPE.bool:
      return leaf(type, 1);
    case TYPE.decimal:
      if (![128, 256].includes(details.int32(2, 128))) throw unsupported();
      return leaf(type, details.int32(2, 128));
    case TYPE.date:
      return leaf(type, [32, 64][details.int16(0, 1)] ?? damaged());
    case TYPE.time:
      return leaf(type, oneOf(details.int32(1, 32), [32, 64]));
    case TYPE.timestamp:
    case TYPE.duration:
      return leaf(type, 64);
    case TYPE.interval:
      return leaf(type, [32, 64, 128][details.int16(0)] ?? damaged());
    case TYPE.fixedBinary:
      return leaf(type, counted(details.int32(0)) * 8);
    case TYPE.list:
    case TYPE.map:
      return { type, nBits: 0, children: exactly(1, children), childFactor: 0 };
    case TYPE.fixedList:
      return { type, nBits: 0, children: exactly(1, children), childFactor: counted(details.int32(0)) };
    case TYPE.struct:
      return { type, nBits: 0, children, childFactor: 1 };
    default:
      throw unsupported();
  }
}

/** The buffers of a field itself, in their order. */
export function bufferKinds({ type, nBits }: ArrowField): readonly BufferKind[] {
  const validity = { kind: 'validity' } as const;
  switch (type) {
    case TYPE.null:
      return [];
    case TYPE.binary:
    case TYPE.utf8:
      return [validity, { kind: 'offsets', nBytes: 4 }, { kind: 'bytes' }];
    case TYPE.largeBinary:
    case TYPE.largeUtf8:
      return [validity, { kind: 'offsets', nBytes: 8 }, { kind: 'bytes' }];
    case TYPE.list:
    case TYPE.map:
      return [validity, { kind: 'offsets', nBytes: 4 }];
    case TYPE.struct:
    case TYPE.fixedList:
      return [validity];
    default:
      return [validity, { kind: 'values', nBits }];
  }
}

function unsupported(): Problem {
  return unreadable('unsupported_column_type', 'A column is of a kind that is not read here.');
}

function oneOf(value: number, allowed: readonly number[]): number {
  return allowed.includes(value) ? value : damaged();
}

function counted(length: number): number {
  return length >= 0 && length <= MAX_LIST_LENGTH ? length : damaged();
}

function exactly(count: number, children: ArrowField[]): ArrowField[] {
  return children.length === count ? children : damaged();
}

function damaged(): never {
  throw new FlatbufferError();
}
