/**
 * Grows one tree. The rows of a node are a stretch of one index array; a split divides the stretch in two,
 * keeping the order on both sides, so that the bins of a node are always read in ascending rows.
 *
 * Depth first, left child first, unless `maxLeafNodes` is set: then the leaf whose split takes away most impurity
 * comes next. A node's features are drawn without replacement until `maxFeatures` are seen and one of
 * them was not constant. A feature that was constant at a node is constant below it and is not looked at again.
 * Where a split leaves both sides pure, the features that were not looked at yet cannot do better.
 */
import type { KernelControl } from '../../parallel/thread-pool.js';
import type { Random } from '../../random.js';
import { popBest, pushBest } from './best-first-heap.js';
import type { CodedMatrix } from './coded-matrix.js';
import type { GrowOptions } from './grow-options.js';
import { type GrownTree, TreeBuilder } from './grown-tree.js';
import type { NodeSearch } from './node-search.js';
import { NodeSplit } from './node-split.js';

/** Impurity below which a node counts as pure: what rounding leaves of zero. */
const PURE = Number.EPSILON;

/** What a node costs beside its rows, in rows; and how many rows may pass between two checkpoints (well under 1 ms). */
const ROWS_PER_NODE = 50;
const ROWS_PER_CHECKPOINT = 50_000;
/** The share of a node's impurity beyond which a split has taken all of it. */
const PERFECT = 1 - 1e-12;

interface OpenNode {
  readonly node: number;
  readonly start: number;
  readonly end: number;
  readonly depth: number;
}

interface Candidate extends OpenNode {
  readonly split: NodeSplit;
}

export class TreeGrower {
  private readonly builder: TreeBuilder;
  private readonly features: Int32Array;
  /** By feature: the depth at which it was found constant, on the way to the open node; else a large number. */
  private readonly constantSince: Int32Array;
  /** The features with an entry in `constantSince`, in the order they were found. */
  private readonly constants: number[] = [];
  private readonly nRows: number;
  private rootWeight = 0;
  private nDone = 0;
  private nSinceCheckpoint = 0;

  /** @param nClasses 0 for regression */
  constructor(
    binned: CodedMatrix,
    private readonly options: GrowOptions,
    private readonly search: NodeSearch,
    nClasses: number,
    private readonly random: Random,
    private readonly control: KernelControl,
  ) {
    this.builder = new TreeBuilder(binned, search.nOutputs, nClasses, search.nRows);
    this.nRows = search.nRows;
    this.features = Int32Array.from({ length: binned.nFeatures }, (_, j) => j);
    this.constantSince = new Int32Array(binned.nFeatures).fill(NOT_CONSTANT);
  }

  /** Cost: O(rows * maxFeatures * depth) for all criteria but absolute error, which adds a factor log(rows). */
  grow(): GrownTree {
    this.builder.addNodes(1, 0);
    if (this.options.maxLeafNodes === 0) this.growDepthFirst();
    else this.growBestFirst();
    if (this.options.ccpAlpha > 0) this.builder.prune(this.options.ccpAlpha, this.rootWeight);
    else if (this.options.maxLeafNodes === 0) return this.builder.finishInOrder();
    return this.builder.finish();
  }

  private growDepthFirst(): void {
    const stack: OpenNode[] = [{ node: 0, start: 0, end: this.nRows, depth: 0 }];
    for (let open = stack.pop(); open !== undefined; open = stack.pop()) {
      if (!this.findSplit(open)) {
        this.nDone += open.end - open.start;
        continue;
      }
      const [left, right] = this.divide(open, this.search.split);
      stack.push(right, left);
    }
  }

  private growBestFirst(): void {
    const heap: Candidate[] = [];
    const consider = (open: OpenNode): void => {
      this.forgetConstants(0);
      if (!this.findSplit(open)) return;
      const split = new NodeSplit();
      split.copyFrom(this.search.split);
      pushBest(heap, { ...open, split });
    };
    consider({ node: 0, start: 0, end: this.nRows, depth: 0 });
    for (let nLeaves = 1; nLeaves < this.options.maxLeafNodes && heap.length > 0; nLeaves++) {
      const best = popBest(heap);
      this.nDone = (this.nRows * nLeaves) / this.options.maxLeafNodes;
      for (const child of this.divide(best, best.split)) consider(child);
    }
  }

  /** Opens a node and looks for its best split; writes its value where it may stay a leaf. */
  private findSplit({ node, start, end, depth }: OpenNode): boolean {
    const { search, options, builder } = this;
    this.checkpointAfter(end - start);
    search.openNode(start, end);
    builder.setImpurity(node, search.impurity);
    if (node === 0) this.rootWeight = search.weight;
    const nRows = end - start;
    const mayBeSplit =
      !search.isPure &&
      depth < options.maxDepth &&
      nRows >= options.minSamplesSplit &&
      nRows >= 2 * options.minSamplesLeaf &&
      search.impurity > PURE * search.weight;
    if (mayBeSplit) {
      this.searchFeatures(depth, nRows);
      const { split } = search;
      const isWorthIt = split.gain / this.rootWeight + PURE >= options.minImpurityDecrease;
      if (split.feature >= 0 && isWorthIt) {
        // A node that is split needs its own value only when pruning or best-first growth may make it a leaf again.
        if (options.ccpAlpha > 0 || options.maxLeafNodes > 0) this.writeValue(node);
        return true;
      }
    }
    this.writeValue(node);
    return false;
  }

  private writeValue(node: number): void {
    const code = this.search.leafClass();
    if (code >= 0) {
      this.builder.setClass(node, code);
    } else {
      const { values, offset } = this.builder.reserveValue(node);
      this.search.writeLeaf(values, offset);
    }
  }

  private searchFeatures(depth: number, nRows: number): void {
    const { features, search, constantSince, constants, options, random } = this;
    this.forgetConstants(depth);
    const nFeatures = features.length;
    let nSeen = 0;
    let foundVarying = false;
    for (let left = nFeatures; left > 0 && (nSeen < options.maxFeatures || !foundVarying); left--) {
      // Drawn even when all are looked at: among features that do equally well (all do, in a node of two rows) the
      // seed decides, and not the order of the columns. 32 bits times the bound: the bias is below
      // nFeatures / 2^32, and no division is needed.
      const at = Math.floor((random.nextUint32() * left) / 4294967296);
      const feature = features[at] as number;
      features[at] = features[left - 1] as number;
      features[left - 1] = feature;
      nSeen++;
      if ((constantSince[feature] as number) < depth) continue;
      if (search.search(feature)) {
        foundVarying = true;
        if (search.split.gain >= search.impurity * PERFECT) return;
      } else {
        constantSince[feature] = depth;
        constants.push(feature);
      }
      this.checkpointAfter(nRows);
    }
  }

  /** A small node costs less than asking whether to go on: ask once per so many rows looked at. */
  private checkpointAfter(nRows: number): void {
    this.nSinceCheckpoint += nRows + ROWS_PER_NODE;
    if (this.nSinceCheckpoint < ROWS_PER_CHECKPOINT) return;
    this.nSinceCheckpoint = 0;
    this.control.checkpoint(this.nDone / this.nRows);
  }

  /** Depth first, what was found at this depth or deeper belongs to another branch. */
  private forgetConstants(depth: number): void {
    const { constants, constantSince } = this;
    while (constants.length > 0) {
      const feature = constants[constants.length - 1] as number;
      if ((constantSince[feature] as number) < depth) return;
      constantSince[feature] = NOT_CONSTANT;
      constants.pop();
    }
  }

  /** Divides a node's rows by a split and adds its children. */
  private divide({ node, start, end, depth }: OpenNode, split: NodeSplit): [OpenNode, OpenNode] {
    const { builder } = this;
    const middle = this.search.divide(split, start, end);
    const left = builder.addNodes(2, depth + 1);
    builder.setSplit(node, split, left, end - middle > middle - start);
    return [
      { node: left, start, end: middle, depth: depth + 1 },
      { node: left + 1, start: middle, end, depth: depth + 1 },
    ];
  }
}

const NOT_CONSTANT = 2_147_483_647;
