import { Problem, type ProblemItem } from '../../errors/problem.js';
import type { ColumnType } from '../../learn/matrix/table.js';
import { type Duckdb, literals } from './duckdb.js';
import type { InferredColumn } from './infer-columns.js';
import type { PreparedSource } from './prepare-source.js';
import { readSql, rowCondition } from './read-sql.js';

const MAX_ITEMS_A_COLUMN = 10;
const MAX_ITEMS = 100;

const WANTED: Readonly<Record<ColumnType, string>> = {
  number: 'a number',
  boolean: 'a boolean',
  date: 'a date',
  text: 'a text',
};

/** Values of one column that are not of the type that the caller has named. */
export interface Misfits {
  readonly column: string;
  readonly type: ColumnType;
  readonly count: number;
  /** The first rows, from 0, ascending. */
  readonly rows: readonly number[];
}

/** The rows that are looked for in each column. */
export const N_MISFIT_ROWS = MAX_ITEMS_A_COLUMN;

/** Problem invalid_columns: every column, and the lines of its first values; where there are no lines, its rows. */
export async function misfitProblem(
  found: readonly Misfits[],
  linesOf: (rows: readonly number[]) => Promise<readonly number[] | undefined>,
): Promise<Problem> {
  const rows = [...new Set(found.flatMap((misfits) => misfits.rows))].sort((left, right) => left - right);
  const lines = await linesOf(rows);
  const items: ProblemItem[] = [];
  for (const { column, type, count, rows: ofColumn } of found) {
    for (const row of ofColumn) {
      const line = lines?.[rows.indexOf(row)];
      const message = `This value is not ${WANTED[type]}; ${count} of the column are not.`;
      items.push({
        code: 'value_of_other_type',
        message,
        column,
        ...(line === undefined ? { row } : { line }),
      });
    }
  }
  const [first] = items;
  const place = first?.line === undefined ? `Row ${(first?.row ?? 0) + 1}` : `Line ${first.line}`;
  return new Problem('invalid_columns', `${place}: ${first?.message ?? ''}`, items.slice(0, MAX_ITEMS));
}

/** The same of a delimited file, for the columns of these numbers. */
export async function misfitsOf(
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
         FROM ${readSql(source)}${rowCondition(columns.length)})
       WHERE cell IS NOT NULL AND NOT ${isMarker} AND value IS NULL ORDER BY i LIMIT ${N_MISFIT_ROWS}`,
    );
    const count = Number(rows[0]?.['n'] ?? 0);
    found.push({ column: name, type: decision.type, count, rows: rows.map((row) => Number(row['i'])) });
  }
  return misfitProblem(found, source.linesOf);
}
