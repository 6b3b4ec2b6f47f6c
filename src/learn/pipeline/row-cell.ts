import type {
  ColumnEncoder,
  NumberColumnEncoder,
  TextColumnEncoder,
} from '../preprocessing/column-encoder.js';
import type { InputColumn } from './signature.js';

/** One column, compiled: what a row is asked for and where its features go. */
export type Cell = NumberCell | TextCell;
export interface NumberCell {
  readonly takes: 'number';
  readonly name: string;
  readonly isInherited: boolean;
  readonly at: number;
  readonly encoder: NumberColumnEncoder;
  readonly minimum: number;
  readonly maximum: number;
  readonly expectedType: string;
}
export interface TextCell {
  readonly takes: 'text';
  readonly name: string;
  readonly isInherited: boolean;
  readonly at: number;
  readonly encoder: TextColumnEncoder;
}

export function compileCell(input: InputColumn, encoder: ColumnEncoder, at: number): Cell {
  const { name } = input;
  const isInherited = name in Object.prototype;
  if (encoder.takes === 'text') return { takes: 'text', name, isInherited, at, encoder };
  const expectedType = input.type === 'date' ? 'ISO 8601 date' : input.type;
  const minimum = input.minimum ?? -Infinity;
  const maximum = input.maximum ?? Infinity;
  return { takes: 'number', name, isInherited, at, encoder, minimum, maximum, expectedType };
}
