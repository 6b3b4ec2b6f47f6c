/**
 * The common case made fast: two classes, Gini impurity, whole-number weights (a bootstrap's counts), one row
 * enough for a leaf.
 *
 * With two classes the Gini score is, up to constants, q^2 / w of the left plus the same of the right, with w a
 * side's weight and q the weight of class 1 in it. A row's share in both sums is one double: weight + 2^26 times
 * its weight in class 1. Such numbers add exactly while the sum of weights stays below 2^26, so a histogram has one
 * cell a bin, and counting a row is one load, one addition and one store.
 */
import type { Bins, Codes } from '../../matrix/number-types.js';
import type { Random } from '../../random.js';
import { BIN_SLOTS, MISSING_BIN } from './binned-matrix.js';
import type { CodedMatrix } from './coded-matrix.js';
import type { GrowOptions } from './grow-options.js';
import { partitionWithOne } from './partition.js';
import { SplitSearch } from './split-search.js';

const CLASS_UNIT = 67_108_864;
/** From this many rows on it is cheaper to look at every bin than to note which occur. */
const MANY_ROWS = 192;

export class TwoClassSplitSearch extends SplitSearch {
  readonly nOutputs = 2;
  /** By position: the packed share of each row. */
  private readonly packed: Float64Array;
  private readonly sparePacked: Float64Array;
  /** By a node's first position: the sum of its shares, for the root and for all nodes that a division made. */
  private readonly totals: Float64Array;
  private readonly rightSum = new Float64Array(1);
  /** The second half is for every other row of a big node, empty otherwise. */
  private readonly histogram = new Float64Array(BIN_SLOTS * 2);
  private inClass1 = 0;
  private parentScore = 0;

  /** Whether these weights and options are the common case. */
  static fits(weights: Float64Array, nClasses: number, options: GrowOptions): boolean {
    if (nClasses !== 2 || options.criterion !== 'gini') return false;
    if (options.minSamplesLeaf !== 1 || options.minWeightFractionLeaf > 0 || options.splitter !== 'best')
      return false;
    let sum = 0;
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i] as number;
      if (weight !== Math.floor(weight)) return false;
      sum += weight;
    }
    return sum < CLASS_UNIT;
  }

  constructor(
    binned: CodedMatrix,
    options: GrowOptions,
    random: Random,
    rows: Uint32Array,
    codes: Codes,
    weights: Float64Array,
  ) {
    super(binned, options, random, rows);
    this.packed = new Float64Array(rows.length);
    this.sparePacked = new Float64Array(rows.length);
    this.totals = new Float64Array(rows.length + 1);
    let total = 0;
    for (let k = 0; k < rows.length; k++) {
      const row = rows[k] as number;
      const share = (weights[row] as number) * (1 + CLASS_UNIT * (codes[row] as number));
      this.packed[k] = share;
      total += share;
    }
    this.totals[0] = total;
  }

  openNode(start: number, end: number): void {
    const total = this.totals[start] as number;
    const inClass1 = Math.floor(total / CLASS_UNIT);
    const weight = total - inClass1 * CLASS_UNIT;
    this.start = start;
    this.end = end;
    this.weight = weight;
    this.inClass1 = inClass1;
    this.isPure = inClass1 === 0 || inClass1 === weight;
    this.parentScore = (inClass1 * inClass1) / weight;
    this.impurity = this.isPure ? 0 : 2 * (inClass1 - this.parentScore);
    this.split.clear();
  }

  leafClass(): number {
    return this.isPure ? (this.inClass1 === 0 ? 0 : 1) : -1;
  }

  writeLeaf(values: Float64Array, offset: number): void {
    values[offset] = (this.weight - this.inClass1) / this.weight;
    values[offset + 1] = this.inClass1 / this.weight;
  }

  moveRows(bins: Bins, base: number, side: Uint8Array, start: number, end: number): number {
    const { rows, spareRows, packed, sparePacked, totals, rightSum } = this;
    const middle = partitionWithOne(
      bins,
      base,
      side,
      start,
      end,
      rows,
      spareRows,
      packed,
      sparePacked,
      rightSum,
    );
    const right = rightSum[0] as number;
    totals[start] = (totals[start] as number) - right;
    totals[middle] = right;
    return middle;
  }

  protected gainOf(score: number): number {
    return 2 * (score - this.parentScore);
  }

  protected override searchRows(feature: number): boolean {
    if ((this.binned.nCategories[feature] as number) > 0) return super.searchRows(feature);
    const nBins = this.nColumnBins;
    return this.end - this.start >= MANY_ROWS
      ? this.searchBins(feature, nBins)
      : this.searchOccupied(feature);
  }

  /**
   * Counts without noting which bins occur, and looks at all of them. Rows take turns between two histograms: where most
   * rows have the same value, each addition to its cell would else wait for the one before.
   */
  private searchBins(feature: number, nBins: number): boolean {
    const { rows, packed, histogram, start, end } = this;
    const { columnBins: bins, columnBase: base } = this;
    const endOfPairs = end - 1;
    let k = start;
    for (; k < endOfPairs; k += 2) {
      const bin = bins[base + (rows[k] as number)] as number;
      const other = BIN_SLOTS + (bins[base + (rows[k + 1] as number)] as number);
      histogram[bin] = (histogram[bin] as number) + (packed[k] as number);
      histogram[other] = (histogram[other] as number) + (packed[k + 1] as number);
    }
    if (k < end) {
      const bin = bins[base + (rows[k] as number)] as number;
      histogram[bin] = (histogram[bin] as number) + (packed[k] as number);
    }
    if ((histogram[MISSING_BIN] as number) + (histogram[BIN_SLOTS + MISSING_BIN] as number) !== 0) {
      for (let bin = 0; bin < BIN_SLOTS; bin++) {
        histogram[bin] = (histogram[bin] as number) + (histogram[BIN_SLOTS + bin] as number);
        histogram[BIN_SLOTS + bin] = 0;
        if (histogram[bin] !== 0) this.noteBin(bin);
      }
      return this.searchFilled(feature, false);
    }
    const { weight, inClass1 } = this;
    let best = this.split.score;
    let bestLeft = -1;
    let bestRight = -1;
    let left = 0;
    let previous = -1;
    let nOccupied = 0;
    for (let bin = 0; bin < nBins; bin++) {
      const cell = (histogram[bin] as number) + (histogram[BIN_SLOTS + bin] as number);
      if (cell === 0) continue;
      histogram[bin] = 0;
      histogram[BIN_SLOTS + bin] = 0;
      if (previous >= 0) {
        const left1 = Math.floor(left / CLASS_UNIT);
        const leftWeight = left - left1 * CLASS_UNIT;
        const right1 = inClass1 - left1;
        const score = (left1 * left1) / leftWeight + (right1 * right1) / (weight - leftWeight);
        if (score > best) {
          best = score;
          bestLeft = previous;
          bestRight = bin;
        }
      }
      left += cell;
      previous = bin;
      nOccupied++;
    }
    if (bestLeft >= 0) this.recordCut(feature, best, bestLeft, bestRight);
    return nOccupied > 1;
  }

  /** Notes which bins occur while it counts, and looks only at these. */
  private searchOccupied(feature: number): boolean {
    this.fill();
    const { occupied, histogram, weight, inClass1 } = this;
    if ((occupied[7] as number) < 0) return this.searchFilled(feature, false);
    let best = this.split.score;
    let bestLeft = -1;
    let bestRight = -1;
    let left = 0;
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
          const left1 = Math.floor(left / CLASS_UNIT);
          const leftWeight = left - left1 * CLASS_UNIT;
          const right1 = inClass1 - left1;
          const score = (left1 * left1) / leftWeight + (right1 * right1) / (weight - leftWeight);
          if (score > best) {
            best = score;
            bestLeft = previous;
            bestRight = bin;
          }
        }
        left += histogram[bin] as number;
        histogram[bin] = 0;
        previous = bin;
        nOccupied++;
      }
    }
    if (bestLeft >= 0) this.recordCut(feature, best, bestLeft, bestRight);
    return nOccupied > 1;
  }

  protected fill(): void {
    const { rows, packed, histogram, occupied, start, end } = this;
    const { columnBins: bins, columnBase: base } = this;
    for (let k = start; k < end; k++) {
      const bin = bins[base + (rows[k] as number)] as number;
      histogram[bin] = (histogram[bin] as number) + (packed[k] as number);
      occupied[bin >>> 5] = (occupied[bin >>> 5] as number) | (1 << bin);
    }
  }

  protected clear(): void {
    for (let p = 0; p < this.nOccupied; p++) this.histogram[this.order[p] as number] = 0;
    this.histogram[MISSING_BIN] = 0;
  }

  protected rankCategories(): void {
    const { order, nOccupied, keys, histogram } = this;
    for (let p = 0; p < nOccupied; p++) {
      const cell = histogram[order[p] as number] as number;
      const cell1 = Math.floor(cell / CLASS_UNIT);
      keys[order[p] as number] = cell1 / (cell - cell1 * CLASS_UNIT);
    }
  }

  protected scan(_from: number, to: number, missingLeft: boolean, floor: number): number {
    const { order, histogram, weight, inClass1 } = this;
    let left = missingLeft ? (histogram[MISSING_BIN] as number) : 0;
    let best = floor;
    let bestAt = -1;
    for (let p = 0; p <= to; p++) {
      left += histogram[order[p] as number] as number;
      const left1 = Math.floor(left / CLASS_UNIT);
      const leftWeight = left - left1 * CLASS_UNIT;
      const right1 = inClass1 - left1;
      const score = (left1 * left1) / leftWeight + (right1 * right1) / (weight - leftWeight);
      if (score > best) {
        best = score;
        bestAt = p;
      }
    }
    this.foundScore = best;
    return bestAt;
  }
}
