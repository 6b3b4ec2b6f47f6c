/**
 * One node after the other in WebAssembly, for trees whose leaves are counted or pruned; all others grow there as a whole
 * (see grow-in-kernels.ts). What each step does is told in wasm/assembly/trees.ts; scores are the same as in
 * ClassSplitSearch and MeanSplitSearch, which take what the kernels do not.
 */
import type { FeatureMatrix } from '../../matrix/feature-matrix.js';
import type { Random } from '../../random.js';
import {
  FOUND_BETTER,
  IS_CONSTANT,
  openTreeKernels,
  TREE_KERNEL_MODES,
  type TreeKernels,
} from '../../wasm/tree-kernels.js';
import { BIN_SLOTS, MISSING_BIN, midpoint } from './binned-matrix.js';
import { type CodedMatrix, MISSING_CODE } from './coded-matrix.js';
import type { NodeSearch } from './node-search.js';
import { NodeSplit } from './node-split.js';
import { mostClassesOfCategories, type TreeWeighing } from './tree-memory.js';
import { configurePlace, placeAt, type TreeMemory, type TreeSettings } from './tree-places.js';

/** The fork of a tree's generator that draws its cuts. */
const CUTS = 0;
const MAX_WEIGHT = 65_535;
const MAX_CLASSES = 65_535;
const MOST_DRAWN = 1_000;
/** Sums of weights must fit into 31 bits, and their squares into 63. */
const MAX_WEIGHT_SUM = 2_147_483_647;

/** Whether classes and categories are not too many for the kernels. */
export function kernelsTake(
  features: FeatureMatrix['features'],
  nClasses: number,
  weighing: TreeWeighing,
): boolean {
  if (nClasses > MAX_CLASSES) return false;
  return (
    nClasses <= mostClassesOfCategories(weighing) ||
    features.every((feature) => feature.kind !== 'categorical')
  );
}

/**
 * Whether all weights are whole numbers that the kernels can hold, however often a row is drawn.
 * @param nDraws rows drawn with replacement; null: each once
 */
export function areCounts(weights: Float64Array, nDraws: number | null): boolean {
  let largest = 0;
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    if (weight !== Math.floor(weight)) return false;
    if (weight > largest) largest = weight;
    sum += weight;
  }
  // No row of n is drawn more than 1,000 times in n draws but with a chance below 1e-2500.
  const mostDrawn = nDraws === null ? 1 : Math.min(nDraws, MOST_DRAWN);
  const mostInTree = nDraws === null ? sum : nDraws * largest;
  return largest * mostDrawn <= MAX_WEIGHT && mostInTree <= MAX_WEIGHT_SUM;
}

/** What the kernels call this kind of target and weights. */
export function kernelMode(nClasses: number, weighing: TreeWeighing): number {
  if (nClasses === 0) return TREE_KERNEL_MODES.numbers;
  if (weighing !== 'counts') return TREE_KERNEL_MODES.weightedClasses;
  return nClasses === 2 ? TREE_KERNEL_MODES.twoClasses : TREE_KERNEL_MODES.classes;
}

export class KernelSearch implements NodeSearch {
  readonly nOutputs: number;
  readonly nRows: number;
  readonly split = new NodeSplit();
  weight = 0;
  impurity = 0;
  isPure = false;
  private readonly kernels: TreeKernels;
  private readonly out: number;
  private readonly numbers: Float64Array;
  private readonly integers: Int32Array;
  /** Of the best cut of categories: those that occur at its node, and those of them that go left. */
  private readonly presentBins: Uint32Array;
  private readonly leftBins: Uint32Array;
  private readonly isClassifier: boolean;
  private readonly isRandom: boolean;

  /**
   * @param place which of the memory's places is this tree's
   * @param counts by row: how often it was drawn; absent: once
   * @param minWeightShare share of the tree's weight that each side of a split keeps
   * @param random whose fork draws random cuts
   */
  constructor(
    private readonly binned: CodedMatrix,
    memory: TreeMemory,
    place: number,
    settings: TreeSettings,
    counts: Uint16Array | undefined,
    minWeightShare: number,
    random: Random,
  ) {
    const { buffer } = memory.memory;
    const base = placeAt(memory, place);
    this.isClassifier = settings.nClasses > 0;
    this.nOutputs = Math.max(1, settings.nClasses);
    this.out = base + memory.place.out;
    this.numbers = new Float64Array(buffer, this.out, Math.max(5, this.nOutputs));
    this.integers = new Int32Array(buffer, this.out, 8);
    this.presentBins = new Uint32Array(buffer, base + memory.place.sets, 8);
    this.leftBins = new Uint32Array(buffer, base + memory.place.sets + 32, 8);
    this.kernels = openTreeKernels(memory.memory);
    configurePlace(this.kernels, memory, place, settings);
    this.isRandom = settings.isRandom === 1;
    this.kernels.setRandom(...random.fork(CUTS).state());
    if (counts !== undefined) {
      new Uint16Array(buffer, base + memory.place.counts, counts.length).set(counts);
    }
    this.nRows = this.kernels.beginTree(counts === undefined ? 0 : 1, minWeightShare);
  }

  openNode(start: number, end: number): void {
    this.split.clear();
    this.kernels.openNode(start, end, this.out);
    this.weight = this.numbers[0] as number;
    this.impurity = this.numbers[1] as number;
    this.isPure = this.numbers[2] === 1;
  }

  search(feature: number): boolean {
    const { split, binned, integers } = this;
    const answer = this.kernels.search(feature, this.out);
    if (answer === IS_CONSTANT) return false;
    if (answer !== FOUND_BETTER) return true;
    const left = integers[4] as number;
    const right = integers[5] as number;
    const missingRight = integers[6] as number;
    const isCoded = (binned.codeOffsets[feature] as number) >= 0;
    split.feature = feature;
    split.score = this.numbers[0] as number;
    split.gain = this.numbers[1] as number;
    split.isCategorical = (binned.nCategories[feature] as number) > 0;
    split.isCoded = isCoded;
    if (split.isCategorical) {
      split.presentBins.set(this.presentBins);
      split.leftBins.set(this.leftBins);
      split.noteMissing();
      return true;
    }
    split.sawMissing = missingRight >= 0;
    split.missingGoesRight = missingRight === 1;
    split.lastLeftBin = left;
    if (right < 0) {
      split.lastLeftBin = (isCoded ? MISSING_CODE : MISSING_BIN) - 1;
      split.threshold = Number.POSITIVE_INFINITY;
      return true;
    }
    if (this.isRandom) {
      split.threshold = this.numbers[4] as number;
      return true;
    }
    const lower = isCoded ? binned.codeLower : binned.lower;
    const upper = isCoded ? binned.codeUpper : binned.upper;
    const base = isCoded ? (binned.valueOffsets[feature] as number) : feature * BIN_SLOTS;
    split.threshold = midpoint(upper[base + left] as number, lower[base + right] as number);
    return true;
  }

  divide(split: NodeSplit, start: number, end: number): number {
    const { feature, lastLeftBin, missingGoesRight } = split;
    if (split.isCategorical) this.leftBins.set(split.leftBins);
    return this.kernels.divide(feature, start, end, lastLeftBin, missingGoesRight ? 1 : 0);
  }

  leafClass(): number {
    return this.isPure && this.isClassifier ? this.kernels.pureClass() : -1;
  }

  writeLeaf(values: Float64Array, offset: number): void {
    this.kernels.writeValue(this.out);
    values.set(this.numbers.subarray(0, this.nOutputs), offset);
  }
}
