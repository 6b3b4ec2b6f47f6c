import { LearnError } from './errors.js';
import type { Algorithm } from './estimator.js';
import { boostingAlgorithms } from './estimators/boosting/index.js';
import { clusterAlgorithms } from './estimators/cluster/index.js';
import { forestAlgorithms } from './estimators/forest/index.js';
import { linearAlgorithms } from './estimators/linear/index.js';
import { naiveBayesAlgorithms } from './estimators/naive-bayes/index.js';
import { neighborAlgorithms } from './estimators/neighbors/index.js';
import { neuralAlgorithms } from './estimators/neural/index.js';
import { supportVectorAlgorithms } from './estimators/svm/index.js';
import { treeAlgorithms } from './estimators/tree/index.js';

/** Every algorithm that a training may name: one line a family. The order is the order in which people see them. */
export const ALGORITHMS: readonly Algorithm[] = [
  ...forestAlgorithms,
  ...boostingAlgorithms,
  ...treeAlgorithms,
  ...linearAlgorithms,
  ...neighborAlgorithms,
  ...naiveBayesAlgorithms,
  ...supportVectorAlgorithms,
  ...neuralAlgorithms,
  ...clusterAlgorithms,
];

const byName = new Map(ALGORITHMS.map((algorithm) => [algorithm.name, algorithm]));

/**
 * The algorithm of this name.
 * @throws LearnError unknown_algorithm; the message lists the names that exist
 */
export function findAlgorithm(name: string): Algorithm {
  const found = byName.get(name);
  if (found === undefined) {
    throw new LearnError(
      'unknown_algorithm',
      `The algorithm must be one of: ${[...byName.keys()].join(', ')}.`,
    );
  }
  return found;
}
