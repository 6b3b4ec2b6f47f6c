import { kindOf, spellingAutomaton } from './column-counts.js';
import { type Duckdb, DuckdbError, literal, literals } from './duckdb.js';
import { type InferredColumn, inferColumn } from './infer-columns.js';
import type { ColumnSchema, IngestReport } from './ingest-types.js';
import { type Misfits, misfitProblem, N_MISFIT_ROWS } from './misfits.js';
import type { PreparedSource } from './prepare-source.js';
import { canonicalOptions, footerStatistics, valueStatistics } from './table-statistics.js';

const MIN_LINE_BYTES = 64 * 1024;
/** DuckDB reads the file in buffers; each thread holds some of them. */
const BUFFER_LINES = 4;
const MIN_BUFFER_BYTES = 8 * 1024 * 1024;
/** More would be read by nobody. */
const MAX_REPORTED = 100;

export interface WrittenTable {
  readonly columns: ColumnSchema[];
  readonly reports: readonly IngestReport[];
}

/** A spelling that the caller calls missing, and in how many cells of its column it is. */
interface OwnMarker {
  readonly marker: string;
  readonly kind: number;
  readonly nCells: number;
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

/** Looks for the markers that the caller has named; undefined when DuckDB does not read what was scanned. */
async function ownMarkers(
  duckdb: Duckdb,
  source: PreparedSource,
): Promise<ReadonlyMap<number, readonly OwnMarker[]> | undefined> {
  const wanted = new Map<number, string[]>();
  for (const [index] of source.names.entries()) {
    const named = source.overrides.get(index)?.missing;
    if (named === undefined && !source.isExact) continue;
    wanted.set(index, markersOf(source, index, named ?? []));
  }
  const places = [...wanted].flatMap(([index, markers]) => markers.map((marker) => ({ index, marker })));
  let row: Readonly<Record<string, unknown>> = {};
  if (places.length > 0) {
    const counts = places.map(
      ({ index, marker }, place) =>
        `count(*) FILTER (WHERE ${cellSql(source, index)} = ${literal(marker)}) AS m${place}`,
    );
    const found = await duckdb
      .rows(`SELECT ${counts.join(', ')} FROM ${readSql(source)}`)
      .catch(undefinedIfMisread);
    if (found === undefined) return undefined;
    row = found[0]!;
  }
  const automaton = spellingAutomaton(source.style, source.isExact);
  const counted = places.map(({ index, marker }, place) => {
    return { index, marker, kind: kindOf(automaton, marker), nCells: Number(row[`m${place}`]) };
  });
  return new Map([...wanted.keys()].map((index) => [index, counted.filter((one) => one.index === index)]));
}

/** As they are spelt in the cells that DuckDB sees: without blanks around them, and numbers as they were written out. */
function markersOf(source: PreparedSource, index: number, named: readonly string[]): string[] {
  const spelt = named.map((marker) => {
    if (!source.isExact) return marker.trim();
    const isNumber = source.declared?.[index] === 'number' && marker.trim() !== '';
    return isNumber && Number.isFinite(Number(marker)) ? String(Number(marker)) : marker;
  });
  return [...new Set(spelt)].filter((marker) => marker !== '');
}

/** @throws what is not a file that is read in another way than it was scanned */
function undefinedIfMisread(error: unknown): undefined {
  if (error instanceof DuckdbError && error.kind === 'Invalid Input') return undefined;
  throw error;
}

async function misfitsOf(
  duckdb: Duckdb,
  source: PreparedSource,
  columns: readonly InferredColumn[],
  broken: readonly number[],
) {
  const found: Misfits[] = [];
  for (const index of broken) {
    const { name, decision, missingMarkers, cellSql: cell, sql } = columns[index]!;
    const isMarker =
      missingMarkers.length === 0 ? 'false' : `list_contains([${literals(missingMarkers)}], cell)`;
    const rows = await duckdb.rows(
      `SELECT i, count(*) OVER () AS n FROM (
         SELECT row_number() OVER () - 1 AS i, ${cell} AS cell, ${sql} AS value
         FROM ${readSql(source)}${condition(columns.length)})
       WHERE cell IS NOT NULL AND NOT ${isMarker} AND value IS NULL ORDER BY i LIMIT ${N_MISFIT_ROWS}`,
    );
    const count = Number(rows[0]?.['n'] ?? 0);
    found.push({ column: name, type: decision.type, count, rows: rows.map((row) => Number(row['i'])) });
  }
  return misfitProblem(found, source.linesOf);
}

function impossibleReports(source: PreparedSource, asText: ReadonlyMap<number, number>): IngestReport[] {
  if (asText.size === 0) return [];
  const columns = [...asText.keys()].map((index) => source.names[index]!).slice(0, MAX_REPORTED);
  const message = 'Columns that are text for values that no calendar has, or that no number can hold.';
  return [{ code: 'stays_text', message, count: asText.size, lines: [], columns }];
}

/** Blanks around cells are left out; said of cells only, because they are no part of how a header is read. */
async function blankReports(
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

function cellSql({ scanner, isExact, names }: PreparedSource, index: number): string {
  const cell = `c${index}`;
  const isAlone = names.length === 1;
  if (isExact) return isAlone ? `nullif(${cell}, '')` : cell;
  const blanks = scanner.hasTabs ? ", ' ' || chr(9)" : '';
  return scanner.padded.has(index) || isAlone ? `nullif(trim(${cell}${blanks}), '')` : cell;
}

/** An empty line is no row, but in a file of one column it reads like a row with an empty cell; a quoted one stays. */
function condition(nColumns: number): string {
  return nColumns === 1 ? ' WHERE c0 IS NOT NULL' : '';
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
      `COPY (SELECT ${list} FROM ${readSql(source)}${condition(columns.length)}) TO ${literal(tablePath)} (${options})`,
    );
    return true;
  } catch (error) {
    if (error instanceof DuckdbError && error.kind === 'Invalid Input') return false;
    throw error;
  }
}

function readSql({ path, dialect, lineEnd, scanner, names }: PreparedSource): string {
  const nFields = Math.max(names.length, scanner.maxFields);
  const types = Array.from({ length: nFields }, (_, index) => `'c${index}': 'VARCHAR'`);
  const lineBytes = Math.max(MIN_LINE_BYTES, scanner.maxRecordBytes + 2);
  const options = [
    'auto_detect = false',
    `columns = {${types.join(', ')}}`,
    `delim = ${literal(dialect.delimiter)}`,
    `quote = ${literal(dialect.quote)}`,
    `escape = ${literal(dialect.escape)}`,
    `header = ${dialect.hasHeader}`,
    `new_line = '${lineEnd === '\n' ? '\\n' : '\\r\\n'}'`,
    "nullstr = ''",
    `allow_quoted_nulls = ${names.length > 1}`,
    "comment = ''",
    `max_line_size = ${lineBytes}`,
    `buffer_size = ${Math.max(MIN_BUFFER_BYTES, BUFFER_LINES * lineBytes)}`,
    "compression = 'none'",
    'strict_mode = true',
    `null_padding = ${scanner.nRagged > 0}`,
  ];
  return `read_csv(${literal(path)}, ${options.join(', ')})`;
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
