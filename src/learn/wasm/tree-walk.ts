/**
 * Prediction by many trees in WebAssembly (see ./assembly/trees-walk.ts): the nodes of a stretch of trees, packed into a memory
 * of their own, which goes when nothing holds them any more.
 */
import { TREE_WALK_BASE64 } from './trees-walk-binary.js';
import { compileKernels, createMemory, startKernels } from './web-assembly.js';

/** Trees as they are kept, children by their place in the whole. */
export interface WalkedTrees {
  readonly treeOffsets: Uint32Array;
  /** By node: -1 for a leaf. */
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  /** The left child, with the right one behind it; of a leaf its row in leafValues. */
  readonly left: Uint32Array;
  /** 1: missing values go right; 2: splits by categories. */
  readonly flags: Uint8Array;
  readonly leafValues: Float64Array;
  readonly categoryBits: Uint32Array;
  readonly nCategories: Uint32Array;
}

interface Exports {
  configure(
    nFeatures: number,
    nTrees: number,
    nOutputs: number,
    rows: number,
    slots: number,
    sums: number,
    roots: number,
    arrived: number,
    nodes: number,
    leafPlaces: number,
    leafValues: number,
    categoryBits: number,
    nCategories: number,
  ): void;
  packTree(
    tree: number,
    offset: number,
    feature: number,
    threshold: number,
    left: number,
    flags: number,
    stack: number,
  ): void;
  addRows(nRows: number): void;
  addRow(row: number): void;
}

const LINE_BYTES = 64;
/** Walks that go side by side. */
const N_WALKS = 8;
/** Fewer rows go through all trees, one row after the other. */
const MIN_ROWS_BY_TREE = 8;
/** A block's rows and sums stay in the second-level cache beside a tree. */
const BLOCK_BYTES = 786_432;
const MAX_BLOCK_ROWS = 16_384;

let module: object | undefined;

export class TreeWalk {
  private readonly kernels: Exports;
  /** Rows that there is room for. */
  private readonly nBlockRows: number;
  private readonly rows: Float64Array;
  private readonly sums: Float64Array;

  /**
   * @param first the first tree, and `end` the one behind the last: of the trees of a walk all nodes must have less than 4 GB
   * @param nOutputs numbers a leaf
   */
  constructor(
    trees: WalkedTrees,
    first: number,
    end: number,
    private readonly nOutputs: number,
  ) {
    const { treeOffsets, feature, leafValues, categoryBits, nCategories } = trees;
    const nFeatures = nCategories.length;
    const nTrees = end - first;
    const offset = treeOffsets[first] as number;
    const nNodes = (treeOffsets[end] as number) - offset;
    let nRoots = 0;
    let largest = 0;
    for (let tree = first; tree < end; tree++) {
      largest = Math.max(largest, (treeOffsets[tree + 1] as number) - (treeOffsets[tree] as number));
      if ((feature[treeOffsets[tree] as number] as number) < 0) nRoots++;
    }
    // A tree has one leaf more than inner nodes; one that is a leaf is packed as a node; and one lies behind all trees.
    const nPacked = (nNodes - nTrees) / 2 + nRoots + 1;
    const rowBytes = 16 * nFeatures + 8 * nOutputs;
    this.nBlockRows = Math.max(
      MIN_ROWS_BY_TREE,
      Math.min(MAX_BLOCK_ROWS, Math.floor(BLOCK_BYTES / rowBytes / N_WALKS) * N_WALKS),
    );
    let at = LINE_BYTES;
    const reserve = (nBytes: number): number => {
      const place = at;
      at += Math.ceil(nBytes / LINE_BYTES) * LINE_BYTES;
      return place;
    };
    const rows = reserve(8 * nFeatures * this.nBlockRows);
    const slots = reserve(16 * nFeatures * this.nBlockRows);
    const sums = reserve(8 * nOutputs * this.nBlockRows);
    const nLanes = Math.ceil(nTrees / N_WALKS) * N_WALKS;
    const roots = reserve(4 * nLanes);
    const arrived = reserve(4 * nLanes);
    const categories = reserve(4 * nFeatures);
    const bits = reserve(4 * categoryBits.length);
    const values = reserve(8 * leafValues.length);
    const leafPlaces = reserve(8 * nPacked);
    const nodes = reserve(16 * nPacked);
    // What a tree is packed from lies behind its own place for as long as that takes.
    const scratch = { feature: 0, threshold: 0, left: 0, flags: 0, stack: 0 };
    scratch.feature = reserve(4 * largest);
    scratch.threshold = reserve(8 * largest);
    scratch.left = reserve(4 * largest);
    scratch.flags = reserve(largest);
    scratch.stack = reserve(8 * largest + 16);
    const memory = createMemory(at);
    const { buffer } = memory;
    module ??= compileKernels(TREE_WALK_BASE64);
    this.kernels = startKernels<Exports>(module, memory);
    this.rows = new Float64Array(buffer, rows, nFeatures * this.nBlockRows);
    this.sums = new Float64Array(buffer, sums, nOutputs * this.nBlockRows);
    new Uint32Array(buffer, categories, nFeatures).set(nCategories);
    new Uint32Array(buffer, bits, categoryBits.length).set(categoryBits);
    new Float64Array(buffer, values, leafValues.length).set(leafValues);
    this.kernels.configure(
      nFeatures,
      nTrees,
      nOutputs,
      rows,
      slots,
      sums,
      roots,
      arrived,
      nodes,
      leafPlaces,
      values,
      bits,
      categories,
    );
    // Walks beyond the last tree stay where they begin.
    new Uint32Array(buffer, roots, nLanes).fill(nodes + 16 * (nPacked - 1));
    for (let tree = 0; tree < nTrees; tree++) {
      const from = treeOffsets[first + tree] as number;
      const to = treeOffsets[first + tree + 1] as number;
      const count = to - from;
      new Int32Array(buffer, scratch.feature, count).set(feature.subarray(from, to));
      new Float64Array(buffer, scratch.threshold, count).set(trees.threshold.subarray(from, to));
      new Uint32Array(buffer, scratch.left, count).set(trees.left.subarray(from, to));
      new Uint8Array(buffer, scratch.flags, count).set(trees.flags.subarray(from, to));
      this.kernels.packTree(
        tree,
        from,
        scratch.feature,
        scratch.threshold,
        scratch.left,
        scratch.flags,
        scratch.stack,
      );
    }
  }

  /**
   * Adds what the trees say, one after the other, to the sums of rows. The result of a row is the same to the bit however
   * many come with it.
   * @param rows row-major. INOUT sums: nOutputs numbers a row
   */
  addInto(rows: Float64Array, nRows: number, sums: Float64Array): void {
    const { kernels, nOutputs, nBlockRows } = this;
    const nFeatures = this.rows.length / nBlockRows;
    for (let first = 0; first < nRows; first += nBlockRows) {
      const count = Math.min(nBlockRows, nRows - first);
      copy(rows, first * nFeatures, this.rows, 0, count * nFeatures);
      copy(sums, first * nOutputs, this.sums, 0, count * nOutputs);
      if (count >= MIN_ROWS_BY_TREE) kernels.addRows(count);
      else for (let row = 0; row < count; row++) kernels.addRow(row);
      copy(this.sums, 0, sums, first * nOutputs, count * nOutputs);
    }
  }
}

/** Up to so many numbers a loop is faster than a view and its `set`. */
const FEW = 64;

function copy(from: Float64Array, at: number, to: Float64Array, toAt: number, count: number): void {
  if (count > FEW) to.set(from.subarray(at, at + count), toAt);
  else for (let k = 0; k < count; k++) to[toAt + k] = from[at + k] as number;
}
