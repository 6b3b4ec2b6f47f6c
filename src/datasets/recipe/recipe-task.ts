import type { DuckDBValue } from '@duckdb/node-api';
import type { ColumnType } from '../../learn/matrix/table.js';
import type { RecipeStep } from '../../learn/recipe/index.js';
import type { RecipeColumn, RecipePlan } from '../../learn/recipe/recipe-plan.js';
import { Duckdb, literal } from '../ingest/duckdb.js';
import { learnSteps } from './learn-steps.js';
import { recipeSql } from './recipe-sql.js';

/** Up to here a preview works on all rows; above on about so many, chosen by a hash of their number. */
export const PREVIEW_MAX_ROWS = 200_000;
const N_SHOWN_ROWS = 100;
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
  /** How many rows are left behind each step. */
  readonly nRowsByStep: readonly number[];
  /** The first rows of the data set, and of what comes out. */
  readonly rowsBefore: readonly ShownRow[];
  readonly rows: readonly ShownRow[];
}

type ShownRow = readonly (string | number | boolean | null)[];

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
    const nRowsBefore = await countOf(duckdb, source);
    return {
      isSampled,
      nRowsBefore,
      nRowsAfter: await countOf(duckdb, 'result'),
      nRowsByStep: await countByStep(duckdb, { plan, columns, source }, steps.length, nRowsBefore),
      rowsBefore: await firstRows(duckdb, columns, source),
      rows: await firstRows(duckdb, plan.columns, 'result'),
    };
  } finally {
    duckdb.close();
  }
}

/** Only steps that choose rows are counted; the others leave as many as there were. */
async function countByStep(
  duckdb: Duckdb,
  { plan, columns, source }: { plan: RecipePlan; columns: readonly RecipeColumn[]; source: string },
  nSteps: number,
  nRowsBefore: number,
): Promise<number[]> {
  const counts: number[] = [];
  let left = nRowsBefore;
  for (let step = 0; step < nSteps; step++) {
    const nPlanned = plan.sources.findLastIndex((at) => at <= step) + 1;
    const isChosen = plan.steps.some(
      ({ kind }, at) => plan.sources[at] === step && ['filter', 'sample', 'deduplicate'].includes(kind),
    );
    if (isChosen) {
      const part = { ...plan, steps: plan.steps.slice(0, nPlanned) };
      left = await countOf(duckdb, `(${recipeSql(part, columns, source)})`);
    }
    counts.push(left);
  }
  return counts;
}

async function countOf(duckdb: Duckdb, table: string): Promise<number> {
  const [row] = await duckdb.rows(`SELECT count(*) AS n FROM ${table}`);
  return Number(row!['n']);
}

async function firstRows(
  duckdb: Duckdb,
  columns: readonly RecipeColumn[],
  table: string,
): Promise<ShownRow[]> {
  const list = columns.map(({ type }, index) =>
    type === 'date' ? `CAST(epoch_ms(c${index}) AS DOUBLE) AS c${index}` : `c${index}`,
  );
  const rows = await duckdb.rows(`SELECT ${list.join(', ')} FROM ${table} LIMIT ${N_SHOWN_ROWS}`);
  return rows.map((row) => columns.map(({ type }, index) => shown(row[`c${index}`] ?? null, type)));
}

function shown(value: DuckDBValue, type: ColumnType): string | number | boolean | null {
  if (type === 'date' && typeof value === 'number') return new Date(value).toISOString();
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'boolean') return value;
  return typeof value === 'string' ? value.slice(0, MAX_SHOWN_LENGTH) : null;
}
