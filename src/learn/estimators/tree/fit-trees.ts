/**
 * Fits trees to a training set, one piece of work a tree. Whole trees grow in the kernels; where leaves are counted or
 * pruned, the kernels search single nodes. What has more classes than they take, or more rows than their memory, grows in
 * JavaScript.
 */
import { LearnError } from '../../errors.js';
import type { FitContext, Target, TrainingData } from '../../estimator.js';
import { codeMatrix } from './coded-matrix.js';
import { type Bootstrap, drawTableOf } from './draw-rows.js';
import { GROW_IN_KERNELS, type KernelGrowth } from './grow-in-kernels.js';
import { GROW_IN_PLAIN, type PlainGrowth } from './grow-in-plain.js';
import type { GrowOptions } from './grow-options.js';
import type { GrownTree } from './grown-tree.js';
import { areCounts, kernelMode, kernelsTake } from './kernel-search.js';
import { checkCounts } from './poisson-split-search.js';
import { rankTargets } from './rank-targets.js';
import { layOutTrees, type TreeWeighing } from './tree-memory.js';
import type { TreeSettings } from './tree-places.js';

export interface FittedTrees {
  readonly input: PlainGrowth;
  readonly trees: readonly GrownTree[];
}

/** Binning's share of the progress. */
const BINNING_SHARE = 0.1;

/**
 * @param classWeights by code; absent: 1 each
 * @throws LearnError not_enough_rows when no row has a weight above 0
 */
export async function fitTrees(
  data: TrainingData,
  nTrees: number,
  options: GrowOptions,
  bootstrap: Bootstrap,
  classWeights: Float64Array | undefined,
  context: FitContext,
): Promise<FittedTrees> {
  const { nSamples } = data.x;
  const codes = shared(new Int32Array(new SharedArrayBuffer(4 * nSamples)), codesOf(data.y));
  const weights = new Float64Array(new SharedArrayBuffer(8 * nSamples));
  let weightSum = 0;
  for (let i = 0; i < nSamples; i++) {
    const weight = (data.sampleWeight?.[i] ?? 1) * (classWeights?.[codes[i] as number] ?? 1);
    weights[i] = weight;
    weightSum += weight;
  }
  if (!(weightSum > 0))
    throw new LearnError('not_enough_rows', 'At least one row must have a weight above 0.');
  const targets = new Float64Array(new SharedArrayBuffer(8 * nSamples));
  let center = 0;
  if (data.y.task === 'regression') {
    if (options.criterion === 'poisson') checkCounts(data.y.values, weights);
    else center = weightedMean(data.y.values, weights, weightSum);
    for (let i = 0; i < nSamples; i++) targets[i] = (data.y.values[i] as number) - center;
  }
  context.checkpoint(0);
  const { features } = data.x;
  const nClasses = data.y.task === 'classification' ? data.y.nClasses : 0;
  const drawTable = bootstrap.nDraws === null ? undefined : drawTableOf(weights);
  // What weighs more is drawn more often, and then counts once a draw.
  if (bootstrap.nDraws !== null) weights.fill(1);
  // Whole numbers are counted; the factors of two classes come in with the scores.
  const factors = nClasses === 2 && bootstrap.nDraws === null ? classWeights : undefined;
  const counted = factors === undefined ? weights : (data.sampleWeight ?? new Float64Array(nSamples).fill(1));
  const areWhole = areCounts(counted, bootstrap.nDraws);
  const weighing: TreeWeighing =
    bootstrap.balanceClasses && nClasses > 2 ? 'trees' : areWhole ? 'counts' : 'rows';
  const isCommon = kernelsTake(features, nClasses, weighing);
  const binned = await codeMatrix(
    data.x,
    context,
    (fraction) => context.checkpoint(fraction * BINNING_SHARE),
    // Binning codes anew at each node costs more than its cuts are worth where many trees vote.
    isCommon || nTrees === 1,
  );
  const settings: TreeSettings = {
    mode: kernelMode(nClasses, weighing),
    isEntropy: options.criterion === 'entropy' ? 1 : 0,
    isPoisson: options.criterion === 'poisson' ? 1 : 0,
    isMedian: options.criterion === 'absolute_error' ? 1 : 0,
    isRandom: options.splitter === 'random' ? 1 : 0,
    nClasses,
    minRows: options.minSamplesLeaf,
    minSplit: options.minSamplesSplit,
    maxDepth: options.maxDepth,
    nFeatures: data.x.nFeatures,
    maxFeatures: options.maxFeatures,
    nSamples,
    minDecrease: options.minImpurityDecrease,
    center,
    scaleZero: areWhole ? (factors?.[0] ?? 1) : 1,
    scaleOne: areWhole ? (factors?.[1] ?? 1) : 1,
    balances: bootstrap.balanceClasses ? 1 : 0,
  };
  const nPlaces = Math.min(nTrees, context.threads.size);
  const rows = {
    nClasses,
    codes,
    targets,
    weights: weighing === 'counts' ? counted : weights,
    weighing,
    ranks:
      options.criterion === 'absolute_error'
        ? rankTargets(targets, () => context.checkpoint(BINNING_SHARE))
        : undefined,
    drawTable,
  };
  const memory = isCommon ? layOutTrees(binned, rows, nPlaces) : undefined;
  const { seed, stream } = context.random;
  const input: PlainGrowth = {
    binned,
    codes,
    nClasses,
    targets,
    center,
    weights,
    bootstrap,
    drawTable,
    options,
    kernels: memory === undefined ? undefined : { memory, settings },
    seed,
    stream,
  };
  const onProgress = (fraction: number): void =>
    context.checkpoint(BINNING_SHARE + fraction * (1 - BINNING_SHARE));
  if (memory === undefined || options.maxLeafNodes > 0 || options.ccpAlpha > 0) {
    const trees = await context.threads.map<PlainGrowth, GrownTree>(GROW_IN_PLAIN, input, nTrees, onProgress);
    return { input, trees };
  }
  const growth: KernelGrowth = {
    memory,
    settings,
    nDraws: bootstrap.nDraws,
    minWeightShare: options.minWeightFractionLeaf,
    seed,
    stream,
  };
  const trees = await context.threads.map<KernelGrowth, GrownTree>(
    GROW_IN_KERNELS,
    growth,
    nTrees,
    onProgress,
  );
  return { input, trees };
}

function codesOf(y: Target): Int32Array {
  return y.task === 'classification' ? y.codes : new Int32Array(0);
}

function shared(to: Int32Array, from: Int32Array): Int32Array {
  to.set(from);
  return to;
}

/** Mean without overflow for targets near the largest double. */
function weightedMean(values: Float64Array, weights: Float64Array, weightSum: number): number {
  let mean = 0;
  for (let i = 0; i < values.length; i++)
    mean += (values[i] as number) * ((weights[i] as number) / weightSum);
  return mean;
}
