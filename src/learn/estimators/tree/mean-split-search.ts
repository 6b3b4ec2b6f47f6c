/**
 * Splits for regression by squared error. With s the sum of weighted targets and w the weight of a side, the best
 * cut maximises s^2 / w of the left plus the same of the right; weight times variance falls by just the
 * difference to the parent's. (The criterion of Friedman 2001, equation 35, ranks cuts in the same order.)
 *
 * The histogram holds (weight, weighted target) by bin, side by side. Targets are centred on the mean of all rows
 * before, so that a target like 1e9 +- 1 keeps its digits when sums are squared.
 */
import type { Bins, FeatureValues } from '../../matrix/number-types.js';
import type { Random } from '../../random.js';
import { BIN_SLOTS, MISSING_BIN } from './binned-matrix.js';
import type { CodedMatrix } from './coded-matrix.js';
import type { GrowOptions } from './grow-options.js';
import { partitionWithTwo } from './partition.js';
import { SplitSearch } from './split-search.js';

/** From this many rows on it is cheaper to look at every bin than to note which occur. */
const MANY_ROWS = 192;

export class MeanSplitSearch extends SplitSearch {
  readonly nOutputs = 1;
  protected sum = 0;
  protected parentScore = 0;
  /** By position: weight and target of each row. */
  protected readonly weightOf: Float64Array;
  private readonly spareWeight: Float64Array;
  protected readonly targetOf: Float64Array;
  private readonly spareTarget: Float64Array;
  protected readonly histogram = new Float64Array(BIN_SLOTS * 2);

  /**
   * @param targets length nSamples, minus `center`
   * @param weights length nSamples; > 0 for the rows that are opened
   */
  constructor(
    binned: CodedMatrix,
    options: GrowOptions,
    random: Random,
    rows: Uint32Array,
    targets: FeatureValues,
    private readonly center: number,
    weights: Float64Array,
  ) {
    super(binned, options, random, rows);
    this.limitWeight(weights);
    this.weightOf = new Float64Array(rows.length);
    this.spareWeight = new Float64Array(rows.length);
    this.targetOf = new Float64Array(rows.length);
    this.spareTarget = new Float64Array(rows.length);
    for (let k = 0; k < rows.length; k++) {
      this.weightOf[k] = weights[rows[k] as number] as number;
      this.targetOf[k] = targets[rows[k] as number] as number;
    }
  }

  openNode(start: number, end: number): void {
    const { weightOf, targetOf } = this;
    const first = targetOf[start] as number;
    let isPure = true;
    let weightSum = 0;
    let sum = 0;
    let squares = 0;
    for (let k = start; k < end; k++) {
      const weight = weightOf[k] as number;
      const target = targetOf[k] as number;
      const weighted = weight * target;
      weightSum += weight;
      sum += weighted;
      squares += weighted * target;
      if (target !== first) isPure = false;
    }
    this.start = start;
    this.end = end;
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
    const centered = this.isPure ? (this.targetOf[this.start] as number) : this.sum / this.weight;
    values[offset] = centered + this.center;
  }

  moveRows(bins: Bins, base: number, side: Uint8Array, start: number, end: number): number {
    const { rows, spareRows, weightOf, spareWeight, targetOf, spareTarget } = this;
    return partitionWithTwo(
      bins,
      base,
      side,
      start,
      end,
      rows,
      spareRows,
      weightOf,
      spareWeight,
      targetOf,
      spareTarget,
    );
  }

  protected gainOf(score: number): number {
    return score - this.parentScore;
  }

  protected override searchRows(feature: number): boolean {
    const isCommon =
      (this.binned.nCategories[feature] as number) === 0 &&
      this.options.splitter === 'best' &&
      !this.countsRows;
    if (!isCommon) return super.searchRows(feature);
    return this.end - this.start >= MANY_ROWS ? this.searchBins(feature) : this.searchOccupied(feature);
  }

  /** Notes which bins occur while it counts, and looks only at these. */
  private searchOccupied(feature: number): boolean {
    this.fill();
    const { occupied, histogram, weight, sum } = this;
    if ((occupied[7] as number) < 0) return this.searchFilled(feature, false);
    let best = this.split.score;
    let bestLeft = -1;
    let bestRight = -1;
    let leftWeight = 0;
    let leftSum = 0;
    let previous = -1;
    let nOccupied = 0;
    for (let word = 0; word < 8; word++) {
      let bits = occupied[word] as number;
      if (bits === 0) continue;
      occupied[word] = 0;
      const top = (word << 5) + 31;
      while (bits !== 0) {
        const bin = top - Math.clz32(bits & -bits);
        bits &= bits - 1;
        if (previous >= 0) {
          const rightSum = sum - leftSum;
          const score = (leftSum * leftSum) / leftWeight + (rightSum * rightSum) / (weight - leftWeight);
          if (score > best) {
            best = score;
            bestLeft = previous;
            bestRight = bin;
          }
        }
        const cell = bin << 1;
        leftWeight += histogram[cell] as number;
        leftSum += histogram[cell + 1] as number;
        histogram[cell] = 0;
        histogram[cell + 1] = 0;
        previous = bin;
        nOccupied++;
      }
    }
    if (bestLeft >= 0) this.recordCut(feature, best, bestLeft, bestRight);
    return nOccupied > 1;
  }

  /** Counts without noting which bins occur, and looks at all of them. */
  private searchBins(feature: number): boolean {
    const { rows, start, end, weightOf, targetOf, histogram } = this;
    const { columnBins: bins, columnBase: base } = this;
    for (let k = start; k < end; k++) {
      const cell = (bins[base + (rows[k] as number)] as number) << 1;
      const weight = weightOf[k] as number;
      histogram[cell] = (histogram[cell] as number) + weight;
      histogram[cell + 1] = (histogram[cell + 1] as number) + weight * (targetOf[k] as number);
    }
    if (histogram[MISSING_BIN * 2] !== 0) {
      for (let bin = 0; bin < BIN_SLOTS; bin++) if (histogram[bin * 2] !== 0) this.noteBin(bin);
      return this.searchFilled(feature, false);
    }
    const { weight, sum } = this;
    const nCells = this.nColumnBins * 2;
    let best = this.split.score;
    let bestLeft = -1;
    let bestRight = -1;
    let leftWeight = 0;
    let leftSum = 0;
    let previous = -1;
    let nOccupied = 0;
    for (let cell = 0; cell < nCells; cell += 2) {
      const inBin = histogram[cell] as number;
      if (inBin === 0) continue;
      if (previous >= 0) {
        const rightSum = sum - leftSum;
        const score = (leftSum * leftSum) / leftWeight + (rightSum * rightSum) / (weight - leftWeight);
        if (score > best) {
          best = score;
          bestLeft = previous;
          bestRight = cell;
        }
      }
      leftWeight += inBin;
      leftSum += histogram[cell + 1] as number;
      histogram[cell] = 0;
      histogram[cell + 1] = 0;
      previous = cell;
      nOccupied++;
    }
    if (bestLeft >= 0) this.recordCut(feature, best, bestLeft >> 1, bestRight >> 1);
    return nOccupied > 1;
  }

  protected fill(): void {
    const { rows, start, end, weightOf, targetOf, occupied, histogram, rowsInBin } = this;
    const { columnBins: bins, columnBase: base } = this;
    for (let k = start; k < end; k++) {
      const bin = bins[base + (rows[k] as number)] as number;
      const cell = bin << 1;
      const weight = weightOf[k] as number;
      histogram[cell] = (histogram[cell] as number) + weight;
      histogram[cell + 1] = (histogram[cell + 1] as number) + weight * (targetOf[k] as number);
      occupied[bin >>> 5] = (occupied[bin >>> 5] as number) | (1 << bin);
    }
    if (this.countsRows) {
      for (let k = start; k < end; k++) {
        const bin = bins[base + (rows[k] as number)] as number;
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
    const { order, histogram, countsRows, rowsInBin, weight, sum } = this;
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
        if (!this.isAllowed(rowsLeft, leftWeight)) continue;
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
