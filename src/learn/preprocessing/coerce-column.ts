import { LearnError } from '../errors.js';
import type { Column, ColumnType, NumericColumn, Table, TextColumn } from '../matrix/table.js';
import {
  booleanFromNumber,
  booleanFromText,
  dateFromText,
  numberFromText,
  textFromBoolean,
  textFromDate,
  textFromNumber,
} from './read-value.js';

/**
 * A column in the type that the pipeline works with. Where the type is the wanted one and every number is
 * finite, the column itself comes back, without a copy.
 *
 * What cannot be read as the wanted type becomes missing; so does an infinite number: no estimator computes
 * with it, and a file that says `inf` means "no number". Cost: one pass; for text one parse a distinct text.
 * @returns the column, and how many present values became missing
 */
export function coerceColumn(column: Column, type: ColumnType): { column: Column; nLost: number } {
  if (column.type === 'text') {
    return type === 'text' ? { column, nLost: 0 } : numericFromText(column, type);
  }
  if (type === 'text') return textFromNumeric(column);
  return type === 'boolean' && column.type !== 'boolean'
    ? mapNumbers(column, type, booleanFromNumber)
    : withoutInfinity(column, type);
}

/** @throws LearnError unknown_column */
export function columnOf(table: Table, name: string): Column {
  const column = table.columns.find((candidate) => candidate.name === name);
  if (column === undefined)
    throw new LearnError('unknown_column', 'The table has no such column.', { column: name });
  return column;
}

function numericFromText(
  column: TextColumn,
  type: NumericColumn['type'],
): { column: NumericColumn; nLost: number } {
  const read = type === 'number' ? numberFromText : type === 'boolean' ? booleanFromText : dateFromText;
  const meaning = Float64Array.from(column.dictionary, (text) => {
    const value = read(text);
    return Number.isFinite(value) ? value : Number.NaN;
  });
  const isBlank = Uint8Array.from(column.dictionary, (text) => (text === '' ? 1 : 0));
  const { codes } = column;
  const values = new Float64Array(codes.length);
  let nLost = 0;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number;
    const value = code < 0 ? Number.NaN : (meaning[code] as number);
    if (Number.isNaN(value) && code >= 0 && isBlank[code] === 0) nLost++;
    values[i] = value;
  }
  return { column: { name: column.name, type, values }, nLost };
}

function textFromNumeric(column: NumericColumn): { column: TextColumn; nLost: number } {
  const spell =
    column.type === 'number' ? textFromNumber : column.type === 'boolean' ? textFromBoolean : textFromDate;
  const { values } = column;
  const codes = new Int32Array(values.length);
  const dictionary: string[] = [];
  const codeOf = new Map<number, number>();
  let nLost = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) {
      codes[i] = -1;
      if (!Number.isNaN(value)) nLost++;
      continue;
    }
    let code = codeOf.get(value);
    if (code === undefined) {
      code = dictionary.length;
      codeOf.set(value, code);
      dictionary.push(spell(value));
    }
    codes[i] = code;
  }
  return { column: { name: column.name, type: 'text', codes, dictionary }, nLost };
}

function mapNumbers(
  column: NumericColumn,
  type: NumericColumn['type'],
  read: (value: number) => number,
): { column: NumericColumn; nLost: number } {
  const values = new Float64Array(column.values.length);
  let nLost = 0;
  for (let i = 0; i < values.length; i++) {
    const before = column.values[i] as number;
    const after = read(before);
    if (Number.isNaN(after) && !Number.isNaN(before)) nLost++;
    values[i] = after;
  }
  return { column: { name: column.name, type, values }, nLost };
}

function withoutInfinity(
  column: NumericColumn,
  type: NumericColumn['type'],
): { column: NumericColumn; nLost: number } {
  const { values } = column;
  let nInfinite = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value === Infinity || value === -Infinity) nInfinite++;
  }
  if (nInfinite === 0) {
    return { column: type === column.type ? column : { name: column.name, type, values }, nLost: 0 };
  }
  return mapNumbers(column, type, (value) => (Number.isFinite(value) ? value : Number.NaN));
}
