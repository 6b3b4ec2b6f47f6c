/**
 * Splits for regression by squared error. With s the sum of weighted targets and w the weight of a side, the best
 * cut maximises s^2 / w of the left plus the same of the right; weight times variance falls by just the
 * difference to the parent's. (The criterion of Friedman 2001, equation 35, ranks cuts in the same order.)
 *
 * The histogram holds (weight, weighted target) by bin, side by side. Targets are centred on the mean of all rows
 * before, so that a target like 1e9 +- 1 keeps its digits when sums are squared.
 */
import type { FeatureValues } from '../../matrix/number-types.js';
import type { Random } from '../../random.js';
import { BIN_SLOTS, type BinnedMatrix, MISSING_BIN } from './binned-matrix.js';
import type { GrowOptions } from './grow-options.js';
import { SplitSearch } from './split-search.js';

export class MeanSplitSearch extends SplitSearch {
  readonly nOutputs = 1;
  private sum = 0;
  private parentScore = 0;
  /** Scratch: the open node's weights and weighted targets, by position in the node. */
  private readonly weightOf: Float64Array;
  private readonly weightedOf: Float64Array;
  private readonly histogram = new Float64Array(BIN_SLOTS * 2);
  private rows: Uint32Array = new Uint32Array(0);
  private start = 0;

  /**
   * @param targets length nSamples, minus `center`
   * @param weights length nSamples; > 0 for the rows that are opened
   */
  constructor(
    binned: BinnedMatrix,
    options: GrowOptions,
    random: Random,
    private readonly targets: FeatureValues,
    private readonly center: number,
    private readonly weights: Float64Array,
  ) {
    super(binned, options, random);
    this.weightOf = new Float64Array(binned.nSamples);
    this.weightedOf = new Float64Array(binned.nSamples);
  }

  openNode(rows: Uint32Array, start: number, end: number): void {
    const { targets, weights, weightOf, weightedOf } = this;
    const n = end - start;
    const first = targets[rows[start] as number] as number;
    let isPure = true;
    let weightSum = 0;
    let sum = 0;
    let squares = 0;
    for (let k = 0; k < n; k++) {
      const row = rows[start + k] as number;
      const weight = weights[row] as number;
      const target = targets[row] as number;
      const weighted = weight * target;
      weightOf[k] = weight;
      weightedOf[k] = weighted;
      weightSum += weight;
      sum += weighted;
      squares += weighted * target;
      if (target !== first) isPure = false;
    }
    this.rows = rows;
    this.start = start;
    this.nRows = n;
    this.weight = weightSum;
    this.sum = sum;
    this.isPure = isPure;
    this.parentScore = (sum * sum) / weightSum;
    this.impurity = isPure ? 0 : Math.max(0, squares - this.parentScore);
    this.split.clear();
  }

  leafClass(): number {
    return -1;
  }

  writeLeaf(values: Float64Array, offset: number): void {
    // A pure leaf gives its target itself, not a quotient that rounding has touched.
    const centered = this.isPure
      ? (this.targets[this.rows[this.start] as number] as number)
      : this.sum / this.weight;
    values[offset] = centered + this.center;
  }

  protected gainOf(score: number): number {
    return score - this.parentScore;
  }

  protected fill(feature: number): void {
    const { rows, start, nRows, weightOf, weightedOf, occupied, histogram, rowsInBin } = this;
    const bins = this.binned.bins;
    const base = feature * this.binned.nSamples;
    for (let k = 0; k < nRows; k++) {
      const bin = bins[base + (rows[start + k] as number)] as number;
      const cell = bin << 1;
      histogram[cell] = (histogram[cell] as number) + (weightOf[k] as number);
      histogram[cell + 1] = (histogram[cell + 1] as number) + (weightedOf[k] as number);
      occupied[bin >>> 5] = (occupied[bin >>> 5] as number) | (1 << bin);
    }
    if (this.countsRows) {
      for (let k = 0; k < nRows; k++) {
        const bin = bins[base + (rows[start + k] as number)] as number;
        rowsInBin[bin] = (rowsInBin[bin] as number) + 1;
      }
    }
  }

  protected rankCategories(): void {
    const { order, nOccupied, keys, histogram } = this;
    for (let p = 0; p < nOccupied; p++) {
      const bin = order[p] as number;
      keys[bin] = (histogram[bin * 2 + 1] as number) / (histogram[bin * 2] as number);
    }
  }

  protected clear(): void {
    const { order, nOccupied, histogram } = this;
    for (let p = 0; p < nOccupied; p++) {
      const cell = (order[p] as number) * 2;
      histogram[cell] = 0;
      histogram[cell + 1] = 0;
    }
    histogram[MISSING_BIN * 2] = 0;
    histogram[MISSING_BIN * 2 + 1] = 0;
  }

  protected scan(from: number, to: number, missingLeft: boolean, floor: number): number {
    const { order, histogram, countsRows, rowsInBin, nRows, weight, sum } = this;
    const { minSamplesLeaf } = this.options;
    let leftWeight = missingLeft ? (histogram[MISSING_BIN * 2] as number) : 0;
    let leftSum = missingLeft ? (histogram[MISSING_BIN * 2 + 1] as number) : 0;
    let rowsLeft = missingLeft ? (rowsInBin[MISSING_BIN] as number) : 0;
    let best = floor;
    let bestAt = -1;
    for (let p = 0; p <= to; p++) {
      const bin = order[p] as number;
      leftWeight += histogram[bin * 2] as number;
      leftSum += histogram[bin * 2 + 1] as number;
      if (countsRows) {
        rowsLeft += rowsInBin[bin] as number;
        if (rowsLeft < minSamplesLeaf || nRows - rowsLeft < minSamplesLeaf) continue;
      }
      const rightSum = sum - leftSum;
      const score = (leftSum * leftSum) / leftWeight + (rightSum * rightSum) / (weight - leftWeight);
      if (score > best && p >= from) {
        best = score;
        bestAt = p;
      }
    }
    this.foundScore = best;
    return bestAt;
  }
}
