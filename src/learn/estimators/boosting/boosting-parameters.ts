import type { ParameterDefinition, ParameterTable } from '../../parameters.js';

const AT_MOST_32_BITS = 2_147_483_647;

const COMMON: ParameterTable = [
  {
    name: 'learningRate',
    label: 'Learning rate',
    description: 'How much of each tree is added; smaller needs more iterations and often predicts better.',
    default: 0.1,
    accepts: [{ kind: 'number', exclusiveMinimum: 0 }],
  },
  {
    name: 'maxIter',
    label: 'Iterations',
    description: 'The most iterations; each adds a tree, or one a class where there are more than two.',
    default: 100,
    accepts: [{ kind: 'integer', minimum: 1, maximum: 100_000 }],
  },
  {
    name: 'maxLeafNodes',
    label: 'Leaves',
    description: 'The most leaves of a tree; null: no limit.',
    default: 31,
    accepts: [{ kind: 'integer', minimum: 2, maximum: AT_MOST_32_BITS }, { kind: 'null' }],
  },
  {
    name: 'maxDepth',
    label: 'Largest depth',
    description: 'Splits on the way from the root to a leaf; null: no limit.',
    default: null,
    accepts: [{ kind: 'integer', minimum: 1, maximum: AT_MOST_32_BITS }, { kind: 'null' }],
  },
  {
    name: 'minSamplesLeaf',
    label: 'Rows in a leaf',
    description: 'Rows that each side of a split keeps.',
    default: 20,
    accepts: [{ kind: 'integer', minimum: 1, maximum: AT_MOST_32_BITS }],
  },
  {
    name: 'l2Regularization',
    label: 'L2 penalty',
    description: 'Added to the hessian of a leaf: larger values draw leaves towards 0.',
    default: 0,
    accepts: [{ kind: 'number', minimum: 0 }],
  },
  {
    name: 'maxFeatures',
    label: 'Features per split',
    description: 'The share of features that each split looks at.',
    default: 1,
    accepts: [{ kind: 'number', exclusiveMinimum: 0, maximum: 1 }],
  },
  {
    name: 'subsample',
    label: 'Share of rows',
    description:
      'The share of rows that each iteration grows on, drawn anew without replacement; below 1: stochastic gradient boosting.',
    default: 1,
    accepts: [{ kind: 'number', exclusiveMinimum: 0, maximum: 1 }],
  },
  {
    name: 'maxBins',
    label: 'Bins',
    description: 'The most bins that a numeric column is put into.',
    default: 255,
    accepts: [{ kind: 'integer', minimum: 2, maximum: 255 }],
  },
  {
    name: 'monotonicCst',
    label: 'Monotonic columns',
    description:
      'By column name: 1 where predictions may only rise with it, -1 where they may only fall, 0: free.',
    default: null,
    accepts: [{ kind: 'numberByName', minimum: -1 }, { kind: 'null' }],
  },
  {
    name: 'earlyStopping',
    label: 'Early stopping',
    description: 'Whether to stop once held-out rows gain nothing; auto: from 10,001 rows on.',
    default: 'auto',
    accepts: [{ kind: 'choice', of: ['auto'] }, { kind: 'boolean' }],
  },
  {
    name: 'validationFraction',
    label: 'Held-out share',
    description:
      'Rows held out for early stopping: a share, or a count from 2 on; null: stop by the training rows.',
    default: 0.1,
    accepts: [
      { kind: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 },
      { kind: 'integer', minimum: 2, maximum: AT_MOST_32_BITS },
      { kind: 'null' },
    ],
  },
  {
    name: 'nIterNoChange',
    label: 'Patience',
    description: 'Iterations without a gain after which early stopping stops.',
    default: 10,
    accepts: [{ kind: 'integer', minimum: 1, maximum: 100_000 }],
  },
  {
    name: 'tol',
    label: 'Tolerance',
    description: 'The fall of the loss that counts as a gain for early stopping.',
    default: 1e-7,
    accepts: [{ kind: 'number', minimum: 0 }],
  },
];

function lossOf(choices: readonly string[], description: string): ParameterDefinition {
  return {
    name: 'loss',
    label: 'Loss',
    description,
    default: choices[0] as string,
    accepts: [{ kind: 'choice', of: choices }],
  };
}

export const BOOSTING_CLASSIFIER_PARAMETERS: ParameterTable = [
  lossOf(['log_loss'], 'What the model makes small: the log loss.'),
  ...COMMON,
  {
    name: 'classWeight',
    label: 'Class weights',
    description:
      'Weight of a row by its class: a number by class name (1 where it names none), or balanced: inverse to how often the class occurs.',
    default: null,
    accepts: [{ kind: 'choice', of: ['balanced'] }, { kind: 'numberByName', minimum: 0 }, { kind: 'null' }],
  },
];

export const BOOSTING_REGRESSOR_PARAMETERS: ParameterTable = [
  lossOf(
    ['squared_error', 'absolute_error', 'quantile', 'poisson', 'gamma'],
    'What the model makes small; poisson is for counts (from 0 on), gamma for amounts above 0.',
  ),
  {
    name: 'quantile',
    label: 'Quantile',
    description: 'Which quantile the loss "quantile" predicts, 0..1.',
    default: null,
    accepts: [{ kind: 'number', minimum: 0, maximum: 1 }, { kind: 'null' }],
  },
  ...COMMON,
];
