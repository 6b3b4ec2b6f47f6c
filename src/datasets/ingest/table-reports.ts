import type { Duckdb } from './duckdb.js';
import type { InferredColumn } from './infer-columns.js';
import type { IngestReport } from './ingest-types.js';
import type { PreparedSource } from './prepare-source.js';
import { readSql } from './read-sql.js';

/** More would be read by nobody. */
const MAX_REPORTED = 100;

/** Columns that could not be what their spelling says. By column: how many values. */
export function impossibleReports(
  source: PreparedSource,
  asText: ReadonlyMap<number, number>,
): IngestReport[] {
  if (asText.size === 0) return [];
  const columns = [...asText.keys()].map((index) => source.names[index]!).slice(0, MAX_REPORTED);
  const message = 'Columns that are text for values that no calendar has, or that no number can hold.';
  return [{ code: 'stays_text', message, count: asText.size, lines: [], columns }];
}

/** Blanks around cells are left out; said of cells only, because they are no part of how a header is read. */
export async function blankReports(
  duckdb: Duckdb,
  source: PreparedSource,
  columns: readonly InferredColumn[],
): Promise<IngestReport[]> {
  const padded = source.isExact ? [] : [...source.scanner.padded].filter((index) => index < columns.length);
  if (padded.length === 0) return [];
  const counts = padded.map(
    (index) => `count(*) FILTER (WHERE c${index} <> coalesce(${columns[index]!.cellSql}, '')) AS n${index}`,
  );
  const [row] = await duckdb.rows(`SELECT ${counts.join(', ')} FROM ${readSql(source)}`);
  const found = padded.filter((index) => Number(row![`n${index}`]) > 0).sort((left, right) => left - right);
  if (found.length === 0) return [];
  const count = found.reduce((sum, index) => sum + Number(row![`n${index}`]), 0);
  const names = found.map((index) => source.names[index]!).slice(0, MAX_REPORTED);
  const message = 'Cells had blanks around their value, which are no part of it.';
  return [{ code: 'blanks_trimmed', message, count, lines: [], columns: names }];
}
