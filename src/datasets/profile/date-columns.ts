import type { Duckdb } from '../ingest/duckdb.js';
import type { ColumnSchema } from '../ingest/ingest-types.js';
import type { NumericStatistics } from './numeric-columns.js';
import type { DateStatistics } from './profile-types.js';

/** Tables have few dates; a hundred columns of them are looked at for their order, the others count as unordered. */
const MAX_ORDERED_COLUMNS = 100;

/** @param numbers what is known of the columns as epoch milliseconds. */
export async function dateStatistics(
  duckdb: Duckdb,
  file: string,
  columns: readonly { readonly index: number; readonly schema: ColumnSchema }[],
  numbers: ReadonlyMap<number, NumericStatistics>,
): Promise<Map<number, DateStatistics>> {
  const dates = columns
    .filter(({ index, schema }) => schema.type === 'date' && numbers.has(index))
    .slice(0, MAX_ORDERED_COLUMNS);
  const found = new Map<number, DateStatistics>();
  for (const { index } of dates) {
    // Without an order the window runs over the rows as they lie in the file.
    const [row] = await duckdb.rows(`
      SELECT count(*) FILTER (v < before) AS n_backwards, count(*) FILTER (v > before) AS n_forwards
      FROM (SELECT c${index} AS v, lag(c${index}) OVER () AS before FROM ${file} WHERE c${index} IS NOT NULL)`);
    const [nBackwards, nForwards] = [Number(row!['n_backwards']), Number(row!['n_forwards'])];
    const { minimum, maximum, quantiles, histogram } = numbers.get(index)!;
    found.set(index, {
      earliest: isoDate(minimum),
      latest: isoDate(maximum),
      median: isoDate(quantiles.p50),
      histogram: { edges: histogram.edges.map(isoDate), counts: histogram.counts },
      order: orderOf(nBackwards, nForwards),
      nBackwards,
    });
  }
  return found;
}

function orderOf(nBackwards: number, nForwards: number): DateStatistics['order'] {
  if (nBackwards > 0 && nForwards > 0) return 'none';
  if (nBackwards > 0) return 'descending';
  return nForwards > 0 ? 'ascending' : 'constant';
}

/** Years beyond what ISO 8601 writes with four digits come with a sign and six, as JavaScript has them. */
export function isoDate(epochMs: number): string {
  const limit = 8.64e15;
  return new Date(Math.max(-limit, Math.min(limit, Math.round(epochMs)))).toISOString();
}
