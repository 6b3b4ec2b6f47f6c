import { type Duckdb, literal } from './duckdb.js';
import type { ColumnSchema } from './ingest-types.js';

/** What is known of a canonical column after it was written. */
export interface ColumnStatistics {
  readonly nMissing: number;
  /** A number that is not finite occurs: its spelling was beyond 64-bit floating point. */
  readonly hasInfinity: boolean;
}

/**
 * From the footer of a canonical Parquet file: no value is read. DuckDB gives no smallest and largest value of numbers
 * that are not all finite. Cost: columns times row groups.
 */
export async function footerStatistics(duckdb: Duckdb, tablePath: string): Promise<ColumnStatistics[]> {
  const rows = await duckdb.rows(
    `SELECT column_id AS i, sum(stats_null_count) AS n,
       bool_or((stats_min_value IS NULL OR stats_max_value IS NULL) AND stats_null_count < num_values) AS has_infinity
     FROM parquet_metadata(${literal(tablePath)}) GROUP BY i ORDER BY i`,
  );
  return rows.map((row) => ({
    nMissing: Number(row['n'] ?? 0),
    hasInfinity: row['has_infinity'] === true,
  }));
}

/** A row group is written from memory: wide tables have shorter ones. */
const CELLS_PER_ROW_GROUP = 16_000_000;
const MAX_ROW_GROUP_ROWS = 122_880;
const VECTOR_ROWS = 2_048;

/** Rows of a row group of a table of so many columns. */
export function rowGroupRows(nColumns: number): number {
  const nRows = Math.floor(CELLS_PER_ROW_GROUP / nColumns / VECTOR_ROWS) * VECTOR_ROWS;
  return Math.min(MAX_ROW_GROUP_ROWS, Math.max(VECTOR_ROWS, nRows));
}

/**
 * Values of a column in a row group up to which they are written as a dictionary. By itself DuckDB goes on for longer
 * before it gives a dictionary up: of 3 million flights that costs a seventh of the time and makes a larger file.
 * The room for them is taken at once for every column, so wide tables leave it to DuckDB.
 */
const DICTIONARY_VALUES = 4096;
/**
 * Of each text column a dictionary's page is kept until its row group ends, by itself up to 1 MiB: more than all
 * that the reading of thousands of columns may have. They share this room.
 */
const PAGES_BYTES = 64 * 1024 * 1024;
const MANY_COLUMNS = 1_000;

/** How DuckDB's COPY writes a canonical table; nobody looks for one value in it, so it has no bloom filters. */
export function canonicalOptions(nColumns: number): string {
  const nRows = rowGroupRows(nColumns);
  const values = nRows < MAX_ROW_GROUP_ROWS ? '' : `, DICTIONARY_SIZE_LIMIT ${DICTIONARY_VALUES}`;
  const pageBytes = Math.floor(PAGES_BYTES / nColumns);
  const pages = nColumns < MANY_COLUMNS ? '' : `, STRING_DICTIONARY_PAGE_SIZE_LIMIT ${pageBytes}`;
  const dictionary = `${values}${pages}`;
  return `FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${nRows}, WRITE_BLOOM_FILTER false, USE_TMP_FILE false${dictionary}`;
}

/** Beyond it a statement's hash tables would not fit beside each other. */
const CELLS_PER_STATEMENT = 8_000_000;
const MAX_COLUMNS_PER_STATEMENT = 200;
/** Above so many columns planning costs more than running, as long as the cells are few. */
const WIDE_COLUMNS = 300;
const MAX_UNPIVOTED_CELLS = 20_000_000;

export interface ValueStatistics {
  readonly nDistinct: number;
  readonly isWhole: boolean;
}

/**
 * The exact number of distinct values of each column, and whether all of them are whole numbers. Many columns share a
 * statement; a wide table is turned to name and value first, so that the statement does not grow with it.
 */
export async function valueStatistics(
  duckdb: Duckdb,
  tablePath: string,
  types: readonly ColumnSchema['type'][],
  nRows: number,
): Promise<ValueStatistics[]> {
  const file = `read_parquet(${literal(tablePath)})`;
  const found = new Array<ValueStatistics>(types.length).fill({ nDistinct: 0, isWhole: true });
  const indices = types.map((_, index) => index);
  if (types.length >= WIDE_COLUMNS && types.length * nRows <= MAX_UNPIVOTED_CELLS) {
    for (const type of new Set(types)) {
      const columns = indices.filter((index) => types[index] === type);
      const whole = type === 'number' ? 'bool_and(v = trunc(v))' : 'true';
      const names = columns.map((index) => `c${index}`).join(', ');
      const rows = await duckdb.rows(
        `SELECT substr(name, 2)::INTEGER AS i, count(DISTINCT v) AS n, ${whole} AS whole
         FROM (UNPIVOT ${file} ON ${names} INTO NAME name VALUE v) GROUP BY 1`,
      );
      for (const row of rows) found[Number(row['i'])] = statistics(row['n'], row['whole']);
    }
    return found;
  }
  const size = Math.max(1, Math.min(MAX_COLUMNS_PER_STATEMENT, Math.floor(CELLS_PER_STATEMENT / nRows)));
  for (let from = 0; from < types.length; from += size) {
    const batch = indices.slice(from, from + size);
    const list = batch.map((index) => {
      const whole = types[index] === 'number' ? `bool_and(c${index} = trunc(c${index}))` : 'true';
      return `count(DISTINCT c${index}) AS n${index}, ${whole} AS w${index}`;
    });
    const [row] = await duckdb.rows(`SELECT ${list.join(', ')} FROM ${file}`);
    for (const index of batch) found[index] = statistics(row![`n${index}`], row![`w${index}`]);
  }
  return found;
}

function statistics(nDistinct: unknown, isWhole: unknown): ValueStatistics {
  return { nDistinct: Number(nDistinct), isWhole: isWhole !== false };
}
