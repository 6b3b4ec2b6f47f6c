import { type BenchDataset, type BenchEstimator, DATASETS, ESTIMATORS, type PeerName } from './cases.js';

/** One line of work: an algorithm on a data set, beside some of its peers. */
export interface TrainCase {
  readonly dataset: BenchDataset;
  readonly estimator: BenchEstimator;
  readonly algorithm: string;
  readonly peers: readonly PeerName[];
  /** How often each side runs; the page shows the middle. */
  readonly nRuns: number;
}

const SKLEARN: readonly PeerName[] = ['scikit-learn'];
const BOOSTERS: readonly PeerName[] = ['scikit-learn', 'lightgbm', 'xgboost'];

function oneCase(
  dataset: string,
  algorithm: string,
  peers: readonly PeerName[] = SKLEARN,
  nRuns = 3,
): TrainCase {
  const found = DATASETS.find(({ name }) => name === dataset);
  if (found === undefined) throw new Error(`no data set ${dataset}`);
  const estimator = ESTIMATORS.find((one) => one.algorithm[found.task] === algorithm);
  if (estimator === undefined) throw new Error(`no comparison of ${algorithm} for ${found.task}`);
  return { dataset: found, estimator, algorithm, peers, nRuns };
}

/** Everything that the goals name, small things first. All runs together: some twenty minutes on two cores. */
export const TRAIN_CASES: readonly TrainCase[] = [
  oneCase('adult', 'logistic_regression'),
  oneCase('letter', 'logistic_regression'),
  oneCase('housing', 'linear_regression'),
  oneCase('housing', 'ridge'),
  oneCase('diamonds', 'ridge'),
  oneCase('adult', 'linear_svc'),
  oneCase('letter', 'linear_svc'),
  oneCase('diamonds', 'linear_svr'),
  oneCase('adult 8k', 'svc'),
  oneCase('letter', 'svc', SKLEARN, 1),
  oneCase('housing 8k', 'svr'),
  oneCase('adult', 'k_neighbors_classifier'),
  oneCase('letter', 'k_neighbors_classifier'),
  oneCase('diamonds', 'k_neighbors_regressor'),
  oneCase('adult', 'mlp_classifier', SKLEARN, 1),
  oneCase('letter', 'mlp_classifier', SKLEARN, 1),
  oneCase('housing', 'mlp_regressor', SKLEARN, 1),
  oneCase('letter 2.5k', 'decision_tree_classifier', ['scikit-learn', 'ml-cart'], 1),
  oneCase('letter 2.5k', 'k_neighbors_classifier', ['scikit-learn', 'ml-knn'], 1),
  oneCase('letter 2.5k', 'random_forest_classifier', ['scikit-learn', 'ml-random-forest', 'ydf-training'], 1),
  oneCase('adult', 'random_forest_classifier', ['scikit-learn', 'lightgbm']),
  oneCase('letter', 'random_forest_classifier', ['scikit-learn', 'lightgbm']),
  oneCase('flights 100k', 'random_forest_classifier'),
  oneCase('adult', 'hist_gradient_boosting_classifier', BOOSTERS),
  oneCase('letter', 'hist_gradient_boosting_classifier', BOOSTERS, 1),
  oneCase('housing', 'hist_gradient_boosting_regressor', BOOSTERS),
  oneCase('flights 100k', 'hist_gradient_boosting_classifier', BOOSTERS),
  oneCase('flights 1M', 'hist_gradient_boosting_classifier', BOOSTERS, 1),
  oneCase('flights 1M', 'random_forest_classifier', SKLEARN, 1),
  oneCase('flights 3M', 'hist_gradient_boosting_classifier', [], 1),
  oneCase('flights 3M', 'random_forest_classifier', [], 1),
];

/** Where the work lies: a model of neighbours learns nothing but answers slowly. */
export function phaseOf(algorithm: string): 'fit' | 'predict' {
  return algorithm.startsWith('k_neighbors') ? 'predict' : 'fit';
}

/** What an algorithm's figures are held against: how many times as fast as a peer. */
export function speedGoals(
  algorithm: string,
): readonly { readonly peer: PeerName; readonly factor: number }[] {
  if (algorithm.startsWith('random_forest')) return [{ peer: 'scikit-learn', factor: 3 }];
  if (algorithm.startsWith('hist_gradient_boosting')) {
    return [
      { peer: 'scikit-learn', factor: 1 },
      { peer: 'lightgbm', factor: 0.7 },
    ];
  }
  return algorithm.startsWith('decision_tree') ? [] : [{ peer: 'scikit-learn', factor: 1 }];
}

export const MEMORY_GOAL = { peer: 'scikit-learn', factor: 1.5 } as const;
/** Time at the second number of rows is at most so many times that at the first. */
export const GROWTH_GOAL = { from: 'flights 1M', to: 'flights 3M', factor: 3.5 } as const;
