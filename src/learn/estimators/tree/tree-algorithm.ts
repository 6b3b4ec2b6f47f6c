import { LearnError } from '../../errors.js';
import type { EstimatorState, FitContext, OutputKind, Predictor, Task } from '../../estimator.js';
import type { JsonObject } from '../../json.js';
import type { ParameterValues } from '../../parameters.js';
import { MAX_CODES } from './coded-matrix.js';
import type { FittedTrees } from './fit-trees.js';
import { joinTrees } from './join-trees.js';
import { TreeEnsemble } from './tree-ensemble.js';
import { readCount, readTensors } from './tree-tensors.js';

const MAX_TREES = 1_000_000;
const MAX_WIDTH = 1_000_000;

/** What tree algorithms say of their input: categories as sets, missing values as they are, any scale. */
export const TREE_INPUT = { categories: 'ordinal', missing: 'native', scaleSensitive: false } as const;

function kindOf(task: Task): OutputKind {
  return task === 'classification' ? 'probabilities' : 'value';
}

/** Makes a predictor of what the threads gave. */
export function toPredictor(fitted: FittedTrees, context: FitContext, facts: JsonObject = {}): TreeEnsemble {
  const { input, trees } = fitted;
  const isClassifier = input.nClasses > 0;
  const nOutputs = isClassifier ? input.nClasses : 1;
  let depth = 0;
  let nLeaves = 0;
  for (const tree of trees) {
    depth = Math.max(depth, tree.depth);
    nLeaves += tree.nLeaves;
  }
  return new TreeEnsemble(
    joinTrees(trees, input.binned, nOutputs, input.nClasses, () => context.checkpoint(1)),
    isClassifier ? 'probabilities' : 'value',
    nOutputs,
    { facts: { nTrees: trees.length, depth, nLeaves, ...facts } },
  );
}

/**
 * Restores any predictor of this family.
 * @throws LearnError invalid_state
 */
export function restoreTrees(state: EstimatorState, task: Task): Predictor {
  const nFeatures = readCount(state, 'nFeatures', 1, MAX_WIDTH);
  const nOutputs = readCount(state, 'nOutputs', 1, task === 'classification' ? MAX_WIDTH : 1);
  const nTrees = readCount(state, 'nTrees', 1, MAX_TREES);
  const trees = readTensors(state, { nFeatures, nOutputs, nTrees });
  if (task === 'classification' && !trees.leafValues.every((share) => share >= 0 && share <= 1)) {
    throw new LearnError('invalid_state', "The trees' state is damaged: leafValues must be in 0..1.");
  }
  const { facts, warnings } = state.config;
  const ensemble = new TreeEnsemble(trees, kindOf(task), nOutputs, {
    facts: typeof facts === 'object' && facts !== null && !Array.isArray(facts) ? facts : undefined,
    warnings: Array.isArray(warnings) ? warnings.map(String) : undefined,
  });
  ensemble.prepare();
  return ensemble;
}

/** Codes of two bytes, as they come from binning and once more where the trees grow. */
const BYTES_PER_CELL = 4;
/** The bounds of a code. */
const BYTES_PER_CODE = 16;
/** A node of a finished tree: feature, threshold, left, flags. */
const BYTES_PER_NODE = 17;
/** A node of a tree that grows has its impurity, gain, value and depth beside it, in arrays that double. */
const BYTES_PER_GROWING_NODE = 82;
/** What a row needs in a tree that grows: its index, its gradient or label, and the scratch of a partition. */
const BYTES_PER_GROWING_ROW = 64;
/** What absolute error adds to a row: its place among the targets of its node. */
const BYTES_PER_RANKED_ROW = 40;
/** A finished forest lies in memory as trees, joined, packed, exported, and again when its bundle is opened to be checked. */
const N_COPIES = 5;
/** The share of the rows that a bootstrap sample has at least once: 1 - 1/e. */
const BOOTSTRAP_SHARE = 0.633;
/** When nobody says how many threads there are. */
const USUAL_THREADS = 8;

/**
 * Peak bytes of a fit: bins, the rows and nodes of the trees that grow at once, and all finished trees. Unless depth,
 * leaves or leaf size limit them, leaves are counted as if the labels were noise: of random labels of K classes a
 * share of 1 - 1/K differs from its neighbour, and a regression has a leaf a row.
 */
export function estimateTreeBytes(
  shape: { nSamples: number; nFeatures: number; nClasses: number; nThreads?: number },
  options: ParameterValues,
  nTrees: number,
): number {
  const { nSamples, nFeatures, nClasses } = shape;
  const leafSize = options['minSamplesLeaf'] as number;
  const byRows = leafSize >= 1 ? nSamples / leafSize : 1 / leafSize;
  const byDepth = 2 ** Math.min(40, (options['maxDepth'] as number | null) ?? 40);
  const byLeaves = (options['maxLeafNodes'] as number | null) ?? Number.POSITIVE_INFINITY;
  const distinct = options['bootstrap'] === true ? BOOTSTRAP_SHARE * nSamples : nSamples;
  const byNoise = nClasses > 1 ? distinct * (1 - 1 / nClasses) : distinct;
  const nLeaves = Math.min(byRows, byDepth, byLeaves, byNoise);
  const nGrowing = Math.min(nTrees, shape.nThreads ?? USUAL_THREADS);
  const rowBytes =
    BYTES_PER_GROWING_ROW + (options['criterion'] === 'absolute_error' ? BYTES_PER_RANKED_ROW : 0);
  const valueBytes = nClasses > 1 ? 0.25 * 8 * nClasses : 8;
  return Math.ceil(
    nFeatures * (nSamples * BYTES_PER_CELL + Math.min(nSamples, MAX_CODES) * BYTES_PER_CODE) +
      nSamples * 24 +
      nGrowing * (nSamples * rowBytes + 2 * nLeaves * BYTES_PER_GROWING_NODE) +
      nGrowing * 256 * 8 * (nClasses + 2) +
      nTrees * nLeaves * N_COPIES * (2 * BYTES_PER_NODE + valueBytes),
  );
}
