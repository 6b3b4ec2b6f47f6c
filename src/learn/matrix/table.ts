import type { Codes, FeatureValues } from './number-types.js';

/** What a column of a data set holds. Dates are kept as milliseconds since 1970-01-01 UTC. */
export type ColumnType = 'number' | 'boolean' | 'date' | 'text';
export const COLUMN_TYPES: readonly ColumnType[] = ['number', 'boolean', 'date', 'text'];

/** A column of numbers, booleans (0 and 1) or dates (epoch milliseconds). NaN is "missing". */
export interface NumericColumn {
  readonly name: string;
  readonly type: 'number' | 'boolean' | 'date';
  /** Length nRows. */
  readonly values: FeatureValues;
}

/** A column of text as codes into a dictionary. The code -1 is "missing". */
export interface TextColumn {
  readonly name: string;
  readonly type: 'text';
  /** Length nRows; -1 <= code < dictionary.length. */
  readonly codes: Codes;
  /** Distinct texts, each once, in any order; entries may be unused (after a row selection). */
  readonly dictionary: readonly string[];
}

export type Column = NumericColumn | TextColumn;

/** Named columns of equal length: what comes out of a data set, before any encoding. */
export interface Table {
  readonly nRows: number;
  readonly columns: readonly Column[];
}
