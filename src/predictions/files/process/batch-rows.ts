import type { ColumnType } from '../../../learn/matrix/table.js';
import { dateFromText, numberFromText, textFromDate } from '../../../learn/preprocessing/read-value.js';
import { setOwn } from '../../scoring/served-model.js';
import type { BatchValues, TableBatch } from './table-batches.js';

/** A column of a file that the model takes. */
export interface WantedColumn {
  readonly name: string;
  /** In the file. */
  readonly type: ColumnType;
  /** What the model takes it as. */
  readonly wantedType: ColumnType;
}

/** Rows as a JSON request would have them, so that a file and a request are read by the same code to the same numbers. */
export function rowsOfBatch({ nRows, columns }: TableBatch, wanted: readonly WantedColumn[]): object[] {
  const rows = Array.from({ length: nRows }, (): Record<string, unknown> => ({}));
  for (const [k, column] of wanted.entries()) {
    const values = columns[k] as BatchValues;
    for (let row = 0; row < nRows; row++) {
      setOwn(rows[row] as Record<string, unknown>, column.name, cellOf(values[row] as Cell, column));
    }
  }
  return rows;
}

type Cell = number | string | null;

function cellOf(cell: Cell, { type, wantedType }: WantedColumn): Cell | boolean {
  if (cell === null || typeof cell === 'string') return typed(cell, wantedType);
  if (Number.isNaN(cell)) return null;
  if (type === 'boolean') return cell === 1;
  if (type !== 'date') return cell;
  const text = textFromDate(cell);
  // A year has four digits in ISO text.
  return wantedType !== 'date' || dateFromText(text) === cell ? text : cell;
}

/** One odd cell makes texts of a column of numbers; the others are numbers all the same. */
function typed(cell: string | null, wantedType: ColumnType): Cell {
  if (cell === null || wantedType !== 'number') return cell;
  const value = numberFromText(cell);
  return Number.isFinite(value) ? value : cell;
}
