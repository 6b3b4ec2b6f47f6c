/**
 * The common case in WebAssembly: numeric columns, the best cut of each, Gini impurity or squared error, weights that
 * are whole numbers (a bootstrap's counts). What each step does is told in wasm/assembly/trees.ts; scores are
 * the same as in TwoClassSplitSearch, ClassSplitSearch and MeanSplitSearch, which take all other cases.
 */
import type { FeatureMatrix } from '../../matrix/feature-matrix.js';
import {
  FOUND_BETTER,
  IS_CONSTANT,
  openTreeKernels,
  TREE_KERNEL_MODES,
  type TreeKernels,
} from '../../wasm/tree-kernels.js';
import { BIN_SLOTS, MISSING_BIN, midpoint } from './binned-matrix.js';
import { type CodedMatrix, MISSING_CODE } from './coded-matrix.js';
import type { GrowOptions } from './grow-options.js';
import type { NodeSearch } from './node-search.js';
import { NodeSplit } from './node-split.js';
import type { TreeMemory } from './tree-memory.js';

const MAX_WEIGHT = 65_535;
const MAX_CLASSES = 65_535;
const MOST_DRAWN = 1_000;
/** Sums of weights must fit into 31 bits, and their squares into 63. */
const MAX_WEIGHT_SUM = 2_147_483_647;

/** The training set as the kernels see it. */
export interface KernelInput {
  readonly binned: CodedMatrix;
  readonly options: GrowOptions;
  readonly nClasses: number;
  /** Classes where nClasses > 0, else targets minus `center`. */
  readonly codes: Int32Array;
  readonly targets: Float64Array;
  readonly center: number;
  /** By row. */
  readonly weights: Float64Array;
}

/** Whether options and columns are the common case; the weights are the caller's to check. */
export function kernelsTake(x: FeatureMatrix, options: GrowOptions, nClasses: number): boolean {
  if (options.criterion !== 'gini' && options.criterion !== 'squared_error') return false;
  if (options.splitter !== 'best' || nClasses > MAX_CLASSES) return false;
  return x.features.every((feature) => feature.kind !== 'categorical');
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

export class KernelSearch implements NodeSearch {
  readonly nOutputs: number;
  readonly nRows: number;
  readonly split = new NodeSplit();
  weight = 0;
  impurity = 0;
  isPure = false;
  private start = 0;
  private end = 0;
  private parentScore = 0;
  private ones = 0;
  private sum = 0;
  private readonly mode: number;
  private readonly kernels: TreeKernels;
  private readonly elements: Uint32Array;
  private readonly targetOf: Float64Array;
  private readonly numbers: Float64Array;
  private readonly integers: Int32Array;
  private readonly columns: Float64Array;
  private readonly binned: CodedMatrix;

  /**
   * @param place which of the memory's places is this tree's
   * @param counts by row: how often it was drawn; absent: once
   */
  constructor(
    private readonly input: KernelInput,
    { memory, bins, codes, firstPlace, place: layout }: TreeMemory,
    place: number,
    counts: Uint16Array | undefined,
  ) {
    const { binned, options, nClasses } = input;
    const { buffer } = memory;
    const base = firstPlace + place * layout.nBytes;
    const { nSamples } = binned;
    this.binned = binned;
    this.nOutputs = Math.max(1, nClasses);
    this.mode =
      nClasses === 0
        ? TREE_KERNEL_MODES.numbers
        : nClasses === 2
          ? TREE_KERNEL_MODES.twoClasses
          : TREE_KERNEL_MODES.classes;
    this.elements = new Uint32Array(buffer, base + layout.elements, nSamples * 2);
    this.targetOf = new Float64Array(buffer, base + layout.targets, nClasses === 0 ? nSamples : 0);
    this.numbers = new Float64Array(buffer, base + layout.out, 4);
    this.integers = new Int32Array(buffer, base + layout.out, 8);
    this.columns = new Float64Array(binned.nFeatures);
    for (let j = 0; j < binned.nFeatures; j++) {
      this.columns[j] = this.isCoded(j) ? codes + (binned.codeOffsets[j] as number) * 2 : bins + j * nSamples;
    }
    const { nRows, weightSum } = this.fillElements(this.elements, this.targetOf, counts);
    this.nRows = nRows;
    this.kernels = openTreeKernels(memory);
    this.kernels.configure(
      this.mode,
      nClasses,
      options.minSamplesLeaf,
      options.minWeightFractionLeaf * weightSum,
      base + layout.elements,
      base + layout.targets,
      base + layout.keys,
      base + layout.spare,
      base + layout.digits,
      base + layout.histogram,
      base + layout.totals,
      base + layout.lefts,
      base + layout.out,
    );
  }

  /** @returns the sum of the weights of the rows that were taken */
  private fillElements(
    elements: Uint32Array,
    targetOf: Float64Array,
    counts: Uint16Array | undefined,
  ): { nRows: number; weightSum: number } {
    const { nClasses, codes, targets, weights } = this.input;
    let nRows = 0;
    let weightSum = 0;
    for (let row = 0; row < weights.length; row++) {
      const count = counts === undefined ? 1 : (counts[row] as number);
      if (count === 0) continue;
      const weight = (weights[row] as number) * count;
      if (weight === 0) continue;
      weightSum += weight;
      elements[2 * nRows] = row;
      if (nClasses > 0) {
        elements[2 * nRows + 1] = weight | ((codes[row] as number) << 16);
      } else {
        elements[2 * nRows + 1] = weight;
        targetOf[nRows] = targets[row] as number;
      }
      nRows++;
    }
    return { nRows, weightSum };
  }

  private isCoded(feature: number): boolean {
    return (this.binned.codeOffsets[feature] as number) >= 0;
  }

  openNode(start: number, end: number): void {
    const { numbers, kernels } = this;
    this.start = start;
    this.end = end;
    this.split.clear();
    if (this.mode === TREE_KERNEL_MODES.twoClasses) {
      kernels.openTwo(start, end);
      const weight = numbers[0] as number;
      const ones = numbers[1] as number;
      this.weight = weight;
      this.ones = ones;
      this.isPure = ones === 0 || ones === weight;
      this.parentScore = (ones * ones) / weight;
      this.impurity = this.isPure ? 0 : 2 * (ones - this.parentScore);
    } else if (this.mode === TREE_KERNEL_MODES.classes) {
      kernels.openMany(start, end);
      const weight = numbers[0] as number;
      this.weight = weight;
      this.isPure = (numbers[2] as number) < 2;
      this.parentScore = (numbers[1] as number) / weight;
      this.impurity = this.isPure ? 0 : weight - this.parentScore;
    } else {
      kernels.openNumbers(start, end);
      const sum = numbers[1] as number;
      this.weight = numbers[0] as number;
      this.sum = sum;
      this.isPure = numbers[3] === 1;
      this.parentScore = (sum * sum) / this.weight;
      this.impurity = this.isPure ? 0 : Math.max(0, (numbers[2] as number) - this.parentScore);
    }
  }

  search(feature: number): boolean {
    const { split, binned, integers } = this;
    const isCoded = this.isCoded(feature);
    const answer = this.kernels.search(
      this.columns[feature] as number,
      isCoded ? 1 : 0,
      binned.nBins[feature] as number,
      split.score,
    );
    if (answer === IS_CONSTANT) return false;
    if (answer !== FOUND_BETTER) return true;
    const score = this.numbers[0] as number;
    const left = integers[2] as number;
    const right = integers[3] as number;
    const missingRight = integers[4] as number;
    split.feature = feature;
    split.score = score;
    split.gain = (this.mode === TREE_KERNEL_MODES.twoClasses ? 2 : 1) * (score - this.parentScore);
    split.isCategorical = false;
    split.isCoded = isCoded;
    split.sawMissing = missingRight >= 0;
    split.missingGoesRight = missingRight === 1;
    split.lastLeftBin = left;
    if (right < 0) {
      split.lastLeftBin = (isCoded ? MISSING_CODE : MISSING_BIN) - 1;
      split.threshold = Number.POSITIVE_INFINITY;
      return true;
    }
    const lower = isCoded ? binned.codeLower : binned.lower;
    const upper = isCoded ? binned.codeUpper : binned.upper;
    const base = isCoded ? (binned.valueOffsets[feature] as number) : feature * BIN_SLOTS;
    split.threshold = midpoint(upper[base + left] as number, lower[base + right] as number);
    return true;
  }

  divide(split: NodeSplit, start: number, end: number): number {
    return this.kernels.divide(
      this.columns[split.feature] as number,
      split.isCoded ? 1 : 0,
      start,
      end,
      split.lastLeftBin,
      split.missingGoesRight ? 1 : 0,
    );
  }

  leafClass(): number {
    return this.isPure && this.mode !== TREE_KERNEL_MODES.numbers
      ? (this.elements[2 * this.start + 1] as number) >>> 16
      : -1;
  }

  writeLeaf(values: Float64Array, offset: number): void {
    const { elements, start, end, weight } = this;
    if (this.mode === TREE_KERNEL_MODES.numbers) {
      // A pure leaf gives its target itself, not a quotient that rounding has touched.
      const centered = this.isPure ? (this.targetOf[start] as number) : this.sum / weight;
      values[offset] = centered + this.input.center;
      return;
    }
    if (this.mode === TREE_KERNEL_MODES.twoClasses) {
      values[offset] = (weight - this.ones) / weight;
      values[offset + 1] = this.ones / weight;
      return;
    }
    values.fill(0, offset, offset + this.nOutputs);
    for (let k = start; k < end; k++) {
      const word = elements[2 * k + 1] as number;
      const at = offset + (word >>> 16);
      values[at] = (values[at] as number) + (word & MAX_WEIGHT);
    }
    for (let c = offset; c < offset + this.nOutputs; c++) values[c] = (values[c] as number) / weight;
  }
}
