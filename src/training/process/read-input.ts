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

/**
 * The table to learn from: the data set's, or what the recipe makes of it.
 * @returns `finish` makes of a pipeline that was trained on it one that takes rows in the columns of the data set
 */
export async function readInput(
  { tablePath, columns, bundlePath, spec }: TrainingProcessInput,
  reading: Reading,
): Promise<{ table: Table; finish: (pipeline: FittedPipeline) => Promise<FittedPipeline> }> {
  const { recipe } = spec;
  if (recipe === undefined) {
    const table = await loadTable(tablePath, columns, undefined, reading);
    return { table, finish: (pipeline) => Promise.resolve(pipeline) };
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
    };
  } finally {
    await rm(targetPath, { force: true });
  }
}
