import type { BinnedMatrix } from './binned-matrix.js';
import type { NodeSplit } from './node-split.js';

/** Bits of a node's flags. */
export const MISSING_GOES_RIGHT = 1;
export const IS_CATEGORICAL = 2;

/**
 * One tree as it comes from a thread. Nodes are numbered so that the children of a node are neighbours and come
 * after it: the right child is `left + 1`.
 */
export interface GrownTree {
  /** Length nNodes; -1 for a leaf. */
  readonly feature: Int32Array;
  /** Length nNodes; numeric: values <= threshold go left; categorical: index of the first word of its bits. */
  readonly threshold: Float64Array;
  /** Length nNodes; the left child; for a leaf of one class: that class; else nClasses + row in `values`. */
  readonly left: Int32Array;
  readonly flags: Uint8Array;
  /** Row-major, nOutputs a row. */
  readonly values: Float64Array;
  /** Bit c: category c goes left. */
  readonly categoryBits: Uint32Array;
  /** Length nFeatures, not normalised: the sum of weight times impurity that splits on it took away. */
  readonly importances: Float64Array;
  readonly depth: number;
  readonly nLeaves: number;
}

/** The most nodes that room is made for before they are there. */
const MOST_NODES_AHEAD = 16_384;

/** Collects the nodes of a tree while it grows; numbers and records are of GrownTree. */
export class TreeBuilder {
  private feature: Int32Array;
  private threshold: Float64Array;
  private left: Int32Array;
  private flags: Uint8Array;
  /** By node: weight times impurity, the gain of its split, its own prediction, its depth. */
  private impurity: Float64Array;
  private gain: Float64Array;
  private value: Int32Array;
  private depth: Int32Array;
  private values: Float64Array;
  private nValues = 0;
  private readonly categoryBits: number[] = [];
  nNodes = 0;

  constructor(
    private readonly binned: BinnedMatrix,
    readonly nOutputs: number,
    private readonly nClasses: number,
    nRows = 0,
  ) {
    // About what a full tree of noisy labels needs; the arrays grow where that is not enough.
    const capacity = Math.max(64, Math.min(MOST_NODES_AHEAD, nRows >> 1));
    this.feature = new Int32Array(capacity);
    this.threshold = new Float64Array(capacity);
    this.left = new Int32Array(capacity);
    this.flags = new Uint8Array(capacity);
    this.impurity = new Float64Array(capacity);
    this.gain = new Float64Array(capacity);
    this.value = new Int32Array(capacity);
    this.depth = new Int32Array(capacity);
    this.values = new Float64Array(64);
  }

  /** Adds `count` neighbouring nodes, leaves without a value as yet. @returns the first one's number */
  addNodes(count: number, depth: number): number {
    const first = this.nNodes;
    this.nNodes += count;
    while (this.nNodes > this.feature.length) this.grow();
    for (let node = first; node < this.nNodes; node++) {
      this.feature[node] = -1;
      this.depth[node] = depth;
      this.value[node] = -1;
    }
    return first;
  }

  /** A leaf of one class. */
  setClass(node: number, code: number): void {
    this.value[node] = code;
  }

  /** Reserves room for the node's value. @returns where to write nOutputs numbers */
  reserveValue(node: number): { values: Float64Array; offset: number } {
    const offset = this.nValues * this.nOutputs;
    if (offset + this.nOutputs > this.values.length) {
      const grown = new Float64Array(Math.max(this.values.length * 2, offset + this.nOutputs));
      grown.set(this.values);
      this.values = grown;
    }
    this.value[node] = this.nClasses + this.nValues++;
    return { values: this.values, offset };
  }

  setImpurity(node: number, impurity: number): void {
    this.impurity[node] = impurity;
  }

  /** @param moreGoRight where rows go whose value did not occur at the node */
  setSplit(node: number, split: NodeSplit, left: number, moreGoRight: boolean): void {
    const missingRight = split.sawMissing ? split.missingGoesRight : moreGoRight;
    this.feature[node] = split.feature;
    this.left[node] = left;
    this.gain[node] = split.gain;
    this.flags[node] = (missingRight ? MISSING_GOES_RIGHT : 0) | (split.isCategorical ? IS_CATEGORICAL : 0);
    this.threshold[node] = split.isCategorical ? this.categoryBits.length : split.threshold;
    if (split.isCategorical) this.addCategoryBits(split, moreGoRight);
  }

  private addCategoryBits(split: NodeSplit, moreGoRight: boolean): void {
    const { nCategories, categoryOffsets, binOfCategory } = this.binned;
    const count = nCategories[split.feature] as number;
    const offset = categoryOffsets[split.feature] as number;
    for (let code = 0; code < count; code += 32) {
      let word = 0;
      for (let bit = 0; bit < 32 && code + bit < count; bit++) {
        const bin = binOfCategory[offset + code + bit] as number;
        const isPresent = (((split.presentBins[bin >>> 5] as number) >>> bin) & 1) === 1;
        const isLeft = (((split.leftBins[bin >>> 5] as number) >>> bin) & 1) === 1;
        if (isPresent ? isLeft : !moreGoRight) word |= 1 << bit;
      }
      this.categoryBits.push(word >>> 0);
    }
  }

  /**
   * Cuts back by minimal cost-complexity (Breiman et al. 1984, chapter 3): of all subtrees the smallest one with
   * the least sum of impurity plus `ccpAlpha` a leaf. One pass from the leaves to the root finds it, since
   * children have larger numbers. Every node must have its value.
   */
  prune(ccpAlpha: number, rootWeight: number): void {
    const cost = new Float64Array(this.nNodes);
    for (let node = this.nNodes - 1; node >= 0; node--) {
      const asLeaf = (this.impurity[node] as number) / rootWeight + ccpAlpha;
      cost[node] = asLeaf;
      if (this.feature[node] === -1) continue;
      const left = this.left[node] as number;
      const asTree = (cost[left] as number) + (cost[left + 1] as number);
      if (asLeaf <= asTree) this.feature[node] = -1;
      else cost[node] = asTree;
    }
  }

  /** The finished tree of nodes that were added depth first, and all of which are reachable: numbers stay. */
  finishInOrder(): GrownTree {
    const { nNodes } = this;
    const feature = this.feature.slice(0, nNodes);
    const left = this.left.slice(0, nNodes);
    const importances = new Float64Array(this.binned.nFeatures);
    let nLeaves = 0;
    let depth = 0;
    for (let node = 0; node < nNodes; node++) {
      const split = feature[node] as number;
      if (split === -1) {
        nLeaves++;
        left[node] = this.value[node] as number;
        if ((this.depth[node] as number) > depth) depth = this.depth[node] as number;
      } else {
        importances[split] = (importances[split] as number) + Math.max(0, this.gain[node] as number);
      }
    }
    return {
      feature,
      threshold: this.threshold.slice(0, nNodes),
      left,
      flags: this.flags.slice(0, nNodes),
      values: this.values.slice(0, this.nValues * this.nOutputs),
      categoryBits: Uint32Array.from(this.categoryBits),
      importances,
      depth,
      nLeaves,
    };
  }

  /** The finished tree: what is reachable from the root, numbered anew, depth first. */
  finish(): GrownTree {
    const { nOutputs, nClasses } = this;
    const feature = new Int32Array(this.nNodes);
    const threshold = new Float64Array(this.nNodes);
    const left = new Int32Array(this.nNodes);
    const flags = new Uint8Array(this.nNodes);
    const importances = new Float64Array(this.binned.nFeatures);
    let nNodes = 1;
    let nLeaves = 0;
    let nValues = 0;
    let depth = 0;
    const values = new Float64Array(this.nValues * nOutputs);
    // Pairs (number in the builder, new number).
    const stack = [0, 0];
    while (stack.length > 0) {
      const to = stack.pop() as number;
      const from = stack.pop() as number;
      const split = this.feature[from] as number;
      feature[to] = split;
      depth = Math.max(depth, this.depth[from] as number);
      if (split === -1) {
        nLeaves++;
        const value = this.value[from] as number;
        left[to] = value < nClasses ? value : nClasses + nValues;
        if (value >= nClasses) {
          const row = (value - nClasses) * nOutputs;
          for (let c = 0; c < nOutputs; c++) values[nValues * nOutputs + c] = this.values[row + c] as number;
          nValues++;
        }
        continue;
      }
      threshold[to] = this.threshold[from] as number;
      flags[to] = this.flags[from] as number;
      left[to] = nNodes;
      importances[split] = (importances[split] as number) + Math.max(0, this.gain[from] as number);
      const child = this.left[from] as number;
      stack.push(child + 1, nNodes + 1, child, nNodes);
      nNodes += 2;
    }
    return {
      feature: feature.slice(0, nNodes),
      threshold: threshold.slice(0, nNodes),
      left: left.slice(0, nNodes),
      flags: flags.slice(0, nNodes),
      values: values.slice(0, nValues * nOutputs),
      categoryBits: Uint32Array.from(this.categoryBits),
      importances,
      depth,
      nLeaves,
    };
  }

  private grow(): void {
    const length = this.feature.length * 2;
    const copy = <T extends Int32Array | Float64Array | Uint8Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.feature = copy(new Int32Array(length), this.feature);
    this.threshold = copy(new Float64Array(length), this.threshold);
    this.left = copy(new Int32Array(length), this.left);
    this.flags = copy(new Uint8Array(length), this.flags);
    this.impurity = copy(new Float64Array(length), this.impurity);
    this.gain = copy(new Float64Array(length), this.gain);
    this.value = copy(new Int32Array(length), this.value);
    this.depth = copy(new Int32Array(length), this.depth);
  }
}
