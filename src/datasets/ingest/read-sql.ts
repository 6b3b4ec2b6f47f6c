import { literal } from './duckdb.js';
import type { PreparedSource } from './prepare-source.js';

const MIN_LINE_BYTES = 64 * 1024;
/** DuckDB reads the file in buffers; each thread holds some of them. */
const BUFFER_LINES = 4;
const MIN_BUFFER_BYTES = 8 * 1024 * 1024;
/**
 * SQL that reads a scanned file as texts c0, c1, …; its condition is `rowCondition`.
 * @param typeOf the SQL type of a column that is read as something else; a cell that is not of it ends the statement
 */
export function readSql(
  { path, dialect, lineEnd, scanner, names }: PreparedSource,
  typeOf: (index: number) => string | undefined = () => undefined,
): string {
  const nFields = Math.max(names.length, scanner.maxFields);
  const types = Array.from({ length: nFields }, (_, index) => `'c${index}': '${typeOf(index) ?? 'VARCHAR'}'`);
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

/** A cell of it: without the blanks around it where they count for nothing, NULL where it is empty. */
export function cellSql({ scanner, isExact, names }: PreparedSource, index: number): string {
  const cell = `c${index}`;
  const isAlone = names.length === 1;
  if (isExact) return isAlone ? `nullif(${cell}, '')` : cell;
  const blanks = scanner.hasTabs ? ", ' ' || chr(9)" : '';
  return scanner.padded.has(index) || isAlone ? `nullif(trim(${cell}${blanks}), '')` : cell;
}

/** An empty line is no row, but in a file of one column it reads like a row with an empty cell; a quoted one stays. */
export function rowCondition(nColumns: number): string {
  return nColumns === 1 ? ' WHERE c0 IS NOT NULL' : '';
}
