/**
 * Grows trees node by node, with whichever search suits the criterion and the weights: what the kernels do not take as a
 * whole (see fit-trees.ts).
 */
import type { KernelControl, KernelReference } from '../../parallel/thread-pool.js';
import type { Random } from '../../random.js';
import { ClassSplitSearch } from './class-split-search.js';
import type { CodedMatrix } from './coded-matrix.js';
import { type Bootstrap, type DrawTable, drawCounts } from './draw-rows.js';
import type { GrowOptions } from './grow-options.js';
import { TreeGrower } from './grow-tree.js';
import type { GrownTree } from './grown-tree.js';
import { KernelSearch } from './kernel-search.js';
import { MeanSplitSearch } from './mean-split-search.js';
import { MedianSplitSearch } from './median-split-search.js';
import { PoissonSplitSearch } from './poisson-split-search.js';
import type { SplitSearch } from './split-search.js';
import { claimPlace, releasePlace, type TreeMemory, type TreeSettings } from './tree-places.js';
import { balancedWeights, type TreeSeed, treeRandom } from './tree-sample.js';

/** What the threads get. Typed arrays are in shared memory. */
export interface PlainGrowth extends TreeSeed {
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
  /** Where the kernels search; absent: they do not take this case. */
  readonly kernels?: { readonly memory: TreeMemory; readonly settings: TreeSettings };
}

export const GROW_IN_PLAIN: KernelReference = { module: import.meta.url, name: 'growInPlain' };

/** Kernel: grows tree `piece`. */
export function growInPlain(input: PlainGrowth, piece: number, control: KernelControl): GrownTree {
  const { binned, options, nClasses, kernels, bootstrap } = input;
  const random = treeRandom(input, piece);
  const counts = drawCounts(binned.nSamples, bootstrap, input.drawTable, random);
  if (kernels === undefined) {
    const search = openSearch(input, counts, random);
    return new TreeGrower(binned, options, search, nClasses, random, control).grow();
  }
  const { memory, settings } = kernels;
  const place = claimPlace(memory, () => control.checkpoint(0));
  try {
    const share = options.minWeightFractionLeaf;
    const search = new KernelSearch(binned, memory, place, settings, counts, share, random);
    return new TreeGrower(binned, options, search, nClasses, random, control).grow();
  } finally {
    releasePlace(memory, place);
  }
}

function treeWeights(input: PlainGrowth, counts: Uint16Array | undefined): Float64Array {
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

function openSearch(input: PlainGrowth, counts: Uint16Array | undefined, random: Random): SplitSearch {
  const { binned, options, codes, nClasses, targets, center } = input;
  const weights = treeWeights(input, counts);
  const used = new Uint32Array(binned.nSamples);
  let nRows = 0;
  for (let i = 0; i < weights.length; i++) if ((weights[i] as number) > 0) used[nRows++] = i;
  const rows = used.slice(0, nRows);
  switch (options.criterion) {
    case 'gini':
    case 'entropy':
      return new ClassSplitSearch(binned, options, random, rows, codes, nClasses, weights);
    case 'squared_error':
      return new MeanSplitSearch(binned, options, random, rows, targets, center, weights);
    case 'poisson':
      return new PoissonSplitSearch(binned, options, random, rows, targets, center, weights);
    case 'absolute_error':
      return new MedianSplitSearch(binned, options, random, rows, targets, center, weights);
  }
}
