import { Problem } from '../../errors/problem.js';
import { columnNames } from '../ingest/column-names.js';
import { unreadable } from '../ingest/defects.js';
import { type Duckdb, DuckdbError, literal } from '../ingest/duckdb.js';
import type { ColumnSchema, IngestInput, IngestOutput } from '../ingest/ingest-types.js';
import { footerStatistics, rowGroupRows, valueStatistics } from '../ingest/table-statistics.js';

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
  const columns = types.map((type, index) => columnOf(type, `c${index}`, long.has(index), names[index]!));
  const list = columns.map(({ sql }, index) => `${sql} AS c${index}`).join(', ');
  const options = `FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowGroupRows(names.length)}, USE_TMP_FILE false`;
  await duckdb.run(`COPY (SELECT ${list} FROM ${source}) TO ${literal(tablePath)} (${options})`);
  const [count] = await duckdb.rows(`SELECT count(*) AS n FROM read_parquet(${literal(tablePath)})`);
  if (Number(count!['n']) !== nRows) throw damaged();
  const footer = await footerStatistics(duckdb, tablePath);
  const kinds = columns.map(({ type }) => type);
  const values = await valueStatistics(duckdb, tablePath, kinds, nRows);
  const schemas = names.map<ColumnSchema>((name, index) => ({
    name,
    type: kinds[index]!,
    ...(kinds[index] === 'number' ? { integer: values[index]!.isWhole } : {}),
    nullCount: footer[index]!.nMissing,
    distinctCount: values[index]!.nDistinct,
    missingMarkers: [],
  }));
  return { nRows, columns: schemas, reports };
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

function columnOf(
  type: string,
  cell: string,
  isLong: boolean,
  name: string,
): { type: ColumnSchema['type']; sql: string } {
  if (isLong) return { type: 'text', sql: `CAST(${cell} AS VARCHAR)` };
  if (/^(?:U?(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|DECIMAL\(.*\))$/.test(type)) {
    return { type: 'number', sql: `CAST(${cell} AS DOUBLE)` };
  }
  if (type === 'FLOAT' || type === 'DOUBLE') {
    return { type: 'number', sql: `CASE WHEN isfinite(${cell}) THEN CAST(${cell} AS DOUBLE) END` };
  }
  if (type === 'BOOLEAN') return { type: 'boolean', sql: cell };
  if (type === 'TIMESTAMP WITH TIME ZONE') {
    return { type: 'date', sql: `CASE WHEN isfinite(${cell}) THEN make_timestamp(epoch_us(${cell})) END` };
  }
  if (type === 'DATE' || /^TIMESTAMP(?:_(?:S|MS|NS))?$/.test(type)) {
    const instant = `CAST(${cell} AS TIMESTAMP)`;
    return { type: 'date', sql: `CASE WHEN isfinite(${instant}) THEN ${instant} END` };
  }
  if (/^(?:STRUCT|MAP)\(|\]$/.test(type)) return { type: 'text', sql: `CAST(to_json(${cell}) AS VARCHAR)` };
  if (/^(?:BLOB|BIT|GEOMETRY)/.test(type)) {
    throw unreadable('unsupported_column_type', 'A column holds bytes.', undefined, name);
  }
  return { type: 'text', sql: `nullif(CAST(${cell} AS VARCHAR), '')` };
}

function damaged(): Problem {
  return unreadable('damaged_parquet', 'The Parquet file is damaged or ends early.');
}
