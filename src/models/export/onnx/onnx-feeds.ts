import type { JsonObject } from '../../../learn/json.js';
import type { RowIndices } from '../../../learn/matrix/number-types.js';
import type { Table } from '../../../learn/matrix/table.js';
import type { InputColumn } from '../../../learn/pipeline/signature.js';
import { coerceColumn, columnOf } from '../../../learn/preprocessing/coerce-column.js';
import { dateFromText } from '../../../learn/preprocessing/read-value.js';

/** What one input of the model is given: NaN and the empty text are missing. */
export type Feed =
  | { readonly name: string; readonly numbers: Float64Array }
  | { readonly name: string; readonly texts: readonly string[] };

/** Rows of a table, in the types of the signature. */
export function feedsFromTable(inputs: readonly InputColumn[], table: Table, rows: RowIndices): Feed[] {
  return inputs.map(({ name, type }) => {
    const { column } = coerceColumn(columnOf(table, name), type);
    if (column.type !== 'text') {
      return { name, numbers: Float64Array.from(rows, (row) => column.values[row] as number) };
    }
    const { codes, dictionary } = column;
    return { name, texts: Array.from(rows, (row) => dictionary[codes[row] as number] ?? '') };
  });
}

/** JSON rows that are complete and in the signature's types, as golden rows are. */
export function feedsFromRows(inputs: readonly InputColumn[], rows: readonly JsonObject[]): Feed[] {
  return inputs.map(({ name, type }) => {
    const cells = rows.map((row) => row[name] ?? null);
    if (type === 'text') return { name, texts: cells.map((cell) => String(cell ?? '')) };
    return { name, numbers: Float64Array.from(cells, numberOf) };
  });
}

function numberOf(cell: JsonObject[string]): number {
  if (cell === null || cell === '') return Number.NaN;
  return typeof cell === 'string' ? dateFromText(cell) : Number(cell);
}
