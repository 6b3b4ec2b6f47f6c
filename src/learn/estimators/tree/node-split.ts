/** The best split of the open node so far. One object is reused for every node of a tree. */
export class NodeSplit {
  /** -1: none found. */
  feature = -1;
  /** The criterion's score; comparable within a node only. */
  score = Number.NEGATIVE_INFINITY;
  /** Decrease of weight times impurity. */
  gain = 0;
  isCategorical = false;
  /** Values <= threshold go left (numeric). Infinity: all but the missing. */
  threshold = 0;
  /** Whether rows with a missing value were at the node, and then to which side they go. */
  sawMissing = false;
  missingGoesRight = false;
  /** Numeric: bins up to this one go left; codes where the column has codes. */
  lastLeftBin = 0;
  isCoded = false;
  /** Categorical: bit b of word b >> 5, for the bins that occur at the node and those of them that go left. */
  readonly presentBins = new Uint32Array(8);
  readonly leftBins = new Uint32Array(8);

  clear(): void {
    this.feature = -1;
    this.score = Number.NEGATIVE_INFINITY;
    // Or a node where the first feature cannot be cut would seem to be split perfectly, as the one before was.
    this.gain = 0;
  }

  copyFrom(other: NodeSplit): void {
    this.feature = other.feature;
    this.score = other.score;
    this.gain = other.gain;
    this.isCategorical = other.isCategorical;
    this.threshold = other.threshold;
    this.sawMissing = other.sawMissing;
    this.missingGoesRight = other.missingGoesRight;
    this.lastLeftBin = other.lastLeftBin;
    this.isCoded = other.isCoded;
    this.presentBins.set(other.presentBins);
    this.leftBins.set(other.leftBins);
  }

  /** Categorical: reads from the bins whether values were missing, and where they go. */
  noteMissing(): void {
    this.sawMissing = ((this.presentBins[7] as number) & 0x80000000) !== 0;
    this.missingGoesRight = ((this.leftBins[7] as number) & 0x80000000) === 0;
  }

  /** OUT side: length 256; 0 for a bin that goes left, 1 for right. */
  writeSides(side: Uint8Array): void {
    if (this.isCategorical) {
      for (let bin = 0; bin < 256; bin++)
        side[bin] = 1 - (((this.leftBins[bin >>> 5] as number) >>> bin) & 1);
    } else {
      side.fill(0, 0, this.lastLeftBin + 1);
      side.fill(1, this.lastLeftBin + 1);
      side[255] = this.missingGoesRight ? 1 : 0;
    }
  }
}
