import type { Duckdb } from '../ingest/duckdb.js';
import { literal } from '../ingest/duckdb.js';
import type { ColumnSchema } from '../ingest/ingest-types.js';

/** Rows that pairs of columns are compared on: at 20,000 a correlation is known to about ±0.01. */
export const SAMPLE_ROWS = 20_000;

/** A column of a sample, in numbers. */
export interface SampleColumn {
  readonly name: string;
  readonly isText: boolean;
  /** Numbers, dates as epoch milliseconds, booleans as 0 and 1; NaN is missing. For texts: the codes. */
  readonly values: Float64Array;
  /** Dense ranks (texts: in order of appearance) 0..nLevels-1; -1 is missing. */
  readonly codes: Int32Array;
  readonly nLevels: number;
  /** What the codes of a text stand for. */
  readonly texts?: readonly string[];
}

export interface Sample {
  readonly nRows: number;
  readonly isSampled: boolean;
  readonly columns: readonly SampleColumn[];
}

/** The same rows of the same file every time: chosen by a hash of their number, whatever the threads do. */
export async function drawSample(
  duckdb: Duckdb,
  tablePath: string,
  nRows: number,
  columns: readonly { readonly index: number; readonly schema: ColumnSchema }[],
  wantedRows = SAMPLE_ROWS,
): Promise<Sample> {
  const isSampled = nRows > wantedRows;
  const share = Math.round((wantedRows / nRows) * 1_000_000);
  const where = isSampled ? `WHERE hash(file_row_number) % 1000000 < ${share}` : '';
  const list = columns.map(({ index, schema: { type } }) => {
    if (type === 'boolean') return `CAST(c${index} AS DOUBLE) AS c${index}`;
    return type === 'date' ? `CAST(epoch_ms(c${index}) AS DOUBLE) AS c${index}` : `c${index}`;
  });
  const taken: unknown[][] = columns.map(() => []);
  if (columns.length > 0) {
    const result = await duckdb.stream(
      `SELECT ${list.join(', ')} FROM read_parquet(${literal(tablePath)}, file_row_number = true) ${where}`,
    );
    for (
      let chunk = await result.fetchChunk();
      chunk && chunk.rowCount > 0;
      chunk = await result.fetchChunk()
    ) {
      for (const [at, values] of taken.entries()) values.push(...chunk.getColumnValues(at));
    }
  }
  return {
    nRows: taken[0]?.length ?? 0,
    isSampled,
    columns: columns.map(({ schema }, at) => toSampleColumn(schema.name, schema.type === 'text', taken[at]!)),
  };
}

/** @param values null is missing. */
export function toSampleColumn(name: string, isText: boolean, values: readonly unknown[]): SampleColumn {
  const distinct = new Set(values.filter((value) => value !== null && !Number.isNaN(value)));
  const levels = isText
    ? [...distinct]
    : (Float64Array.from(distinct as Set<number>).sort() as Iterable<unknown>);
  const codeOf = new Map<unknown, number>();
  for (const level of levels) codeOf.set(level, codeOf.size);
  const codes = Int32Array.from(values, (value) => codeOf.get(value) ?? -1);
  const numbers = isText
    ? Float64Array.from(codes)
    : Float64Array.from(values, (value) => (typeof value === 'number' ? value : Number.NaN));
  const texts = isText ? { texts: levels as string[] } : {};
  return { name, isText, values: numbers, codes, nLevels: codeOf.size, ...texts };
}
