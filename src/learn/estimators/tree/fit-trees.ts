/**
 * Fits trees to a training set, one piece of work a tree. What a tree sees (its bootstrap sample, its class
 * weights, its random features) comes from the generator forked by the tree's number, so it is the same on
 * whichever thread it grows.
 */
import { LearnError } from '../../errors.js';
import type { FitContext, Target, TrainingData } from '../../estimator.js';
import type { KernelControl } from '../../parallel/thread-pool.js';
import { Random } from '../../random.js';
import { ClassSplitSearch } from './class-split-search.js';
import { type CodedMatrix, codeMatrix } from './coded-matrix.js';
import { type Bootstrap, type DrawTable, drawCounts, drawTableOf } from './draw-rows.js';
import type { GrowOptions } from './grow-options.js';
import { TreeGrower } from './grow-tree.js';
import type { GrownTree } from './grown-tree.js';
import { areCounts, KernelSearch, kernelsTake } from './kernel-search.js';
import { MeanSplitSearch } from './mean-split-search.js';
import { MedianSplitSearch } from './median-split-search.js';
import { checkCounts, PoissonSplitSearch } from './poisson-split-search.js';
import type { SplitSearch } from './split-search.js';
import { claimPlace, layOutTrees, releasePlace, type TreeMemory } from './tree-memory.js';
import { TwoClassSplitSearch } from './two-class-split-search.js';

/** What the threads get. Typed arrays are in shared memory. */
export interface FitTreesInput {
  readonly binned: CodedMatrix;
  /** Classes for nClasses > 0. */
  readonly codes: Int32Array;
  readonly nClasses: number;
  /** Targets minus `center` for regression. */
  readonly targets: Float64Array;
  readonly center: number;
  /** By row: sample weight times class weight; 1 where rows are drawn. */
  readonly weights: Float64Array;
  readonly bootstrap: Bootstrap;
  /** Rows of unequal weight are drawn by it. */
  readonly drawTable?: DrawTable;
  readonly options: GrowOptions;
  /** Where the kernels work; absent: they do not take this case. */
  readonly memory?: TreeMemory;
  readonly seed: number;
  readonly stream: number;
}

export interface FittedTrees {
  readonly input: FitTreesInput;
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
  const nClasses = data.y.task === 'classification' ? data.y.nClasses : 0;
  const drawTable = bootstrap.nDraws === null ? undefined : drawTableOf(weights);
  // What weighs more is drawn more often, and then counts once a draw.
  if (bootstrap.nDraws !== null) weights.fill(1);
  const isCommon =
    !bootstrap.balanceClasses &&
    kernelsTake(data.x, options, nClasses) &&
    areCounts(weights, bootstrap.nDraws);
  const binned = await codeMatrix(
    data.x,
    context,
    (fraction) => context.checkpoint(fraction * BINNING_SHARE),
    // Binning codes anew at each node costs more than its cuts are worth where many trees vote.
    isCommon || nTrees === 1,
  );
  const memory = isCommon ? layOutTrees(binned, nClasses, Math.min(nTrees, context.threads.size)) : undefined;
  const input: FitTreesInput = {
    binned,
    codes,
    nClasses,
    targets,
    center,
    weights,
    bootstrap,
    drawTable,
    options,
    memory,
    seed: context.random.seed,
    stream: context.random.stream,
  };
  const trees = await context.threads.map<FitTreesInput, GrownTree>(
    { module: import.meta.url, name: 'growTreeKernel' },
    input,
    nTrees,
    (fraction) => context.checkpoint(BINNING_SHARE + fraction * (1 - BINNING_SHARE)),
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

/** Kernel: grows tree `piece`. */
export function growTreeKernel(input: FitTreesInput, piece: number, control: KernelControl): GrownTree {
  const { binned, options, nClasses } = input;
  const random = treeRandom(input, piece);
  const counts = drawRows(input, random);
  const { memory } = input;
  if (memory === undefined) {
    const search = openSearch(input, counts, random);
    return new TreeGrower(binned, options, search, nClasses, random, control).grow();
  }
  const place = claimPlace(memory, () => control.checkpoint(0));
  try {
    const search = new KernelSearch(input, memory, place, counts);
    return new TreeGrower(binned, options, search, nClasses, random, control).grow();
  } finally {
    releasePlace(memory, place);
  }
}

/** The generator of one tree; its first numbers draw the rows. */
export function treeRandom({ seed, stream }: FitTreesInput, tree: number): Random {
  return new Random(seed, stream).fork(tree + 1);
}

/** How often each row is in a tree's sample; undefined: once each. */
export function drawRows(
  { binned, bootstrap, drawTable }: FitTreesInput,
  random: Random,
): Uint16Array | undefined {
  return drawCounts(binned.nSamples, bootstrap, drawTable, random);
}

function treeWeights(input: FitTreesInput, counts: Uint16Array | undefined): Float64Array {
  const weights = input.weights.slice();
  if (counts === undefined) return weights;
  for (let i = 0; i < weights.length; i++) weights[i] = (weights[i] as number) * (counts[i] as number);
  if (input.bootstrap.balanceClasses) {
    const balance = balancedWeights(input.codes, input.nClasses, counts);
    for (let i = 0; i < weights.length; i++) {
      weights[i] = (weights[i] as number) * (balance[input.codes[i] as number] as number);
    }
  }
  return weights;
}

/** n / (classes that occur * rows of the class), by code; 0 for a class that does not occur. */
export function balancedWeights(codes: Int32Array, nClasses: number, counts?: Uint16Array): Float64Array {
  const inClass = new Float64Array(nClasses);
  let n = 0;
  for (let i = 0; i < codes.length; i++) {
    const count = counts === undefined ? 1 : (counts[i] as number);
    inClass[codes[i] as number] = (inClass[codes[i] as number] as number) + count;
    n += count;
  }
  const nPresent = inClass.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
  return inClass.map((count) => (count > 0 ? n / (nPresent * count) : 0));
}

function openSearch(input: FitTreesInput, counts: Uint16Array | undefined, random: Random): SplitSearch {
  const { binned, options, codes, nClasses, targets, center } = input;
  const weights = treeWeights(input, counts);
  const used = new Uint32Array(binned.nSamples);
  let nRows = 0;
  for (let i = 0; i < weights.length; i++) if ((weights[i] as number) > 0) used[nRows++] = i;
  const rows = used.slice(0, nRows);
  switch (options.criterion) {
    case 'gini':
    case 'entropy':
      if (TwoClassSplitSearch.fits(weights, nClasses, options)) {
        return new TwoClassSplitSearch(binned, options, random, rows, codes, weights);
      }
      return new ClassSplitSearch(binned, options, random, rows, codes, nClasses, weights);
    case 'squared_error':
      return new MeanSplitSearch(binned, options, random, rows, targets, center, weights);
    case 'poisson':
      return new PoissonSplitSearch(binned, options, random, rows, targets, center, weights);
    case 'absolute_error':
      return new MedianSplitSearch(binned, options, random, rows, targets, center, weights);
  }
}
