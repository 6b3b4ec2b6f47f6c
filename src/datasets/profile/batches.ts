import type { ColumnSchema } from '../ingest/ingest-types.js';

/** Groups that one statement makes; bounds its hash tables and its windows. */
const VALUES_PER_STATEMENT = 1_000_000;
const MAX_COLUMNS_PER_STATEMENT = 64;

/** Columns in portions that one statement can take: planning costs more than running when there are thousands. */
export function* inBatches<Column extends { readonly schema: ColumnSchema }>(
  columns: readonly Column[],
): Generator<Column[]> {
  let batch: Column[] = [];
  let nValues = 0;
  for (const column of columns) {
    const isFull = batch.length === MAX_COLUMNS_PER_STATEMENT;
    if (batch.length > 0 && (isFull || nValues + column.schema.distinctCount > VALUES_PER_STATEMENT)) {
      yield batch;
      batch = [];
      nValues = 0;
    }
    batch.push(column);
    nValues += column.schema.distinctCount;
  }
  if (batch.length > 0) yield batch;
}
