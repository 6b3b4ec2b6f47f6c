import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A data set of the training bench: where it lies and how it becomes features and a target. */
export interface BenchDataset {
  readonly name: string;
  /** Below BENCH_DATA_DIR (or examples/data for what the repository ships). */
  readonly file: string;
  readonly task: 'classification' | 'regression';
  /** An SQL expression over the columns. */
  readonly target: string;
  readonly drop: readonly string[];
  /** Only the first rows of a fixed pseudo-random order; absent: all. */
  readonly nRows?: number;
  /** Rows of rarer classes are left out, for both sides; absent: none are. */
  readonly minClassRows?: number;
}

const DATA_DIR = process.env['BENCH_DATA_DIR'] ?? join(process.cwd(), '..', 'shared', 'data');
const flights = (nRows: number): BenchDataset => ({
  name: `flights ${nRows < 1_000_000 ? `${nRows / 1000}k` : `${nRows / 1_000_000}M`}`,
  file: 'flights_3m/flights_3m.csv.gz',
  task: 'classification',
  target: 'delay > 15',
  drop: ['delay'],
  nRows,
});

/** What the goals name. Late flights: a delay of more than 15 minutes. */
export const DATASETS: readonly BenchDataset[] = [
  {
    name: 'adult',
    file: 'adult/adult_train.csv.gz',
    task: 'classification',
    target: 'income',
    drop: ['income'],
  },
  {
    name: 'letter',
    file: 'letter/letterdata.csv',
    task: 'classification',
    target: 'letter',
    drop: ['letter'],
  },
  {
    name: 'housing',
    file: 'california_housing/housing.csv',
    task: 'regression',
    target: 'median_house_value',
    drop: ['median_house_value'],
  },
  {
    name: 'adult 8k',
    file: 'adult/adult_train.csv.gz',
    task: 'classification',
    target: 'income',
    drop: ['income'],
    nRows: 8000,
  },
  {
    name: 'letter 2.5k',
    file: 'letter/letterdata.csv',
    task: 'classification',
    target: 'letter',
    drop: ['letter'],
    nRows: 2500,
  },
  {
    name: 'housing 8k',
    file: 'california_housing/housing.csv',
    task: 'regression',
    target: 'median_house_value',
    drop: ['median_house_value'],
    nRows: 8000,
  },
  {
    name: 'diamonds',
    file: 'diamonds/diamonds.csv.gz',
    task: 'regression',
    target: 'price',
    drop: ['price'],
  },
  {
    name: 'digits',
    file: 'sklearn_small/digits.csv',
    task: 'classification',
    target: 'target',
    drop: ['target'],
  },
  flights(100_000),
  flights(1_000_000),
  flights(3_000_000),
];

/** The data set's file, or undefined where it is not at hand. */
export function datasetPath(dataset: BenchDataset): string | undefined {
  const candidates = [join(DATA_DIR, dataset.file), join(process.cwd(), 'examples/data/adult.csv.gz')];
  return candidates.slice(0, dataset.file.startsWith('adult') ? 2 : 1).find((path) => existsSync(path));
}

/** One comparison: our algorithm and the peers that do the same, with the same parameters in each one's names. */
export interface BenchEstimator {
  readonly algorithm: { readonly classification?: string; readonly regression?: string };
  readonly parameters: Readonly<Record<string, number | string | boolean>>;
  readonly peers: readonly BenchPeer[];
  /** Missing values are filled with the training medians for all, because not every peer takes them. */
  readonly impute: boolean;
  readonly scale: boolean;
  readonly encoding: 'codes' | 'one_hot';
}

export const NODE_PEERS = ['ml-cart', 'ml-random-forest', 'ml-knn', 'ydf-training'] as const;
export type PeerName = 'scikit-learn' | 'lightgbm' | 'xgboost' | (typeof NODE_PEERS)[number];

export interface BenchPeer {
  readonly name: PeerName;
  readonly peerClass?: { readonly classification?: string; readonly regression?: string };
  readonly parameters: Readonly<Record<string, number | string | boolean | null>>;
}

const sklearn = (module: string, stem: string, parameters: BenchPeer['parameters'] = {}): BenchPeer => ({
  name: 'scikit-learn',
  peerClass: {
    classification: `sklearn.${module}.${stem}Classifier`,
    regression: `sklearn.${module}.${stem}Regressor`,
  },
  parameters,
});

/** The comparisons that the goals name. */
export const ESTIMATORS: readonly BenchEstimator[] = [
  {
    algorithm: { classification: 'random_forest_classifier', regression: 'random_forest_regressor' },
    parameters: { nEstimators: 100 },
    peers: [
      sklearn('ensemble', 'RandomForest', { n_estimators: 100 }),
      {
        name: 'lightgbm',
        parameters: { boosting_type: 'rf', n_estimators: 100, bagging_fraction: 0.632, bagging_freq: 1 },
      },
      { name: 'ml-random-forest', parameters: { nEstimators: 10 } },
      { name: 'ydf-training', parameters: {} },
    ],
    impute: true,
    scale: false,
    encoding: 'codes',
  },
  {
    algorithm: { classification: 'extra_trees_classifier', regression: 'extra_trees_regressor' },
    parameters: { nEstimators: 100 },
    peers: [sklearn('ensemble', 'ExtraTrees', { n_estimators: 100 })],
    impute: true,
    scale: false,
    encoding: 'codes',
  },
  {
    algorithm: { classification: 'decision_tree_classifier', regression: 'decision_tree_regressor' },
    parameters: {},
    peers: [sklearn('tree', 'DecisionTree'), { name: 'ml-cart', parameters: {} }],
    impute: true,
    scale: false,
    encoding: 'codes',
  },
  {
    algorithm: {
      classification: 'hist_gradient_boosting_classifier',
      regression: 'hist_gradient_boosting_regressor',
    },
    parameters: { earlyStopping: false },
    peers: [
      sklearn('ensemble', 'HistGradientBoosting', { early_stopping: false }),
      { name: 'lightgbm', parameters: { n_estimators: 100 } },
      {
        name: 'xgboost',
        parameters: {
          n_estimators: 100,
          learning_rate: 0.1,
          max_leaves: 31,
          max_depth: 0,
          grow_policy: 'lossguide',
        },
      },
    ],
    impute: false,
    scale: false,
    encoding: 'codes',
  },
  {
    algorithm: { classification: 'k_neighbors_classifier', regression: 'k_neighbors_regressor' },
    parameters: {},
    peers: [sklearn('neighbors', 'KNeighbors'), { name: 'ml-knn', parameters: {} }],
    impute: true,
    scale: true,
    encoding: 'one_hot',
  },
  {
    algorithm: { classification: 'logistic_regression' },
    parameters: {},
    peers: [
      {
        name: 'scikit-learn',
        peerClass: { classification: 'sklearn.linear_model.LogisticRegression' },
        parameters: {},
      },
    ],
    impute: true,
    scale: true,
    encoding: 'one_hot',
  },
  {
    algorithm: { regression: 'ridge' },
    parameters: {},
    peers: [
      { name: 'scikit-learn', peerClass: { regression: 'sklearn.linear_model.Ridge' }, parameters: {} },
    ],
    impute: true,
    scale: true,
    encoding: 'one_hot',
  },
  {
    algorithm: { regression: 'linear_regression' },
    parameters: {},
    peers: [
      {
        name: 'scikit-learn',
        peerClass: { regression: 'sklearn.linear_model.LinearRegression' },
        parameters: {},
      },
    ],
    impute: true,
    scale: true,
    encoding: 'one_hot',
  },
  {
    algorithm: { classification: 'linear_svc', regression: 'linear_svr' },
    parameters: {},
    peers: [
      {
        name: 'scikit-learn',
        peerClass: { classification: 'sklearn.svm.LinearSVC', regression: 'sklearn.svm.LinearSVR' },
        parameters: {},
      },
    ],
    impute: true,
    scale: true,
    encoding: 'one_hot',
  },
  {
    algorithm: { classification: 'svc', regression: 'svr' },
    parameters: {},
    peers: [
      {
        name: 'scikit-learn',
        peerClass: { classification: 'sklearn.svm.SVC', regression: 'sklearn.svm.SVR' },
        parameters: {},
      },
    ],
    impute: true,
    scale: true,
    encoding: 'one_hot',
  },
  {
    algorithm: { classification: 'mlp_classifier', regression: 'mlp_regressor' },
    parameters: { maxIter: 20 },
    peers: [sklearn('neural_network', 'MLP', { max_iter: 20 })],
    impute: true,
    scale: true,
    encoding: 'one_hot',
  },
];
