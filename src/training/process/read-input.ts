import { rm } from 'node:fs/promises';
import { loadTable } from '../../datasets/load-table.js';
import { applyRecipe, describeInputs } from '../../datasets/recipe/apply-recipe.js';
import type { Table } from '../../learn/matrix/table.js';
import type { FittedPipeline } from '../../learn/pipeline/fitted-pipeline.js';
import { withRecipe } from '../../learn/pipeline/with-recipe.js';
import type { TrainingProcessInput } from './process-types.js';

interface Reading {
  readonly threads: number;
  readonly memoryMb: number;
}

interface TrainingInput {
  readonly table: Table;
  readonly finish: (pipeline: FittedPipeline) => Promise<FittedPipeline>;
  readonly unchanged: (names: readonly string[]) => Promise<Table>;
}

/** What is read again of a table that a recipe has changed. */
const MAX_UNCHANGED_ROWS = 1_000;

/**
 * The table to learn from: the data set's, or what the recipe makes of it.
 * @returns `finish` makes of a pipeline that was trained on it one that takes rows in the columns of the data set;
 *   `unchanged` gives rows in these columns
 */
export async function readInput(
  { tablePath, columns, bundlePath, spec }: TrainingProcessInput,
  reading: Reading,
): Promise<TrainingInput> {
  const { recipe } = spec;
  if (recipe === undefined) {
    const table = await loadTable(tablePath, columns, undefined, reading);
    return {
      table,
      finish: (pipeline) => Promise.resolve(pipeline),
      unchanged: () => Promise.resolve(table),
    };
  }
  const original = columns.map(({ name, type }) => ({ name, type }));
  const targetPath = `${bundlePath}.parquet`;
  const application = { tablePath, columns: original, steps: recipe.steps, targetPath, ...reading };
  try {
    const made = await applyRecipe(application);
    const table = await loadTable(targetPath, made.columns, undefined, reading);
    const describe = (wanted: typeof original) => describeInputs(application, original, wanted);
    return {
      table,
      finish: (pipeline) => withRecipe(pipeline, made.steps, original, (wanted) => describe([...wanted])),
      unchanged: (names) => loadTable(tablePath, columns, names, { ...reading, maxRows: MAX_UNCHANGED_ROWS }),
    };
  } finally {
    await rm(targetPath, { force: true });
  }
}
