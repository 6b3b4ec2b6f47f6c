import type { Duckdb } from '../ingest/duckdb.js';
import { groupedValuesSql, type IndexedColumn, inBatches, type ProfiledTable } from './grouped-values.js';
import type { TextStatistics } from './profile-types.js';
import { TOP_VALUES_SQL, topValuesOf, type ValueCount } from './top-values.js';

/** Numbers as people write them: 007, 1,234.5, 1.234,5, 12 %, $9.99. Dates are not among them: one separator kind a group. */
const NUMBER_LIKE = String.raw`[$€£]? ?[+-]?(\d+([.,]\d+)?|\d{1,3}(,\d{3})+(\.\d+)?|\d{1,3}(\.\d{3})+(,\d+)?|\d{1,3}([ '']\d{3})+([.,]\d+)?|[.,]\d+)([eE][+-]?\d+)? ?[%$€£]?`;

/** @returns by the index of the column; a column without values has no entry. */
export async function textStatistics(
  duckdb: Duckdb,
  table: ProfiledTable,
  columns: readonly IndexedColumn[],
): Promise<Map<number, TextStatistics & { readonly topValues: readonly ValueCount<string>[] }>> {
  const found = new Map<number, TextStatistics & { readonly topValues: readonly ValueCount<string>[] }>();
  for (const batch of inBatches(table, columns)) {
    const spellings = groupedValuesSql(table, batch, ({ index }) => `c${index}`, 'v IS NOT NULL');
    const rows = await duckdb.rows(`
      WITH spellings AS (${spellings})
      SELECT i, min(length(v)) AS shortest, max(length(v)) AS longest, sum(length(v) * n) / sum(n) AS mean_length,
        coalesce(sum(n) FILTER (regexp_full_match(v, '${NUMBER_LIKE}')), 0) AS n_numeric, ${TOP_VALUES_SQL} AS top
      FROM spellings GROUP BY i`);
    for (const row of rows) {
      found.set(Number(row['i']), {
        lengths: {
          minimum: Number(row['shortest']),
          mean: Number(row['mean_length']),
          maximum: Number(row['longest']),
        },
        nNumeric: Number(row['n_numeric']),
        topValues: topValuesOf(row['top'], String),
      });
    }
  }
  return found;
}
