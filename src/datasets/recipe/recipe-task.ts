import type { DuckDBValue } from '@duckdb/node-api';
import type { ColumnType } from '../../learn/matrix/table.js';
import type { RecipeStep } from '../../learn/recipe/index.js';
import type { RecipeColumn } from '../../learn/recipe/recipe-plan.js';
import { Duckdb, literal } from '../ingest/duckdb.js';
import { learnSteps } from './learn-steps.js';
import { recipeSql } from './recipe-sql.js';

/** Up to here a preview works on all rows; above on about so many, chosen by a hash of their number. */
export const PREVIEW_MAX_ROWS = 200_000;
const N_SHOWN_ROWS = 20;
/** Long texts are cut: the answer is for looking at. */
const MAX_SHOWN_LENGTH = 200;
const DUCKDB_SHARE = 0.6;

/** What the process that tries a recipe out is given. */
export interface RecipeTaskInput {
  readonly tablePath: string;
  /** Of the table. */
  readonly columns: readonly RecipeColumn[];
  readonly nRows: number;
  /** Without problems. */
  readonly steps: readonly RecipeStep[];
  readonly threads: number;
  readonly memoryMb: number;
}

export interface RecipeTaskOutput {
  readonly isSampled: boolean;
  readonly nRowsBefore: number;
  readonly nRowsAfter: number;
  readonly rows: readonly (readonly (string | number | boolean | null)[])[];
}

export async function previewRecipe(input: RecipeTaskInput): Promise<RecipeTaskOutput> {
  const { tablePath, steps, columns, nRows, threads } = input;
  const memoryMb = Math.floor(input.memoryMb * DUCKDB_SHARE);
  const duckdb = await Duckdb.open({ threads, memoryMb, paths: [tablePath] });
  try {
    const isSampled = nRows > PREVIEW_MAX_ROWS;
    const share = Math.round((PREVIEW_MAX_ROWS / nRows) * 1_000_000);
    const file = `read_parquet(${literal(tablePath)}, file_row_number = true)`;
    const { plan } = await learnSteps(duckdb, steps, columns, file);
    const source = isSampled ? `(FROM ${file} WHERE hash(file_row_number) % 1000000 < ${share})` : file;
    await duckdb.run(`CREATE TABLE result AS ${recipeSql(plan, columns, source)}`);
    const counts = await duckdb.rows(
      `SELECT (SELECT count(*) FROM ${source}) AS n_before, (SELECT count(*) FROM result) AS n_after`,
    );
    const list = plan.columns.map(({ type }, index) =>
      type === 'date' ? `CAST(epoch_ms(c${index}) AS DOUBLE) AS c${index}` : `c${index}`,
    );
    const rows = await duckdb.rows(`SELECT ${list.join(', ')} FROM result LIMIT ${N_SHOWN_ROWS}`);
    return {
      isSampled,
      nRowsBefore: Number(counts[0]!['n_before']),
      nRowsAfter: Number(counts[0]!['n_after']),
      rows: rows.map((row) => plan.columns.map(({ type }, index) => shown(row[`c${index}`] ?? null, type))),
    };
  } finally {
    duckdb.close();
  }
}

function shown(value: DuckDBValue, type: ColumnType): string | number | boolean | null {
  if (type === 'date' && typeof value === 'number') return new Date(value).toISOString();
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return typeof value === 'string' ? value.slice(0, MAX_SHOWN_LENGTH) : null;
}
