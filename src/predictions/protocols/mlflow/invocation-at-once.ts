import {
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  decodeJson,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  skipBlanks,
  skipText,
} from '../../../learn/pipeline/reading/json-bytes.js';
import type { ServedRowReader } from '../../scoring/served-model.js';

/** How many rows were read. */
type NRows = number;

/**
 * Reads the usual bodies straight from their bytes: one form alone, of what the model's reader reads.
 * @returns undefined for any other, be there something wrong with it or not
 */
export function readFormAtOnce(
  body: Uint8Array,
  reader: ServedRowReader,
  maxRows: number,
): NRows | undefined {
  let at = skipBlanks(body, 0);
  if (body[at] !== OPEN_OBJECT) return undefined;
  const [form, valueAt] = readKey(body, at + 1);
  at = readForm(form, body, valueAt, reader, maxRows);
  if (at < 0) return undefined;
  at = skipBlanks(body, at);
  return body[at] === CLOSE_OBJECT && skipBlanks(body, at + 1) === body.length ? reader.nRows : undefined;
}

/** @returns the place behind it, or -1 */
function readForm(
  form: unknown,
  body: Uint8Array,
  at: number,
  reader: ServedRowReader,
  maxRows: number,
): number {
  switch (form) {
    case 'dataframe_split':
      return readSplit(body, at, reader, maxRows);
    case 'dataframe_records':
    case 'instances':
      return reader.readRows(body, at, maxRows);
    case 'inputs':
      return body[at] === OPEN_OBJECT
        ? reader.readColumns(body, at, maxRows)
        : reader.readRows(body, at, maxRows);
    default:
      return -1;
  }
}

/** `{"columns": […], "data": [[…]]}` with an index or without; pandas writes the data last. */
function readSplit(body: Uint8Array, from: number, reader: ServedRowReader, maxRows: number): number {
  if (body[from] !== OPEN_OBJECT) return -1;
  let names: unknown;
  let at = from;
  do {
    const [key, valueAt] = readKey(body, at + 1);
    if (key === 'data') {
      if (!isNames(names)) return -1;
      at = reader.readLists(body, valueAt, names, maxRows);
      if (at < 0) return -1;
      at = skipBlanks(body, at);
      return body[at] === CLOSE_OBJECT ? at + 1 : -1;
    }
    if (key !== 'index' && (key !== 'columns' || names !== undefined)) return -1;
    const end = skipFlatList(body, valueAt);
    const list = end < 0 ? undefined : decodeJson(body, valueAt, end);
    if (list === undefined) return -1;
    if (key === 'columns') names = list;
    at = skipBlanks(body, end);
  } while (body[at] === COMMA);
  return -1;
}

function isNames(names: unknown): names is string[] {
  return Array.isArray(names) && new Set(names).size === names.length;
}

/** A key and where its value begins. */
function readKey(body: Uint8Array, from: number): readonly [key: unknown, valueAt: number] {
  const at = skipBlanks(body, from);
  const end = skipText(body, at);
  const colonAt = end < 0 ? -1 : skipBlanks(body, end);
  return body[colonAt] === COLON
    ? [decodeJson(body, at, end), skipBlanks(body, colonAt + 1)]
    : [undefined, -1];
}

/** The place behind a list without lists and objects in it; what is in it is not looked at. */
function skipFlatList(body: Uint8Array, from: number): number {
  if (body[from] !== OPEN_LIST) return -1;
  let at = from + 1;
  while (at >= 0 && at < body.length && body[at] !== CLOSE_LIST)
    at = body[at] === QUOTE ? skipText(body, at) : at + 1;
  return at < 0 || at >= body.length ? -1 : at + 1;
}
