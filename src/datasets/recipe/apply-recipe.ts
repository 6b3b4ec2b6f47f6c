import { mkdir, rm } from 'node:fs/promises';
import type { InputColumn } from '../../learn/pipeline/signature.js';
import type { RecipeStep } from '../../learn/recipe/index.js';
import type { RecipeColumn } from '../../learn/recipe/recipe-plan.js';
import { Duckdb, literal } from '../ingest/duckdb.js';
import { canonicalOptions } from '../ingest/table-statistics.js';
import { learnSteps } from './learn-steps.js';
import { recipeSql } from './recipe-sql.js';

/** A column of more texts is described as one that takes any. */
const MAX_CATEGORIES = 1_000;

export interface RecipeApplication {
  /** The canonical Parquet of the data set's version; it stays as it is. */
  readonly tablePath: string;
  readonly columns: readonly RecipeColumn[];
  /** Without problems. */
  readonly steps: readonly RecipeStep[];
  /** Where the new table goes, as canonical Parquet; a folder of this name and `.spill` is used meanwhile. */
  readonly targetPath: string;
  readonly threads: number;
  readonly memoryMb: number;
}

/**
 * Applies a whole recipe to a table: what it learns from the table is learned first.
 * @returns the steps with what they have learned, and the columns of the new table
 * @throws LearnError column_all_missing, invalid_parameters; Problem payload_too_large, storage_full
 */
export async function applyRecipe(
  asked: RecipeApplication,
): Promise<{ steps: RecipeStep[]; columns: readonly RecipeColumn[] }> {
  const { tablePath, targetPath, columns, threads, memoryMb } = asked;
  const spillDir = `${targetPath}.spill`;
  await mkdir(spillDir, { recursive: true });
  const duckdb = await Duckdb.open({ threads, memoryMb, paths: [tablePath, targetPath], spillDir });
  try {
    const file = `read_parquet(${literal(tablePath)}, file_row_number = true)`;
    const { steps, plan } = await learnSteps(duckdb, asked.steps, columns, file);
    await duckdb.run(
      `COPY (${recipeSql(plan, columns, file)}) TO ${literal(targetPath)} (${canonicalOptions(plan.columns.length)})`,
    );
    return { steps, columns: plan.columns };
  } finally {
    duckdb.close();
    await rm(spillDir, { recursive: true, force: true });
  }
}

/**
 * What a table holds in some of its columns, as a signature tells it: the range of numbers and dates, the texts of a
 * column of up to 1,000. Any of them may be missing.
 * @param all the columns of the table
 */
export async function describeInputs(
  { tablePath, threads, memoryMb }: Pick<RecipeApplication, 'tablePath' | 'threads' | 'memoryMb'>,
  all: readonly RecipeColumn[],
  wanted: readonly RecipeColumn[],
): Promise<InputColumn[]> {
  const duckdb = await Duckdb.open({ threads, memoryMb, paths: [tablePath] });
  const file = `read_parquet(${literal(tablePath)})`;
  const describe = async ({ name, type }: RecipeColumn): Promise<InputColumn> => {
    const input = { name, type, nullable: true };
    const cell = `c${all.findIndex((column) => column.name === name)}`;
    if (type === 'boolean') return input;
    if (type === 'text') {
      const rows = await duckdb.rows(
        `SELECT DISTINCT ${cell} AS v FROM ${file} WHERE ${cell} IS NOT NULL ORDER BY v LIMIT ${MAX_CATEGORIES + 1}`,
      );
      const categories = rows.map((row) => row['v'] as string).filter((text) => text !== '');
      return rows.length > MAX_CATEGORIES ? input : { ...input, categories };
    }
    const value = type === 'date' ? `CAST(epoch_ms(${cell}) AS DOUBLE)` : cell;
    const [row] = await duckdb.rows(
      `SELECT min(v) AS low, max(v) AS high FROM (SELECT ${value} AS v FROM ${file}) WHERE isfinite(v)`,
    );
    return { ...input, minimum: Number(row?.['low'] ?? 0), maximum: Number(row?.['high'] ?? 0) };
  };
  try {
    const described: InputColumn[] = [];
    for (const column of wanted) described.push(await describe(column));
    return described;
  } finally {
    duckdb.close();
  }
}
