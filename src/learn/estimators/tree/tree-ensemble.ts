/**
 * Prediction by many trees. For speed the nodes of the tensors are packed into records of 16 bytes, four to a
 * cache line, with both children of a node next to each other:
 *
 *   bytes 0-7   float64: threshold | index of the first category word | a leaf's value when nOutputs is 1
 *   bytes 8-11  int32: feature * 4 + flags, or -1 for a leaf
 *   bytes 12-15 int32: left child | offset of a leaf's row in leafValues
 *
 * Several rows go through one tree after the other, so that a tree stays in the cache; a row's sum is taken over
 * the trees in the same order however many rows come with it, so its result is the same to the bit.
 */
import type { EstimatorState, OutputKind, Predictor } from '../../estimator.js';
import type { JsonObject } from '../../json.js';
import { IS_CATEGORICAL } from './grown-tree.js';
import { type TreeTensors, toTensors } from './tree-tensors.js';

/** Rows that go through one tree before the next: their sums and values stay in the first-level cache. */
const ROWS_PER_BLOCK = 64;

export interface EnsembleFacts {
  readonly facts?: JsonObject;
  readonly warnings?: readonly string[];
}

export class TreeEnsemble implements Predictor {
  readonly nFeatures: number;
  readonly featureImportances: Float64Array;
  readonly facts?: JsonObject;
  readonly warnings?: readonly string[];
  readonly nTrees: number;
  private readonly numbers: Float64Array;
  private readonly integers: Int32Array;

  constructor(
    readonly trees: TreeTensors,
    readonly outputKind: OutputKind,
    readonly nOutputs: number,
    { facts, warnings }: EnsembleFacts = {},
  ) {
    this.nFeatures = trees.nCategories.length;
    this.nTrees = trees.treeOffsets.length - 1;
    this.featureImportances = trees.featureImportances;
    this.facts = facts;
    this.warnings = warnings;
    const nNodes = trees.feature.length;
    const records = new ArrayBuffer(nNodes * 16);
    this.numbers = new Float64Array(records);
    this.integers = new Int32Array(records);
    for (let node = 0; node < nNodes; node++) {
      const feature = trees.feature[node] as number;
      const left = trees.left[node] as number;
      const isLeaf = feature === -1;
      this.numbers[node * 2] = isLeaf
        ? (trees.leafValues[left * nOutputs] as number)
        : (trees.threshold[node] as number);
      this.integers[node * 4 + 2] = isLeaf ? -1 : feature * 4 + (trees.flags[node] as number);
      this.integers[node * 4 + 3] = isLeaf ? left * nOutputs : left;
    }
  }

  predictInto(rows: Float64Array, nRows: number, out: Float64Array): void {
    const { nTrees, nOutputs, nFeatures, integers, numbers } = this;
    const { treeOffsets, leafValues } = this.trees;
    out.fill(0, 0, nRows * nOutputs);
    for (let first = 0; first < nRows; first += ROWS_PER_BLOCK) {
      const end = Math.min(nRows, first + ROWS_PER_BLOCK);
      for (let tree = 0; tree < nTrees; tree++) {
        const root = treeOffsets[tree] as number;
        for (let row = first; row < end; row++) {
          const leaf = this.findLeaf(root, rows, row * nFeatures);
          if (nOutputs === 1) {
            out[row] = (out[row] as number) + (numbers[leaf * 2] as number);
            continue;
          }
          const value = integers[leaf * 4 + 3] as number;
          const at = row * nOutputs;
          for (let c = 0; c < nOutputs; c++)
            out[at + c] = (out[at + c] as number) + (leafValues[value + c] as number);
        }
      }
    }
    if (nTrees > 1) for (let k = 0; k < nRows * nOutputs; k++) out[k] = (out[k] as number) / nTrees;
  }

  /** Adds one tree's prediction of one row: for out-of-bag estimates. OUT out: nOutputs numbers from `at`. */
  addTree(tree: number, rows: Float64Array, base: number, out: Float64Array, at: number): void {
    const leaf = this.findLeaf(this.trees.treeOffsets[tree] as number, rows, base);
    const { nOutputs } = this;
    const value = (this.trees.left[leaf] as number) * nOutputs;
    for (let c = 0; c < nOutputs; c++) {
      out[at + c] = (out[at + c] as number) + (this.trees.leafValues[value + c] as number);
    }
  }

  /** @param base where the row begins in `rows` */
  private findLeaf(root: number, rows: Float64Array, base: number): number {
    const { integers, numbers } = this;
    let node = root;
    for (;;) {
      const split = integers[node * 4 + 2] as number;
      if (split < 0) return node;
      const value = rows[base + (split >>> 2)] as number;
      const left = integers[node * 4 + 3] as number;
      if ((split & IS_CATEGORICAL) === 0) {
        const threshold = numbers[node * 2] as number;
        if (value <= threshold) node = left;
        else node = value > threshold ? left + 1 : left + (split & 1);
      } else {
        node = left + this.categorySide(numbers[node * 2] as number, split, value);
      }
    }
  }

  /** 0: left, 1: right. */
  private categorySide(firstWord: number, split: number, value: number): number {
    const { categoryBits, nCategories } = this.trees;
    if (!(value >= 0 && value < (nCategories[split >>> 2] as number))) return split & 1;
    return 1 - (((categoryBits[firstWord + (value >>> 5)] as number) >>> value) & 1);
  }

  /** The same predictor with more to tell. */
  withFacts(more: JsonObject): TreeEnsemble {
    return new TreeEnsemble(this.trees, this.outputKind, this.nOutputs, {
      facts: { ...this.facts, ...more },
      warnings: this.warnings,
    });
  }

  toState(): EstimatorState {
    return {
      config: {
        nFeatures: this.nFeatures,
        nOutputs: this.nOutputs,
        nTrees: this.nTrees,
        ...(this.facts === undefined ? {} : { facts: this.facts }),
        ...(this.warnings === undefined ? {} : { warnings: [...this.warnings] }),
      },
      tensors: toTensors(this.trees, this.nOutputs),
    };
  }
}
