import { Random } from '../../random.js';
import { popBest, pushBest } from '../tree/best-first-heap.js';
import type { BinnedMatrix } from '../tree/binned-matrix.js';
import { type GrownTree, TreeBuilder } from '../tree/grown-tree.js';
import { partitionRows } from '../tree/partition.js';
import { clip, GainSearch, GainSplit, type NodeSums } from './gain-search.js';
import { type Loss, type LossArrays, usesQuantiles, weightedQuantile } from './losses.js';
import type { SplitExchange } from './split-exchange.js';

export interface BoostingGrowOptions {
  readonly learningRate: number;
  readonly maxLeafNodes: number;
  readonly maxDepth: number;
  readonly minSamplesLeaf: number;
  readonly l2Regularization: number;
  /** Features drawn for each split, 1..nFeatures. */
  readonly maxFeatures: number;
  readonly monotonic: Int8Array;
}

export interface GrowerShared {
  readonly binned: BinnedMatrix;
  readonly loss: Loss;
  readonly arrays: LossArrays;
  readonly trainRows: Uint32Array;
  readonly heldOutRows: Uint32Array;
  readonly options: BoostingGrowOptions;
  readonly seed: number;
  readonly stream: number;
}

/** The threads that grow one tree together, seen by one of them. */
export interface Team {
  readonly size: number;
  /** Which one this is, 0..size-1. */
  readonly member: number;
  /** Of size > 1: in shared memory. */
  readonly exchange: SplitExchange;
  /** Waits for the other members. */
  readonly meet: () => void;
  /** Asks whether to go on. */
  readonly poll: () => void;
}

interface GrowingNode extends NodeSums {
  readonly node: number;
  readonly start: number;
  readonly end: number;
  readonly heldOutStart: number;
  readonly heldOutEnd: number;
  readonly depth: number;
  readonly split: GainSplit;
  histogram: Float64Array | undefined;
}

/** Grows trees on one thread, alone or as one of a team; all members come to the same tree. */
export class BoostedTreeGrower {
  private readonly search: GainSearch;
  private readonly rows: Uint32Array;
  private readonly heldOut: Uint32Array;
  private readonly spare: Uint32Array;
  private readonly side = new Uint8Array(256);
  private readonly isDrawn: Uint8Array;
  private readonly drawOrder: Uint32Array;
  private readonly freeHistograms: Float64Array[] = [];
  private readonly random: Random;
  private treeRandom: Random;
  private gradients: Float32Array = new Float32Array(0);
  private hessians: Float32Array = new Float32Array(0);
  private score = 0;

  constructor(
    private readonly input: GrowerShared,
    private readonly team: Team,
  ) {
    const { binned, options } = input;
    const owned: number[] = [];
    for (let j = team.member; j < binned.nFeatures; j += team.size) owned.push(j);
    this.search = new GainSearch(binned, options, owned);
    this.rows = input.trainRows.slice();
    this.heldOut = input.heldOutRows.slice();
    this.spare = new Uint32Array(Math.max(this.rows.length, this.heldOut.length));
    this.isDrawn = new Uint8Array(binned.nFeatures).fill(1);
    this.drawOrder = Uint32Array.from({ length: binned.nFeatures }, (_, j) => j);
    this.random = new Random(input.seed, input.stream).fork(1);
    this.treeRandom = this.random;
  }

  /**
   * One tree on the gradients of raw score `score`; adds its values to the raw scores of all rows.
   * @param tree its number in the ensemble: every thread that grows this tree draws the same numbers
   */
  grow(score: number, tree: number): GrownTree {
    const { binned, arrays, options } = this.input;
    const { nSamples } = arrays;
    this.score = score;
    this.treeRandom = this.random.fork(tree);
    for (let j = 0; j < this.drawOrder.length; j++) this.drawOrder[j] = j;
    // In ascending order again: the rows of a node are then read from front to back, whatever trees came before.
    this.rows.set(this.input.trainRows);
    this.heldOut.set(this.input.heldOutRows);
    this.gradients = arrays.gradients.subarray(score * nSamples, (score + 1) * nSamples);
    this.hessians = arrays.hessians.subarray(score * nSamples, (score + 1) * nSamples);
    const builder = new TreeBuilder(binned, 1, 0);
    builder.addNodes(1, 0);
    const root = this.openRoot();
    const leaves: GrowingNode[] = [];
    const heap: GrowingNode[] = [];
    const sort = (node: GrowingNode): void => {
      if (node.split.feature >= 0) pushBest(heap, node);
      else leaves.push(node);
    };
    this.findSplits([root], undefined);
    sort(root);
    let nLeaves = 1;
    while (heap.length > 0 && nLeaves < options.maxLeafNodes) {
      const [left, right] = this.divide(popBest(heap), builder);
      sort(left);
      sort(right);
      nLeaves++;
    }
    this.closeLeaves(
      [...leaves, ...heap].sort((a, b) => a.node - b.node),
      builder,
    );
    return builder.finish();
  }

  private openRoot(): GrowingNode {
    const { rows, gradients, hessians } = this;
    let gradient = 0;
    let hessian = 0;
    for (let k = 0; k < rows.length; k++) {
      gradient += gradients[rows[k] as number] as number;
      hessian += hessians[rows[k] as number] as number;
    }
    return {
      node: 0,
      start: 0,
      end: rows.length,
      heldOutStart: 0,
      heldOutEnd: this.heldOut.length,
      depth: 0,
      gradient,
      hessian,
      count: rows.length,
      value: 0,
      lower: Number.NEGATIVE_INFINITY,
      upper: Number.POSITIVE_INFINITY,
      split: new GainSplit(),
      histogram: undefined,
    };
  }

  /** Finds the best splits of one node, or of two siblings whose parent's histogram is given, with one barrier. */
  private findSplits(nodes: readonly GrowingNode[], parentHistogram: Float64Array | undefined): void {
    const { options } = this.input;
    this.team.poll();
    const maySplit = nodes.map(
      (node) => node.depth < options.maxDepth && node.count >= 2 * options.minSamplesLeaf,
    );
    if (!maySplit.includes(true)) {
      if (parentHistogram !== undefined) this.freeHistograms.push(parentHistogram);
      for (const node of nodes) node.split.clear();
      return;
    }
    const [first, second] = nodes as [GrowingNode, GrowingNode | undefined];
    const smaller = second !== undefined && second.count < first.count ? second : first;
    smaller.histogram = this.freeHistograms.pop() ?? new Float64Array(this.search.histogramLength);
    this.search.build(
      smaller.histogram,
      this.rows,
      smaller.start,
      smaller.end,
      this.gradients,
      this.hessians,
      this.team.poll,
    );
    if (second !== undefined && parentHistogram !== undefined) {
      const larger = smaller === first ? second : first;
      this.search.subtract(parentHistogram, smaller.histogram);
      larger.histogram = parentHistogram;
    }
    nodes.forEach((node, slot) => {
      node.split.clear();
      if (maySplit[slot] && node.histogram !== undefined) {
        this.drawFeatures();
        this.search.search(node.histogram, node, this.isDrawn, node.split);
      }
      this.team.exchange.post(this.team.member, slot, node.split);
    });
    this.team.meet();
    nodes.forEach((node, slot) => {
      this.team.exchange.takeBest(slot, node.split);
      if (node.split.feature < 0) this.freeHistogram(node);
    });
    this.team.exchange.turn();
  }

  private drawFeatures(): void {
    const { isDrawn, drawOrder, treeRandom } = this;
    const { maxFeatures } = this.input.options;
    if (maxFeatures >= drawOrder.length) return;
    treeRandom.shuffle(drawOrder);
    isDrawn.fill(0);
    for (let k = 0; k < maxFeatures; k++) isDrawn[drawOrder[k] as number] = 1;
  }

  private freeHistogram(node: GrowingNode): void {
    if (node.histogram !== undefined) this.freeHistograms.push(node.histogram);
    node.histogram = undefined;
  }

  private divide(parent: GrowingNode, builder: TreeBuilder): [GrowingNode, GrowingNode] {
    const { binned, options } = this.input;
    const { split } = parent;
    const base = split.feature * binned.nSamples;
    const moreGoRight = parent.count - split.leftCount > split.leftCount;
    this.writeSides(split, moreGoRight);
    const middle = partitionRows(
      binned.bins,
      base,
      this.side,
      parent.start,
      parent.end,
      this.rows,
      this.spare,
    );
    const heldOutMiddle = partitionRows(
      binned.bins,
      base,
      this.side,
      parent.heldOutStart,
      parent.heldOutEnd,
      this.heldOut,
      this.spare,
    );
    const first = builder.addNodes(2, parent.depth + 1);
    builder.setSplit(parent.node, split, first, moreGoRight);
    const l2 = options.l2Regularization;
    const rightGradient = parent.gradient - split.leftGradient;
    const rightHessian = parent.hessian - split.leftHessian;
    const leftValue = clip(-split.leftGradient / (split.leftHessian + l2), parent.lower, parent.upper);
    const rightValue = clip(-rightGradient / (rightHessian + l2), parent.lower, parent.upper);
    const direction = options.monotonic[split.feature] as number;
    const between = (leftValue + rightValue) / 2;
    const left: GrowingNode = {
      node: first,
      start: parent.start,
      end: middle,
      heldOutStart: parent.heldOutStart,
      heldOutEnd: heldOutMiddle,
      depth: parent.depth + 1,
      gradient: split.leftGradient,
      hessian: split.leftHessian,
      count: split.leftCount,
      value: leftValue,
      lower: direction < 0 ? between : parent.lower,
      upper: direction > 0 ? between : parent.upper,
      split: new GainSplit(),
      histogram: undefined,
    };
    const right: GrowingNode = {
      node: first + 1,
      start: middle,
      end: parent.end,
      heldOutStart: heldOutMiddle,
      heldOutEnd: parent.heldOutEnd,
      depth: parent.depth + 1,
      gradient: rightGradient,
      hessian: rightHessian,
      count: parent.count - split.leftCount,
      value: rightValue,
      lower: direction > 0 ? between : parent.lower,
      upper: direction < 0 ? between : parent.upper,
      split: new GainSplit(),
      histogram: undefined,
    };
    const { histogram } = parent;
    parent.histogram = undefined;
    this.findSplits([left, right], histogram);
    return [left, right];
  }

  /** Held-out rows may have bins that no row of the node has: these go where the finished tree sends them. */
  private writeSides(split: GainSplit, moreGoRight: boolean): void {
    split.writeSides(this.side);
    if (split.isCategorical) {
      for (let bin = 0; bin < 256; bin++) {
        const isPresent = (((split.presentBins[bin >>> 5] as number) >>> bin) & 1) === 1;
        if (!isPresent) this.side[bin] = moreGoRight ? 1 : 0;
      }
    } else if (!split.sawMissing) {
      this.side[255] = moreGoRight ? 1 : 0;
    }
  }

  /**
   * Writes the leaves' values into the tree and adds them to this thread's share of the leaves' rows. Values that come
   * from residuals are all found before any thread changes the raw scores that they are found from.
   */
  private closeLeaves(leaves: readonly GrowingNode[], builder: TreeBuilder): void {
    const { options, loss } = this.input;
    const values = leaves.map(
      (leaf) => options.learningRate * (usesQuantiles(loss) ? this.residualQuantile(leaf) : leaf.value),
    );
    if (usesQuantiles(loss)) this.team.meet();
    leaves.forEach((leaf, k) => {
      const value = values[k] as number;
      this.freeHistogram(leaf);
      const reserved = builder.reserveValue(leaf.node);
      reserved.values[reserved.offset] = value;
      this.addToRows(this.rows, leaf.start, leaf.end, value);
      this.addToRows(this.heldOut, leaf.heldOutStart, leaf.heldOutEnd, value);
    });
  }

  private addToRows(rows: Uint32Array, start: number, end: number, value: number): void {
    const { arrays } = this.input;
    const { size, member } = this.team;
    const base = this.score * arrays.nSamples;
    const { raw } = arrays;
    const from = start + Math.floor(((end - start) * member) / size);
    const to = start + Math.floor(((end - start) * (member + 1)) / size);
    for (let k = from; k < to; k++) {
      const at = base + (rows[k] as number);
      raw[at] = (raw[at] as number) + value;
    }
  }

  private residualQuantile(leaf: GrowingNode): number {
    const { arrays, loss } = this.input;
    const rows = this.rows.subarray(leaf.start, leaf.end);
    const residuals = Float64Array.from(
      rows,
      (row) => (arrays.y[row] as number) - (arrays.raw[row] as number),
    );
    const weights = Float64Array.from(rows, (row) => arrays.weights[row] as number);
    return weightedQuantile(residuals, weights, loss.name === 'quantile' ? loss.quantile : 0.5);
  }
}
