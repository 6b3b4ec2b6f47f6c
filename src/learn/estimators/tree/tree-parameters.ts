import { LearnError } from '../../errors.js';
import type { TrainingData } from '../../estimator.js';
import type { ParameterDefinition, ParameterTable, ParameterValues, ValueRule } from '../../parameters.js';
import type { GrowOptions } from './grow-options.js';
import { balancedWeights } from './tree-sample.js';

const UNLIMITED = 2_147_483_647;
const AT_MOST_32_BITS = 2_147_483_647;

const CLASS_CRITERION: ParameterDefinition = {
  name: 'criterion',
  label: 'Criterion',
  description: 'What a split makes small: Gini impurity, or entropy (log_loss is another name of it).',
  default: 'gini',
  accepts: [{ kind: 'choice', of: ['gini', 'entropy', 'log_loss'] }],
};

const VALUE_CRITERION: ParameterDefinition = {
  name: 'criterion',
  label: 'Criterion',
  description:
    'What a split makes small: squared error around the mean (friedman_mse finds the same splits), or absolute error around the median, which bears outliers and takes longer, or the Poisson deviance, for counts (targets of at least 0).',
  default: 'squared_error',
  accepts: [{ kind: 'choice', of: ['squared_error', 'friedman_mse', 'absolute_error', 'poisson'] }],
};

const SPLITTER: ParameterDefinition = {
  name: 'splitter',
  label: 'Splitter',
  description: 'The best threshold of each feature, or one random threshold a feature and the best of these.',
  default: 'best',
  accepts: [{ kind: 'choice', of: ['best', 'random'] }],
};

function maxFeatures(defaultValue: number | string | null): ParameterDefinition {
  return {
    name: 'maxFeatures',
    label: 'Features per split',
    description:
      'How many features a split looks at: a count (an integer, so 1 is one feature), a share between 0 and 1, their square root or logarithm, or null for all. JSON cannot tell 1 from 1.0: send null where scikit-learn takes 1.0.',
    default: defaultValue,
    accepts: [
      { kind: 'choice', of: ['sqrt', 'log2'] },
      { kind: 'integer', minimum: 1, maximum: AT_MOST_32_BITS },
      { kind: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 },
      { kind: 'null' },
    ],
  };
}

const LIMITS: ParameterTable = [
  {
    name: 'maxDepth',
    label: 'Largest depth',
    description: 'Splits on the way from the root to a leaf; null grows until leaves are pure.',
    default: null,
    accepts: [{ kind: 'integer', minimum: 1, maximum: AT_MOST_32_BITS }, { kind: 'null' }],
  },
  {
    name: 'minSamplesSplit',
    label: 'Rows to split',
    description: 'Rows that a node needs to be split: a count, or a share of all rows (up to 1).',
    default: 2,
    accepts: [
      { kind: 'integer', minimum: 2, maximum: AT_MOST_32_BITS },
      { kind: 'number', exclusiveMinimum: 0, maximum: 1 },
    ],
  },
  {
    name: 'minSamplesLeaf',
    label: 'Rows in a leaf',
    description: 'Rows that each side of a split keeps: a count, or a share of all rows (below 1).',
    default: 1,
    accepts: [
      { kind: 'integer', minimum: 1, maximum: AT_MOST_32_BITS },
      { kind: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 },
    ],
  },
  {
    name: 'minWeightFractionLeaf',
    label: 'Weight in a leaf',
    description: 'The share of the weight of all rows that each side of a split keeps, up to a half.',
    default: 0,
    accepts: [{ kind: 'number', minimum: 0, maximum: 0.5 }],
  },
  {
    name: 'maxLeafNodes',
    label: 'Leaves',
    description: 'The most leaves a tree may have; it then grows where impurity falls most. null: no limit.',
    default: null,
    accepts: [{ kind: 'integer', minimum: 2, maximum: AT_MOST_32_BITS }, { kind: 'null' }],
  },
  {
    name: 'minImpurityDecrease',
    label: 'Least gain',
    description: 'A split must lower the impurity by this much, weighted by the share of rows it concerns.',
    default: 0,
    accepts: [{ kind: 'number', minimum: 0 }],
  },
  {
    name: 'ccpAlpha',
    label: 'Pruning',
    description:
      'The impurity a leaf must be worth in cost-complexity pruning; larger values prune more. 0: none.',
    default: 0,
    accepts: [{ kind: 'number', minimum: 0 }],
  },
];

function classWeight(choices: readonly string[]): ParameterDefinition {
  const rules: ValueRule[] = [
    { kind: 'choice', of: choices },
    { kind: 'numberByName', minimum: 0 },
    { kind: 'null' },
  ];
  return {
    name: 'classWeight',
    label: 'Class weights',
    description:
      'Weight of a row by its class: a number by class name (1 where it names none), or balanced: inverse to how often the class occurs.',
    default: null,
    accepts: rules,
  };
}

const FOREST: ParameterTable = [
  {
    name: 'nEstimators',
    label: 'Trees',
    description: 'How many trees; more cost time and memory and rarely harm.',
    default: 100,
    accepts: [{ kind: 'integer', minimum: 1, maximum: 10_000 }],
  },
];

const SAMPLING: ParameterTable = [
  {
    name: 'bootstrap',
    label: 'Bootstrap',
    description: 'Whether each tree learns from rows drawn with replacement instead of from all.',
    default: true,
    accepts: [{ kind: 'boolean' }],
  },
  {
    name: 'oobScore',
    label: 'Out-of-bag score',
    description:
      'Whether to score the forest on the rows that each tree did not see (accuracy, or R squared).',
    default: false,
    accepts: [{ kind: 'boolean' }],
  },
  {
    name: 'maxSamples',
    label: 'Rows per tree',
    description:
      'Rows drawn for each tree: a count from 2 on, or a share of all rows; null: as many as there are.',
    default: null,
    accepts: [
      { kind: 'number', exclusiveMinimum: 0, maximum: 1 },
      { kind: 'integer', minimum: 2, maximum: AT_MOST_32_BITS },
      { kind: 'null' },
    ],
  },
];

export const TREE_CLASSIFIER_PARAMETERS: ParameterTable = [
  CLASS_CRITERION,
  SPLITTER,
  ...LIMITS,
  maxFeatures(null),
  classWeight(['balanced']),
];

export const TREE_REGRESSOR_PARAMETERS: ParameterTable = [
  VALUE_CRITERION,
  SPLITTER,
  ...LIMITS,
  maxFeatures(null),
];

export const FOREST_CLASSIFIER_PARAMETERS: ParameterTable = [
  ...FOREST,
  CLASS_CRITERION,
  ...LIMITS,
  maxFeatures('sqrt'),
  ...SAMPLING,
  classWeight(['balanced', 'balanced_subsample']),
];

export const FOREST_REGRESSOR_PARAMETERS: ParameterTable = [
  ...FOREST,
  VALUE_CRITERION,
  ...LIMITS,
  maxFeatures(null),
  ...SAMPLING,
];

/** Turns a request's parameters into numbers for this shape of data. */
export function toGrowOptions(options: ParameterValues, nSamples: number, nFeatures: number): GrowOptions {
  const criterion = String(options['criterion']);
  const leaf = options['minSamplesLeaf'] as number;
  const split = options['minSamplesSplit'] as number;
  const minSamplesLeaf = leaf >= 1 ? leaf : Math.ceil(leaf * nSamples);
  const aliases: Record<string, GrowOptions['criterion']> = {
    gini: 'gini',
    entropy: 'entropy',
    log_loss: 'entropy',
    squared_error: 'squared_error',
    friedman_mse: 'squared_error',
    absolute_error: 'absolute_error',
    poisson: 'poisson',
  };
  return {
    criterion: aliases[criterion] ?? 'gini',
    splitter: options['splitter'] === 'random' ? 'random' : 'best',
    maxDepth: (options['maxDepth'] as number | null) ?? UNLIMITED,
    minSamplesSplit: Math.max(2, split > 1 ? split : Math.ceil(split * nSamples)),
    minSamplesLeaf,
    minWeightFractionLeaf: options['minWeightFractionLeaf'] as number,
    maxLeafNodes: (options['maxLeafNodes'] as number | null) ?? 0,
    maxFeatures: featuresPerSplit(options['maxFeatures'] as number | string | null, nFeatures),
    minImpurityDecrease: options['minImpurityDecrease'] as number,
    ccpAlpha: options['ccpAlpha'] as number,
  };
}

function featuresPerSplit(value: number | string | null, nFeatures: number): number {
  if (value === null) return nFeatures;
  if (value === 'sqrt') return Math.max(1, Math.floor(Math.sqrt(nFeatures)));
  if (value === 'log2') return Math.max(1, Math.floor(Math.log2(nFeatures)));
  const number = Number(value);
  return number < 1 ? Math.max(1, Math.floor(number * nFeatures)) : Math.min(number, nFeatures);
}

/**
 * Weights by class code for the `classWeight` parameter; undefined: none.
 * @throws LearnError invalid_parameters when it names a class that the data do not have
 */
export function toClassWeights(data: TrainingData, options: ParameterValues): Float64Array | undefined {
  const asked = options['classWeight'];
  if (data.y.task !== 'classification' || asked === null || asked === undefined) return undefined;
  const { codes, nClasses } = data.y;
  if (asked === 'balanced') return balancedWeights(codes, nClasses);
  if (typeof asked !== 'object') return undefined;
  const weights = new Float64Array(nClasses).fill(1);
  for (const [name, weight] of Object.entries(asked)) {
    const code = data.classNames?.indexOf(name) ?? -1;
    if (code < 0) {
      throw new LearnError('invalid_parameters', 'classWeight must name only classes that the target has.', {
        parameter: 'classWeight',
      });
    }
    weights[code] = Number(weight);
  }
  return weights;
}
