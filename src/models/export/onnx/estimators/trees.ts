import { IS_CATEGORICAL, MISSING_GOES_RIGHT } from '../../../../learn/estimators/tree/grown-tree.js';
import type { Value } from '../graph-builder.js';
import { NotExpressible } from '../not-expressible.js';
import type { OnnxAttribute } from '../onnx-messages.js';
import { type EstimatorInput, logistic, numbersOf, shapeOf, softmax } from './estimator-graph.js';

/**
 * Trees as the operator TreeEnsembleRegressor, with thresholds and leaves in 64 bit: rows are doubles too, so every row
 * goes to the leaf that ours sends it to. Its sums come out in 32 bit.
 *
 * ONNX knows no set of categories. A split by a set becomes a chain of comparisons: codes in a row that go the same way
 * are one node, "not above the last of them", and nodes share the children that they lead to. A chain of equalities would
 * say the same, but onnxruntime (1.30) folds such chains into sets and sends some rows the wrong way.
 */

/** Nodes that are exported at most: a runtime needs some 100 bytes and a microsecond for each when it opens them. */
export const MAX_TREE_NODES = 400_000;

/** Lists with an element a node or a leaf's value; they grow as trees are added. */
class EnsembleLists {
  readonly treeIds: number[] = [];
  readonly nodeIds: number[] = [];
  readonly features: number[] = [];
  readonly modes: string[] = [];
  readonly thresholds: number[] = [];
  readonly trueIds: number[] = [];
  readonly falseIds: number[] = [];
  readonly missingIsTrue: number[] = [];
  readonly leafTreeIds: number[] = [];
  readonly leafNodeIds: number[] = [];
  readonly leafTargets: number[] = [];
  readonly leafWeights: number[] = [];

  node(
    tree: number,
    id: number,
    mode: 'BRANCH_LEQ' | 'LEAF',
    split: { feature: number; threshold: number; ifTrue: number; ifFalse: number; missingIsTrue: boolean },
  ): void {
    this.treeIds.push(tree);
    this.nodeIds.push(id);
    this.modes.push(mode);
    this.features.push(split.feature);
    this.thresholds.push(split.threshold);
    this.trueIds.push(split.ifTrue);
    this.falseIds.push(split.ifFalse);
    this.missingIsTrue.push(split.missingIsTrue ? 1 : 0);
    if (this.nodeIds.length > MAX_TREE_NODES) {
      throw new NotExpressible(`its trees have more than ${MAX_TREE_NODES} nodes in ONNX`);
    }
  }

  leaf(tree: number, id: number, target: number, weight: number): void {
    this.leafTreeIds.push(tree);
    this.leafNodeIds.push(id);
    this.leafTargets.push(target);
    this.leafWeights.push(weight);
  }

  attributes(nTargets: number): Record<string, OnnxAttribute> {
    const numbers = (list: readonly number[]): OnnxAttribute => ({
      tensor: { type: 'double', shape: [list.length], data: Float64Array.from(list) },
    });
    return {
      n_targets: { int: nTargets },
      aggregate_function: { text: 'SUM' },
      post_transform: { text: 'NONE' },
      nodes_treeids: { ints: this.treeIds },
      nodes_nodeids: { ints: this.nodeIds },
      nodes_featureids: { ints: this.features },
      nodes_modes: { texts: this.modes },
      nodes_values_as_tensor: numbers(this.thresholds),
      nodes_truenodeids: { ints: this.trueIds },
      nodes_falsenodeids: { ints: this.falseIds },
      nodes_missing_value_tracks_true: { ints: this.missingIsTrue },
      target_treeids: { ints: this.leafTreeIds },
      target_nodeids: { ints: this.leafNodeIds },
      target_ids: { ints: this.leafTargets },
      target_weights_as_tensor: numbers(this.leafWeights),
    };
  }
}

/** The mean of the trees: probabilities, or one value. */
export function forestOutputs(input: EstimatorInput): Value {
  const { graph, state } = input;
  const nTrees = (state.tensors['treeOffsets']?.shape[0] ?? 1) - 1;
  const [, nOutputs] = shapeOf(state, 'leafValues');
  const sums = ensembleSums(input, nOutputs, (leaf) => Array.from({ length: nOutputs }, (_, k) => [k, leaf[k] as number]));
  return nTrees === 1 ? sums : graph.divide(sums, graph.numbers(nTrees));
}

/** Raw scores: the baseline and the sums of the trees whose turn it is; then the link of the loss. */
function boostedScores(input: EstimatorInput): { scores: Value; nScores: number } {
  const baseline = numbersOf(input.state, 'baseline');
  const nScores = baseline.length;
  const sums = ensembleSums(input, nScores, (leaf, tree) => [[tree % nScores, leaf[0] as number]]);
  return { scores: input.graph.add(sums, input.graph.numbers(baseline)), nScores };
}

export function boostedProbabilities(input: EstimatorInput): Value {
  const { scores, nScores } = boostedScores(input);
  return nScores === 1 ? logistic(input.graph, scores) : softmax(input.graph, scores);
}

export function boostedValue(input: EstimatorInput): Value {
  const { scores } = boostedScores(input);
  const { loss } = input.state.config;
  return loss === 'poisson' || loss === 'gamma' ? input.graph.apply('Exp', [scores]) : scores;
}

/** @param targetsOf what a leaf adds: pairs of target and weight */
function ensembleSums(
  { graph, features, state }: EstimatorInput,
  nTargets: number,
  targetsOf: (leaf: Float64Array, tree: number) => [number, number][],
): Value {
  const offsets = numbersOf(state, 'treeOffsets');
  const trees = {
    feature: numbersOf(state, 'feature'),
    threshold: numbersOf(state, 'threshold'),
    left: numbersOf(state, 'left'),
    flags: numbersOf(state, 'flags'),
    categoryBits: numbersOf(state, 'categoryBits'),
    nCategories: numbersOf(state, 'nCategories'),
  };
  const leafValues = numbersOf(state, 'leafValues');
  const [, width] = shapeOf(state, 'leafValues');
  const lists = new EnsembleLists();
  for (let tree = 0; tree + 1 < offsets.length; tree++) {
    const [start, end] = [offsets[tree] as number, offsets[tree + 1] as number];
    let nextId = end - start;
    for (let node = start; node < end; node++) {
      const id = node - start;
      const left = trees.left[node] as number;
      if (trees.feature[node] === -1) {
        lists.node(tree, id, 'LEAF', { feature: 0, threshold: 0, ifTrue: 0, ifFalse: 0, missingIsTrue: false });
        const leaf = leafValues.subarray(left * width, (left + 1) * width);
        for (const [target, weight] of targetsOf(leaf, tree)) lists.leaf(tree, id, target, weight);
      } else nextId = addSplit(lists, trees, tree, node, start, nextId);
    }
  }
  const sums = graph.applyMl('TreeEnsembleRegressor', [features], lists.attributes(nTargets));
  return graph.toDouble(sums);
}

interface SplitTensors {
  readonly feature: Float64Array;
  readonly threshold: Float64Array;
  readonly left: Float64Array;
  readonly flags: Float64Array;
  readonly categoryBits: Float64Array;
  readonly nCategories: Float64Array;
}

/** @returns the next free id of the tree */
function addSplit(
  lists: EnsembleLists,
  trees: SplitTensors,
  tree: number,
  node: number,
  start: number,
  nextId: number,
): number {
  const feature = trees.feature[node] as number;
  const threshold = trees.threshold[node] as number;
  const flags = trees.flags[node] as number;
  const left = (trees.left[node] as number) - start;
  const missingIsLeft = (flags & MISSING_GOES_RIGHT) === 0;
  if ((flags & IS_CATEGORICAL) === 0) {
    lists.node(tree, node - start, 'BRANCH_LEQ', {
      feature,
      threshold,
      ifTrue: left,
      ifFalse: left + 1,
      missingIsTrue: missingIsLeft,
    });
    return nextId;
  }
  const isLeft = (code: number): boolean =>
    (((trees.categoryBits[threshold + (code >>> 5)] as number) >>> (code & 31)) & 1) === 1;
  return addRuns(lists, tree, node - start, nextId, {
    feature,
    runs: runsOf(trees.nCategories[feature] as number, isLeft),
    left,
    missingIsLeft,
  });
}

/** Codes in a row that go the same way; `end` is the code after them. */
interface Run {
  readonly end: number;
  readonly isLeft: boolean;
}

function runsOf(nCodes: number, isLeft: (code: number) => boolean): Run[] {
  const runs: Run[] = [];
  for (let code = 0; code < nCodes; code++) {
    const side = isLeft(code);
    if (runs.at(-1)?.isLeft === side) runs.pop();
    runs.push({ end: code + 1, isLeft: side });
  }
  return runs;
}

/** @returns the next free id of the tree */
function addRuns(
  lists: EnsembleLists,
  tree: number,
  firstId: number,
  nextId: number,
  split: { feature: number; runs: readonly Run[]; left: number; missingIsLeft: boolean },
): number {
  const { feature, runs, left, missingIsLeft } = split;
  const childOf = (isLeft: boolean): number => (isLeft ? left : left + 1);
  const last = runs.at(-1) as Run;
  // Where all codes go one way, only a gap can go the other.
  const asked = runs.length === 1 ? runs : runs.slice(0, -1);
  const otherwise = runs.length === 1 ? !last.isLeft : last.isLeft;
  const missingAt = otherwise === missingIsLeft ? -1 : asked.findIndex((run) => run.isLeft === missingIsLeft);
  let id = firstId;
  for (const [k, run] of asked.entries()) {
    const isLast = k === asked.length - 1;
    lists.node(tree, id, 'BRANCH_LEQ', {
      feature,
      threshold: run.end - 0.5,
      ifTrue: childOf(run.isLeft),
      ifFalse: isLast ? childOf(otherwise) : nextId,
      missingIsTrue: k === missingAt,
    });
    if (!isLast) id = nextId++;
  }
  return nextId;
}
