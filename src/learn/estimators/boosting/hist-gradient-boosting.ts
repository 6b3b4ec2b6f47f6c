import { LearnError } from '../../errors.js';
import type { Algorithm, FitContext, Predictor, Task, TrainingData } from '../../estimator.js';
import { createBarrier } from '../../parallel/barrier.js';
import type { ParameterProblem, ParameterTable, ParameterValues } from '../../parameters.js';
import { binMatrix } from '../tree/binned-matrix.js';
import { joinTrees } from '../tree/join-trees.js';
import { TREE_INPUT } from '../tree/tree-algorithm.js';
import { toClassWeights } from '../tree/tree-parameters.js';
import {
  ARRIVE_KERNEL,
  BOOST_KERNEL,
  type BoostInput,
  type BoostResult,
  growsWholeTrees,
  inOrder,
  ROWS_PER_LOSS_BLOCK,
} from './boost-kernel.js';
import { layOut, MAX_SLOT_BYTES, type MemoryNeeds } from './boost-memory.js';
import { BoostedTrees, restoreBoostedTrees } from './boosted-trees.js';
import { BOOSTING_CLASSIFIER_PARAMETERS, BOOSTING_REGRESSOR_PARAMETERS } from './boosting-parameters.js';
import { GradientPass } from './gradient-pass.js';
import type { BoostingGrowOptions } from './grower-types.js';
import { holdOut } from './hold-out.js';
import { baselineOf, type Loss, type LossName, usesQuantiles } from './losses.js';
import { createQuantileLeaves } from './quantile-leaves.js';
import { SplitExchange } from './split-exchange.js';

const UNLIMITED = 2_147_483_647;
const AUTO_STOPPING_ROWS = 10_000;
const BINNING_SHARE = 0.05;
/** Bins times scores that a thread must have for it to pay: below, starting it takes longer than it saves. */
const MIN_BINS_PER_THREAD = 262_144;

function growOptions(data: TrainingData, options: ParameterValues): BoostingGrowOptions {
  const { nFeatures } = data.x;
  return {
    learningRate: options['learningRate'] as number,
    maxLeafNodes: (options['maxLeafNodes'] as number | null) ?? UNLIMITED,
    maxDepth: (options['maxDepth'] as number | null) ?? UNLIMITED,
    minSamplesLeaf: options['minSamplesLeaf'] as number,
    l2Regularization: options['l2Regularization'] as number,
    maxFeatures: Math.max(1, Math.ceil((options['maxFeatures'] as number) * nFeatures)),
    subsample: options['subsample'] as number,
    monotonic: monotonicOf(data, options),
  };
}

/** @throws LearnError invalid_parameters for an unknown or categorical column, or a number other than -1, 0, 1 */
function monotonicOf(data: TrainingData, options: ParameterValues): Int8Array {
  const directions = new Int8Array(data.x.nFeatures);
  const asked = options['monotonicCst'];
  if (asked === null || typeof asked !== 'object') return directions;
  for (const [name, direction] of Object.entries(asked)) {
    const j = data.x.features.findIndex((feature) => feature.name === name);
    const isLegal =
      j >= 0 && data.x.features[j]?.kind === 'numeric' && [-1, 0, 1].includes(Number(direction));
    if (!isLegal) {
      throw new LearnError(
        'invalid_parameters',
        'monotonicCst takes -1, 0 or 1 by the name of a numeric column.',
        {
          parameter: 'monotonicCst',
        },
      );
    }
    directions[j] = Number(direction);
  }
  return directions;
}

function lossFor(data: TrainingData, options: ParameterValues): Loss {
  const nClasses = data.y.task === 'classification' ? data.y.nClasses : 0;
  return {
    name: options['loss'] as LossName,
    nScores: nClasses > 2 ? nClasses : 1,
    quantile: (options['quantile'] as number | null | undefined) ?? 0.5,
  };
}

async function fitBoosting(
  data: TrainingData,
  options: ParameterValues,
  context: FitContext,
): Promise<Predictor> {
  const { nSamples } = data.x;
  const loss = lossFor(data, options);
  // Threads get ready while this one looks at the rows. Whatever keeps them from it keeps them from the next run, too.
  const arrival = context.threads.map(ARRIVE_KERNEL, undefined, context.threads.size);
  arrival.catch(() => undefined);
  const y = new Float64Array(nSamples);
  if (data.y.task === 'classification') y.set(data.y.codes);
  else if (data.y.task === 'regression') y.set(data.y.values);
  const weights = weightsOf(data, options, y);
  const stopping = options['earlyStopping'];
  const stopsEarly = stopping === 'auto' ? nSamples > AUTO_STOPPING_ROWS : stopping === true;
  const fraction = stopsEarly ? (options['validationFraction'] as number | null) : null;
  const { trainRows, heldOutRows } = holdOut(data, weights, fraction, context.random.fork(2));
  const baseline = baselineOf(loss, y, weights, trainRows);
  context.checkpoint(0);
  const binned = await binMatrix(
    data.x,
    context,
    (done) => context.checkpoint(done * BINNING_SHARE),
    data.sampleWeight,
    options['maxBins'] as number,
  );
  const nBins = trainRows.length * data.x.nFeatures * loss.nScores;
  const mostThreads = Math.max(1, Math.floor(nBins / MIN_BINS_PER_THREAD));
  const parties = Math.min(context.threads.size, mostThreads);
  const grow = growOptions(data, options);
  const needs: MemoryNeeds = {
    binned,
    nScores: loss.nScores,
    parties,
    y,
    weights,
    growsAlone: growsWholeTrees(loss.nScores, parties),
    trainRows,
    heldOutRows,
    subsample: grow.subsample,
    maxLeafNodes: grow.maxLeafNodes,
    minSamplesLeaf: grow.minSamplesLeaf,
    monotonic: grow.monotonic,
  };
  const memory = layOut(needs, () => context.checkpoint(BINNING_SHARE));
  const { pairs, raw } = memory.views;
  baseline.forEach((score, k) => {
    raw.fill(score, k * nSamples, (k + 1) * nSamples);
  });
  const scoredRows = !stopsEarly
    ? new Uint32Array(0)
    : fraction === null
      ? memory.views.trainRows
      : memory.views.heldOutRows;
  const mostLeaves = Math.min(grow.maxLeafNodes, trainRows.length);
  const withoutBins = { ...binned, bins: new Uint8Array(0) };
  const input: BoostInput = {
    binned: withoutBins,
    memory,
    loss,
    arrays: { nSamples, y: memory.views.y, weights: memory.views.weights, raw, pairs },
    trainRows: memory.views.trainRows,
    heldOutRows: memory.views.heldOutRows,
    scoredRows,
    options: grow,
    quantileLeaves: usesQuantiles(loss) ? createQuantileLeaves(nSamples, mostLeaves) : undefined,
    maxIter: options['maxIter'] as number,
    nIterNoChange: options['nIterNoChange'] as number,
    tol: options['tol'] as number,
    barrier: createBarrier(parties),
    blockTotals: GradientPass.createBlockTotals(trainRows.length, loss.nScores),
    blockLosses: sharedNumbers(Math.ceil(scoredRows.length / ROWS_PER_LOSS_BLOCK)),
    exchange: SplitExchange.create(parties),
    seed: context.random.seed,
    stream: context.random.stream,
  };
  const results = await context.threads.map<BoostInput, BoostResult>(BOOST_KERNEL, input, parties, (done) =>
    context.checkpoint(BINNING_SHARE + done * (1 - BINNING_SHARE)),
  );
  const trees = inOrder(results, loss.nScores);
  const stoppedEarly = results[0]?.stoppedEarly === true;
  const joined = joinTrees(trees, binned, 1, 0, () => context.checkpoint(1));
  const gains = new Float64Array(data.x.nFeatures);
  for (const tree of trees)
    for (let j = 0; j < gains.length; j++) gains[j] = (gains[j] as number) + (tree.importances[j] as number);
  const total = gains.reduce((a, b) => a + b, 0);
  return new BoostedTrees({
    trees: { ...joined, featureImportances: total > 0 ? gains.map((gain) => gain / total) : gains },
    baseline,
    loss: loss.name,
    facts: { nIterations: trees.length / loss.nScores, nTrees: trees.length, stoppedEarly },
  });
}

function sharedNumbers(length: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(length * 8));
}

/** @throws LearnError not_enough_rows when no row has a weight above 0 */
function weightsOf(data: TrainingData, options: ParameterValues, y: Float64Array): Float64Array {
  const byClass = toClassWeights(data, options);
  const weights = new Float64Array(data.x.nSamples);
  for (let i = 0; i < weights.length; i++) {
    weights[i] = (data.sampleWeight?.[i] ?? 1) * (byClass?.[y[i] as number] ?? 1);
  }
  if (!weights.some((weight) => weight > 0)) {
    throw new LearnError('not_enough_rows', 'At least one row must have a weight above 0.');
  }
  return weights;
}

function conflicts(options: ParameterValues): ParameterProblem[] {
  if (options['loss'] !== 'quantile' || typeof options['quantile'] === 'number') return [];
  return [
    {
      code: 'conflicting_parameters',
      parameter: 'quantile',
      expected: 'a number in 0..1 where loss is quantile',
    },
  ];
}

function boosting(
  name: string,
  title: string,
  task: Task,
  summary: string,
  parameters: ParameterTable,
): Algorithm {
  return {
    name,
    title,
    task,
    summary,
    parameters,
    input: TREE_INPUT,
    conflicts,
    estimateFitBytes: ({ nSamples, nFeatures, nClasses }, options) => {
      const nScores = nClasses > 2 ? nClasses : 1;
      const nLeaves = Math.min(nSamples, (options['maxLeafNodes'] as number | null) ?? nSamples);
      const nTrees = (options['maxIter'] as number) * nScores;
      // By row: bins three times, targets and weights twice, scores and gradients, lists of rows (of up to eight threads where
      // each grows its own trees). Then histograms, which are bounded, and trees: grown, joined, exported, opened again,
      // and as the tables that many rows are scored by.
      const listBytes = nScores > 1 ? 8 * 12 : 12;
      const histogramBytes = nFeatures * 4096;
      return (
        nSamples * (3 * nFeatures + 56 + 16 * nScores + listBytes) +
        Math.min(MAX_SLOT_BYTES, nLeaves * histogramBytes) +
        8 * 4 * histogramBytes +
        nTrees * nLeaves * 500
      );
    },
    fit: fitBoosting,
    restore: (state) => restoreBoostedTrees(state, task),
  };
}

export const histGradientBoostingClassifier = boosting(
  'hist_gradient_boosting_classifier',
  'Gradient boosting',
  'classification',
  'Small trees, each correcting those before it. Usually the most accurate choice on tables; takes missing values and categories as they are.',
  BOOSTING_CLASSIFIER_PARAMETERS,
);

export const histGradientBoostingRegressor = boosting(
  'hist_gradient_boosting_regressor',
  'Gradient boosting (regression)',
  'regression',
  'Small trees, each correcting those before it. Usually the most accurate choice on tables; losses for counts, amounts and quantiles.',
  BOOSTING_REGRESSOR_PARAMETERS,
);
