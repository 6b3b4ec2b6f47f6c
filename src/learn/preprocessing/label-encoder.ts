import type { JsonObject } from '../json.js';
import type { Codes, RowIndices } from '../matrix/number-types.js';
import { COLUMN_TYPES, type Column, type ColumnType } from '../matrix/table.js';
import { textFromDate } from './read-value.js';
import { damaged, member, readChoice, readList } from './state-reader.js';

/** A class as people see it: in the type that it has in the data set; a date as ISO 8601. */
export type ClassLabel = string | number | boolean;

/**
 * The target of a classification as class codes 0..nClasses-1, and codes back to labels of the original type.
 * Classes are sorted: numbers and dates by value, false before true, texts by code unit.
 */
export class LabelEncoder {
  /** The labels as text, for parameters and tables that name classes. */
  readonly classNames: readonly string[];

  constructor(
    readonly type: ColumnType,
    readonly classes: readonly ClassLabel[],
  ) {
    this.classNames = classes.map(String);
  }

  /**
   * Learns the classes of the chosen rows and encodes them. Cost: one pass, O(k log k) for k classes.
   * @returns the encoder, and for each chosen row its code, -1 where the target is missing
   */
  static fit(column: Column, rows: RowIndices): { encoder: LabelEncoder; codes: Codes } {
    return column.type === 'text' ? fitText(column, rows) : fitNumbers(column, rows);
  }

  toState(): JsonObject {
    return { type: this.type, classes: [...this.classes] };
  }

  /** @throws LearnError invalid_state */
  static fromState(state: JsonObject, path: string): LabelEncoder {
    const type = readChoice(member(state, 'type'), COLUMN_TYPES, `${path}.type`);
    const expected = type === 'number' ? 'number' : type === 'boolean' ? 'boolean' : 'string';
    const classes = readList(member(state, 'classes'), `${path}.classes`);
    const isLabel = (value: unknown): value is ClassLabel => typeof value === expected;
    if (!classes.every(isLabel) || new Set(classes).size !== classes.length || classes.length < 2) {
      throw damaged(`${path}.classes`, `two or more different labels of type ${type}`);
    }
    return new LabelEncoder(type, classes);
  }
}

function fitText(
  column: Extract<Column, { type: 'text' }>,
  rows: RowIndices,
): { encoder: LabelEncoder; codes: Codes } {
  const { dictionary } = column;
  const isUsed = new Uint8Array(dictionary.length);
  for (let p = 0; p < rows.length; p++) {
    const code = column.codes[rows[p] as number] as number;
    if (code >= 0 && dictionary[code] !== '') isUsed[code] = 1;
  }
  const order = [...isUsed.keys()]
    .filter((code) => isUsed[code] === 1)
    .sort((a, b) => ((dictionary[a] as string) < (dictionary[b] as string) ? -1 : 1));
  const classOf = new Int32Array(dictionary.length).fill(-1);
  order.forEach((code, k) => {
    classOf[code] = k;
  });
  const codes = new Int32Array(rows.length);
  for (let p = 0; p < rows.length; p++) {
    const code = column.codes[rows[p] as number] as number;
    codes[p] = code < 0 ? -1 : (classOf[code] as number);
  }
  const classes = order.map((code) => dictionary[code] as string);
  return { encoder: new LabelEncoder('text', classes), codes };
}

function fitNumbers(
  column: Exclude<Column, { type: 'text' }>,
  rows: RowIndices,
): { encoder: LabelEncoder; codes: Codes } {
  const classOf = new Map<number, number>();
  for (let p = 0; p < rows.length; p++) {
    const value = column.values[rows[p] as number] as number;
    // Adding 0 turns -0 into 0: they are one class.
    if (!Number.isNaN(value)) classOf.set(value + 0, -1);
  }
  const sorted = [...classOf.keys()].sort((a, b) => a - b);
  sorted.forEach((value, k) => {
    classOf.set(value, k);
  });
  const codes = new Int32Array(rows.length);
  for (let p = 0; p < rows.length; p++) {
    codes[p] = classOf.get(column.values[rows[p] as number] as number) ?? -1;
  }
  const label = (value: number): ClassLabel =>
    column.type === 'boolean' ? value !== 0 : column.type === 'date' ? textFromDate(value) : value;
  return { encoder: new LabelEncoder(column.type, sorted.map(label)), codes };
}
