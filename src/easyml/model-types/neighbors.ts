import { choice, count, type ModelArgument, type ModelType } from './model-type.js';

const NEIGHBOR_ARGUMENTS: readonly ModelArgument[] = [
  {
    ...count('n_neighbors', 'Number of neighbors', 'How many rows have a say.', 1, 5),
    becomes: 'nNeighbors',
  },
  {
    ...choice('weights', 'Weights', 'Whether nearer rows count more.', ['uniform', 'distance'], 'uniform'),
    becomes: 'weights',
  },
  {
    ...choice(
      'algorithm',
      'Algorithm',
      'How neighbours are found; the answer is the same.',
      ['auto', 'ball_tree', 'kd_tree', 'brute'],
      'auto',
    ),
    becomes: 'algorithm',
  },
];

export const neighborTypes: readonly ModelType[] = [
  {
    name: 'knn_cls',
    algorithm: 'k_neighbors_classifier',
    isSupervised: true,
    arguments: NEIGHBOR_ARGUMENTS,
  },
  {
    name: 'knn_reg',
    algorithm: 'k_neighbors_regressor',
    isSupervised: true,
    arguments: NEIGHBOR_ARGUMENTS,
  },
];
