import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../../../errors/problem.js';
import type { ColumnType } from '../../../learn/matrix/table.js';
import { booleanFromText, numberFromText } from '../../../learn/preprocessing/read-value.js';
import type { ScoringRequest } from '../../scoring/scoring-request.js';
import type { ModelFacts, ScoringInput } from '../../scoring/served-model.js';
import {
  fromColumns,
  fromMatrix,
  fromNamed,
  fromRecords,
  refusedArgument,
  requireRows,
} from '../columns-input.js';
import { isObject, parsePythonJson } from '../json-text.js';
import { parseCsv } from './csv.js';

/** With what the reply must know of the request. */
export interface Invocation extends ScoringRequest {
  /** Probabilities of all classes instead of labels. */
  readonly wantsProbabilities: boolean;
}

const FORMS = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const;
const CSV_TYPE = /^(?:text|application)\/csv\b/i;
/** What a reader of data frames takes for a missing value in CSV. */
const MISSING = new Set([
  '',
  'NA',
  'N/A',
  '#N/A',
  'NaN',
  'nan',
  '-nan',
  '-NaN',
  'null',
  'NULL',
  'None',
  '<NA>',
  'n/a',
]);

/** @throws Problem invalid_json, invalid_request, payload_too_large */
export function readInvocation(
  body: Uint8Array,
  headers: IncomingHttpHeaders,
  facts: ModelFacts,
  maxRows: number,
): Invocation {
  if (isCsv(headers)) {
    return { input: readCsv(body, facts, maxRows), options: {}, wantsProbabilities: false };
  }
  const request = parsePythonJson(body);
  const forms = isObject(request) ? FORMS.filter((form) => Object.hasOwn(request, form)) : [];
  const [form] = forms;
  if (!isObject(request) || form === undefined || forms.length !== 1) {
    const fields = FORMS.join(', ');
    throw new Problem(
      'invalid_request',
      `The body must be a JSON dictionary with exactly one of the input fields ${fields}; params may stand beside it.`,
    );
  }
  return { input: readForm(form, request[form], facts, maxRows), ...readParams(request['params']) };
}

export function isCsv(headers: IncomingHttpHeaders): boolean {
  return CSV_TYPE.test(headers['content-type'] ?? '');
}

function readForm(
  form: (typeof FORMS)[number],
  content: unknown,
  facts: ModelFacts,
  maxRows: number,
): ScoringInput {
  if (form === 'dataframe_split') return readSplit(content, facts, maxRows);
  if (form === 'inputs' && isObject(content)) return fromColumns(content, form, maxRows);
  if (!Array.isArray(content)) throw refusedArgument(form, 'wrong_type', 'must be a list');
  if (form === 'dataframe_records' || isObject(content[0])) return fromRecords(content, form, maxRows);
  const isFlat = facts.signature.inputs.length === 1 && !Array.isArray(content[0]);
  return fromMatrix(isFlat ? content.map((value) => [value]) : content, facts, form, maxRows);
}

function readSplit(content: unknown, facts: ModelFacts, maxRows: number): ScoringInput {
  if (!isObject(content)) throw refusedArgument('dataframe_split', 'wrong_type', 'must be an object');
  const { columns, data } = content;
  if (!Array.isArray(data))
    throw refusedArgument('dataframe_split.data', 'wrong_type', 'must be a list of rows');
  if (columns === undefined) return fromMatrix(data, facts, 'dataframe_split.data', maxRows);
  if (!Array.isArray(columns) || !columns.every((name) => typeof name === 'string')) {
    throw refusedArgument('dataframe_split.columns', 'wrong_type', 'must be a list of names');
  }
  requireNamedOnce(columns, 'dataframe_split.columns');
  requireRows(data, 'dataframe_split.data', maxRows);
  return fromNamed(data, columns, 'dataframe_split.data');
}

function requireNamedOnce(names: readonly string[], place: string): void {
  if (new Set(names).size === names.length) return;
  throw refusedArgument(place, 'out_of_range', 'must name each column once');
}

/** Parameters that the model does not have are no error: the protocol says so. */
function readParams(params: unknown): Pick<Invocation, 'options' | 'wantsProbabilities'> {
  if (params !== undefined && params !== null && !isObject(params)) {
    throw refusedArgument('params', 'wrong_type', 'must be an object');
  }
  const { threshold, predict_method: method } = params ?? {};
  if (threshold !== undefined && !(typeof threshold === 'number' && threshold >= 0 && threshold <= 1)) {
    throw refusedArgument('params.threshold', 'out_of_range', 'must be a number from 0 to 1');
  }
  return {
    options: threshold === undefined ? {} : { threshold },
    wantsProbabilities: method === 'predict_proba',
  };
}

/** A header, then rows; what a field means is said by the model's column of that name. */
function readCsv(body: Uint8Array, { signature }: ModelFacts, maxRows: number): ScoringInput {
  const [names, ...rows] = parseCsv(decodeText(body), maxRows + 1);
  if (names === undefined) throw refusedArgument('The CSV', 'out_of_range', 'must have a header');
  requireNamedOnce(names, 'The CSV');
  requireRows(rows, 'The CSV', maxRows);
  const texts = new Set(signature.inputs.filter(({ type }) => type === 'text').map(({ name }) => name));
  const categories = new Map(signature.inputs.map((input) => [input.name, new Set(input.categories)]));
  const types = new Map(signature.inputs.map(({ name, type }) => [name, type]));
  const isMissing = (name: string, field: string) =>
    MISSING.has(field) && !(texts.has(name) && categories.get(name)?.has(field) === true);
  for (const row of rows) {
    for (const [k, name] of names.entries()) {
      const field = row[k];
      if (field === undefined) continue;
      (row as unknown[])[k] = isMissing(name, field) ? null : typed(field, types.get(name));
    }
  }
  return fromNamed(rows, names, 'The CSV');
}

/** CSV spells everything as text: a number in it is no text that had to be taken for one. */
function typed(field: string, type: ColumnType | undefined): string | number | boolean {
  if (type === 'number') {
    const value = numberFromText(field);
    return Number.isFinite(value) ? value : field;
  }
  if (type !== 'boolean') return field;
  const value = booleanFromText(field);
  return Number.isNaN(value) ? field : value === 1;
}

function decodeText(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new Problem('invalid_request', 'The body is not valid UTF-8.');
  }
}
