import { choice, count, type ModelArgument, type ModelType, notNegative } from './model-type.js';

const PERCEPTRON_ARGUMENTS: readonly ModelArgument[] = [
  {
    name: 'hidden_layer_sizes',
    label: 'Hidden layer sizes',
    description: 'How many units each hidden layer has.',
    types: ['list'],
    default: [100],
    accepts: [{ kind: 'integerList', minimum: 1, maximum: 10_000, maxLength: 20 }],
    becomes: 'hiddenLayerSizes',
  },
  { ...count('max_iter', 'Max iterations', 'How many passes at most.', 1, 200), becomes: 'maxIter' },
  {
    ...choice(
      'activation',
      'Activation',
      'What a unit makes of its sum.',
      ['identity', 'logistic', 'tanh', 'relu'],
      'relu',
    ),
    becomes: 'activation',
  },
  {
    ...choice('solver', 'Solver', 'How the weights are found.', ['lbfgs', 'sgd', 'adam'], 'adam'),
    becomes: 'solver',
  },
  {
    ...choice(
      'learning_rate',
      'Learning rate',
      'How the step changes with time.',
      ['constant', 'invscaling', 'adaptive'],
      'constant',
    ),
    becomes: 'learningRate',
  },
  {
    name: 'learning_rate_init',
    label: 'Initial learning rate',
    description: 'The first step.',
    types: ['float'],
    default: 0.001,
    accepts: [{ kind: 'number', exclusiveMinimum: 0 }],
    becomes: 'learningRateInit',
  },
  { ...notNegative('tol', 'Tolerance', 'Which gain is too small to go on.', 0.0001), becomes: 'tol' },
];

/** Multi-layer perceptrons; the letters of their names are EasyML's. */
export const perceptronTypes: readonly ModelType[] = [
  { name: 'mpl_cls', algorithm: 'mlp_classifier', isSupervised: true, arguments: PERCEPTRON_ARGUMENTS },
  { name: 'mpl_reg', algorithm: 'mlp_regressor', isSupervised: true, arguments: PERCEPTRON_ARGUMENTS },
];
