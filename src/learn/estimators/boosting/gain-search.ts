/**
 * Histograms of gradients and the splits they allow (Friedman 2001; Chen and Guestrin 2016, doi 10.1145/2939672.2939785).
 * A node's rows add their gradient G, hessian H and count to a cell a bin; a side is worth G^2 / (H + l2), and a split
 * gains what its sides are worth beyond their parent. Of two siblings only the smaller one is counted; the
 * other is the parent's histogram minus it.
 *
 * A thread owns some of the features and their part of every histogram. Each feature is summed by one thread in the
 * order of the rows, so the sums are the same however many threads there are.
 */
import { BIN_SLOTS, type BinnedMatrix, MISSING_BIN, midpoint } from '../tree/binned-matrix.js';
import { NodeSplit } from '../tree/node-split.js';
import { addRows, CELL, type HistogramColumns } from './histogram-kernels.js';

/** Rows that go through all features before the next: what is gathered of them stays in the cache. */
const ROWS_PER_BLOCK = 1024;
const MIN_HESSIAN = 1e-3;
/** Categories with less weight than this go right: their mean gradient is noise. */
const MIN_CATEGORY_SUPPORT = 10;
const CATEGORY_SMOOTHING = 10;

export interface GainOptions {
  readonly minSamplesLeaf: number;
  readonly l2Regularization: number;
  /** By feature: 1 rising, -1 falling, 0 free. */
  readonly monotonic: Int8Array;
}

/** A node as the search needs it: its sums, its own value, and the bounds that monotonic ancestors set. */
export interface NodeSums {
  readonly gradient: number;
  readonly hessian: number;
  readonly count: number;
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
}

/** A split and the sums of its left side. */
export class GainSplit extends NodeSplit {
  leftGradient = 0;
  leftHessian = 0;
  leftCount = 0;

  override copyFrom(other: GainSplit): void {
    super.copyFrom(other);
    this.leftGradient = other.leftGradient;
    this.leftHessian = other.leftHessian;
    this.leftCount = other.leftCount;
  }
}

export class GainSearch {
  readonly histogramLength: number;
  private readonly order = new Int32Array(BIN_SLOTS);
  private readonly keys = new Float64Array(BIN_SLOTS);
  private readonly columns: HistogramColumns;
  /** By owned feature: whether its histogram has a cell for missing values. */
  private readonly hasMissingCell: Uint8Array;
  /** Scratch: gradient and hessian of a block of rows, side by side. */
  private readonly nodeSums: Float64Array;

  /** @param features the features that this thread owns */
  constructor(
    private readonly binned: BinnedMatrix,
    private readonly options: GainOptions,
    private readonly features: readonly number[],
  ) {
    const { bins, nSamples, nBins } = binned;
    const offsets = new Int32Array(features.length);
    this.hasMissingCell = new Uint8Array(features.length);
    let length = 0;
    features.forEach((feature, f) => {
      const hasMissing = bins.subarray(feature * nSamples, (feature + 1) * nSamples).includes(MISSING_BIN);
      this.hasMissingCell[f] = hasMissing ? 1 : 0;
      offsets[f] = length;
      length += CELL * (hasMissing ? BIN_SLOTS : (nBins[feature] as number));
    });
    this.histogramLength = length;
    this.columns = { bins, bases: Float64Array.from(features, (feature) => feature * nSamples), offsets };
    this.nodeSums = new Float64Array(ROWS_PER_BLOCK * 2);
  }

  /**
   * Counts rows[start..end) into the histogram.
   * @param poll called before each block of rows; ends the work by throwing
   */
  build(
    histogram: Float64Array,
    rows: Uint32Array,
    start: number,
    end: number,
    gradients: Float32Array,
    hessians: Float32Array,
    poll: () => void,
  ): void {
    const { nodeSums } = this;
    histogram.fill(0);
    for (let first = start; first < end; first += ROWS_PER_BLOCK) {
      poll();
      const n = Math.min(ROWS_PER_BLOCK, end - first);
      for (let k = 0; k < n; k++) {
        const row = rows[first + k] as number;
        nodeSums[k + k] = gradients[row] as number;
        nodeSums[k + k + 1] = hessians[row] as number;
      }
      addRows(histogram, this.columns, rows, first, n, nodeSums);
    }
  }

  /** parent becomes parent - child: the other child's histogram. */
  subtract(parent: Float64Array, child: Float64Array): void {
    for (let k = 0; k < parent.length; k++) parent[k] = (parent[k] as number) - (child[k] as number);
  }

  /** OUT split: the best split on the owned features that `isDrawn` allows; feature -1 when none gains. */
  search(histogram: Float64Array, node: NodeSums, isDrawn: Uint8Array, split: GainSplit): void {
    split.clear();
    split.gain = 0;
    const { features, binned, hasMissingCell } = this;
    for (let f = 0; f < features.length; f++) {
      const feature = features[f] as number;
      if (isDrawn[feature] === 0) continue;
      const cells = this.columns.offsets[f] as number;
      const hasMissing = hasMissingCell[f] === 1 && (histogram[cells + MISSING_BIN * CELL + 2] as number) > 0;
      if ((binned.nCategories[feature] as number) > 0) {
        this.searchCategories(histogram, cells, hasMissing, feature, node, split);
      } else {
        this.scanNumbers(histogram, cells, feature, node, false, hasMissing, split);
        if (hasMissing) this.scanNumbers(histogram, cells, feature, node, true, hasMissing, split);
      }
    }
  }

  private scanNumbers(
    histogram: Float64Array,
    cells: number,
    feature: number,
    node: NodeSums,
    missingLeft: boolean,
    hasMissing: boolean,
    split: GainSplit,
  ): void {
    const { binned, options } = this;
    const nBins = binned.nBins[feature] as number;
    const missing = cells + MISSING_BIN * CELL;
    let gradient = missingLeft ? (histogram[missing] as number) : 0;
    let hessian = missingLeft ? (histogram[missing + 1] as number) : 0;
    let count = missingLeft ? (histogram[missing + 2] as number) : 0;
    const last = hasMissing && !missingLeft ? nBins : nBins - 1;
    for (let bin = 0; bin < last; bin++) {
      const cell = cells + bin * CELL;
      const inBin = histogram[cell + 2] as number;
      if (inBin === 0) continue;
      gradient += histogram[cell] as number;
      hessian += histogram[cell + 1] as number;
      count += inBin;
      if (count < options.minSamplesLeaf || hessian < MIN_HESSIAN) continue;
      if (node.count - count < options.minSamplesLeaf || node.hessian - hessian < MIN_HESSIAN) break;
      const gain = this.gainOf(node, gradient, hessian, options.monotonic[feature] as number);
      if (gain <= split.gain) continue;
      const base = feature * BIN_SLOTS;
      split.gain = gain;
      split.feature = feature;
      split.isCategorical = false;
      split.sawMissing = hasMissing;
      split.missingGoesRight = !missingLeft;
      split.lastLeftBin = bin === nBins - 1 ? MISSING_BIN - 1 : bin;
      split.threshold =
        bin === nBins - 1
          ? Number.POSITIVE_INFINITY
          : midpoint(binned.upper[base + bin] as number, binned.lower[base + bin + 1] as number);
      split.leftGradient = gradient;
      split.leftHessian = hessian;
      split.leftCount = count;
    }
  }

  /** Categories in the order of their smoothed mean gradient; those without support stay on the right. */
  private searchCategories(
    histogram: Float64Array,
    cells: number,
    hasMissing: boolean,
    feature: number,
    node: NodeSums,
    split: GainSplit,
  ): void {
    const { binned, options, order, keys } = this;
    const nBins = binned.nBins[feature] as number;
    const support = node.count / node.hessian;
    const nSlots = hasMissing ? nBins + 1 : nBins;
    let nUsed = 0;
    for (let slot = 0; slot < nSlots; slot++) {
      const bin = slot === nBins ? MISSING_BIN : slot;
      const hessian = histogram[cells + bin * CELL + 1] as number;
      const inBin = histogram[cells + bin * CELL + 2] as number;
      if (inBin === 0 || hessian * support < MIN_CATEGORY_SUPPORT) continue;
      keys[bin] = (histogram[cells + bin * CELL] as number) / (hessian + CATEGORY_SMOOTHING);
      let at = nUsed++;
      while (at > 0 && (keys[order[at - 1] as number] as number) > (keys[bin] as number)) {
        order[at] = order[at - 1] as number;
        at--;
      }
      order[at] = bin;
    }
    // From both ends, so that the categories without support may join either side.
    for (const step of [1, -1]) {
      let gradient = 0;
      let hessian = 0;
      let count = 0;
      for (let p = 0; p < nUsed; p++) {
        const cell = cells + (order[step > 0 ? p : nUsed - 1 - p] as number) * CELL;
        gradient += histogram[cell] as number;
        hessian += histogram[cell + 1] as number;
        count += histogram[cell + 2] as number;
        if (count < options.minSamplesLeaf || hessian < MIN_HESSIAN) continue;
        if (node.count - count < options.minSamplesLeaf || node.hessian - hessian < MIN_HESSIAN) break;
        const gain = this.gainOf(node, gradient, hessian, 0);
        if (gain <= split.gain) continue;
        split.gain = gain;
        split.feature = feature;
        split.leftGradient = gradient;
        split.leftHessian = hessian;
        split.leftCount = count;
        this.writeCategories(histogram, cells, nBins, nSlots, nUsed, step, p, split);
      }
    }
  }

  private writeCategories(
    histogram: Float64Array,
    cells: number,
    nBins: number,
    nSlots: number,
    nUsed: number,
    step: number,
    last: number,
    split: GainSplit,
  ): void {
    split.isCategorical = true;
    split.presentBins.fill(0);
    split.leftBins.fill(0);
    for (let slot = 0; slot < nSlots; slot++) {
      const bin = slot === nBins ? MISSING_BIN : slot;
      if ((histogram[cells + bin * CELL + 2] as number) === 0) continue;
      split.presentBins[bin >>> 5] = (split.presentBins[bin >>> 5] as number) | (1 << bin);
    }
    for (let p = 0; p <= last; p++) {
      const bin = this.order[step > 0 ? p : nUsed - 1 - p] as number;
      split.leftBins[bin >>> 5] = (split.leftBins[bin >>> 5] as number) | (1 << bin);
    }
    split.sawMissing = ((split.presentBins[7] as number) & 0x80000000) !== 0;
    split.missingGoesRight = ((split.leftBins[7] as number) & 0x80000000) === 0;
  }

  private gainOf(node: NodeSums, gradient: number, hessian: number, direction: number): number {
    const l2 = this.options.l2Regularization;
    const rightGradient = node.gradient - gradient;
    const left = clip(-gradient / (hessian + l2), node.lower, node.upper);
    const right = clip(-rightGradient / (node.hessian - hessian + l2), node.lower, node.upper);
    if ((direction > 0 && left > right) || (direction < 0 && left < right)) return -1;
    return node.gradient * node.value - gradient * left - rightGradient * right;
  }
}

export function clip(value: number, lower: number, upper: number): number {
  return Math.min(Math.max(value, lower), upper);
}
