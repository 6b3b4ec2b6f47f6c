/**
 * Prediction by many trees. They are walked in WebAssembly (see wasm/assembly/trees-walk.ts), packed when the first rows
 * come or when `prepare` is called; single trees of single rows are walked over the tensors as they are kept.
 */
import type { EstimatorState, OutputKind, Predictor } from '../../estimator.js';
import type { JsonObject } from '../../json.js';
import { TreeWalk } from '../../wasm/tree-walk.js';
import { IS_CATEGORICAL, MISSING_GOES_RIGHT } from './grown-tree.js';
import { type TreeTensors, toTensors } from './tree-tensors.js';

/** Nodes of a walk: its memory is addressed by 32 bits. Trees beyond have a walk of their own. */
const MAX_NODES_PER_WALK = 100_000_000;

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
  private walks: readonly TreeWalk[] | undefined;

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
  }

  predictInto(rows: Float64Array, nRows: number, out: Float64Array): void {
    const { nTrees, nOutputs } = this;
    const nNumbers = nRows * nOutputs;
    out.fill(0, 0, nNumbers);
    for (const walk of this.prepare()) walk.addInto(rows, nRows, out);
    if (nTrees > 1) for (let k = 0; k < nNumbers; k++) out[k] = (out[k] as number) / nTrees;
  }

  /** Packs the trees for prediction; else the first rows wait for that. */
  prepare(): readonly TreeWalk[] {
    this.walks ??= packTrees(this.trees, this.nOutputs);
    return this.walks;
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
    const { feature, threshold, left, flags } = this.trees;
    let node = root;
    for (;;) {
      const split = feature[node] as number;
      if (split < 0) return node;
      const value = rows[base + split] as number;
      const number = threshold[node] as number;
      const flag = flags[node] as number;
      let side: number;
      if ((flag & IS_CATEGORICAL) !== 0) side = this.categorySide(number, split, flag, value);
      else if (value <= number) side = 0;
      else side = value > number ? 1 : flag & MISSING_GOES_RIGHT;
      node = (left[node] as number) + side;
    }
  }

  /** 0: left, 1: right. */
  private categorySide(firstWord: number, feature: number, flag: number, value: number): number {
    const { categoryBits, nCategories } = this.trees;
    if (!(value >= 0 && value < (nCategories[feature] as number))) return flag & MISSING_GOES_RIGHT;
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

function packTrees(trees: TreeTensors, nOutputs: number): readonly TreeWalk[] {
  const { treeOffsets } = trees;
  const nTrees = treeOffsets.length - 1;
  const walks: TreeWalk[] = [];
  let first = 0;
  while (first < nTrees) {
    let end = first + 1;
    const most = (treeOffsets[first] as number) + MAX_NODES_PER_WALK;
    while (end < nTrees && (treeOffsets[end] as number) < most) end++;
    walks.push(new TreeWalk(trees, first, end, nOutputs));
    first = end;
  }
  return walks;
}
