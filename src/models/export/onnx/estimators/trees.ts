import { IS_CATEGORICAL, MISSING_GOES_RIGHT } from '../../../../learn/estimators/tree/grown-tree.js';
import type { Value } from '../graph-builder.js';
import { tooLarge } from '../not-expressible.js';
import { EnsembleLists } from './ensemble-lists.js';
import { type EstimatorInput, logistic, numbersOf, shapeOf, softmax } from './estimator-graph.js';

/**
 * Trees as the operator TreeEnsembleRegressor, with thresholds and leaves in 64 bit: rows are doubles too, so every row
 * goes to the leaf that ours sends it to. Its sums come out in 32 bit.
 *
 * ONNX knows no set of categories. A split by a set becomes a chain of comparisons: codes in a row that go the same way
 * are one node, "not above the last of them", and nodes share the children that they lead to. A chain of equalities would
 * say the same, but onnxruntime (1.30) folds such chains into sets and sends some rows the wrong way.
 */

/** What a node takes in the file, about: for saying early that a forest is too large. */
const BYTES_PER_NODE = 44;

/** The mean of the trees: probabilities, or one value. */
export function forestOutputs(input: EstimatorInput): Value {
  const { graph, state } = input;
  const nTrees = (state.tensors['treeOffsets']?.shape[0] ?? 1) - 1;
  const [, nOutputs] = shapeOf(state, 'leafValues');
  const sums = ensembleSums(input, nOutputs, () => 0);
  return nTrees === 1 ? sums : graph.divide(sums, graph.numbers(nTrees));
}

/** Raw scores: the baseline and the sums of the trees whose turn it is. */
function boostedScores(input: EstimatorInput): { scores: Value; nScores: number } {
  const baseline = numbersOf(input.state, 'baseline');
  const nScores = baseline.length;
  const sums = ensembleSums(input, nScores, (tree) => tree % nScores);
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

/** @param firstTarget to which sum the first value of a leaf goes, by tree */
function ensembleSums(
  { graph, features, state, maxBytes }: EstimatorInput,
  nTargets: number,
  firstTarget: (tree: number) => number,
): Value {
  const nBytes = (state.tensors['feature']?.data.length ?? 0) * BYTES_PER_NODE;
  if (nBytes > maxBytes) throw tooLarge(nBytes, maxBytes);
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
      if (trees.feature[node] !== -1) {
        nextId = addSplit(lists, trees, tree, node, start, nextId);
        continue;
      }
      lists.leaf(tree, node - start);
      const leaf = (trees.left[node] as number) * width;
      for (let k = 0; k < width; k++) {
        lists.leafValue(tree, node - start, firstTarget(tree) + k, leafValues[leaf + k] as number);
      }
    }
  }
  return graph.toDouble(graph.applyMl('TreeEnsembleRegressor', [features], lists.attributes(nTargets)));
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
    lists.branch(tree, node - start, {
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
    lists.branch(tree, id, {
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
