import type { JsonObject } from '../json.js';
import type { RowIndices } from '../matrix/number-types.js';
import type { Table } from '../matrix/table.js';
import { evaluateClassification } from '../metrics/evaluate-classification.js';
import { evaluateClustering } from '../metrics/evaluate-clustering.js';
import { evaluateRegression } from '../metrics/evaluate-regression.js';
import type { Random } from '../random.js';
import type { FittedPipeline } from './fitted-pipeline.js';
import type { RowWeights } from './row-weights.js';
import type { TrainingTarget } from './training-target.js';

export interface PipelineEvaluation {
  /** null when no row could be evaluated. */
  readonly metrics: JsonObject | null;
  readonly nRows: number;
}

/** What a scoring uses beside its rows. */
export interface EvaluationContext {
  readonly random: Random;
  /** Called between chunks of rows; throws when the training is canceled. */
  readonly checkpoint: (fraction: number) => void;
  /** OUT */
  readonly warnings: string[];
  /** Which quantile a regression was asked for, 0..1; absent: none. */
  readonly quantile?: number;
}

/**
 * Predicts rows with the whole pipeline and scores the predictions. Rows that a policy of the pipeline refuses (an
 * unseen category where that is an error) get no prediction in service either; they are left out and counted.
 * @param positions into the target's rows
 * @param weights how much each row counts in the scores; clusters are scored without
 */
export function evaluatePipeline(
  pipeline: FittedPipeline,
  table: Table,
  target: TrainingTarget,
  positions: RowIndices,
  weights: RowWeights,
  context: EvaluationContext,
): PipelineEvaluation {
  const { warnings } = context;
  if (positions.length === 0) return { metrics: null, nRows: 0 };
  const rowAt = (position: number): number => target.rows[position] as number;
  const isRefused = pipeline.refusedRows(table, positions.map(rowAt));
  const accepted = positions.filter((_, p) => isRefused[p] === 0);
  if (accepted.length < positions.length) {
    const nRefused = positions.length - accepted.length;
    warnings.push(
      `${nRefused} held-out rows are refused by the policies of the columns; they were not evaluated.`,
    );
    if (accepted.length === 0) return { metrics: null, nRows: 0 };
  }
  const rows = accepted.map(rowAt);
  const sampleWeight = weights.of(rows);
  if (sampleWeight !== undefined && !sampleWeight.some((weight) => weight > 0)) {
    warnings.push('All held-out rows weigh nothing; they were not evaluated.');
    return { metrics: null, nRows: 0 };
  }
  const metrics = score(pipeline, table, target, accepted, rows, sampleWeight, context);
  return { metrics, nRows: rows.length };
}

function score(
  pipeline: FittedPipeline,
  table: Table,
  target: TrainingTarget,
  positions: RowIndices,
  rows: RowIndices,
  sampleWeight: Float64Array | undefined,
  { random, checkpoint, quantile }: EvaluationContext,
): JsonObject {
  const weighed = sampleWeight === undefined ? {} : { sampleWeight };
  const outputs = pipeline.predictTable(table, rows, checkpoint);
  switch (target.task) {
    case 'classification': {
      const { outputKind } = pipeline.steps.predictor;
      return evaluateClassification({
        actual: pickCodes(target.codes, positions),
        outputs,
        outputKind: outputKind === 'scores' ? 'scores' : 'probabilities',
        classes: target.labels.classNames,
        ...weighed,
      });
    }
    case 'regression': {
      const actual = Float64Array.from(positions, (position) => target.values[position] as number);
      return evaluateRegression({ actual, predicted: outputs, quantile, ...weighed });
    }
    case 'clustering': {
      const labels = Int32Array.from(outputs);
      const nClusters = labels.reduce((most, label) => Math.max(most, label + 1), 0);
      return evaluateClustering({
        rows: pipeline.encodeTable(table, rows),
        nFeatures: pipeline.features.length,
        labels,
        nClusters,
        ...(target.codes === null ? {} : { classes: pickCodes(target.codes, positions) }),
        random,
      });
    }
  }
}

function pickCodes(codes: Int32Array, positions: RowIndices): Int32Array {
  const picked = new Int32Array(positions.length);
  for (let p = 0; p < picked.length; p++) picked[p] = codes[positions[p] as number] as number;
  return picked;
}
