/**
 * k nearest neighbours: nothing is learned but the rows; a prediction asks the k rows nearest to it. Searches are
 * exact. Among rows at the same distance the one that came first in the training data is taken, with every search:
 * scikit-learn leaves that open (its brute force partitions, its trees keep whichever they met first), so where
 * the k-th and the next neighbour tie, answers may differ from its own.
 */
import { LearnError } from '../../errors.js';
import type { Algorithm, FitContext, Predictor, TrainingData } from '../../estimator.js';
import type { ParameterProblem, ParameterTable, ParameterValues } from '../../parameters.js';
import { classTarget, requireFinite, requireRows, rowWeights, valueTarget } from '../fit-input.js';
import type { MetricName } from './distance.js';
import {
  type NeighborMemory,
  neighborPredictor,
  readNeighborMemory,
  SEARCHES,
  WEIGHTINGS,
} from './neighbor-model.js';

const PARAMETERS: ParameterTable = [
  {
    name: 'nNeighbors',
    label: 'Neighbours',
    description: 'How many of the nearest rows are asked; more make the answer smoother.',
    default: 5,
    accepts: [{ kind: 'integer', minimum: 1, maximum: 100_000 }],
  },
  {
    name: 'weights',
    label: 'Weighting',
    description:
      'Whether all neighbours count the same ("uniform") or nearer ones more ("distance": by its inverse).',
    default: 'uniform',
    accepts: [{ kind: 'choice', of: WEIGHTINGS }],
  },
  {
    name: 'algorithm',
    label: 'Search',
    description:
      'How neighbours are found; the answers are the same. "brute": look at every row; "kd_tree": a k-d tree of the rows, faster where features are few; "ball_tree": balls around the rows, better where features hang together; "auto": a tree where it leaves out nearly everything, else blocks of rows.',
    default: 'auto',
    accepts: [{ kind: 'choice', of: SEARCHES }],
  },
  {
    name: 'leafSize',
    label: 'Leaf size',
    description: 'How many rows a leaf of the tree holds; it changes speed, not answers.',
    default: 30,
    accepts: [{ kind: 'integer', minimum: 1, maximum: 1_000_000 }],
  },
  {
    name: 'metric',
    label: 'Distance',
    description: 'How distance is measured; "minkowski" with the exponent p.',
    default: 'minkowski',
    accepts: [{ kind: 'choice', of: ['minkowski', 'euclidean', 'manhattan'] }],
  },
  {
    name: 'p',
    label: 'Exponent',
    description: 'The exponent of the Minkowski distance: 1 is Manhattan, 2 Euclidean.',
    default: 2,
    accepts: [{ kind: 'number', minimum: 1, maximum: 100 }],
  },
];

const COMMON = {
  parameters: PARAMETERS,
  input: { categories: 'one_hot', missing: 'impute', scaleSensitive: true },
  conflicts: metricConflicts,
  estimateFitBytes: ({ nSamples, nFeatures }: { nSamples: number; nFeatures: number }) =>
    8 * nSamples * (3 * nFeatures + 7) + 4096,
} as const;

export const kNeighborsClassifier: Algorithm = {
  ...COMMON,
  name: 'k_neighbors_classifier',
  title: 'k nearest neighbours (classes)',
  task: 'classification',
  summary:
    'Asks the most similar known rows and lets them vote. No training, slower predictions, sensitive to scaling.',
  fit: async (data, options, context) => {
    const { codes, nClasses } = classTarget(data);
    return remember(data, Float64Array.from(codes), nClasses, options, context);
  },
  restore: (state) => neighborPredictor(readNeighborMemory(state, true)),
};

export const kNeighborsRegressor: Algorithm = {
  ...COMMON,
  name: 'k_neighbors_regressor',
  title: 'k nearest neighbours (values)',
  task: 'regression',
  summary:
    'Averages the values of the most similar known rows. No training, slower predictions, sensitive to scaling.',
  fit: async (data, options, context) => remember(data, valueTarget(data), 0, options, context),
  restore: (state) => neighborPredictor(readNeighborMemory(state, false)),
};

function metricConflicts(options: ParameterValues): ParameterProblem[] {
  const implied = { euclidean: 2, manhattan: 1 }[options.metric as string];
  if (implied === undefined || options.p === implied || options.p === 2) return [];
  return [
    {
      code: 'conflicting_parameters',
      parameter: 'p',
      expected: `${implied}, or left out, with the metric "${options.metric}"`,
      sentType: 'number',
    },
  ];
}

/** Copies the rows that weigh something. */
function remember(
  data: TrainingData,
  target: Float64Array,
  nClasses: number,
  options: ParameterValues,
  context: FitContext,
): Predictor {
  const { x } = data;
  requireRows(x.nSamples);
  requireFinite(x, context.checkpoint);
  const weights = rowWeights(data);
  const kept = Uint32Array.from(weights.keys()).filter((i) => (weights[i] as number) > 0);
  if (kept.length === 0) throw new LearnError('not_enough_rows', 'At least one row must weigh more than 0.');
  const points = new Float64Array(kept.length * x.nFeatures);
  for (let j = 0; j < x.nFeatures; j++) {
    context.checkpoint(j / x.nFeatures);
    for (let i = 0; i < kept.length; i++) {
      points[i * x.nFeatures + j] = x.values[j * x.nSamples + (kept[i] as number)] as number;
    }
  }
  const wanted = options.nNeighbors as number;
  const memory: NeighborMemory = {
    points,
    nFeatures: x.nFeatures,
    targets: Float64Array.from(kept, (i) => target[i] as number),
    votes: Float64Array.from(kept, (i) => weights[i] as number),
    nClasses,
    nNeighbors: Math.min(wanted, kept.length),
    weighting: options.weights as NeighborMemory['weighting'],
    search: options.algorithm as NeighborMemory['search'],
    p: exponentOf(options.metric as MetricName, options.p as number),
    leafSize: options.leafSize as number,
  };
  const warnings =
    wanted > kept.length
      ? [`There are only ${kept.length} rows, so all of them are asked instead of ${wanted} neighbours.`]
      : [];
  // Evaluation asks it, too, and has its own progress: 0 only asks whether to go on.
  return neighborPredictor(memory, warnings, () => context.checkpoint(0));
}

function exponentOf(metric: MetricName, p: number): number {
  return { euclidean: 2, manhattan: 1, minkowski: p }[metric];
}
