import { jsonTypeOf } from '../../learn/json.js';
import { RowFindings } from '../../learn/pipeline/row-findings.js';
import type { InputColumn } from '../../learn/pipeline/signature.js';
import { booleanFromNumber, booleanFromText, numberFromText } from '../../learn/preprocessing/read-value.js';
import type { FeedValues } from './engine.js';
import type { ElementKind, ForeignModel } from './foreign-model.js';

/** Rows as the model wants them, or what is wrong with them. */
export interface ForeignRows {
  readonly values: readonly FeedValues[];
  readonly findings: RowFindings;
}

/** A number that no reader gives: the value cannot be read. */
const UNREADABLE = undefined;

/**
 * Reads rows of columns by name, as our own models do: missing values as NaN and the empty text, where the model's type
 * has such a thing; numbers and booleans also from text, with a warning.
 * @param isKnown whether a column that the model does not have is meant for somebody else
 */
export function readForeignRows(
  rows: readonly unknown[],
  { inputs: layout, signature }: ForeignModel,
  isKnown: (column: string) => boolean,
): ForeignRows {
  const { inputs } = signature;
  const names = new Set(inputs.map(({ name }) => name));
  const findings = new RowFindings();
  const elements = inputs.map((_, k) => (layout.tensors[k] ?? layout.tensors[0])?.element ?? 'float');
  const lists = inputs.map(({ type }) =>
    type === 'text' ? new Array<string>(rows.length).fill('') : new Float64Array(rows.length),
  );
  for (let i = 0; i < rows.length && !findings.isFull; i++) {
    const row = rows[i];
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      findings.problem('not_an_object', i);
      continue;
    }
    for (const [k, column] of inputs.entries()) {
      const value = readCell(row as Record<string, unknown>, i, column, elements[k] as ElementKind, findings);
      if (value !== UNREADABLE) (lists[k] as (string | number)[])[i] = value;
    }
    for (const name in row) {
      if (!names.has(name) && !isKnown(name)) findings.warning('extra_column', i, name);
    }
  }
  return {
    values: layout.kind === 'columns' ? lists : [interleaved(lists as Float64Array[], rows.length)],
    findings,
  };
}

function readCell(
  row: Record<string, unknown>,
  i: number,
  { name, type, nullable }: InputColumn,
  element: ElementKind,
  findings: RowFindings,
): number | string | undefined {
  if (!Object.hasOwn(row, name)) {
    findings.problem('missing_column', i, name);
    return UNREADABLE;
  }
  const cell = row[name];
  const isText = type === 'text';
  if (cell === null || cell === undefined || (cell === '' && !isText)) {
    if (!nullable) findings.problem('missing_value', i, name);
    return isText ? '' : Number.NaN;
  }
  if (isText) {
    if (typeof cell === 'string') return cell;
    if (typeof cell === 'number' || typeof cell === 'boolean') {
      findings.warning('type_coerced', i, name);
      return String(cell);
    }
  } else {
    const isBoolean = type === 'boolean';
    const value =
      typeof cell === 'string' ? (isBoolean ? booleanFromText(cell) : numberFromText(cell)) : Number(cell);
    const read = isBoolean ? booleanFromNumber(value) : value;
    const isScalar = typeof cell === 'number' || typeof cell === 'boolean' || typeof cell === 'string';
    const isWhole = element !== 'integer' || Number.isSafeInteger(read);
    if (isScalar && !Number.isNaN(read) && isWhole) {
      if (Number.isFinite(read)) {
        if (typeof cell !== (isBoolean ? 'boolean' : 'number')) findings.warning('type_coerced', i, name);
        return read;
      }
      findings.problem('not_finite', i, name);
      return UNREADABLE;
    }
  }
  const expectedType = element === 'integer' ? 'integer' : type;
  findings.problem('wrong_type', i, name, { expectedType, sentType: jsonTypeOf(cell) });
  return UNREADABLE;
}

function interleaved(columns: readonly Float64Array[], nRows: number): Float64Array {
  const width = columns.length;
  const values = new Float64Array(nRows * width);
  for (const [k, column] of columns.entries()) {
    for (let i = 0; i < nRows; i++) values[i * width + k] = column[i] as number;
  }
  return values;
}
