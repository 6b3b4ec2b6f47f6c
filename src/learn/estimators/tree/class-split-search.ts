/**
 * Splits for classification: Gini impurity and entropy (Breiman et al. 1984, chapter 4).
 *
 * Both are searched by a score that is a sum over the two sides, so that moving a bin from right to left changes
 * only the terms of its classes. With l the class weights on the left and L their sum:
 *   gini:    sum l^2 / L + the same on the right      (weight times impurity is W - score)
 *   entropy: sum l ln l - L ln L + the same           (weight times impurity is -score / ln 2)
 *
 * Two layouts of step 1. A histogram (weight by bin and class, classes next to each other) for two classes and for
 * big nodes. For many classes in a small node, where most cells would stay empty, a chain of rows a bin.
 */
import type { Bins, Codes } from '../../matrix/number-types.js';
import type { Random } from '../../random.js';
import { BIN_SLOTS, MISSING_BIN } from './binned-matrix.js';
import type { CodedMatrix } from './coded-matrix.js';
import type { GrowOptions } from './grow-options.js';
import { partitionWithClass } from './partition.js';
import { SplitSearch } from './split-search.js';

/** Steps of power iteration for the order of categories; more change no cut in practice. */
const POWER_STEPS = 8;

export class ClassSplitSearch extends SplitSearch {
  readonly nOutputs: number;
  private readonly total: Float64Array;
  private readonly left: Float64Array;
  /** By position: class and weight of each row. */
  private readonly classOf: Int32Array;
  private readonly spareClass: Int32Array;
  private readonly weightOf: Float64Array;
  private readonly spareWeight: Float64Array;
  private readonly histogram: Float64Array;
  private readonly head = new Int32Array(BIN_SLOTS).fill(-1);
  private readonly next: Int32Array;
  private readonly isEntropy: boolean;
  private usesChain = false;
  private parentScore = 0;
  /** The sum of squares, or of l ln l, of the node's classes: exact where the sum is. */
  private parentTerms = 0;

  /**
   * @param codes length nSamples
   * @param weights length nSamples; > 0 for the rows that are opened
   */
  constructor(
    binned: CodedMatrix,
    options: GrowOptions,
    random: Random,
    rows: Uint32Array,
    codes: Codes,
    nClasses: number,
    weights: Float64Array,
  ) {
    super(binned, options, random, rows);
    this.nOutputs = nClasses;
    this.total = new Float64Array(nClasses);
    this.left = new Float64Array(nClasses);
    this.classOf = new Int32Array(rows.length);
    this.spareClass = new Int32Array(rows.length);
    this.weightOf = new Float64Array(rows.length);
    this.spareWeight = new Float64Array(rows.length);
    this.next = new Int32Array(rows.length);
    for (let k = 0; k < rows.length; k++) {
      this.classOf[k] = codes[rows[k] as number] as number;
      this.weightOf[k] = weights[rows[k] as number] as number;
    }
    this.limitWeight(weights);
    this.histogram = new Float64Array(BIN_SLOTS * nClasses);
    this.isEntropy = options.criterion === 'entropy';
  }

  openNode(start: number, end: number): void {
    const { classOf, weightOf, total, nOutputs } = this;
    total.fill(0);
    for (let k = start; k < end; k++) {
      const code = classOf[k] as number;
      total[code] = (total[code] as number) + (weightOf[k] as number);
    }
    let weight = 0;
    let terms = 0;
    let nPresent = 0;
    for (let c = 0; c < nOutputs; c++) {
      const inClass = total[c] as number;
      if (inClass === 0) continue;
      nPresent++;
      weight += inClass;
      terms += this.isEntropy ? inClass * Math.log(inClass) : inClass * inClass;
    }
    this.start = start;
    this.end = end;
    this.weight = weight;
    this.isPure = nPresent < 2;
    this.parentTerms = terms;
    this.parentScore = this.isEntropy ? terms - weight * Math.log(weight) : terms / weight;
    this.impurity = this.isPure
      ? 0
      : this.isEntropy
        ? -this.parentScore / Math.LN2
        : weight - this.parentScore;
    this.split.clear();
  }

  leafClass(): number {
    return this.isPure ? (this.classOf[this.start] as number) : -1;
  }

  writeLeaf(values: Float64Array, offset: number): void {
    for (let c = 0; c < this.nOutputs; c++) values[offset + c] = (this.total[c] as number) / this.weight;
  }

  moveRows(bins: Bins, base: number, side: Uint8Array, start: number, end: number): number {
    const { rows, spareRows, weightOf, spareWeight, classOf, spareClass } = this;
    return partitionWithClass(
      bins,
      base,
      side,
      start,
      end,
      rows,
      spareRows,
      weightOf,
      spareWeight,
      classOf,
      spareClass,
    );
  }

  protected gainOf(score: number): number {
    return this.isEntropy ? (score - this.parentScore) / Math.LN2 : score - this.parentScore;
  }

  protected fill(feature: number): void {
    const { rows, start, end, classOf, weightOf, occupied, histogram, nOutputs, head, next, rowsInBin } =
      this;
    const { columnBins: bins, columnBase: base } = this;
    const nBins = this.nColumnBins;
    const isNumeric = (this.binned.nCategories[feature] as number) === 0;
    this.usesChain = isNumeric && nOutputs > 2 && (end - start) * 2 < nBins * nOutputs;
    if (this.usesChain) {
      for (let k = start; k < end; k++) {
        const bin = bins[base + (rows[k] as number)] as number;
        next[k] = head[bin] as number;
        head[bin] = k;
        occupied[bin >>> 5] = (occupied[bin >>> 5] as number) | (1 << bin);
      }
    } else {
      for (let k = start; k < end; k++) {
        const bin = bins[base + (rows[k] as number)] as number;
        const cell = bin * nOutputs + (classOf[k] as number);
        histogram[cell] = (histogram[cell] as number) + (weightOf[k] as number);
        occupied[bin >>> 5] = (occupied[bin >>> 5] as number) | (1 << bin);
      }
    }
    if (this.countsRows) {
      for (let k = start; k < end; k++) {
        const bin = bins[base + (rows[k] as number)] as number;
        rowsInBin[bin] = (rowsInBin[bin] as number) + 1;
      }
    }
  }

  protected clear(): void {
    const { order, nOccupied, usesChain, head, histogram, nOutputs } = this;
    if (usesChain) {
      for (let p = 0; p < nOccupied; p++) head[order[p] as number] = -1;
      head[MISSING_BIN] = -1;
      return;
    }
    for (let p = 0; p < nOccupied; p++) {
      const cell = (order[p] as number) * nOutputs;
      for (let c = 0; c < nOutputs; c++) histogram[cell + c] = 0;
    }
    if (this.hasMissing) histogram.fill(0, MISSING_BIN * nOutputs);
  }

  protected scan(from: number, to: number, missingLeft: boolean, floor: number): number {
    if (this.isEntropy) return this.scanClasses(from, to, missingLeft, floor);
    if (this.nOutputs === 2) return this.scanTwoClassGini(from, to, missingLeft, floor);
    return this.usesChain && !missingLeft && !this.countsRows
      ? this.scanChainGini(from, to, floor)
      : this.scanClasses(from, to, missingLeft, floor);
  }

  private scanTwoClassGini(from: number, to: number, missingLeft: boolean, floor: number): number {
    const { order, histogram, countsRows, rowsInBin } = this;
    const total0 = this.total[0] as number;
    const total1 = this.total[1] as number;
    let left0 = missingLeft ? (histogram[MISSING_BIN * 2] as number) : 0;
    let left1 = missingLeft ? (histogram[MISSING_BIN * 2 + 1] as number) : 0;
    let rowsLeft = missingLeft ? (rowsInBin[MISSING_BIN] as number) : 0;
    let best = floor;
    let bestAt = -1;
    for (let p = 0; p <= to; p++) {
      const bin = order[p] as number;
      left0 += histogram[bin * 2] as number;
      left1 += histogram[bin * 2 + 1] as number;
      if (countsRows) {
        rowsLeft += rowsInBin[bin] as number;
        if (!this.isAllowed(rowsLeft, left0 + left1)) continue;
      }
      const right0 = total0 - left0;
      const right1 = total1 - left1;
      const score =
        (left0 * left0 + left1 * left1) / (left0 + left1) +
        (right0 * right0 + right1 * right1) / (right0 + right1);
      if (score > best && p >= from) {
        best = score;
        bestAt = p;
      }
    }
    this.foundScore = best;
    return bestAt;
  }

  /** The loop that small nodes of many classes spend their time in: no calls, no fields. */
  private scanChainGini(from: number, to: number, floor: number): number {
    const { order, head, next, classOf, weightOf, left, total, weight } = this;
    left.fill(0);
    let leftSquares = 0;
    let rightSquares = this.parentTerms;
    let leftWeight = 0;
    let best = floor;
    let bestAt = -1;
    for (let p = 0; p <= to; p++) {
      for (let k = head[order[p] as number] as number; k >= 0; k = next[k] as number) {
        const code = classOf[k] as number;
        const moved = weightOf[k] as number;
        const before = left[code] as number;
        leftSquares += moved * (before + before + moved);
        const right = (total[code] as number) - before;
        rightSquares += moved * (moved - right - right);
        left[code] = before + moved;
        leftWeight += moved;
      }
      const score = leftSquares / leftWeight + rightSquares / (weight - leftWeight);
      if (score > best && p >= from) {
        best = score;
        bestAt = p;
      }
    }
    this.foundScore = best;
    return bestAt;
  }

  private leftTerms = 0;
  private rightTerms = 0;
  private leftWeight = 0;

  private scanClasses(from: number, to: number, missingLeft: boolean, floor: number): number {
    const { order, countsRows, rowsInBin, isEntropy, weight } = this;
    this.left.fill(0);
    this.leftTerms = 0;
    this.leftWeight = 0;
    this.rightTerms = this.parentTerms;
    let rowsLeft = 0;
    if (missingLeft) {
      this.moveLeft(MISSING_BIN);
      rowsLeft = rowsInBin[MISSING_BIN] as number;
    }
    let best = floor;
    let bestAt = -1;
    for (let p = 0; p <= to; p++) {
      const bin = order[p] as number;
      this.moveLeft(bin);
      if (countsRows) {
        rowsLeft += rowsInBin[bin] as number;
        if (!this.isAllowed(rowsLeft, this.leftWeight)) continue;
      }
      const leftWeight = this.leftWeight;
      const rightWeight = weight - leftWeight;
      const score = isEntropy
        ? this.leftTerms - xLogX(leftWeight) + this.rightTerms - xLogX(rightWeight)
        : this.leftTerms / leftWeight + this.rightTerms / rightWeight;
      if (score > best && p >= from) {
        best = score;
        bestAt = p;
      }
    }
    this.foundScore = best;
    return bestAt;
  }

  /** Moves a bin's rows from the right side to the left. */
  private moveLeft(bin: number): void {
    const { left, total, isEntropy, nOutputs, histogram, classOf, weightOf, next } = this;
    let { leftTerms, rightTerms, leftWeight } = this;
    let k = this.usesChain ? (this.head[bin] as number) : 0;
    const cells = bin * nOutputs;
    for (;;) {
      let code: number;
      let moved: number;
      if (this.usesChain) {
        if (k < 0) break;
        code = classOf[k] as number;
        moved = weightOf[k] as number;
        k = next[k] as number;
      } else {
        if (k === nOutputs) break;
        code = k;
        moved = histogram[cells + k] as number;
        k++;
        if (moved === 0) continue;
      }
      const before = left[code] as number;
      const right = (total[code] as number) - before;
      if (isEntropy) {
        leftTerms += xLogX(before + moved) - xLogX(before);
        rightTerms += xLogX(right - moved) - xLogX(right);
      } else {
        leftTerms += moved * (2 * before + moved);
        rightTerms += moved * (moved - 2 * right);
      }
      left[code] = before + moved;
      leftWeight += moved;
    }
    this.leftTerms = leftTerms;
    this.rightTerms = rightTerms;
    this.leftWeight = leftWeight;
  }

  /**
   * Two classes: by the share of the second. More: by the projection of a category's class shares on the first
   * principal component of all categories' (Coppersmith, Hong and Hosking 1999, doi 10.1023/A:1009869804967).
   */
  protected rankCategories(): void {
    const { order, nOccupied, keys, histogram, nOutputs } = this;
    const axis = this.left;
    if (nOutputs === 2) {
      axis[0] = 0;
      axis[1] = 1;
    } else {
      this.firstComponent(axis);
    }
    for (let p = 0; p < nOccupied; p++) {
      const cells = (order[p] as number) * nOutputs;
      let inBin = 0;
      let projection = 0;
      for (let c = 0; c < nOutputs; c++) {
        const cell = histogram[cells + c] as number;
        inBin += cell;
        projection += cell * (axis[c] as number);
      }
      keys[order[p] as number] = projection / inBin;
    }
  }

  /** Power iteration on the weighted covariance of the categories' class shares, without forming it. */
  private firstComponent(axis: Float64Array): void {
    const { order, nOccupied, histogram, nOutputs, total, weight } = this;
    const image = new Float64Array(nOutputs);
    // Any start that is not orthogonal to the answer; the classes' own weights, alternating, are not symmetric.
    for (let c = 0; c < nOutputs; c++)
      axis[c] = ((c & 1) === 0 ? 1 : -1) * (1 + (total[c] as number) / weight);
    for (let step = 0; step < POWER_STEPS; step++) {
      image.fill(0);
      let meanProjection = 0;
      for (let c = 0; c < nOutputs; c++)
        meanProjection += ((total[c] as number) / weight) * (axis[c] as number);
      for (let p = 0; p < nOccupied; p++) {
        const cells = (order[p] as number) * nOutputs;
        let inBin = 0;
        let projection = 0;
        for (let c = 0; c < nOutputs; c++) {
          inBin += histogram[cells + c] as number;
          projection += (histogram[cells + c] as number) * (axis[c] as number);
        }
        const centered = projection / inBin - meanProjection;
        for (let c = 0; c < nOutputs; c++) {
          const share = (histogram[cells + c] as number) / inBin - (total[c] as number) / weight;
          image[c] = (image[c] as number) + inBin * centered * share;
        }
      }
      let length = 0;
      for (let c = 0; c < nOutputs; c++) length += (image[c] as number) ** 2;
      if (length === 0) return;
      const scale = 1 / Math.sqrt(length);
      for (let c = 0; c < nOutputs; c++) axis[c] = (image[c] as number) * scale;
    }
  }
}

function xLogX(x: number): number {
  return x > 0 ? x * Math.log(x) : 0;
}
