import { type Duckdb, DuckdbError, literal } from './duckdb.js';
import { type InferredColumn, inferColumn } from './infer-columns.js';
import type { ColumnSchema, IngestReport } from './ingest-types.js';
import { misfitsOf } from './misfits.js';
import { type OwnMarker, ownMarkers } from './own-markers.js';
import type { PreparedSource } from './prepare-source.js';
import { cellSql, readSql, rowCondition } from './read-sql.js';
import { blankReports, impossibleReports } from './table-reports.js';
import { canonicalOptions, footerStatistics, valueStatistics } from './table-statistics.js';

/** What a statement fails with for the file's sake. */
const UNREADABLE = new Set(['Invalid Input', 'Conversion']);

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

/**
 * Plain numbers and dates are converted as they are read, a tenth cheaper than by way of texts. There a value beyond
 * its type is the end of the statement, so that all is read as texts after it: then it is NULL, and found in the footer.
 */
async function convert(
  duckdb: Duckdb,
  source: PreparedSource,
  columns: readonly InferredColumn[],
  tablePath: string,
): Promise<boolean> {
  const copy = (file: string, sqlOf: (column: InferredColumn, index: number) => string) => {
    const list = columns.map((column, index) => `${sqlOf(column, index)} AS c${index}`).join(', ');
    const select = `SELECT ${list} FROM ${file}${rowCondition(columns.length)}`;
    return isDone(
      duckdb.run(`COPY (${select}) TO ${literal(tablePath)} (${canonicalOptions(columns.length)})`),
    );
  };
  const typed = readSql(source, (index) => columns[index]?.readType);
  const isTyped = columns.some(({ readType }) => readType !== undefined);
  if (isTyped && (await copy(typed, ({ readType, sql }, index) => (readType ? `c${index}` : sql)))) {
    return true;
  }
  return copy(readSql(source), ({ sql }) => sql);
}

/** Whether DuckDB could read the file. */
async function isDone(statement: Promise<void>): Promise<boolean> {
  try {
    await statement;
    return true;
  } catch (error) {
    if (error instanceof DuckdbError && UNREADABLE.has(error.kind)) return false;
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
