import type { DuckDBValue } from '@duckdb/node-api';
import type { Duckdb } from '../ingest/duckdb.js';
import { groupedValuesSql, type IndexedColumn, inBatches, type ProfiledTable } from './grouped-values.js';
import { type NumberStatistics, QUANTILES, type QuantileName } from './profile-types.js';
import { TOP_VALUES_SQL, topValuesOf, type ValueCount } from './top-values.js';

/**
 * Statistics of numbers, booleans (0 and 1) and dates (epoch milliseconds).
 *
 * A column is grouped by value first: 3 million flights have 867 delays, and everything else is then asked of 867
 * rows. Quantiles come from the running count. Several columns share a statement. A column that hardly repeats gains
 * nothing from that, and a running count over it would sort it in one thread; it is asked directly.
 */
export interface NumericStatistics extends NumberStatistics {
  readonly topValues: readonly ValueCount<number>[];
}

const MAX_GROUPED_VALUES = 250_000;
const N_BINS = 20;
/** Tukey's outer fence; the inner one (1.5) marks one value in 150 of ordinary bell-shaped data. */
const FENCE_RANGES = 3;
const SHARES = Object.entries(QUANTILES) as [QuantileName, number][];

type Row = Record<string, DuckDBValue>;
type Moments = Omit<NumericStatistics, 'histogram' | 'nOutliers' | 'topValues'>;

/** @returns by the index of the column; a column without values has no entry. */
export async function numericStatistics(
  duckdb: Duckdb,
  table: ProfiledTable,
  columns: readonly IndexedColumn[],
): Promise<Map<number, NumericStatistics>> {
  const found = new Map<number, NumericStatistics>();
  const grouped = columns.filter(({ schema }) => schema.distinctCount <= MAX_GROUPED_VALUES);
  for (const batch of inBatches(table, grouped)) {
    const values = groupedValuesSql(table, batch, valueSql, 'isfinite(v)');
    await duckdb.run(`CREATE OR REPLACE TEMP TABLE numbers AS ${values}`);
    for (const row of await duckdb.rows(groupedSql())) {
      const moments = momentsOf(row);
      found.set(Number(row['i']), { ...moments, ...EMPTY, topValues: topValuesOf(row['top'], Number) });
    }
    const known = batch.flatMap(({ index }) => {
      const facts = found.get(index);
      return facts === undefined ? [] : [[index, facts] as const];
    });
    await addBins(duckdb, 'numbers', known, found);
  }
  for (const column of columns) {
    const { index, schema } = column;
    if (schema.distinctCount <= MAX_GROUPED_VALUES) continue;
    const source = `(SELECT ${index} AS i, v, 1 AS n FROM (SELECT ${valueSql(column)} AS v FROM ${table.sql}) WHERE isfinite(v))`;
    const [row] = await duckdb.rows(directSql(source));
    if (row === undefined || Number(row['total']) === 0) continue;
    found.set(index, { ...momentsOf(row), ...EMPTY, topValues: [] });
    await addBins(duckdb, source, [[index, found.get(index)!]], found);
  }
  return found;
}

const EMPTY = { histogram: { edges: [], counts: [] }, nOutliers: 0 };

function valueSql({ index, schema: { type } }: IndexedColumn): string {
  if (type === 'number') return `c${index}`;
  return type === 'boolean' ? `CAST(c${index} AS DOUBLE)` : `CAST(epoch_ms(c${index}) AS DOUBLE)`;
}

function groupedSql(): string {
  // Rank r (zero-based) is held by the first value whose running count exceeds r.
  const quantiles = SHARES.flatMap(([name, share]) => [
    `min(v) FILTER (upto > floor((total - 1) * ${share})) AS ${name}_low`,
    `min(v) FILTER (upto > ceil((total - 1) * ${share})) AS ${name}_high`,
  ]);
  return `
    WITH moments AS (SELECT i, sum(n) AS total, min(v) AS low, max(v) AS high, sum(v * n) / sum(n) AS mean
                     FROM numbers GROUP BY i),
    ranked AS (SELECT i, v, n, sum(n) OVER (PARTITION BY i ORDER BY v) AS upto FROM numbers)
    SELECT i, any_value(total) AS total, any_value(low) AS low, any_value(high) AS high, any_value(mean) AS mean,
      sum(n * (v - mean) * (v - mean)) AS squares, ${quantiles.join(', ')}, ${TOP_VALUES_SQL} AS top
    FROM ranked JOIN moments USING (i) GROUP BY i`;
}

function directSql(source: string): string {
  const shares = SHARES.map(([, share]) => share).join(', ');
  const quantiles = SHARES.flatMap(([name], at) => [
    `q[${at + 1}] AS ${name}_low`,
    `q[${at + 1}] AS ${name}_high`,
  ]);
  return `
    WITH facts AS (SELECT count(*) AS total, min(v) AS low, max(v) AS high, avg(v) AS mean,
                   var_pop(v) * count(*) AS squares, quantile_cont(v, [${shares}]) AS q FROM ${source})
    SELECT total, low, high, mean, squares, ${quantiles.join(', ')} FROM facts`;
}

function momentsOf(row: Row): Moments {
  const total = Number(row['total']);
  const quantile = (name: string, share: number) => {
    const low = Number(row[`${name}_low`]);
    const high = Number(row[`${name}_high`]);
    const rank = (total - 1) * share;
    return low === high ? low : low + (high - low) * (rank - Math.floor(rank));
  };
  return {
    minimum: Number(row['low']),
    maximum: Number(row['high']),
    mean: finite(Number(row['mean'])),
    standardDeviation: total < 2 ? null : finite(Math.sqrt(Number(row['squares']) / (total - 1))),
    quantiles: Object.fromEntries(SHARES.map(([name, share]) => [name, quantile(name, share)])) as Record<
      QuantileName,
      number
    >,
  };
}

/** OUT: histograms and outliers of `entries`, put into `found`. */
async function addBins(
  duckdb: Duckdb,
  source: string,
  entries: readonly (readonly [number, NumericStatistics])[],
  found: Map<number, NumericStatistics>,
): Promise<void> {
  if (entries.length === 0) return;
  const plans = entries.map(([index, { minimum, maximum, quantiles }]) => {
    const nBins = maximum > minimum && Number.isFinite(maximum - minimum) ? N_BINS : 1;
    const width = (maximum - minimum) / nBins;
    const reach = FENCE_RANGES * (quantiles.p75 - quantiles.p25);
    const hasFence = reach > 0 && Number.isFinite(reach);
    const fences = hasFence ? [quantiles.p25 - reach, quantiles.p75 + reach] : [minimum, maximum];
    return { index, minimum, maximum, nBins, width, fences: fences as [number, number] };
  });
  const values = plans.map(
    ({ index, minimum, nBins, width, fences }) =>
      `(${index}, ${double(minimum)}, ${nBins}, ${double(width > 0 ? width : 1)}, ${double(fences[0])}, ${double(fences[1])})`,
  );
  const rows = await duckdb.rows(`
    SELECT i, CAST(least(n_bins - 1, greatest(0, floor((v - low) / width))) AS INTEGER) AS bin, sum(n) AS n,
      coalesce(sum(n) FILTER (v < low_fence OR v > high_fence), 0) AS n_outside
    FROM ${source} JOIN (VALUES ${values.join(', ')}) AS plans(i, low, n_bins, width, low_fence, high_fence) USING (i)
    GROUP BY ALL`);
  const rowsOf = new Map<number, Row[]>(plans.map(({ index }) => [index, []]));
  for (const row of rows) rowsOf.get(Number(row['i']))?.push(row);
  for (const { index, minimum, maximum, nBins, width } of plans) {
    const counts = new Array<number>(nBins).fill(0);
    let nOutliers = 0;
    for (const row of rowsOf.get(index)!) {
      counts[Number(row['bin'])] = Number(row['n']);
      nOutliers += Number(row['n_outside']);
    }
    const edges = Array.from({ length: nBins }, (_, bin) => minimum + bin * width);
    found.set(index, { ...found.get(index)!, histogram: { edges: [...edges, maximum], counts }, nOutliers });
  }
}

/** A literal that SQL does not take for a decimal. */
function double(value: number): string {
  return `CAST('${value}' AS DOUBLE)`;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
