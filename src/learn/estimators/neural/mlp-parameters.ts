import type { ParameterDefinition, ParameterProblem, ParameterValues } from '../../parameters.js';
import { ACTIVATIONS } from './activations.js';

const below1 = { kind: 'number', minimum: 0, exclusiveMaximum: 1 } as const;

export const MLP_PARAMETERS: readonly ParameterDefinition[] = [
  {
    name: 'hiddenLayerSizes',
    label: 'Hidden layers',
    description:
      'How many units each hidden layer has, from the inputs on; an empty list makes a linear model.',
    default: [100],
    accepts: [{ kind: 'integerList', minimum: 1, maximum: 10_000, maxLength: 20 }],
  },
  {
    name: 'activation',
    label: 'Activation',
    description: 'What a hidden unit makes of its sum.',
    default: 'relu',
    accepts: [{ kind: 'choice', of: ACTIVATIONS }],
  },
  {
    name: 'solver',
    label: 'Solver',
    description:
      '"adam": good for many rows; "lbfgs": all rows at once, better for few; "sgd": plain steps with a schedule.',
    default: 'adam',
    accepts: [{ kind: 'choice', of: ['lbfgs', 'sgd', 'adam'] }],
  },
  {
    name: 'alpha',
    label: 'Penalty strength',
    description: 'The price of large weights; larger values make the network smoother.',
    default: 1e-4,
    accepts: [{ kind: 'number', minimum: 0 }],
  },
  {
    name: 'batchSize',
    label: 'Batch size',
    description: 'After how many rows the weights move; "auto": 200, or all where there are fewer.',
    default: 'auto',
    accepts: [
      { kind: 'choice', of: ['auto'] },
      { kind: 'integer', minimum: 1, maximum: 1_000_000 },
    ],
  },
  {
    name: 'learningRate',
    label: 'Learning-rate schedule',
    description:
      'For sgd: "constant"; "invscaling": falls steadily; "adaptive": a fifth whenever learning stalls.',
    default: 'constant',
    accepts: [{ kind: 'choice', of: ['constant', 'invscaling', 'adaptive'] }],
  },
  {
    name: 'learningRateInit',
    label: 'Learning rate',
    description: 'How far a step goes at first, for sgd and adam.',
    default: 0.001,
    accepts: [{ kind: 'number', exclusiveMinimum: 0 }],
  },
  {
    name: 'powerT',
    label: 'Exponent of the schedule',
    description: 'How fast "invscaling" falls.',
    default: 0.5,
    accepts: [{ kind: 'number', minimum: 0 }],
  },
  {
    name: 'maxIter',
    label: 'Epochs at most',
    description: 'How often each row is seen at most (lbfgs: how many steps).',
    default: 200,
    accepts: [{ kind: 'integer', minimum: 1, maximum: 1_000_000 }],
  },
  {
    name: 'shuffle',
    label: 'Shuffle rows',
    description: 'Whether the rows come in a new order in each epoch.',
    default: true,
    accepts: [{ kind: 'boolean' }],
  },
  {
    name: 'tol',
    label: 'Tolerance',
    description: 'An epoch that improves by less than this counts as none.',
    default: 1e-4,
    accepts: [{ kind: 'number', minimum: 0 }],
  },
  {
    name: 'momentum',
    label: 'Momentum',
    description: 'How much of the last step sgd takes again.',
    default: 0.9,
    accepts: [{ kind: 'number', minimum: 0, maximum: 1 }],
  },
  {
    name: 'nesterovsMomentum',
    label: "Nesterov's momentum",
    description: 'Whether sgd looks ahead along its momentum.',
    default: true,
    accepts: [{ kind: 'boolean' }],
  },
  {
    name: 'earlyStopping',
    label: 'Early stopping',
    description: 'Whether to hold out rows and stop when their score grows no more; not for lbfgs.',
    default: false,
    accepts: [{ kind: 'boolean' }],
  },
  {
    name: 'validationFraction',
    label: 'Held-out share',
    description: 'The share of the rows that early stopping holds out.',
    default: 0.1,
    accepts: [{ kind: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 }],
  },
  {
    name: 'beta1',
    label: 'Decay of the first moment',
    description: 'How slowly adam forgets gradients.',
    default: 0.9,
    accepts: [below1],
  },
  {
    name: 'beta2',
    label: 'Decay of the second moment',
    description: 'How slowly adam forgets squared gradients.',
    default: 0.999,
    accepts: [below1],
  },
  {
    name: 'epsilon',
    label: 'Stabiliser',
    description: 'Keeps adam from dividing by zero.',
    default: 1e-8,
    accepts: [{ kind: 'number', exclusiveMinimum: 0 }],
  },
  {
    name: 'nIterNoChange',
    label: 'Patience',
    description: 'How many epochs without improvement end the training.',
    default: 10,
    accepts: [{ kind: 'integer', minimum: 1, maximum: 1_000_000 }],
  },
];

export function mlpConflicts(options: ParameterValues): ParameterProblem[] {
  if (options.earlyStopping !== true || options.solver !== 'lbfgs') return [];
  return [
    {
      code: 'conflicting_parameters',
      parameter: 'earlyStopping',
      expected: 'false with the solver "lbfgs", which sees all rows at once',
      sentType: 'boolean',
    },
  ];
}
