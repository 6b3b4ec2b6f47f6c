import { LearnError, type LearnErrorCode } from '../errors.js';
import type { RowIndices } from '../matrix/number-types.js';
import type { Table } from '../matrix/table.js';
import { r2 } from '../metrics/regression.js';
import type { FittedPipeline } from './fitted-pipeline.js';
import type { RowWeights } from './row-weights.js';
import type { TrainingTarget } from './training-target.js';

/** Two pipelines on the same rows. */
export type Duel =
  | {
      /** Share of right labels, or R². */
      readonly metric: 'accuracy' | 'r2';
      /** Rows that both predict. */
      readonly nRows: number;
      readonly challenger: number;
      readonly champion: number;
      /** Whether the challenger is better; a draw is none. */
      readonly isWon: boolean;
    }
  | {
      /** Why they could not be compared: the champion cannot predict these rows, or there are none. */
      readonly problem: LearnErrorCode | 'other_task' | 'other_target' | 'other_rows' | 'no_rows';
      readonly isWon: false;
    };

/**
 * Lets a new pipeline and the one that it is to replace predict the rows that were held out of the new one's training.
 * The champion may have learned from some of them: then it is the challenger that has the harder task.
 * @param positions into the target's rows
 * @param weights how much each row counts in both scores
 */
export function duel(
  challenger: FittedPipeline,
  champion: FittedPipeline,
  table: Table,
  target: TrainingTarget,
  positions: RowIndices,
  weights: RowWeights,
  checkpoint: (fraction: number) => void,
): Duel {
  if (target.task === 'clustering' || champion.signature.task !== target.task) {
    return { problem: 'other_task', isWon: false };
  }
  // Whoever was asked something else is always wrong.
  if (champion.signature.target.name !== challenger.signature.target.name) {
    return { problem: 'other_target', isWon: false };
  }
  try {
    const shared = acceptedByBoth(challenger, champion, table, target, positions);
    if (shared.length === 0) return { problem: 'no_rows', isWon: false };
    const rows = shared.map((position) => target.rows[position] as number);
    const sampleWeight = weights.of(rows);
    if (sampleWeight?.every((weight) => weight === 0)) return { problem: 'no_rows', isWon: false };
    const score = (pipeline: FittedPipeline): number | null => {
      const outputs = pipeline.predictTable(table, rows, checkpoint);
      return target.task === 'classification'
        ? accuracyOf(pipeline, outputs, target, shared, sampleWeight)
        : r2({
            actual: Float64Array.from(shared, (at) => target.values[at] as number),
            predicted: outputs,
            ...(sampleWeight === undefined ? {} : { sampleWeight }),
          });
    };
    const [ours, theirs] = [score(challenger), score(champion)];
    if (ours === null || theirs === null) return { problem: 'no_rows', isWon: false };
    const metric = target.task === 'classification' ? 'accuracy' : 'r2';
    return { metric, nRows: rows.length, challenger: ours, champion: theirs, isWon: ours > theirs };
  } catch (error) {
    if (!(error instanceof LearnError) || error.code === 'canceled') throw error;
    return { problem: error.code, isWon: false };
  }
}

function acceptedByBoth(
  challenger: FittedPipeline,
  champion: FittedPipeline,
  table: Table,
  target: TrainingTarget,
  positions: RowIndices,
): RowIndices {
  const rows = positions.map((position) => target.rows[position] as number);
  const [ours, theirs] = [challenger.refusedRows(table, rows), champion.refusedRows(table, rows)];
  return positions.filter((_, p) => ours[p] === 0 && theirs[p] === 0);
}

/** Labels are compared by name: the two may know different classes, in another order. */
function accuracyOf(
  pipeline: FittedPipeline,
  outputs: Float64Array,
  target: Extract<TrainingTarget, { task: 'classification' }>,
  positions: RowIndices,
  sampleWeight: Float64Array | undefined,
): number {
  const names = pipeline.steps.labels?.classNames ?? [];
  const { nOutputs } = pipeline;
  let [right, total] = [0, 0];
  for (const [i, position] of positions.entries()) {
    let best = 0;
    for (let k = 1; k < nOutputs; k++) {
      if ((outputs[i * nOutputs + k] as number) > (outputs[i * nOutputs + best] as number)) best = k;
    }
    const weight = sampleWeight?.[i] ?? 1;
    total += weight;
    if (names[best] === target.labels.classNames[target.codes[position] as number]) right += weight;
  }
  return right / total;
}
