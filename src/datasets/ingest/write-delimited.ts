import { type Duckdb, DuckdbError, literal } from './duckdb.js';
import { type InferredColumn, inferColumn } from './infer-columns.js';
import type { ColumnSchema, IngestReport } from './ingest-types.js';
import { misfitsOf } from './misfits.js';
import { type OwnMarker, ownMarkers } from './own-markers.js';
import type { PreparedSource } from './prepare-source.js';
import { cellSql, readSql, rowCondition } from './read-sql.js';
import { blankReports, impossibleReports } from './table-reports.js';
import { canonicalOptions, footerStatistics, valueStatistics } from './table-statistics.js';

export interface WrittenTable {
  readonly columns: ColumnSchema[];
  readonly reports: readonly IngestReport[];
}

/**
 * Converts a scanned file to the canonical Parquet in one pass that keeps nothing in memory; undefined when DuckDB
 * does not read what was scanned.
 *
 * The types come from the scan. What a spelling cannot tell (February 30th, 1e999) shows in the footer of the new file
 * as a missing value that was none, or as an infinity: those columns are text, and the pass is made again.
 *
 * @throws Problem invalid_columns for values that are not of the type that the caller has named
 */
export async function writeDelimited(
  duckdb: Duckdb,
  source: PreparedSource,
  tablePath: string,
  progress: (phase: string, fraction: number) => void,
): Promise<WrittenTable | undefined> {
  const own = await ownMarkers(duckdb, source);
  if (own === undefined) return undefined;
  // By column: how many values no calendar has, or no number can hold.
  const asText = new Map<number, number>();
  for (;;) {
    const columns = source.names.map((name, index) =>
      infer(source, name, index, own.get(index), asText.has(index)),
    );
    if (!(await convert(duckdb, source, columns, tablePath))) return undefined;
    const [count] = await duckdb.rows(`SELECT count(*) AS n FROM read_parquet(${literal(tablePath)})`);
    // The scanner has counted the rows: if DuckDB saw another number, the two read the quoting differently, and a table
    // that is silently wrong is the one thing that must not come out.
    if (Number(count!['n']) !== source.nRows) return undefined;
    const footer = await footerStatistics(duckdb, tablePath);
    const broken = columns.flatMap(({ nMissing, decision }, index) => {
      const isSound = footer[index]!.nMissing === nMissing && !footer[index]!.hasInfinity;
      return isSound || decision.type === 'text' ? [] : [index];
    });
    if (broken.length === 0) {
      progress('counting', 0);
      const reports = [
        ...impossibleReports(source, asText),
        ...(await blankReports(duckdb, source, columns)),
      ];
      return { columns: await schemas(duckdb, source, columns, tablePath), reports };
    }
    const isNamed = (index: number) => columns[index]!.isNamed;
    if (broken.some(isNamed)) throw await misfitsOf(duckdb, source, columns, broken.filter(isNamed));
    for (const index of broken) {
      asText.set(index, Math.max(1, footer[index]!.nMissing - columns[index]!.nMissing));
    }
  }
}

function infer(
  source: PreparedSource,
  name: string,
  index: number,
  own: readonly OwnMarker[] | undefined,
  asText: boolean,
): InferredColumn {
  const counts = source.scanner.counts.column(index);
  return inferColumn(
    {
      name,
      cellSql: cellSql(source, index),
      counts: own === undefined ? counts : counts.withMarkers(own),
      declared: source.declared?.[index],
      override: source.overrides.get(index),
    },
    source.style,
    asText,
  );
}

async function convert(
  duckdb: Duckdb,
  source: PreparedSource,
  columns: readonly InferredColumn[],
  tablePath: string,
): Promise<boolean> {
  const list = columns.map(({ sql }, index) => `${sql} AS c${index}`).join(', ');
  const options = canonicalOptions(columns.length);
  try {
    await duckdb.run(
      `COPY (SELECT ${list} FROM ${readSql(source)}${rowCondition(columns.length)}) TO ${literal(tablePath)} (${options})`,
    );
    return true;
  } catch (error) {
    if (error instanceof DuckdbError && error.kind === 'Invalid Input') return false;
    throw error;
  }
}

async function schemas(
  duckdb: Duckdb,
  source: PreparedSource,
  columns: readonly InferredColumn[],
  tablePath: string,
): Promise<ColumnSchema[]> {
  const types = columns.map(({ decision }) => decision.type);
  const values = await valueStatistics(duckdb, tablePath, types, source.nRows);
  return columns.map(({ name, decision, missingMarkers, nMissing, isSpeltWhole }, index) => ({
    name,
    type: decision.type,
    ...(decision.type === 'number' ? { integer: isSpeltWhole || values[index]!.isWhole } : {}),
    nullCount: nMissing,
    distinctCount: values[index]!.nDistinct,
    missingMarkers,
  }));
}
