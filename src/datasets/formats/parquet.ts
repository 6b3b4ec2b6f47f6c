import { Problem } from '../../errors/problem.js';
import { columnNames } from '../ingest/column-names.js';
import { unreadable } from '../ingest/defects.js';
import { type Duckdb, DuckdbError, literal } from '../ingest/duckdb.js';
import type { ColumnOverride, ColumnSchema, IngestInput, IngestOutput } from '../ingest/ingest-types.js';
import { type Misfits, misfitProblem, N_MISFIT_ROWS } from '../ingest/misfits.js';
import { columnOverrides } from '../ingest/prepare-source.js';
import { canonicalOptions, footerStatistics, valueStatistics } from '../ingest/table-statistics.js';
import { type ParquetColumn, parquetColumn } from './parquet-columns.js';

const MAGIC = Buffer.from('PAR1');
/** Beyond it 64-bit floating point rounds whole numbers: such a column is text. */
const MAX_EXACT = 2 ** 53;

export function isParquet(head: Buffer): boolean {
  return head.subarray(0, 4).equals(MAGIC);
}

/**
 * Takes a Parquet file over: its own types decide. Whole numbers that 64-bit floating point would round are text, and
 * so are times and intervals; lists and structures become JSON text; bytes have no place in a table. A number that is
 * not finite and an empty text are missing.
 *
 * @throws Problem dataset_unreadable
 */
export async function takeParquet(
  duckdb: Duckdb,
  path: string,
  input: IngestInput,
): Promise<Omit<IngestOutput, 'dialect' | 'format'>> {
  try {
    return await convert(duckdb, path, input);
  } catch (error) {
    // What a damaged file leads to has many names; the disk and the memory have their own.
    if (error instanceof DuckdbError) throw damaged();
    throw error;
  }
}

async function convert(duckdb: Duckdb, path: string, input: IngestInput) {
  const { limits, tablePath } = input;
  const file = `read_parquet(${literal(path)})`;
  const given = await topLevelNames(duckdb, path);
  if (given.length > limits.maxColumns) {
    throw unreadable(
      'too_many_columns',
      `The file has ${given.length} columns; ${limits.maxColumns} are allowed.`,
    );
  }
  const { names, reports } = columnNames(given, input.overrides.duplicateNames ?? 'reject', undefined);
  const [size] = await duckdb.rows(`SELECT num_rows AS n FROM parquet_file_metadata(${literal(path)})`);
  const nRows = Number(size?.['n']);
  if (!Number.isSafeInteger(nRows) || nRows < 0) throw damaged();
  if (nRows === 0) throw unreadable('no_rows', 'The file has no rows.');
  // A run of one value takes a few bytes, however long it is.
  if (nRows * names.length > limits.maxUncompressedBytes) {
    throw unreadable('too_large_uncompressed', 'The file has more cells than a data set may have.');
  }
  const source = `${file} AS source(${names.map((_, index) => `c${index}`).join(', ')})`;
  const types = (await duckdb.rows(`DESCRIBE SELECT * FROM ${source}`)).map((row) =>
    String(row['column_type']),
  );
  if (types.length !== names.length) throw damaged();
  const long = await longIntegers(duckdb, source, types);
  const overrides = columnOverrides(names, input.overrides.columns ?? []);
  const columns = types.map((type, index) => {
    const said = overrides.get(index) ?? { name: names[index]! };
    return parquetColumn(type, `c${index}`, long.has(index), said);
  });
  const list = columns.map(({ sql }, index) => `${sql} AS c${index}`).join(', ');
  const options = canonicalOptions(names.length);
  await duckdb.run(`COPY (SELECT ${list} FROM ${source}) TO ${literal(tablePath)} (${options})`);
  const [count] = await duckdb.rows(`SELECT count(*) AS n FROM read_parquet(${literal(tablePath)})`);
  if (Number(count!['n']) !== nRows) throw damaged();
  await refuseMisfits(duckdb, source, columns, names);
  const markers = await markersFound(duckdb, source, columns, overrides);
  const footer = await footerStatistics(duckdb, tablePath);
  const kinds = columns.map(({ type }) => type);
  const values = await valueStatistics(duckdb, tablePath, kinds, nRows);
  const schemas = names.map<ColumnSchema>((name, index) => ({
    name,
    type: kinds[index]!,
    ...(kinds[index] === 'number' ? { integer: values[index]!.isWhole } : {}),
    nullCount: footer[index]!.nMissing,
    distinctCount: values[index]!.nDistinct,
    missingMarkers: markers.get(index) ?? [],
  }));
  return { nRows, columns: schemas, reports };
}

/** @throws Problem invalid_columns; the rows of a Parquet file are counted from 0 */
async function refuseMisfits(
  duckdb: Duckdb,
  source: string,
  columns: readonly ParquetColumn[],
  names: readonly string[],
): Promise<void> {
  const found: Misfits[] = [];
  for (const [index, { type, sql, isValueSql }] of columns.entries()) {
    if (isValueSql === 'false') continue;
    const rows = await duckdb.rows(
      `SELECT i, count(*) OVER () AS n FROM (
         SELECT row_number() OVER () - 1 AS i, ${isValueSql} AND (${sql}) IS NULL AS is_misfit FROM ${source})
       WHERE is_misfit ORDER BY i LIMIT ${N_MISFIT_ROWS}`,
    );
    const count = Number(rows[0]?.['n'] ?? 0);
    if (count > 0)
      found.push({ column: names[index]!, type, count, rows: rows.map((row) => Number(row['i'])) });
  }
  if (found.length > 0) throw await misfitProblem(found, async () => undefined);
}

/** Of the markers that the caller has named, those that occur. */
async function markersFound(
  duckdb: Duckdb,
  source: string,
  columns: readonly ParquetColumn[],
  overrides: ReadonlyMap<number, ColumnOverride>,
): Promise<ReadonlyMap<number, string[]>> {
  const places = [...overrides].flatMap(([index, { missing = [] }]) =>
    missing.map((marker) => ({ index, marker, sql: columns[index]!.isMarkerSql(marker) })),
  );
  if (places.length === 0) return new Map();
  const list = places.map(({ sql }, place) => `count(*) FILTER (WHERE ${sql}) AS m${place}`);
  const [row] = await duckdb.rows(`SELECT ${list.join(', ')} FROM ${source}`);
  const found = places.filter((_, place) => Number(row![`m${place}`]) > 0);
  return new Map(
    columns.map((_, index) => [
      index,
      found.flatMap((one) => (one.index === index ? [one.marker] : [])).sort(),
    ]),
  );
}

/** As they are written: a table function would rename what differs in case only. */
async function topLevelNames(duckdb: Duckdb, path: string): Promise<string[]> {
  const rows = await duckdb.rows(
    `SELECT name, coalesce(num_children, 0) AS n FROM parquet_schema(${literal(path)})`,
  );
  const names: string[] = [];
  const skip = (from: number): number => {
    let next = from + 1;
    for (let child = Number(rows[from]?.['n'] ?? 0); child > 0; child--) next = skip(next);
    return next;
  };
  for (let index = 1; index < rows.length; index = skip(index)) names.push(String(rows[index]!['name']));
  return names;
}

async function longIntegers(duckdb: Duckdb, source: string, types: readonly string[]): Promise<Set<number>> {
  const wide = types.flatMap((type, index) => (/^U?(?:BIGINT|HUGEINT)$/.test(type) ? [index] : []));
  if (wide.length === 0) return new Set();
  const list = wide.map(
    (index) =>
      `coalesce(max(c${index}) > ${MAX_EXACT} OR min(c${index}) < -${MAX_EXACT}, false) AS b${index}`,
  );
  const [row] = await duckdb.rows(`SELECT ${list.join(', ')} FROM ${source}`);
  return new Set(wide.filter((index) => row![`b${index}`] === true));
}

function damaged(): Problem {
  return unreadable('damaged_parquet', 'The Parquet file is damaged or ends early.');
}
