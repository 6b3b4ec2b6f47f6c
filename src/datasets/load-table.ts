import {
  type DuckDBDataChunk,
  DuckDBDoubleVector,
  DuckDBIntegerVector,
  type DuckDBVector,
} from '@duckdb/node-api';
import { Problem } from '../errors/problem.js';
import type { Column, Table } from '../learn/matrix/table.js';
import { Duckdb, literal } from './ingest/duckdb.js';
import type { ColumnSchema } from './ingest/ingest-types.js';

/**
 * Reads columns of a canonical Parquet file into a Table whose values lie in shared memory.
 *
 * Numbers, booleans and dates arrive as vectors of doubles, 2,048 at a time. A text column is cast to
 * an ENUM of its distinct values, so that DuckDB hands over the codes and a text becomes a JavaScript string once, not
 * once a row. The dictionary is in byte order.
 *
 * @param columns the schema of the file, complete: its order names the Parquet columns c0, c1, ….
 * @param wanted names of the columns to read, in the order wanted; all by default.
 * @param options `maxRows`: of a longer table about so many rows, spread evenly.
 * @throws Problem `unknown_column` for a name that the schema does not have.
 * Cost: O(rows × columns); one copy of the values beside DuckDB's vectors.
 */
export async function loadTable(
  parquetPath: string,
  columns: readonly NamedColumn[],
  wanted: readonly string[] = columns.map(({ name }) => name),
  { maxRows, ...options }: { readonly threads: number; readonly memoryMb: number; readonly maxRows?: number },
): Promise<Table> {
  const indices = wanted.map((name) => indexOf(columns, name));
  const duckdb = await Duckdb.open({ ...options, paths: [parquetPath] });
  try {
    const whole = `read_parquet(${literal(parquetPath)})`;
    const nAll = await countRows(duckdb, whole);
    const step = Math.ceil(nAll / (maxRows ?? nAll));
    const numbered = `read_parquet(${literal(parquetPath)}, file_row_number = true)`;
    const file = step > 1 ? `(SELECT * FROM ${numbered} WHERE file_row_number % ${step} = 0)` : whole;
    const nRows = step > 1 ? await countRows(duckdb, file) : nAll;
    const targets: Target[] = [];
    for (const index of indices) targets.push(await prepare(duckdb, file, columns[index]!, index, nRows));
    if (targets.length > 0 && nRows > 0) {
      const list = targets.map(({ sql }) => sql).join(', ');
      const result = await duckdb.stream(`SELECT ${list} FROM ${file}`);
      let row = 0;
      for (
        let chunk = await result.fetchChunk();
        chunk && chunk.rowCount > 0;
        chunk = await result.fetchChunk()
      ) {
        copyChunk(chunk, targets, row);
        row += chunk.rowCount;
      }
    }
    return { nRows, columns: targets.map(({ column }) => column) };
  } finally {
    duckdb.close();
  }
}

async function countRows(duckdb: Duckdb, file: string): Promise<number> {
  const [count] = await duckdb.rows(`SELECT count(*) AS n FROM ${file}`);
  return Number(count!['n']);
}

type NamedColumn = Pick<ColumnSchema, 'name' | 'type'>;

/** A column that is being filled. */
interface Target {
  readonly sql: string;
  readonly column: Column;
}

function indexOf(columns: readonly NamedColumn[], name: string): number {
  const index = columns.findIndex((column) => column.name === name);
  if (index === -1) throw new Problem('unknown_column', 'The data set has no column of a wanted name.');
  return index;
}

async function prepare(
  duckdb: Duckdb,
  file: string,
  { name, type }: NamedColumn,
  index: number,
  nRows: number,
): Promise<Target> {
  const source = `c${index}`;
  if (type !== 'text') {
    const values = new Float64Array(new SharedArrayBuffer(nRows * Float64Array.BYTES_PER_ELEMENT));
    return { sql: numericSql(source, type), column: { name, type, values } };
  }
  const codes = new Int32Array(new SharedArrayBuffer(nRows * Int32Array.BYTES_PER_ELEMENT));
  const enumName = `texts_${index}`;
  const distinctSql = `SELECT DISTINCT ${source} AS v FROM ${file} WHERE ${source} IS NOT NULL ORDER BY v`;
  const dictionary: string[] = [];
  const result = await duckdb.stream(distinctSql);
  for (
    let chunk = await result.fetchChunk();
    chunk && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    for (const text of chunk.getColumnValues(0)) dictionary.push(text as string);
  }
  if (dictionary.length === 0)
    return { sql: 'NULL::INTEGER', column: { name, type, codes: codes.fill(-1), dictionary } };
  await duckdb.run(`CREATE TYPE ${enumName} AS ENUM (${distinctSql})`);
  return {
    sql: `CAST(enum_code(CAST(${source} AS ${enumName})) AS INTEGER)`,
    column: { name, type, codes, dictionary },
  };
}

function numericSql(source: string, type: 'number' | 'boolean' | 'date'): string {
  if (type === 'number') return source;
  return type === 'boolean' ? `CAST(${source} AS DOUBLE)` : `CAST(epoch_ms(${source}) AS DOUBLE)`;
}

function copyChunk(chunk: DuckDBDataChunk, targets: readonly Target[], row: number): void {
  for (const [index, { column }] of targets.entries()) {
    const vector = chunk.getColumnVector(index);
    if (column.type === 'text') copyCodes(vector, column.codes, row, chunk.rowCount);
    else copyValues(vector, column.values, row, chunk.rowCount);
  }
}

/** OUT: target[row .. row + nRows). */
function copyValues(vector: DuckDBVector, target: Float64Array, row: number, nRows: number): void {
  if (!(vector instanceof DuckDBDoubleVector))
    throw new TypeError('a numeric column did not come as doubles');
  for (let index = 0; index < nRows; index++) target[row + index] = vector.getItem(index) ?? Number.NaN;
}

/** OUT: target[row .. row + nRows). */
function copyCodes(vector: DuckDBVector, target: Int32Array, row: number, nRows: number): void {
  if (!(vector instanceof DuckDBIntegerVector)) throw new TypeError('a text column did not come as codes');
  for (let index = 0; index < nRows; index++) target[row + index] = vector.getItem(index) ?? -1;
}
