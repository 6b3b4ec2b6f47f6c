import { LearnError } from '../../errors.js';
import type { EstimatorState, OutputKind, Predictor, Task } from '../../estimator.js';
import type { JsonObject } from '../../json.js';
import type { ParameterValues } from '../../parameters.js';
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
export function toPredictor(fitted: FittedTrees, facts: JsonObject = {}): TreeEnsemble {
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
    joinTrees(trees, input.binned, nOutputs, input.nClasses),
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
  return new TreeEnsemble(trees, kindOf(task), nOutputs, {
    facts: typeof facts === 'object' && facts !== null && !Array.isArray(facts) ? facts : undefined,
    warnings: Array.isArray(warnings) ? warnings.map(String) : undefined,
  });
}

/**
 * Peak bytes of a fit: bins, the rows and scratch of the trees that grow at once, and all trees twice (as they
 * grow, and joined). It counts full trees: two nodes a row, unless depth, leaves or leaf size limit them.
 */
export function estimateTreeBytes(
  shape: { nSamples: number; nFeatures: number; nClasses: number },
  options: ParameterValues,
  nTrees: number,
): number {
  const { nSamples, nFeatures, nClasses } = shape;
  const leafSize = options['minSamplesLeaf'] as number;
  const byRows = leafSize >= 1 ? nSamples / leafSize : 1 / leafSize;
  const byDepth = 2 ** Math.min(40, (options['maxDepth'] as number | null) ?? 40);
  const byLeaves = (options['maxLeafNodes'] as number | null) ?? Number.POSITIVE_INFINITY;
  const nLeaves = Math.min(byRows, byDepth, byLeaves);
  const nGrowing = Math.min(nTrees, 8);
  const bytesPerNode = 72;
  const mixedLeaf = 0.25 * 8 * Math.max(1, nClasses) * 2;
  return Math.ceil(
    nSamples * nFeatures +
      nSamples * 24 +
      nGrowing * nSamples * 64 +
      nGrowing * 256 * 8 * (nClasses + 2) +
      nTrees * nLeaves * (2 * bytesPerNode + mixedLeaf),
  );
}
