import { workerData } from 'piscina';
import { openBundle } from '../../../models/bundle/open-bundle.js';
import { ServedPipeline } from '../../scoring/served-pipeline.js';
import type { ModelOutputs } from './added-columns.js';
import { rowsOfBatch, type WantedColumn } from './batch-rows.js';
import { RowScorer, type ScoredRows } from './score-rows.js';
import type { TableBatch } from './table-batches.js';

export interface ThreadData {
  readonly bundlePath: string;
  readonly wanted: readonly WantedColumn[];
}

const { bundlePath, wanted } = workerData as ThreadData;
const { pipeline } = await openBundle(bundlePath);
const model = new ServedPipeline(pipeline);
const scorer = new RowScorer(model);

/** Scores one batch; without one it says what the model gives. */
export default async function predict(batch: TableBatch | null): Promise<ScoredRows | ModelOutputs> {
  if (batch === null) return { outputKind: model.outputKind, nOutputs: model.nOutputs };
  return scorer.score(rowsOfBatch(batch, wanted));
}
