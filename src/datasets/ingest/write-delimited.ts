import { type Duckdb, DuckdbError, literal } from './duckdb.js';
import { type InferredColumn, inferColumn } from './infer-columns.js';
import type { ColumnSchema } from './ingest-types.js';
import type { PreparedSource } from './prepare-source.js';
import { footerStatistics, rowGroupRows, valueStatistics } from './table-statistics.js';

const MIN_LINE_BYTES = 64 * 1024;
/** DuckDB reads the file in buffers; each thread holds some of them. */
const BUFFER_LINES = 4;
const MIN_BUFFER_BYTES = 8 * 1024 * 1024;

/**
 * Converts a scanned file to the canonical Parquet in one pass that keeps nothing in memory; undefined when DuckDB
 * does not read what was scanned.
 *
 * The types come from the scan. What a spelling cannot tell (February 30th, 1e999) shows in the footer of the new file
 * as a missing value that was none, or as an infinity: those columns are text, and the pass is made again.
 */
export async function writeDelimited(
  duckdb: Duckdb,
  source: PreparedSource,
  tablePath: string,
  progress: (phase: string, fraction: number) => void,
): Promise<ColumnSchema[] | undefined> {
  const asText = new Set<number>();
  for (;;) {
    const columns = source.names.map((name, index) => infer(source, name, index, asText.has(index)));
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
      return schemas(duckdb, source, columns, tablePath);
    }
    for (const index of broken) asText.add(index);
  }
}

function infer(source: PreparedSource, name: string, index: number, asText: boolean): InferredColumn {
  const { counts, padded, hasTabs } = source.scanner;
  const blanks = hasTabs ? ", ' ' || chr(9)" : '';
  const cell = `c${index}`;
  const isPadded = padded.has(index) || source.names.length === 1;
  return inferColumn(
    {
      name,
      cellSql: isPadded ? `nullif(trim(${cell}${blanks}), '')` : cell,
      counts: counts.column(index),
      isDeclaredText: source.declaredText?.has(index) ?? false,
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
  // An empty line is no row, but in a file of one column it reads like a row with an empty cell; a quoted one stays.
  const condition = columns.length === 1 ? ' WHERE c0 IS NOT NULL' : '';
  const options = `FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowGroupRows(columns.length)}, USE_TMP_FILE false`;
  try {
    await duckdb.run(
      `COPY (SELECT ${list} FROM ${readSql(source)}${condition}) TO ${literal(tablePath)} (${options})`,
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
