import { choice, count, type ModelType, notNegative } from './model-type.js';

export const clusterTypes: readonly ModelType[] = [
  {
    name: 'kmeans',
    algorithm: 'k_means',
    isSupervised: false,
    // Until scikit-learn 1.4 the best of ten starts was kept.
    fixed: { nInit: 10 },
    arguments: [
      {
        ...count('n_clusters', 'Number of clusters', 'How many clusters to make.', 2, 8),
        becomes: 'nClusters',
      },
      {
        ...count('max_iter', 'Max iterations', 'How often the centres may move.', 1, 300),
        becomes: 'maxIter',
      },
      { ...notNegative('tol', 'Tolerance', 'Which move is too small to go on.', 0.0001), becomes: 'tol' },
      {
        ...choice(
          'algorithm',
          'Algorithm',
          'How distances are kept; the clusters are the same.',
          ['auto', 'full', 'elkan'],
          'auto',
        ),
        becomes: 'algorithm',
        renamed: { auto: 'lloyd', full: 'lloyd' },
      },
    ],
  },
];
