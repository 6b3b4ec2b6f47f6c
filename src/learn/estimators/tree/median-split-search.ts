/**
 * Splits for regression by absolute error: the cost of a side is the sum of weighted distances to its weighted
 * median, so the best cut has the least cost on both sides together.
 *
 * The node's targets are ranked once. A Fenwick tree (Fenwick 1994) over the ranks holds weights and weighted
 * targets; rows join it bin by bin, and after each bin a descent finds the median and with it the cost. One pass
 * from the left gives the costs of all left sides, one from the right those of all right sides: O(n log n) a
 * feature, where squared error needs O(n).
 */
import type { Bins, FeatureValues } from '../../matrix/number-types.js';
import type { Random } from '../../random.js';
import { BIN_SLOTS, MISSING_BIN } from './binned-matrix.js';
import type { CodedMatrix } from './coded-matrix.js';
import type { GrowOptions } from './grow-options.js';
import { partitionRows } from './partition.js';
import { SplitSearch } from './split-search.js';

export class MedianSplitSearch extends SplitSearch {
  readonly nOutputs = 1;
  private readonly weightOf: Float64Array;
  private readonly rankOf: Int32Array;
  /** Scratch: the open node's distinct targets, ascending; `nRanks` of them. */
  private readonly ranked: Float64Array;
  private nRanks = 0;
  /** Scratch: the Fenwick tree, 1-based. */
  private readonly weightTree: Float64Array;
  private readonly sumTree: Float64Array;
  private treeWeight = 0;
  private treeSum = 0;
  private readonly head = new Int32Array(BIN_SLOTS).fill(-1);
  private readonly next: Int32Array;
  private readonly cost = new Float64Array(BIN_SLOTS);
  private nOpened = 0;
  private median = 0;

  /** @param targets length nSamples, minus `center` */
  constructor(
    binned: CodedMatrix,
    options: GrowOptions,
    random: Random,
    rows: Uint32Array,
    private readonly targets: FeatureValues,
    private readonly center: number,
    private readonly weights: Float64Array,
  ) {
    super(binned, options, random, rows);
    this.limitWeight(weights);
    const n = rows.length;
    this.weightOf = new Float64Array(n);
    this.rankOf = new Int32Array(n);
    this.ranked = new Float64Array(n);
    this.weightTree = new Float64Array(n + 1);
    this.sumTree = new Float64Array(n + 1);
    this.next = new Int32Array(n);
  }

  openNode(start: number, end: number): void {
    const { rows, targets, weights, weightOf, ranked, rankOf } = this;
    const n = end - start;
    for (let k = 0; k < n; k++) {
      const row = rows[start + k] as number;
      weightOf[k] = weights[row] as number;
      ranked[k] = targets[row] as number;
    }
    ranked.subarray(0, n).sort();
    let nRanks = 0;
    for (let k = 0; k < n; k++) {
      if (k === 0 || ranked[k] !== ranked[nRanks - 1]) ranked[nRanks++] = ranked[k] as number;
    }
    for (let k = 0; k < n; k++) {
      const target = targets[rows[start + k] as number] as number;
      let low = 0;
      let high = nRanks - 1;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((ranked[middle] as number) < target) low = middle + 1;
        else high = middle;
      }
      rankOf[k] = low;
    }
    this.start = start;
    this.end = end;
    this.nOpened = n;
    this.nRanks = nRanks;
    this.isPure = nRanks === 1;
    this.emptyTree();
    for (let k = 0; k < n; k++) this.insert(k);
    this.impurity = this.isPure ? 0 : this.treeCost();
    this.weight = this.treeWeight;
    this.median = this.treeMedian();
    this.split.clear();
  }

  leafClass(): number {
    return -1;
  }

  writeLeaf(values: Float64Array, offset: number): void {
    values[offset] = this.median + this.center;
  }

  moveRows(bins: Bins, base: number, side: Uint8Array, start: number, end: number): number {
    const { rows, spareRows } = this;
    return partitionRows(bins, base, side, start, end, rows, spareRows);
  }

  protected gainOf(score: number): number {
    return this.impurity + score;
  }

  protected fill(): void {
    const { rows, start, nOpened, head, next, occupied, rowsInBin, countsRows } = this;
    const { columnBins: bins, columnBase: base } = this;
    for (let k = 0; k < nOpened; k++) {
      const bin = bins[base + (rows[start + k] as number)] as number;
      next[k] = head[bin] as number;
      head[bin] = k;
      occupied[bin >>> 5] = (occupied[bin >>> 5] as number) | (1 << bin);
      if (countsRows) rowsInBin[bin] = (rowsInBin[bin] as number) + 1;
    }
  }

  protected clear(): void {
    for (let p = 0; p < this.nOccupied; p++) this.head[this.order[p] as number] = -1;
    this.head[MISSING_BIN] = -1;
  }

  /** By the mean target: the order by medians is no better founded, and the mean needs no sorting. */
  protected rankCategories(): void {
    const { order, nOccupied, head, next, keys, weightOf, rankOf, ranked } = this;
    for (let p = 0; p < nOccupied; p++) {
      const bin = order[p] as number;
      let weight = 0;
      let sum = 0;
      for (let k = head[bin] as number; k >= 0; k = next[k] as number) {
        weight += weightOf[k] as number;
        sum += (weightOf[k] as number) * (ranked[rankOf[k] as number] as number);
      }
      keys[bin] = sum / weight;
    }
  }

  protected scan(from: number, to: number, missingLeft: boolean, floor: number): number {
    const { order, nOccupied, cost, countsRows, rowsInBin } = this;
    this.emptyTree();
    if (this.hasMissing && !missingLeft) this.insertBin(MISSING_BIN);
    for (let p = nOccupied - 1; p >= from; p--) {
      cost[p] = this.treeCost();
      this.insertBin(order[p] as number);
    }
    this.emptyTree();
    if (missingLeft) this.insertBin(MISSING_BIN);
    let rowsLeft = missingLeft ? (rowsInBin[MISSING_BIN] as number) : 0;
    let best = floor;
    let bestAt = -1;
    for (let p = 0; p <= to; p++) {
      const bin = order[p] as number;
      this.insertBin(bin);
      rowsLeft += rowsInBin[bin] as number;
      if (countsRows && !this.isAllowed(rowsLeft, this.treeWeight)) continue;
      if (p < from) continue;
      const score = -(this.treeCost() + (cost[p] as number));
      if (score > best) {
        best = score;
        bestAt = p;
      }
    }
    this.foundScore = best;
    return bestAt;
  }

  private insertBin(bin: number): void {
    for (let k = this.head[bin] as number; k >= 0; k = this.next[k] as number) this.insert(k);
  }

  private emptyTree(): void {
    this.weightTree.fill(0, 0, this.nRanks + 1);
    this.sumTree.fill(0, 0, this.nRanks + 1);
    this.treeWeight = 0;
    this.treeSum = 0;
  }

  private insert(k: number): void {
    const { weightTree, sumTree, nRanks } = this;
    const rank = this.rankOf[k] as number;
    const weight = this.weightOf[k] as number;
    const weighted = weight * (this.ranked[rank] as number);
    for (let at = rank + 1; at <= nRanks; at += at & -at) {
      weightTree[at] = (weightTree[at] as number) + weight;
      sumTree[at] = (sumTree[at] as number) + weighted;
    }
    this.treeWeight += weight;
    this.treeSum += weighted;
  }

  private weightBelow = 0;
  private sumBelow = 0;

  /** The rank at which half of the weight is reached; what lies below it is left in the two fields. */
  private medianRank(): number {
    const { weightTree, sumTree, nRanks } = this;
    const half = this.treeWeight / 2;
    let at = 0;
    let weightBelow = 0;
    let sumBelow = 0;
    for (let step = 1 << (31 - Math.clz32(nRanks)); step > 0; step >>>= 1) {
      const probe = at + step;
      if (probe <= nRanks && weightBelow + (weightTree[probe] as number) < half) {
        at = probe;
        weightBelow += weightTree[probe] as number;
        sumBelow += sumTree[probe] as number;
      }
    }
    this.weightBelow = weightBelow;
    this.sumBelow = sumBelow;
    return Math.min(at, nRanks - 1);
  }

  /** Sum of weighted distances to the weighted median of the rows in the tree. */
  private treeCost(): number {
    if (this.treeWeight === 0) return 0;
    const median = this.ranked[this.medianRank()] as number;
    const { weightBelow, sumBelow, treeWeight, treeSum } = this;
    return median * weightBelow - sumBelow + (treeSum - sumBelow) - median * (treeWeight - weightBelow);
  }

  /** The weighted median; the middle of two targets when exactly half of the weight lies on each side. */
  private treeMedian(): number {
    const rank = this.medianRank();
    const { rankOf, weightOf, nOpened, ranked } = this;
    let weightUpTo = this.weightBelow;
    for (let k = 0; k < nOpened; k++) if (rankOf[k] === rank) weightUpTo += weightOf[k] as number;
    const median = ranked[rank] as number;
    if (weightUpTo !== this.treeWeight / 2 || rank + 1 >= this.nRanks) return median;
    return median * 0.5 + (ranked[rank + 1] as number) * 0.5;
  }
}
