import { workerData } from 'piscina';
import type { ForeignFile } from '../../../models/imports/foreign-model.js';
import type { ModelOutputs } from './added-columns.js';
import { rowsOfBatch, type WantedColumn } from './batch-rows.js';
import { openModel } from './open-model.js';
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

/** What came of a batch, with the rows as the model took them that go to the log. */
export interface ScoredBatch extends ScoredRows {
  /** In the order of `chosen`. */
  readonly inputs: readonly object[];
}

/** A batch, and the places of its rows that go to the log. */
export interface BatchQuestion {
  readonly batch: TableBatch;
  readonly chosen: readonly number[];
}

/** Scores one batch; without one it says what the model gives. */
export default async function predict(question: BatchQuestion | null): Promise<ScoredBatch | ModelOutputs> {
  if (question === null) return { outputKind: model.outputKind, nOutputs: model.nOutputs };
  const { batch, chosen } = question;
  const rows = rowsOfBatch(batch, wanted);
  const scored = await scorer.score(rows, chosen);
  return { ...scored, inputs: chosen.map((place) => rows[place]!) };
}
