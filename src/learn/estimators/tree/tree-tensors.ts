import { LearnError } from '../../errors.js';
import type { EstimatorState } from '../../estimator.js';
import type { TensorArray } from '../../tensor.js';
import { IS_CATEGORICAL, MISSING_GOES_RIGHT } from './grown-tree.js';

/**
 * Many trees in a few flat arrays, as a bundle holds them. All trees' nodes lie one after the other; the children
 * of a node are neighbours and come after it.
 *
 * To predict a row, start at node `treeOffsets[t]` and, while `feature[node] >= 0`, read the row's value x of that
 * feature. Go to `left[node]` or to `left[node] + 1`:
 *  - x missing: right when bit 0 of `flags[node]` is set;
 *  - bit 1 of `flags[node]` set (a set of categories): left when bit `x % 32` of
 *    `categoryBits[threshold[node] + floor(x / 32)]` is set; x outside 0..nCategories-1 counts as missing;
 *  - else left when x <= threshold[node].
 * At a leaf, `left[node]` is a row of `leafValues`. The prediction is the mean of these rows over the trees.
 */
export interface TreeTensors {
  /** Length nTrees + 1. */
  readonly treeOffsets: Uint32Array;
  /** These four: length nNodes. */
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  readonly left: Uint32Array;
  readonly flags: Uint8Array;
  /** Row-major, nLeafValues * nOutputs; equal rows are kept once. */
  readonly leafValues: Float64Array;
  readonly categoryBits: Uint32Array;
  /** Length nFeatures; 0 for a numeric feature. */
  readonly nCategories: Uint32Array;
  /** Length nFeatures. */
  readonly featureImportances: Float64Array;
}

export interface TreeShape {
  readonly nFeatures: number;
  readonly nOutputs: number;
  readonly nTrees: number;
}

/** Tensors by name. `leafValues` has the shape [rows, nOutputs], the others one dimension. */
export function toTensors(trees: TreeTensors, nOutputs: number): EstimatorState['tensors'] {
  const flat = (data: TensorArray) => ({ shape: [data.length], data });
  return {
    treeOffsets: flat(trees.treeOffsets),
    feature: flat(trees.feature),
    threshold: flat(trees.threshold),
    left: flat(trees.left),
    flags: flat(trees.flags),
    leafValues: { shape: [trees.leafValues.length / nOutputs, nOutputs], data: trees.leafValues },
    categoryBits: flat(trees.categoryBits),
    nCategories: flat(trees.nCategories),
    featureImportances: flat(trees.featureImportances),
  };
}

function refuse(what: string): never {
  throw new LearnError('invalid_state', `The trees' state is damaged: ${what}.`);
}

/** A whole number of the state's config within its bounds. */
export function readCount(state: EstimatorState, name: string, minimum: number, maximum: number): number {
  const value = state.config[name];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < minimum || value > maximum) {
    refuse(`config.${name} must be an integer from ${minimum} to ${maximum}`);
  }
  return value;
}

/**
 * Reads tensors and checks all that prediction relies on: types, lengths, that every node but a root is the child
 * of one that comes before it in its tree (so that every walk ends), features, category bits and leaf rows in range,
 * numbers finite.
 * @throws LearnError invalid_state
 */
export function readTensors(state: EstimatorState, shape: TreeShape): TreeTensors {
  const read = <T extends TensorArray>(name: string, type: new (length: number) => T, length?: number): T => {
    const tensor = state.tensors[name];
    if (tensor === undefined) refuse(`tensor ${name} is missing`);
    const { data } = tensor;
    if (!(data instanceof type)) refuse(`tensor ${name} has another element type`);
    if (tensor.shape.reduce((product, size) => product * size, 1) !== data.length)
      refuse(`tensor ${name} has a shape unlike its length`);
    if (length !== undefined && data.length !== length) refuse(`tensor ${name} must have ${length} elements`);
    return data;
  };
  const { nFeatures, nOutputs, nTrees } = shape;
  const feature = read('feature', Int32Array);
  const nNodes = feature.length;
  const trees: TreeTensors = {
    treeOffsets: read('treeOffsets', Uint32Array, nTrees + 1),
    feature,
    threshold: read('threshold', Float64Array, nNodes),
    left: read('left', Uint32Array, nNodes),
    flags: read('flags', Uint8Array, nNodes),
    leafValues: read('leafValues', Float64Array),
    categoryBits: read('categoryBits', Uint32Array),
    nCategories: read('nCategories', Uint32Array, nFeatures),
    featureImportances: read('featureImportances', Float64Array, nFeatures),
  };
  if (trees.leafValues.length % nOutputs !== 0) refuse('leafValues must have whole rows');
  if (!trees.leafValues.every(Number.isFinite)) refuse('leafValues must be finite');
  if (!trees.featureImportances.every((share) => share >= 0 && share <= 1 + 1e-9)) {
    refuse('featureImportances must be in 0..1');
  }
  if (trees.treeOffsets[0] !== 0 || trees.treeOffsets[nTrees] !== nNodes)
    refuse('treeOffsets must cover all nodes');
  const hasParent = new Uint8Array(nNodes);
  for (let tree = 0; tree < nTrees; tree++) {
    const start = trees.treeOffsets[tree] as number;
    const end = trees.treeOffsets[tree + 1] as number;
    if (end <= start) refuse('treeOffsets must ascend');
    for (let node = start; node < end; node++) {
      checkNode(trees, node, end, nFeatures, trees.leafValues.length / nOutputs);
      // Prediction makes room for as many nodes as there are, and meets each once.
      if (node > start && hasParent[node] !== 1) refuse(`node ${node} must be the child of one other`);
      if (feature[node] === -1) continue;
      const child = trees.left[node] as number;
      hasParent[child] = (hasParent[child] as number) + 1;
      hasParent[child + 1] = (hasParent[child + 1] as number) + 1;
    }
  }
  return trees;
}

function checkNode(
  trees: TreeTensors,
  node: number,
  end: number,
  nFeatures: number,
  nLeafRows: number,
): void {
  const feature = trees.feature[node] as number;
  const left = trees.left[node] as number;
  if (feature === -1) {
    if (left >= nLeafRows) refuse(`node ${node} points to no row of leafValues`);
    return;
  }
  if (feature < 0 || feature >= nFeatures) refuse(`node ${node} splits on no feature`);
  if (left <= node || left + 1 >= end) refuse(`node ${node} must have its children after it, in its tree`);
  const flags = trees.flags[node] as number;
  const threshold = trees.threshold[node] as number;
  if (flags > (MISSING_GOES_RIGHT | IS_CATEGORICAL)) refuse(`node ${node} has unknown flags`);
  if ((flags & IS_CATEGORICAL) === 0) {
    if (Number.isNaN(threshold) || threshold === Number.NEGATIVE_INFINITY)
      refuse(`node ${node} has no threshold`);
    return;
  }
  const nWords = ((trees.nCategories[feature] as number) + 31) >>> 5;
  if (nWords === 0) refuse(`node ${node} splits a numeric feature by categories`);
  if (!Number.isInteger(threshold) || threshold < 0 || threshold + nWords > trees.categoryBits.length) {
    refuse(`node ${node} points outside of categoryBits`);
  }
}
