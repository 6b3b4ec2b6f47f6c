import type { ColumnSchema } from '../ingest/ingest-types.js';

/** The table that is profiled, with columns c0, c1, … */
export interface ProfiledTable {
  /** What SQL calls it. */
  readonly sql: string;
  /** It lies in memory and has few cells. */
  readonly isHeld: boolean;
}

export interface IndexedColumn {
  readonly index: number;
  readonly schema: ColumnSchema;
}

/** Groups that one statement makes; bounds its hash tables and its windows. */
const VALUES_PER_STATEMENT = 1_000_000;
/** Columns that have a branch of their own in a statement. Planning grows faster than their number. */
const MAX_BRANCHES = 64;

/**
 * Columns in portions that one statement can take. A held table of thousands of columns is taken in as few as its
 * values allow: there, planning statements costs more than running them.
 */
export function* inBatches(
  { isHeld }: ProfiledTable,
  columns: readonly IndexedColumn[],
): Generator<IndexedColumn[]> {
  const maxColumns = isHeld ? Number.POSITIVE_INFINITY : MAX_BRANCHES;
  let batch: IndexedColumn[] = [];
  let nValues = 0;
  for (const column of columns) {
    const isFull = batch.length === maxColumns;
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

/**
 * A query for the different values `v` of each column `i` with their counts `n`; missing values are none.
 * @param valueSql what is made of a column; all of a batch have one type
 * @param condition on `v`
 */
export function groupedValuesSql(
  { sql: table }: ProfiledTable,
  batch: readonly IndexedColumn[],
  valueSql: (column: IndexedColumn) => string,
  condition: string,
): string {
  if (batch.length <= MAX_BRANCHES) {
    const branches = batch.map(
      (column) =>
        `SELECT ${column.index} AS i, v, count(*) AS n FROM (SELECT ${valueSql(column)} AS v FROM ${table}) WHERE ${condition} GROUP BY ALL`,
    );
    return branches.join(' UNION ALL ');
  }
  const values = batch.map((column) => `${valueSql(column)} AS c${column.index}`);
  const names = batch.map(({ index }) => `c${index}`);
  return `
    SELECT CAST(substr(name, 2) AS INTEGER) AS i, v, n FROM (
      SELECT name, v, count(*) AS n
      FROM (UNPIVOT (SELECT ${values.join(', ')} FROM ${table}) ON ${names.join(', ')} INTO NAME name VALUE v)
      WHERE ${condition} GROUP BY ALL)`;
}
