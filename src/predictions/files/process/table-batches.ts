import { type DuckDBDataChunk, DuckDBDoubleVector } from '@duckdb/node-api';
import { type Duckdb, literal } from '../../../datasets/ingest/duckdb.js';
import type { ColumnType } from '../../../learn/matrix/table.js';
import type { FileColumn } from './file-task-types.js';

/** One column of some rows: numbers, booleans as 0 and 1, dates as epoch milliseconds, with NaN for "missing"; or texts. */
export type BatchValues = Float64Array | readonly (string | null)[];

/** A portion of DuckDB's has 2,048 rows; one of a wide table is divided. */
const MAX_BATCH_CELLS = 400_000;
const LEAST_BATCH_ROWS = 16;

/** Some rows of a canonical table, in its order. */
export interface TableBatch {
  readonly nRows: number;
  /** In the order that was asked for, each of the length nRows. */
  readonly columns: readonly BatchValues[];
}

/** Reads columns of a canonical Parquet file, at most 2,048 rows at a time: memory is that of one portion. */
export async function* readBatches(
  duckdb: Duckdb,
  tablePath: string,
  columns: readonly { readonly index: number; readonly type: ColumnType }[],
): AsyncGenerator<TableBatch> {
  const list = columns.map(({ index, type }) => cellSql(`c${index}`, type));
  const result = await duckdb.stream(
    `SELECT ${list.length === 0 ? '1::DOUBLE' : list.join(', ')} FROM read_parquet(${literal(tablePath)})`,
  );
  for (
    let chunk = await result.fetchChunk();
    chunk && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    const values = columns.map(({ type }, k) => readColumn(chunk as DuckDBDataChunk, k, type));
    const maxRows = Math.max(LEAST_BATCH_ROWS, Math.floor(MAX_BATCH_CELLS / Math.max(1, columns.length)));
    for (let from = 0; from < chunk.rowCount; from += maxRows) {
      const end = Math.min(chunk.rowCount, from + maxRows);
      // Slices: a view would take all of its memory to the other thread.
      yield { nRows: end - from, columns: values.map((column) => column.slice(from, end)) };
    }
  }
}

/** The columns of a file with their places. */
export function placed(columns: readonly FileColumn[]): { index: number; type: ColumnType }[] {
  return columns.map(({ type }, index) => ({ index, type }));
}

function cellSql(cell: string, type: ColumnType): string {
  if (type === 'boolean') return `CAST(${cell} AS DOUBLE)`;
  return type === 'date' ? `CAST(epoch_ms(${cell}) AS DOUBLE)` : cell;
}

function readColumn(chunk: DuckDBDataChunk, index: number, type: ColumnType): BatchValues {
  if (type === 'text') return chunk.getColumnValues(index) as (string | null)[];
  const vector = chunk.getColumnVector(index);
  if (!(vector instanceof DuckDBDoubleVector))
    throw new TypeError('a numeric column did not come as doubles');
  const values = new Float64Array(chunk.rowCount);
  for (let row = 0; row < values.length; row++) values[row] = vector.getItem(row) ?? Number.NaN;
  return values;
}
