import type { Algorithm, Predictor, Target, Task } from '../estimator.js';
import type { RowIndices } from '../matrix/number-types.js';
import type { Table } from '../matrix/table.js';
import type { ThreadPool } from '../parallel/thread-pool.js';
import { NeighborImputer } from '../preprocessing/neighbor-imputer.js';
import { Scaler } from '../preprocessing/scaler.js';
import { Random } from '../random.js';
import { findAlgorithm } from '../registry.js';
import { type Duel, duel } from './duel.js';
import { encodeTraining, scaledFeatures, selectColumns, usableRows } from './encode-training.js';
import { evaluatePipeline } from './evaluate-pipeline.js';
import { allRows, FittedPipeline } from './fitted-pipeline.js';
import { requireModestFeatures } from './magnitudes.js';
import { PhaseClock, type Progress } from './phase-clock.js';
import { placeInTable } from './place-in-table.js';
import { planNeighbors } from './plan-neighbors.js';
import { type RowWeights, readRowWeights } from './row-weights.js';
import type { InputColumn, ModelSignature } from './signature.js';
import type { PipelineSpec } from './spec.js';
import { splitTraining } from './split-training.js';
import { buildReport, type TrainingReport } from './training-report.js';
import { readTarget, type TrainingTarget } from './training-target.js';

export interface TrainingContext extends Progress {
  readonly threads: ThreadPool;
  /** Where algorithms are looked up; absent: the registry. */
  readonly findAlgorithm?: (name: string) => Algorithm;
  /** The pipeline that the new one is to replace if it is better; takes the columns of the table. */
  readonly champion?: FittedPipeline | undefined;
}

export interface TrainingResult {
  readonly pipeline: FittedPipeline;
  readonly report: TrainingReport;
  /** Sentences for the person who trained. */
  readonly warnings: readonly string[];
  /** Against the champion, where there is one. */
  readonly duel?: Duel;
}

/** Independent generators by use, so that one that draws more does not shift the others. */
const STREAM = { split: 1, fit: 2, evaluate: 3, encode: 4, neighbors: 5 } as const;

/**
 * Trains a whole pipeline: reads the target, leaves out rows that cannot be used, holds a share out, learns every
 * step on the training rows alone, and evaluates on the others.
 *
 * Deterministic: an equal table, spec and version give equal state, to the byte, with any number of threads.
 * Memory: 8 bytes a training row and feature, and what the estimator needs (estimate-bytes.ts).
 * @param spec complete, as completeSpec gives it
 * @throws LearnError unknown_algorithm, unknown_column, missing_target_values, target_not_numeric,
 *   constant_target, target_all_unique, too_many_classes, not_enough_rows, column_all_missing, no_usable_columns,
 *   numerical_failure, canceled, and whatever the estimator refuses
 */
export async function trainPipeline(
  table: Table,
  spec: PipelineSpec,
  context: TrainingContext,
): Promise<TrainingResult> {
  const algorithm = (context.findAlgorithm ?? findAlgorithm)(spec.algorithm);
  const random = new Random(spec.seed);
  const clock = new PhaseClock(context);
  const warnings: string[] = [];

  clock.start('encoding');
  const selected = selectColumns(table, spec, warnings);
  const usable = usableRows(allRows(table.nRows), selected.columns, spec, warnings);
  const weights = readRowWeights(table, usable, spec, warnings);
  const target = readTarget(table, weights.rows, algorithm.task, spec, warnings);
  const split = splitTraining(target, spec.testShare, random.fork(STREAM.split), warnings);
  const trainingRows = pick(target.rows, split.train);
  const y = trainingTarget(target, split.train);
  const encoded = encodeTraining(
    selected.columns,
    trainingRows,
    spec,
    algorithm,
    y,
    random.fork(STREAM.encode),
    clock.checkpoint,
    warnings,
  );

  clock.start('scaling');
  const scaler = Scaler.fit(
    encoded.x,
    spec.normalization,
    scaledFeatures(encoded.encoders),
    clock.checkpoint,
  );
  scaler.applyToMatrix(encoded.x);
  requireModestFeatures(encoded.x, algorithm.input);
  const plan = planNeighbors(encoded.encoders, spec);
  const neighborImputer =
    plan === null
      ? null
      : NeighborImputer.fit(encoded.x, plan.watched, plan.imputed, random.fork(STREAM.neighbors));
  neighborImputer?.applyToMatrix(encoded.x, clock.checkpoint);

  clock.start('fitting');
  const labels = target.task === 'classification' ? target.labels : null;
  const fitting = algorithm.fit(
    {
      x: encoded.x,
      y,
      ...weighted(weights, trainingRows),
      ...(labels === null ? {} : { classNames: labels.classNames }),
    },
    spec.parameters,
    { random: random.fork(STREAM.fit), threads: context.threads, checkpoint: clock.checkpoint },
  );
  const predictor = await fitting.catch((error: unknown) => {
    throw placeInTable(error, trainingRows, spec.target);
  });
  warnings.push(...(predictor.warnings ?? []), ...warnOfIdleModel(predictor));

  clock.start('evaluating');
  const dropped = [...selected.dropped, ...encoded.dropped];
  const ignored = dropped.map((column) => column.name);
  const signature = buildSignature(algorithm.task, encoded.inputs, target, spec, ignored, table);
  const pipeline = new FittedPipeline({
    signature,
    algorithm: algorithm.name,
    encoders: encoded.encoders,
    scaler,
    neighborImputer,
    predictor,
    labels,
  });
  // Clusters that hold nothing out are judged on the rows that made them.
  const judged = split.test.length === 0 && algorithm.task === 'clustering' ? split.train : split.test;
  const { loss, quantile } = spec.parameters;
  const evaluation = evaluatePipeline(pipeline, table, target, judged, weights, {
    random: random.fork(STREAM.evaluate),
    checkpoint: clock.checkpoint,
    warnings,
    ...(loss === 'quantile' ? { quantile: quantile as number } : {}),
  });
  const fought =
    context.champion &&
    duel(pipeline, context.champion, table, target, split.test, weights, clock.checkpoint);
  clock.end();

  const report = buildReport({
    algorithm,
    spec,
    signature,
    encoders: encoded.encoders,
    dropped,
    predictor,
    evaluation: evaluation.metrics,
    seconds: clock.toReport(),
    nRows: {
      table: table.nRows,
      used: target.rows.length,
      training: trainingRows.length,
      heldOut: split.test.length,
      evaluated: evaluation.nRows,
    },
  });
  return { pipeline, report, warnings, ...(fought === undefined ? {} : { duel: fought }) };
}

/** A penalty, or leaves, too large for the data leave a model that is no better than the mean, and never says so. */
function warnOfIdleModel({ featureImportances, linear }: Predictor): string[] {
  const says = featureImportances ?? linear?.coefficients;
  if (says === undefined || says.some((say) => say !== 0)) return [];
  return [
    'No column has a say in this model: every row gets the same prediction. A smaller penalty, smaller leaves or more rows may change that.',
  ];
}

function weighted(weights: RowWeights, rows: RowIndices): { sampleWeight?: Float64Array } {
  const sampleWeight = weights.of(rows);
  return sampleWeight === undefined ? {} : { sampleWeight };
}

function trainingTarget(target: TrainingTarget, positions: RowIndices): Target {
  switch (target.task) {
    case 'classification': {
      const codes = new Int32Array(positions.length);
      for (let p = 0; p < codes.length; p++) codes[p] = target.codes[positions[p] as number] as number;
      return { task: 'classification', codes, nClasses: target.labels.classes.length };
    }
    case 'regression': {
      const values = new Float64Array(positions.length);
      for (let p = 0; p < values.length; p++) values[p] = target.values[positions[p] as number] as number;
      return { task: 'regression', values };
    }
    case 'clustering':
      return { task: 'clustering' };
  }
}

function buildSignature(
  task: Task,
  inputs: readonly InputColumn[],
  target: TrainingTarget,
  spec: PipelineSpec,
  ignored: readonly string[],
  table: Table,
): ModelSignature {
  if (target.task === 'classification') {
    const { type, classes } = target.labels;
    return { task, inputs, target: { name: spec.target, type, classes }, ignored };
  }
  const column = table.columns.find(({ name }) => name === spec.target);
  const type = target.task === 'regression' ? 'number' : (column?.type ?? 'number');
  return { task, inputs, target: { name: spec.target, type }, ignored };
}

function pick(rows: RowIndices, positions: RowIndices): RowIndices {
  return positions.map((position) => rows[position] as number);
}
