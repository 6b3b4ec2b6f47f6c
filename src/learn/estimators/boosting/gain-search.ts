/**
 * Splits by gradients (Friedman 2001; Chen and Guestrin 2016, doi 10.1145/2939672.2939785). A node's rows add their
 * gradient G, hessian H and count to a cell a bin; a side is worth G^2 / (H + l2), and a split gains what its
 * sides are worth beyond their parent. Of two siblings only the smaller one is counted; the other is the parent's
 * histogram minus it.
 *
 * Cells hold integers (see BoostMemory and the kernels), so each sum is exact and the same however rows were divided
 * among threads. A thread searches some of the features and posts the best split it found.
 */
import type { BoostingKernels } from '../../wasm/boosting-kernels.js';
import { BIN_SLOTS, type BinnedMatrix, MISSING_BIN, midpoint } from '../tree/binned-matrix.js';
import { NodeSplit } from '../tree/node-split.js';
import { type BoostMemory, CELL_BYTES, type ThreadPlaces } from './boost-memory.js';

const TWO_TO_32 = 4_294_967_296;
const MIN_HESSIAN = 1e-3;
/** Categories with less weight than this go right: their mean gradient is noise. */
const MIN_CATEGORY_SUPPORT = 10;
const CATEGORY_SMOOTHING = 10;

export interface GainOptions {
  readonly minSamplesLeaf: number;
  readonly l2Regularization: number;
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

/** By what integers of the histogram become gradients and hessians; anew for each tree. */
export interface Units {
  readonly gradient: number;
  readonly hessian: number;
  /** The bit of a cell's second integer from which the count begins, 33..62. */
  readonly countShift: number;
}

export class GainSearch {
  private readonly order = new Int32Array(BIN_SLOTS);
  private readonly keys = new Float64Array(BIN_SLOTS);
  private readonly words: Int32Array;
  private readonly out: Float64Array;
  private readonly hasCategories: boolean;
  private readonly cell = { gradient: 0, hessian: 0, count: 0 };
  private units: Units = { gradient: 1, hessian: 1, countShift: 32 };

  /**
   * @param from the first feature that this thread searches. @param to the one after the last
   */
  constructor(
    private readonly binned: BinnedMatrix,
    private readonly options: GainOptions,
    private readonly memory: BoostMemory,
    private readonly kernels: BoostingKernels,
    private readonly from: number,
    private readonly to: number,
    private readonly places: ThreadPlaces,
  ) {
    this.words = new Int32Array(memory.memory.buffer);
    this.out = new Float64Array(memory.memory.buffer, places.out, 8);
    this.hasCategories = binned.nCategories.subarray(from, to).some((count) => count > 0);
  }

  useUnits(units: Units): void {
    this.units = units;
  }

  /** OUT split: the best split on the owned features that `isDrawn` allows; feature -1 when none gains. */
  search(histogram: number, node: NodeSums, isDrawn: Uint8Array, split: GainSplit): void {
    split.clear();
    split.gain = 0;
    this.findCuts(histogram, node, split);
    if (!this.hasCategories) return;
    const { binned } = this;
    const { cellOffsets, hasMissing } = this.memory;
    for (let feature = this.from; feature < this.to; feature++) {
      if (isDrawn[feature] === 0 || binned.nCategories[feature] === 0) continue;
      const cells = histogram + (cellOffsets[feature] as number);
      const missing = cells + (binned.nBins[feature] as number) * CELL_BYTES;
      const sawMissing = hasMissing[feature] === 1 && this.readCell(missing).count > 0;
      this.searchCategories(cells, sawMissing, feature, node, split);
    }
  }

  private findCuts(histogram: number, node: NodeSums, split: GainSplit): void {
    const { options, units, out, places } = this;
    const feature = this.kernels.findCuts(
      histogram,
      this.memory.table,
      places.drawn,
      this.from,
      this.to,
      units.countShift,
      units.gradient,
      units.hessian,
      node.gradient,
      node.hessian,
      node.count,
      node.gradient * node.value,
      node.lower,
      node.upper,
      options.l2Regularization,
      options.minSamplesLeaf,
      MIN_HESSIAN,
      places.out,
    );
    if (feature < 0) return;
    const bin = out[4] as number;
    const isLastBin = bin === (this.binned.nBins[feature] as number) - 1;
    split.feature = feature;
    split.isCategorical = false;
    split.sawMissing = out[5] === 1;
    split.missingGoesRight = out[6] === 1;
    split.lastLeftBin = isLastBin ? MISSING_BIN - 1 : bin;
    split.threshold = isLastBin ? Number.POSITIVE_INFINITY : this.thresholdAfter(feature, bin);
    split.gain = out[0] as number;
    split.leftGradient = out[1] as number;
    split.leftHessian = out[2] as number;
    split.leftCount = out[3] as number;
  }

  private thresholdAfter(feature: number, bin: number): number {
    const base = feature * BIN_SLOTS;
    return midpoint(this.binned.upper[base + bin] as number, this.binned.lower[base + bin + 1] as number);
  }

  private readCell(at: number): { gradient: number; hessian: number; count: number } {
    const { words, units, cell } = this;
    const word = at >>> 2;
    const high = (words[word + 3] as number) >>> 0;
    const bits = units.countShift - 32;
    const hessianHigh = (high << (32 - bits)) >>> (32 - bits);
    cell.gradient =
      ((words[word + 1] as number) * TWO_TO_32 + ((words[word] as number) >>> 0)) * units.gradient;
    cell.hessian = (hessianHigh * TWO_TO_32 + ((words[word + 2] as number) >>> 0)) * units.hessian;
    cell.count = high >>> bits;
    return cell;
  }

  /** Categories in the order of their smoothed mean gradient; those without support stay on the right. */
  private searchCategories(
    cells: number,
    hasMissing: boolean,
    feature: number,
    node: NodeSums,
    split: GainSplit,
  ): void {
    const { options, order, keys } = this;
    const nBins = this.binned.nBins[feature] as number;
    const support = node.count / node.hessian;
    const nSlots = hasMissing ? nBins + 1 : nBins;
    let nUsed = 0;
    for (let slot = 0; slot < nSlots; slot++) {
      const { gradient, hessian, count } = this.readCell(cells + slot * CELL_BYTES);
      if (count === 0 || hessian * support < MIN_CATEGORY_SUPPORT) continue;
      keys[slot] = gradient / (hessian + CATEGORY_SMOOTHING);
      let at = nUsed++;
      while (at > 0 && (keys[order[at - 1] as number] as number) > (keys[slot] as number)) {
        order[at] = order[at - 1] as number;
        at--;
      }
      order[at] = slot;
    }
    // From both ends, so that the categories without support may join either side.
    for (const step of [1, -1]) {
      let gradient = 0;
      let hessian = 0;
      let count = 0;
      for (let p = 0; p < nUsed; p++) {
        const cell = this.readCell(cells + (order[step > 0 ? p : nUsed - 1 - p] as number) * CELL_BYTES);
        gradient += cell.gradient;
        hessian += cell.hessian;
        count += cell.count;
        if (count < options.minSamplesLeaf || hessian < MIN_HESSIAN) continue;
        if (node.count - count < options.minSamplesLeaf || node.hessian - hessian < MIN_HESSIAN) break;
        const gain = this.gainOf(node, gradient, hessian);
        // Of equal gains the lowest feature, as among threads.
        if (gain < split.gain || (gain === split.gain && feature >= split.feature)) continue;
        split.gain = gain;
        split.feature = feature;
        split.leftGradient = gradient;
        split.leftHessian = hessian;
        split.leftCount = count;
        this.writeCategories(cells, nBins, nSlots, nUsed, step, p, split);
      }
    }
  }

  private writeCategories(
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
      if (this.readCell(cells + slot * CELL_BYTES).count === 0) continue;
      const bin = slot === nBins ? MISSING_BIN : slot;
      split.presentBins[bin >>> 5] = (split.presentBins[bin >>> 5] as number) | (1 << bin);
    }
    for (let p = 0; p <= last; p++) {
      const slot = this.order[step > 0 ? p : nUsed - 1 - p] as number;
      const bin = slot === nBins ? MISSING_BIN : slot;
      split.leftBins[bin >>> 5] = (split.leftBins[bin >>> 5] as number) | (1 << bin);
    }
    split.sawMissing = ((split.presentBins[7] as number) & 0x80000000) !== 0;
    split.missingGoesRight = ((split.leftBins[7] as number) & 0x80000000) === 0;
  }

  private gainOf(node: NodeSums, gradient: number, hessian: number): number {
    const l2 = this.options.l2Regularization;
    const rightGradient = node.gradient - gradient;
    const left = clip(-gradient / (hessian + l2), node.lower, node.upper);
    const right = clip(-rightGradient / (node.hessian - hessian + l2), node.lower, node.upper);
    return node.gradient * node.value - gradient * left - rightGradient * right;
  }
}

export function clip(value: number, lower: number, upper: number): number {
  return Math.min(Math.max(value, lower), upper);
}
