import type { Bins } from '../../matrix/number-types.js';
import type { Random } from '../../random.js';
import { BIN_SLOTS, MISSING_BIN, midpoint } from './binned-matrix.js';
import { type CodedMatrix, MISSING_CODE } from './coded-matrix.js';
import { type CodeValues, drawnCut } from './drawn-cut.js';
import type { GrowOptions } from './grow-options.js';
import { NodeBins } from './node-bins.js';
import type { NodeSearch } from './node-search.js';
import { NodeSplit } from './node-split.js';

/** Sides of rows whose bin is their side. */
const MARKED_SIDES = Uint8Array.of(0, 1);

/**
 * What every criterion's search shares: which bins occur at the node, in which order they are cut, and how the
 * winner is written down.
 *
 * A search of one feature has four steps. (1) One pass over the node's rows adds each to its bin and sets the
 * bin's bit in a 256-bit map, so that a node of ten rows costs ten steps and not 256. (2) The bits become the
 * list `order`: ascending bins for numbers; for categories sorted by the target, for then the best
 * two-sided grouping is a cut of the list (Fisher 1958; exact for two classes and for squared error). (3) The
 * cuts are scored from left to right; with missing values twice, with them on either side. (4) The bins
 * that were touched are cleared, and only those.
 */
export abstract class SplitSearch implements NodeSearch {
  readonly split = new NodeSplit();
  /** The open node: its stretch of `rows`, its weight, weight times impurity. */
  protected start = 0;
  protected end = 0;
  weight = 0;
  impurity = 0;
  /** All rows have the same target: nothing to gain. */
  isPure = false;

  /** Scratch: the bins that occur, in the order they are cut; `nOccupied` of them. */
  protected readonly order = new Int32Array(BIN_SLOTS);
  protected nOccupied = 0;
  protected hasMissing = false;
  /** Scratch: sort keys of categories by bin. */
  protected readonly keys = new Float64Array(BIN_SLOTS);
  /** Scratch: the map of occupied bins; zero between searches. */
  protected readonly occupied = new Int32Array(8);
  /** Scratch: rows by bin; used where a side must keep more than one row; zero between searches. */
  protected readonly rowsInBin = new Int32Array(BIN_SLOTS);
  /** Whether a side must keep more than one row, whatever its weight. */
  protected readonly countsRows: boolean;
  /** The weight that a side must keep. */
  private minWeight = 0;
  private readonly mayCutPairs: boolean;

  protected readonly spareRows: Uint32Array;
  /** The open column: the bin of a row at `columnBase + row`, and how many bins there are. */
  protected columnBins: Bins;
  protected columnBase = 0;
  protected nColumnBins = 0;
  private readonly nodeBins: NodeBins | undefined;
  private readonly side = new Uint8Array(BIN_SLOTS);
  /** The last bin on the left in `side`; -1: `side` is of categories, or of nothing yet. */
  private sideCut = -1;

  /** @param rows IN and scratch: the rows to learn from, each once; reordered by moveRows */
  constructor(
    protected readonly binned: CodedMatrix,
    protected readonly options: GrowOptions,
    private readonly random: Random,
    protected readonly rows: Uint32Array,
  ) {
    this.countsRows = options.minSamplesLeaf > 1 || options.minWeightFractionLeaf > 0;
    this.mayCutPairs = !this.countsRows && options.splitter === 'best' && options.criterion !== 'poisson';
    this.spareRows = new Uint32Array(rows.length);
    this.columnBins = binned.bins;
    this.nodeBins = binned.codes.length > 0 ? new NodeBins(binned, rows) : undefined;
  }

  /** @param weights of all rows of the training set */
  protected limitWeight(weights: Float64Array): void {
    let sum = 0;
    for (const row of this.rows) sum += weights[row] as number;
    this.minWeight = sum * this.options.minWeightFractionLeaf;
  }

  /** Whether both sides of a cut keep the rows and the weight that they must. */
  protected isAllowed(rowsLeft: number, leftWeight: number): boolean {
    const { minSamplesLeaf } = this.options;
    if (rowsLeft < minSamplesLeaf || this.end - this.start - rowsLeft < minSamplesLeaf) return false;
    return leftWeight >= this.minWeight && this.weight - leftWeight >= this.minWeight;
  }

  get nRows(): number {
    return this.rows.length;
  }

  abstract readonly nOutputs: number;

  abstract openNode(start: number, end: number): void;

  /**
   * Divides rows[start..end) in two, with all that belongs to them.
   * @param bins by `base + row`: the bin of a row
   * @param side by bin: 0 left, 1 right
   * @returns where the right side begins
   */
  abstract moveRows(bins: Bins, base: number, side: Uint8Array, start: number, end: number): number;

  divide(split: NodeSplit, start: number, end: number): number {
    const { binned, nodeBins } = this;
    if (!split.isCoded || nodeBins === undefined) {
      const base = split.feature * binned.nSamples;
      return this.moveRows(binned.bins, base, this.sidesOf(split), start, end);
    }
    nodeBins.markSides(split.feature, split.lastLeftBin, split.missingGoesRight ? 1 : 0, start, end);
    return this.moveRows(nodeBins.bins, 0, MARKED_SIDES, start, end);
  }

  /** The side of each bin. A small node has few bins, so what the table held before is changed and not written anew. */
  private sidesOf(split: NodeSplit): Uint8Array {
    const { side } = this;
    const { lastLeftBin } = split;
    if (split.isCategorical) {
      split.writeSides(side);
      this.sideCut = -1;
      return side;
    }
    if (this.sideCut < 0) split.writeSides(side);
    else if (lastLeftBin > this.sideCut) side.fill(0, this.sideCut + 1, lastLeftBin + 1);
    else side.fill(1, lastLeftBin + 1, this.sideCut + 1);
    side[MISSING_BIN] = split.missingGoesRight ? 1 : 0;
    this.sideCut = lastLeftBin;
    return side;
  }

  /** Whether a feature has codes and not bins. */
  private isCoded(feature: number): boolean {
    return (this.binned.codeOffsets[feature] as number) >= 0;
  }

  abstract leafClass(): number;

  abstract writeLeaf(values: Float64Array, offset: number): void;

  /** Step 1. */
  protected abstract fill(feature: number): void;
  /** The target's mean in a bin, or another number that orders categories; into `keys`. */
  protected abstract rankCategories(): void;
  /**
   * Step 3 for the cuts after order[from..to].
   * @returns the position of the best cut that scores above `floor`, or -1; its score in `foundScore`
   */
  protected abstract scan(from: number, to: number, missingLeft: boolean, floor: number): number;
  protected foundScore = 0;
  /** Step 4. */
  protected abstract clear(): void;
  /** The decrease of weight times impurity that a score stands for. */
  protected abstract gainOf(score: number): number;

  /**
   * Looks for a better split of the open node on this feature.
   * @returns false when the feature is constant at the node
   */
  search(feature: number): boolean {
    if (this.end - this.start === 2 && this.mayCutPairs) {
      const found = this.searchPair(feature);
      if (found !== undefined) return found;
    }
    this.openColumn(feature);
    return this.searchRows(feature);
  }

  /** The same for a node of any size. */
  protected searchRows(feature: number): boolean {
    return this.searchCounted(feature);
  }

  /** All four steps. */
  protected searchCounted(feature: number): boolean {
    this.fill(feature);
    return this.searchFilled(feature, (this.binned.nCategories[feature] as number) > 0);
  }

  /** Two rows that differ in target: to divide them takes away all impurity. undefined: look at it the long way. */
  private searchPair(feature: number): boolean | undefined {
    const { binned, rows, split, start } = this;
    if ((binned.nCategories[feature] as number) > 0) return undefined;
    const isCoded = this.isCoded(feature);
    const column = isCoded ? binned.codes : binned.bins;
    const base = isCoded ? (binned.codeOffsets[feature] as number) : feature * binned.nSamples;
    const missing = isCoded ? MISSING_CODE : MISSING_BIN;
    const first = column[base + (rows[start] as number)] as number;
    const second = column[base + (rows[start + 1] as number)] as number;
    if (first === second) return false;
    if (first === missing || second === missing) return undefined;
    const left = Math.min(first, second);
    const right = Math.max(first, second);
    this.recordCodes(feature, Number.POSITIVE_INFINITY, left, right);
    split.gain = this.impurity;
    return true;
  }

  /** Steps 2 to 4. */
  protected searchFilled(feature: number, isCategorical: boolean): boolean {
    this.listOccupied(isCategorical);
    const last = this.nOccupied - 1;
    const isConstant = last + (this.hasMissing ? 1 : 0) < 1;
    if (!isConstant) {
      if (isCategorical) {
        this.rankCategories();
        this.sortByKeys();
        this.hasMissing = false;
      }
      if (this.options.splitter === 'random') {
        const cut = this.randomCut(feature, isCategorical, last);
        // Missing values go to a side by lot, as in scikit-learn: the better side would be found, not drawn.
        const missingLeft = this.hasMissing && this.random.nextUint32() >>> 31 === 1;
        if (!missingLeft || cut < last) this.tryCuts(feature, cut, cut, missingLeft, isCategorical);
      } else {
        // With missing values on the right, a cut after the last bin separates just them.
        this.tryCuts(feature, 0, this.hasMissing ? last : last - 1, false, isCategorical);
        if (this.hasMissing && last > 0) this.tryCuts(feature, 0, last - 1, true, isCategorical);
      }
    }
    this.clear();
    if (this.countsRows) {
      for (let p = 0; p <= last; p++) this.rowsInBin[this.order[p] as number] = 0;
      this.rowsInBin[MISSING_BIN] = 0;
    }
    return !isConstant;
  }

  private tryCuts(
    feature: number,
    from: number,
    to: number,
    missingLeft: boolean,
    isCategorical: boolean,
  ): void {
    const at = this.scan(from, to, missingLeft, this.split.score);
    if (at < 0) return;
    const { split, order } = this;
    split.feature = feature;
    split.score = this.foundScore;
    split.gain = this.gainOf(this.foundScore);
    split.isCategorical = isCategorical;
    split.isCoded = !isCategorical && this.isCoded(feature);
    if (isCategorical) {
      split.presentBins.fill(0);
      split.leftBins.fill(0);
      for (let p = 0; p < this.nOccupied; p++) {
        const bin = order[p] as number;
        const word = bin >>> 5;
        split.presentBins[word] = (split.presentBins[word] as number) | (1 << bin);
        if (p <= at) split.leftBins[word] = (split.leftBins[word] as number) | (1 << bin);
      }
      split.noteMissing();
      return;
    }
    split.sawMissing = this.hasMissing;
    split.missingGoesRight = !missingLeft;
    const left = order[at] as number;
    split.lastLeftBin = this.lastCode(feature, left);
    if (at === this.nOccupied - 1) {
      split.lastLeftBin = (split.isCoded ? MISSING_CODE : MISSING_BIN) - 1;
      split.threshold = Number.POSITIVE_INFINITY;
    } else if (this.options.splitter === 'random') {
      split.threshold = this.drawnThreshold;
    } else {
      split.threshold = midpoint(this.upperOf(feature, left), this.lowerOf(feature, order[at + 1] as number));
    }
  }

  /** Writes down a cut of a numeric feature without missing values between two bins that occur. */
  protected recordCut(feature: number, score: number, left: number, right: number): void {
    const { nodeBins } = this;
    if (nodeBins === undefined || !this.isCoded(feature)) this.recordCodes(feature, score, left, right);
    else this.recordCodes(feature, score, nodeBins.last[left] as number, nodeBins.first[right] as number);
  }

  /** The same between two codes, or two bins of a column that has bins. */
  private recordCodes(feature: number, score: number, left: number, right: number): void {
    const { split, binned } = this;
    const isCoded = this.isCoded(feature);
    const lower = isCoded ? binned.codeLower : binned.lower;
    const upper = isCoded ? binned.codeUpper : binned.upper;
    const base = isCoded ? (binned.valueOffsets[feature] as number) : feature * BIN_SLOTS;
    split.feature = feature;
    split.score = score;
    split.gain = this.gainOf(score);
    split.isCategorical = false;
    split.sawMissing = false;
    split.missingGoesRight = false;
    split.isCoded = isCoded;
    split.lastLeftBin = left;
    split.threshold = midpoint(upper[base + left] as number, lower[base + right] as number);
  }

  /** Makes a feature's bins the open column: those of the matrix, or the node's own. */
  private openColumn(feature: number): void {
    const { binned, nodeBins } = this;
    if (nodeBins === undefined || !this.isCoded(feature)) {
      this.columnBins = binned.bins;
      this.columnBase = feature * binned.nSamples;
      this.nColumnBins = binned.nBins[feature] as number;
      return;
    }
    if (this.options.splitter === 'random') {
      const { codeLower: lower, codeUpper: upper, valueOffsets } = binned;
      const codes = { lower, upper, base: valueOffsets[feature] as number };
      nodeBins.divide(feature, this.start, this.end, (least, most) => this.drawCut(codes, least, most));
    } else nodeBins.bin(feature, this.start, this.end);
    this.columnBins = nodeBins.bins;
    this.columnBase = 0;
    this.nColumnBins = nodeBins.nBins;
  }

  private lastCode(feature: number, bin: number): number {
    return this.isCoded(feature) ? ((this.nodeBins as NodeBins).last[bin] as number) : bin;
  }

  /** The least value in a bin of the open column. */
  private lowerOf(feature: number, bin: number): number {
    const { binned } = this;
    if (!this.isCoded(feature)) return binned.lower[feature * BIN_SLOTS + bin] as number;
    const code = (this.nodeBins as NodeBins).first[bin] as number;
    return binned.codeLower[(binned.valueOffsets[feature] as number) + code] as number;
  }

  /** The largest value in a bin of the open column. */
  private upperOf(feature: number, bin: number): number {
    const { binned } = this;
    if (!this.isCoded(feature)) return binned.upper[feature * BIN_SLOTS + bin] as number;
    const code = (this.nodeBins as NodeBins).last[bin] as number;
    return binned.codeUpper[(binned.valueOffsets[feature] as number) + code] as number;
  }

  protected noteBin(bin: number): void {
    this.occupied[bin >>> 5] = (this.occupied[bin >>> 5] as number) | (1 << bin);
  }

  private drawnThreshold = 0;

  /** A random cut: of categories by position; of numbers by a threshold, and of codes it is drawn already. */
  private randomCut(feature: number, isCategorical: boolean, last: number): number {
    if (last === 0) return 0;
    if (isCategorical) return Math.floor(this.random.next() * last);
    if (this.isCoded(feature)) return 0;
    const { order } = this;
    const { lower, upper } = this.binned;
    const bins = { lower, upper, base: feature * BIN_SLOTS };
    const lastLeft = this.drawCut(bins, order[0] as number, order[last] as number);
    let at = 0;
    while ((order[at + 1] as number) <= lastLeft) at++;
    return at;
  }

  /** @returns the last code that goes left */
  private drawCut(codes: CodeValues, least: number, most: number): number {
    const { lastLeft, threshold } = drawnCut(codes, least, most, this.random.next());
    this.drawnThreshold = threshold;
    return lastLeft;
  }

  /** Step 2: the set bits, ascending; the map is zero after. Missing joins the list only as a category. */
  private listOccupied(isCategorical: boolean): void {
    const { occupied, order } = this;
    const top = occupied[7] as number;
    this.hasMissing = top < 0;
    occupied[7] = top & 0x7fffffff;
    let count = 0;
    for (let word = 0; word < 8; word++) {
      let bits = occupied[word] as number;
      if (bits === 0) continue;
      occupied[word] = 0;
      const base = (word << 5) + 31;
      while (bits !== 0) {
        order[count++] = base - Math.clz32(bits & -bits);
        bits &= bits - 1;
      }
    }
    if (isCategorical && this.hasMissing) order[count++] = MISSING_BIN;
    this.nOccupied = count;
    if (isCategorical && count < 2) this.hasMissing = false;
  }

  private sortByKeys(): void {
    const { order, keys, nOccupied } = this;
    for (let p = 1; p < nOccupied; p++) {
      const bin = order[p] as number;
      const key = keys[bin] as number;
      let q = p - 1;
      while (q >= 0 && (keys[order[q] as number] as number) > key) {
        order[q + 1] = order[q] as number;
        q--;
      }
      order[q + 1] = bin;
    }
  }
}
