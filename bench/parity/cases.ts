import type { BenchDataset, BenchPeer } from '../train/cases.js';

export const N_FOLDS = 5;
/** How often rows are dealt out to the folds at most. */
export const MAX_SHUFFLES = 40;

/** A data set of the comparison. */
export interface ParityDataset extends BenchDataset {
  /** Not among those that the goals name: it shows whether what holds there holds elsewhere. */
  readonly isOther?: boolean;
}

/** The data sets whose scores are compared. Identifiers, free text and columns that give the target away are dropped. */
export const PARITY_DATASETS: readonly ParityDataset[] = [
  { name: 'adult', file: 'adult/adult_train.csv.gz', task: 'classification', target: 'income', drop: [] },
  {
    name: 'titanic',
    file: 'titanic/titanic_train.csv',
    task: 'classification',
    target: 'Survived',
    drop: ['PassengerId', 'Name', 'Ticket', 'Cabin'],
  },
  { name: 'penguins', file: 'penguins/penguins.csv', task: 'classification', target: 'species', drop: [] },
  {
    name: 'wine quality, white',
    file: 'wine_quality/winequality-white.csv',
    task: 'classification',
    target: 'quality',
    drop: [],
  },
  {
    name: 'wine quality, red',
    file: 'wine_quality/winequality-red.csv',
    task: 'regression',
    target: 'quality',
    drop: [],
  },
  { name: 'letter', file: 'letter/letterdata.csv', task: 'classification', target: 'letter', drop: [] },
  {
    name: 'telco churn',
    file: 'telco_churn/Telco-Customer-Churn.csv',
    task: 'classification',
    target: 'Churn',
    drop: ['customerID'],
  },
  {
    name: 'california housing',
    file: 'california_housing/housing.csv',
    task: 'regression',
    target: 'median_house_value',
    drop: [],
  },
  { name: 'diamonds', file: 'diamonds/diamonds.csv.gz', task: 'regression', target: 'price', drop: [] },
  {
    name: 'bike sharing, hours',
    file: 'bike_sharing/hour.csv',
    task: 'regression',
    target: 'cnt',
    drop: ['instant', 'dteday', 'casual', 'registered'],
  },
  {
    name: 'nsl-kdd',
    file: 'nsl_kdd/nslkdd_train20.csv.gz',
    task: 'classification',
    target: 'attack',
    drop: ['difficulty'],
    // Eleven attacks have fewer rows than folds can share; scikit-learn's boosting takes no class of one row.
    minClassRows: 10,
  },
  { name: 'digits', file: 'sklearn_small/digits.csv', task: 'classification', target: 'target', drop: [] },
  {
    name: 'auto mpg',
    file: 'auto_mpg/mpg.csv',
    task: 'regression',
    target: 'mpg',
    drop: ['name'],
    isOther: true,
  },
  {
    name: 'breast cancer, diagnostic',
    file: 'breast_cancer/wdbc.csv',
    task: 'classification',
    target: 'diagnosis',
    drop: ['id'],
    isOther: true,
  },
  {
    name: 'wine cultivars',
    file: 'sklearn_small/wine.csv',
    task: 'classification',
    target: 'target',
    drop: [],
    isOther: true,
  },
  {
    name: 'engytime',
    file: 'fcps/engytime.csv',
    task: 'classification',
    target: 'label',
    drop: [],
    isOther: true,
  },
  {
    name: 'late flights, 50,000',
    file: 'flights_3m/flights_3m.csv.gz',
    task: 'classification',
    target: 'delay > 15',
    drop: ['delay'],
    nRows: 50_000,
    isOther: true,
  },
];

/** One algorithm with its twin in scikit-learn, and its kin elsewhere where there is one. */
export interface ParityCase {
  readonly algorithm: string;
  /** What sets it apart from another case of this algorithm. */
  readonly note?: string;
  readonly task: 'classification' | 'regression';
  readonly parameters: Readonly<Record<string, number | string | boolean | null>>;
  readonly peers: readonly BenchPeer[];
  readonly encoding: 'codes' | 'one_hot';
  readonly impute: boolean;
  readonly scale: boolean;
  /** Whether the result depends on the seed. */
  readonly drawsLots: boolean;
  /** Larger data sets are left out: the method's time grows with the square of the rows. */
  readonly maxRows: number;
  /** How many rows are dealt out to folds before an open comparison stays open; see compare.ts. */
  readonly rowBudget: number;
  /** Names of the data sets whose features it takes; absent: all. */
  readonly only?: readonly string[];
}

type Shared = Pick<
  ParityCase,
  'encoding' | 'impute' | 'scale' | 'drawsLots' | 'maxRows' | 'rowBudget' | 'only'
>;
const PLAIN: Shared = {
  encoding: 'codes',
  impute: true,
  scale: false,
  drawsLots: false,
  maxRows: Infinity,
  rowBudget: 250_000,
};
const TREES: Shared = { ...PLAIN, drawsLots: true };
/** One tree is quick, and says little. */
const ONE_TREE: Shared = { ...TREES, rowBudget: 2_500_000 };
const NATIVE: Shared = { ...TREES, impute: false };
const SCALED: Shared = { ...PLAIN, encoding: 'one_hot', scale: true };
const NEURAL: Shared = { ...SCALED, drawsLots: true, rowBudget: 25_000 };
/** Their features are whole numbers from 0 to 16. */
const COUNTS = ['letter', 'digits'];
const KERNEL: Shared = { ...SCALED, maxRows: 8000 };
/** Bagging as a random forest does it. */
const LIGHTGBM_FOREST = { boosting_type: 'rf', n_estimators: 100, bagging_fraction: 0.632, bagging_freq: 1 };
/** What LightGBM's random-forest mode grows when nothing is said: small trees that look at every feature. */
const SMALL_TREES = {
  note: "LightGBM's limits",
  ours: { maxLeafNodes: 31, minSamplesLeaf: 20, maxFeatures: null },
  theirs: { max_leaf_nodes: 31, min_samples_leaf: 20, max_features: null },
  lightgbm: LIGHTGBM_FOREST,
};

function twin(
  task: ParityCase['task'],
  algorithm: string,
  peerClass: string,
  shared: Shared,
  same: {
    note?: string;
    ours?: ParityCase['parameters'];
    theirs?: BenchPeer['parameters'];
    lightgbm?: BenchPeer['parameters'];
  } = {},
): ParityCase {
  const scikit: BenchPeer = {
    name: 'scikit-learn',
    peerClass: { [task]: `sklearn.${peerClass}` },
    parameters: same.theirs ?? {},
  };
  const lightgbm: BenchPeer[] =
    same.lightgbm === undefined ? [] : [{ name: 'lightgbm', parameters: same.lightgbm }];
  const note = same.note === undefined ? {} : { note: same.note };
  return { algorithm, ...note, task, parameters: same.ours ?? {}, peers: [scikit, ...lightgbm], ...shared };
}

const EPOCHS = { ours: { maxIter: 30 }, theirs: { max_iter: 30 } };

/** Defaults on both sides but where a line says otherwise. */
export const PARITY_CASES: readonly ParityCase[] = [
  twin('classification', 'logistic_regression', 'linear_model.LogisticRegression', SCALED, {
    theirs: { max_iter: 1000 },
    ours: { maxIter: 1000 },
  }),
  twin('classification', 'gaussian_nb', 'naive_bayes.GaussianNB', PLAIN),
  twin('classification', 'multinomial_nb', 'naive_bayes.MultinomialNB', { ...PLAIN, only: COUNTS }),
  twin(
    'classification',
    'categorical_nb',
    'naive_bayes.CategoricalNB',
    { ...PLAIN, only: COUNTS },
    {
      theirs: { min_categories: 17 },
    },
  ),
  twin('classification', 'k_neighbors_classifier', 'neighbors.KNeighborsClassifier', SCALED),
  twin('classification', 'decision_tree_classifier', 'tree.DecisionTreeClassifier', ONE_TREE),
  twin('classification', 'random_forest_classifier', 'ensemble.RandomForestClassifier', TREES, {
    lightgbm: LIGHTGBM_FOREST,
  }),
  twin('classification', 'random_forest_classifier', 'ensemble.RandomForestClassifier', TREES, SMALL_TREES),
  twin('classification', 'extra_trees_classifier', 'ensemble.ExtraTreesClassifier', TREES),
  twin(
    'classification',
    'hist_gradient_boosting_classifier',
    'ensemble.HistGradientBoostingClassifier',
    NATIVE,
    { lightgbm: {} },
  ),
  twin('classification', 'linear_svc', 'svm.LinearSVC', SCALED, {
    theirs: { max_iter: 5000 },
    ours: { maxIter: 5000 },
  }),
  twin('classification', 'svc', 'svm.SVC', KERNEL),
  twin('classification', 'mlp_classifier', 'neural_network.MLPClassifier', NEURAL, EPOCHS),
  twin('regression', 'linear_regression', 'linear_model.LinearRegression', SCALED),
  twin('regression', 'ridge', 'linear_model.Ridge', SCALED),
  twin('regression', 'lasso', 'linear_model.Lasso', SCALED, { ours: { alpha: 0.1 }, theirs: { alpha: 0.1 } }),
  twin('regression', 'elastic_net', 'linear_model.ElasticNet', SCALED, {
    ours: { alpha: 0.1 },
    theirs: { alpha: 0.1 },
  }),
  twin('regression', 'k_neighbors_regressor', 'neighbors.KNeighborsRegressor', SCALED),
  twin('regression', 'decision_tree_regressor', 'tree.DecisionTreeRegressor', ONE_TREE),
  twin('regression', 'random_forest_regressor', 'ensemble.RandomForestRegressor', TREES, {
    lightgbm: LIGHTGBM_FOREST,
  }),
  twin('regression', 'random_forest_regressor', 'ensemble.RandomForestRegressor', TREES, SMALL_TREES),
  twin('regression', 'extra_trees_regressor', 'ensemble.ExtraTreesRegressor', TREES),
  twin('regression', 'hist_gradient_boosting_regressor', 'ensemble.HistGradientBoostingRegressor', NATIVE, {
    lightgbm: {},
  }),
  twin('regression', 'linear_svr', 'svm.LinearSVR', SCALED, {
    theirs: { max_iter: 5000 },
    ours: { maxIter: 5000 },
  }),
  twin('regression', 'svr', 'svm.SVR', KERNEL),
  twin('regression', 'mlp_regressor', 'neural_network.MLPRegressor', NEURAL, EPOCHS),
];
