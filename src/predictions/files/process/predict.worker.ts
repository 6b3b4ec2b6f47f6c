import { workerData } from 'piscina';
import type { ModelOutputs } from './added-columns.js';
import { rowsOfBatch, type WantedColumn } from './batch-rows.js';
import { type ForeignFile, openModel } from './open-model.js';
import { RowScorer, type ScoredRows } from './score-rows.js';
import type { TableBatch } from './table-batches.js';

export interface ThreadData {
  readonly bundlePath: string;
  /** null: a bundle of ours. */
  readonly foreign: ForeignFile | null;
  readonly wanted: readonly WantedColumn[];
}

const { bundlePath, foreign, wanted } = workerData as ThreadData;
const model = await openModel(bundlePath, foreign);
const scorer = new RowScorer(model);

/** Scores one batch; without one it says what the model gives. */
export default async function predict(batch: TableBatch | null): Promise<ScoredRows | ModelOutputs> {
  if (batch === null) return { outputKind: model.outputKind, nOutputs: model.nOutputs };
  return scorer.score(rowsOfBatch(batch, wanted));
}
