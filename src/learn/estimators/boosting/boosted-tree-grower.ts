import { Random } from '../../random.js';
import { type BoostingKernels, openBoostingKernels } from '../../wasm/boosting-kernels.js';
import { popBest, pushBest } from '../tree/best-first-heap.js';
import { type GrownTree, TreeBuilder } from '../tree/grown-tree.js';
import { clip, GainSearch, GainSplit, type NodeSums, type Units } from './gain-search.js';
import type { GrowerShared, Team } from './grower-types.js';
import { boundStep } from './losses.js';
import { NodeHistograms } from './node-histograms.js';
import { findQuantiles, type QuantileLeaves } from './quantile-leaves.js';
import { copyOwned, countOwned, drawOwned } from './row-blocks.js';

/** Stretches are of this thread's rows; sums are of all threads'. */
interface GrowingNode extends NodeSums {
  readonly node: number;
  readonly start: number;
  readonly end: number;
  readonly carriedStart: number;
  readonly carriedEnd: number;
  readonly depth: number;
  readonly split: GainSplit;
  /** Where its histogram is; undefined: nowhere. */
  slot: number | undefined;
}

/** Streams of random numbers: features by tree, rows by iteration. */
const FEATURE_STREAM = 1;
const ROW_STREAM = 3;

/** Grows trees on one thread, alone or as one of a team; all members come to the same tree. */
export class BoostedTreeGrower {
  private readonly kernels: BoostingKernels;
  private readonly search: GainSearch;
  private readonly histograms: NodeHistograms;
  private readonly rows: Uint32Array;
  private readonly carried: Uint32Array;
  private readonly side: Uint8Array;
  private readonly out: Float64Array;
  private readonly isDrawn: Uint8Array;
  private readonly drawOrder: Uint32Array;
  private readonly random: Random;
  private treeRandom: Random;
  /** By node of a tree: splits are reused from tree to tree. */
  private readonly splits: GainSplit[] = [];
  private units: Units = { gradient: 1, hessian: 1, countShift: 32 };
  private score = 0;

  constructor(
    private readonly input: GrowerShared,
    private readonly team: Team,
  ) {
    const { binned, options, memory } = input;
    const { size, member, places } = team;
    const { buffer } = memory.memory;
    const owned = (count: number): number => countOwned(count, member, size);
    const nRows = owned(input.trainRows.length);
    const nCarried = owned(input.heldOutRows.length) + (options.subsample < 1 ? nRows : 0);
    this.kernels = openBoostingKernels(memory.memory);
    const from = firstFeatureOf(member, size, memory.cellOffsets);
    const to = firstFeatureOf(member + 1, size, memory.cellOffsets);
    this.search = new GainSearch(binned, options, memory, this.kernels, from, to, places);
    this.histograms = new NodeHistograms(
      memory,
      this.kernels,
      places,
      size,
      binned.nFeatures,
      from,
      to,
      team.poll,
    );
    this.rows = new Uint32Array(buffer, places.rows, nRows);
    this.carried = new Uint32Array(buffer, places.carried, nCarried);
    this.side = new Uint8Array(buffer, places.side, 256);
    this.out = new Float64Array(buffer, places.out, 3);
    this.isDrawn = new Uint8Array(buffer, places.drawn, binned.nFeatures).fill(1);
    this.drawOrder = Uint32Array.from({ length: binned.nFeatures }, (_, j) => j);
    this.random = new Random(input.seed, input.stream);
    this.treeRandom = this.random;
  }

  /**
   * One tree on the pairs of raw score `score`; adds its values to the raw scores of all rows.
   * @param units what the integers of the pairs mean
   */
  grow(iteration: number, score: number, units: Units): GrownTree {
    const { binned, options, loss } = this.input;
    this.score = score;
    this.units = units;
    this.search.useUnits(units);
    // Every thread that grows this tree draws the same numbers.
    this.treeRandom = this.random.fork(FEATURE_STREAM).fork(iteration * loss.nScores + score);
    for (let j = 0; j < this.drawOrder.length; j++) this.drawOrder[j] = j;
    const builder = new TreeBuilder(binned, 1, 0);
    builder.addNodes(1, 0);
    const root = this.openRoot(iteration);
    const leaves: GrowingNode[] = [];
    const heap: GrowingNode[] = [];
    const sort = (node: GrowingNode): void => {
      if (node.split.feature >= 0) pushBest(heap, node);
      else leaves.push(node);
    };
    sort(root);
    let nLeaves = 1;
    while (heap.length > 0 && nLeaves < options.maxLeafNodes) {
      nLeaves++;
      const [left, right] = this.divide(popBest(heap), builder, nLeaves === options.maxLeafNodes);
      sort(left);
      sort(right);
    }
    this.closeLeaves(
      [...leaves, ...heap].sort((a, b) => a.node - b.node),
      builder,
    );
    return builder.finish();
  }

  /** Lays out the rows of the iteration, in ascending order, and searches all of them. */
  private openRoot(iteration: number): GrowingNode {
    const { team, rows, carried, histograms, units, input } = this;
    const { trainRows, heldOutRows, options } = input;
    const { member, size } = team;
    const nHeldOut = countOwned(heldOutRows.length, member, size);
    copyOwned(heldOutRows, member, size, carried);
    let nRows = rows.length;
    if (options.subsample < 1) {
      const others = carried.subarray(nHeldOut);
      const lots = this.random.fork(ROW_STREAM).fork(iteration);
      nRows = drawOwned(trainRows, member, size, options.subsample, lots, rows, others);
    } else {
      copyOwned(trainRows, member, size, rows);
    }
    const slot = histograms.take(0);
    histograms.count(slot, 0, this.pairsPlace(), units, team.places.rows, nRows);
    team.meet();
    histograms.sum(slot, 0, units);
    const [gradient, hessian, count] = Array.from(this.out) as [number, number, number];
    const root: GrowingNode = {
      node: 0,
      start: 0,
      end: nRows,
      carriedStart: 0,
      carriedEnd: nHeldOut + rows.length - nRows,
      depth: 0,
      gradient,
      hessian,
      count,
      value: 0,
      lower: Number.NEGATIVE_INFINITY,
      upper: Number.POSITIVE_INFINITY,
      split: this.splitOf(0),
      slot,
    };
    histograms.merge(slot, 0);
    this.searchNodes([root]);
    return root;
  }

  private splitOf(node: number): GainSplit {
    const split = this.splits[node] ?? new GainSplit();
    this.splits[node] = split;
    split.clear();
    return split;
  }

  private maySplit(node: GrowingNode): boolean {
    const { maxDepth, minSamplesLeaf } = this.input.options;
    return node.depth < maxDepth && node.count >= 2 * minSamplesLeaf;
  }

  /** Finds the best splits of two siblings; `parentSlot` has their parent's histogram if it was kept. */
  private openSiblings(left: GrowingNode, right: GrowingNode, parentSlot: number | undefined): void {
    const { histograms, team, units } = this;
    team.poll();
    if (!this.maySplit(left) && !this.maySplit(right)) {
      if (parentSlot !== undefined) histograms.release(parentSlot);
      return;
    }
    const [smaller, larger] = right.count < left.count ? [right, left] : [left, right];
    const count = (node: GrowingNode, which: number): number => {
      const slot = histograms.take(which);
      const place = team.places.rows + node.start * 4;
      histograms.count(slot, which, this.pairsPlace(), units, place, node.end - node.start);
      node.slot = slot;
      return slot;
    };
    const smallerSlot = count(smaller, 0);
    const largerSlot = parentSlot ?? count(larger, 1);
    larger.slot = largerSlot;
    team.meet();
    histograms.merge(smallerSlot, 0);
    if (parentSlot === undefined) histograms.merge(largerSlot, 1);
    else histograms.subtract(largerSlot, smallerSlot);
    this.searchNodes([left, right]);
  }

  /** The best splits of nodes whose histograms are there, this thread's part of them at least. */
  private searchNodes(nodes: readonly GrowingNode[]): void {
    const { histograms, team } = this;
    nodes.forEach((node, at) => {
      node.split.clear();
      if (this.maySplit(node) && node.slot !== undefined) {
        this.drawFeatures();
        this.search.search(histograms.placeOf(node.slot), node, this.isDrawn, node.split);
      }
      if (team.size > 1) team.exchange.post(team.member, at, node.split);
    });
    team.meet();
    nodes.forEach((node, at) => {
      if (team.size > 1) team.exchange.takeBest(at, node.split);
      if (node.split.feature < 0 || (node.slot !== undefined && !histograms.keeps(node.slot)))
        this.forget(node);
    });
    team.exchange.turn();
  }

  private drawFeatures(): void {
    const { isDrawn, drawOrder, treeRandom } = this;
    const { maxFeatures } = this.input.options;
    if (maxFeatures >= drawOrder.length) return;
    treeRandom.shuffle(drawOrder);
    isDrawn.fill(0);
    for (let k = 0; k < maxFeatures; k++) isDrawn[drawOrder[k] as number] = 1;
  }

  private forget(node: GrowingNode): void {
    if (node.slot !== undefined) this.histograms.release(node.slot);
    node.slot = undefined;
  }

  /** @param isLast whether no node is divided after this one, so that its children need no splits */
  private divide(parent: GrowingNode, builder: TreeBuilder, isLast: boolean): [GrowingNode, GrowingNode] {
    const { options } = this.input;
    const { split } = parent;
    const { rows, carried } = this.team.places;
    const moreGoRight = parent.count - split.leftCount > split.leftCount;
    this.writeSides(split, moreGoRight);
    const middle = parent.start + this.partition(rows, parent.start, parent.end, split.feature);
    const carriedMiddle =
      parent.carriedStart + this.partition(carried, parent.carriedStart, parent.carriedEnd, split.feature);
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
      carriedStart: parent.carriedStart,
      carriedEnd: carriedMiddle,
      depth: parent.depth + 1,
      gradient: split.leftGradient,
      hessian: split.leftHessian,
      count: split.leftCount,
      value: leftValue,
      lower: direction < 0 ? between : parent.lower,
      upper: direction > 0 ? between : parent.upper,
      split: this.splitOf(first),
      slot: undefined,
    };
    const right: GrowingNode = {
      node: first + 1,
      start: middle,
      end: parent.end,
      carriedStart: carriedMiddle,
      carriedEnd: parent.carriedEnd,
      depth: parent.depth + 1,
      gradient: rightGradient,
      hessian: rightHessian,
      count: parent.count - split.leftCount,
      value: rightValue,
      lower: direction > 0 ? between : parent.lower,
      upper: direction < 0 ? between : parent.upper,
      split: this.splitOf(first + 1),
      slot: undefined,
    };
    const { slot } = parent;
    parent.slot = undefined;
    if (!isLast) this.openSiblings(left, right, slot);
    else if (slot !== undefined) this.histograms.release(slot);
    return [left, right];
  }

  /** Divides rows start..end-1 of a list by the side of their bin. @returns how many go left */
  private partition(list: number, start: number, end: number, feature: number): number {
    const { memory, binned } = this.input;
    const { spare, side } = this.team.places;
    const column = memory.columns + feature * binned.nSamples;
    return this.kernels.partition(list + start * 4, end - start, spare, column, side);
  }

  /** Carried rows may have bins that no row of the node has: these go where the finished tree sends them. */
  private writeSides(split: GainSplit, moreGoRight: boolean): void {
    const { side } = this;
    split.writeSides(side);
    if (split.isCategorical) {
      for (let bin = 0; bin < 256; bin++) {
        const isPresent = (((split.presentBins[bin >>> 5] as number) >>> bin) & 1) === 1;
        if (!isPresent) side[bin] = moreGoRight ? 1 : 0;
      }
    } else if (!split.sawMissing) {
      side[255] = moreGoRight ? 1 : 0;
    }
  }

  /**
   * Writes the leaves' values into the tree and adds them to the raw scores of this thread's rows. Values that come
   * from residuals are all found before any thread changes the raw scores that they are found from.
   */
  private closeLeaves(leaves: readonly GrowingNode[], builder: TreeBuilder): void {
    const { options, memory, arrays, loss, quantileLeaves } = this.input;
    const { rows, carried } = this.team.places;
    if (quantileLeaves !== undefined) this.findQuantiles(leaves, quantileLeaves);
    const raw = memory.raw + this.score * arrays.nSamples * 8;
    leaves.forEach((leaf, k) => {
      const value = boundStep(loss, options.learningRate * (quantileLeaves?.values[k] ?? leaf.value));
      this.forget(leaf);
      const reserved = builder.reserveValue(leaf.node);
      reserved.values[reserved.offset] = value;
      this.kernels.addToRows(raw, rows + leaf.start * 4, leaf.end - leaf.start, value);
      const nCarried = leaf.carriedEnd - leaf.carriedStart;
      this.kernels.addToRows(raw, carried + leaf.carriedStart * 4, nCarried, value);
    });
  }

  private findQuantiles(leaves: readonly GrowingNode[], quantileLeaves: QuantileLeaves): void {
    const { leafOfRow } = quantileLeaves;
    const { member, size, meet } = this.team;
    leaves.forEach((leaf, k) => {
      for (let at = leaf.start; at < leaf.end; at++) leafOfRow[this.rows[at] as number] = k;
      for (let at = leaf.carriedStart; at < leaf.carriedEnd; at++) leafOfRow[this.carried[at] as number] = -1;
    });
    meet();
    const { trainRows, arrays, loss } = this.input;
    findQuantiles(quantileLeaves, leaves.length, trainRows, arrays, loss, member, size);
    meet();
  }

  private pairsPlace(): number {
    const { memory, arrays } = this.input;
    return memory.pairs + this.score * arrays.nSamples * 8;
  }
}

/** Where the part of `member` begins when features are shared out so that parts have about equally many cells. */
function firstFeatureOf(member: number, size: number, cellOffsets: Float64Array): number {
  const nFeatures = cellOffsets.length - 1;
  const wanted = ((cellOffsets[nFeatures] as number) * member) / size;
  let feature = 0;
  while (feature < nFeatures && (cellOffsets[feature] as number) < wanted) feature++;
  return feature;
}
