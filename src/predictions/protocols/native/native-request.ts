import { Problem } from '../../../errors/problem.js';
import {
  CLOSE_OBJECT,
  COLON,
  OPEN_OBJECT,
  readWord,
  skipBlanks,
} from '../../../learn/pipeline/reading/json-bytes.js';
import type { ScoringRequest } from '../../scoring/scoring-request.js';
import {
  rowsOf,
  type ScoringInput,
  type ScoringOptions,
  type ServedRowReader,
} from '../../scoring/served-model.js';
import { fromColumns } from '../columns-input.js';
import { isObject, parseJson, requireRowCount } from '../json-text.js';

const ROWS_KEY = new TextEncoder().encode('"rows"');
const TABLE_KEY = new TextEncoder().encode('"table"');
const NO_OPTIONS: ScoringOptions = {};
const MAX_PASSED_THROUGH = 100;
/** Of a name that is sent back. */
const MAX_NAMED_CHARACTERS = 100;

/**
 * The usual request, `{"rows": […]}` or `{"table": {…}}` of what the model's reader can read, without JSON.parse; undefined for
 * any other, be there something wrong with it or not.
 */
export function readRowsAtOnce(
  body: Uint8Array,
  reader: ServedRowReader | undefined,
  maxRows: number,
): ScoringRequest | undefined {
  if (reader === undefined) return undefined;
  let at = skipBlanks(body, 0);
  if (body[at] !== OPEN_OBJECT) return undefined;
  const keyAt = skipBlanks(body, at + 1);
  const rowsAt = readWord(body, keyAt, ROWS_KEY);
  at = rowsAt < 0 ? readWord(body, keyAt, TABLE_KEY) : rowsAt;
  if (at < 0) return undefined;
  at = skipBlanks(body, at);
  if (body[at] !== COLON) return undefined;
  at = skipBlanks(body, at + 1);
  at = rowsAt < 0 ? reader.readColumns(body, at, maxRows) : reader.readRows(body, at, maxRows);
  if (at < 0) return undefined;
  at = skipBlanks(body, at);
  if (body[at] !== CLOSE_OBJECT || skipBlanks(body, at + 1) !== body.length) return undefined;
  const toRows = () => rowsOf(readNativeRequest(body, maxRows).input);
  return { input: { kind: 'read', nRows: reader.nRows, toRows }, options: NO_OPTIONS };
}

/**
 * `{"rows": [{column: value}], "threshold"?, "explain"?, "columns"?}`, or with `"table": {column: [value]}` instead of rows.
 * @throws Problem invalid_json, invalid_request, payload_too_large
 */
export function readNativeRequest(body: Uint8Array, maxRows: number): ScoringRequest {
  const request = parseJson(body);
  if (!isObject(request)) {
    throw new Problem('invalid_request', 'The body must be an object: {"rows": [{"column": value}]}.');
  }
  const isTable = Object.hasOwn(request, 'table');
  if (isTable === Object.hasOwn(request, 'rows')) {
    throw isTable
      ? refused('conflicting_arguments', 'table', 'rows and table exclude each other')
      : refused('missing_argument', 'rows', 'rows is missing');
  }
  let hasOptions = false;
  for (const argument in request) {
    if (argument === 'rows' || argument === 'table') continue;
    if (argument !== 'threshold' && argument !== 'explain' && argument !== 'columns') {
      const name = argument.slice(0, MAX_NAMED_CHARACTERS);
      const message = `${name} is not an argument here: rows, table, threshold, explain and columns are`;
      throw refused('unknown_argument', name, message);
    }
    hasOptions = true;
  }
  const options = hasOptions ? readOptions(request) : NO_OPTIONS;
  return {
    input: isTable ? readTable(request['table'], maxRows) : readRows(request['rows'], maxRows),
    options,
  };
}

function readTable(table: unknown, maxRows: number): ScoringInput {
  const isLists = isObject(table) && Object.values(table).every(Array.isArray);
  if (!isLists) throw refused('wrong_type', 'table', 'table must be an object of lists, one a column');
  return fromColumns(table, 'table', maxRows);
}

function readRows(rows: unknown, maxRows: number): ScoringInput {
  if (!Array.isArray(rows)) throw refused('wrong_type', 'rows', 'rows must be a list of objects');
  if (rows.length === 0) throw refused('out_of_range', 'rows', 'rows must hold at least one row');
  requireRowCount(rows.length, maxRows);
  return { kind: 'rows', rows };
}

function readOptions({ threshold, explain, columns }: Record<string, unknown>): ScoringOptions {
  if (threshold !== undefined && typeof threshold !== 'number') {
    throw refused('wrong_type', 'threshold', 'threshold must be a number');
  }
  if (threshold !== undefined && !(threshold >= 0 && threshold <= 1)) {
    throw refused('out_of_range', 'threshold', 'threshold must lie between 0 and 1');
  }
  if (explain !== undefined && typeof explain !== 'boolean') {
    throw refused('wrong_type', 'explain', 'explain must be true or false');
  }
  return {
    ...(threshold === undefined ? {} : { threshold }),
    ...(explain === true ? { explain } : {}),
    ...(columns === undefined ? {} : { passedThrough: readColumns(columns) }),
  };
}

function readColumns(columns: unknown): ReadonlySet<string> {
  if (!Array.isArray(columns) || !columns.every((name) => typeof name === 'string')) {
    throw refused('wrong_type', 'columns', 'columns must be a list of column names');
  }
  if (columns.length > MAX_PASSED_THROUGH) {
    throw refused('out_of_range', 'columns', `columns may name at most ${MAX_PASSED_THROUGH}`);
  }
  return new Set(columns);
}

function refused(code: string, argument: string, message: string): Problem {
  return new Problem('invalid_request', `${message}.`, [{ code, message, argument }]);
}
