/**
 * Least squares with a price on large weights: ridge (squares), lasso (absolute values, which makes weights exactly
 * zero) and elastic net (both). Objectives are scikit-learn's, so that `alpha` means the same:
 *
 *     ridge                  |y - X w|² + alpha |w|²
 *     lasso, elastic net     |y - X w|² / (2 n) + alpha l1Ratio |w|₁ + alpha (1 - l1Ratio) |w|² / 2
 *
 * with n the total weight of the rows. The intercept is not priced: features and target are centred before.
 */
import type { Algorithm, FitContext, Predictor, TrainingData } from '../../estimator.js';
import { elasticNetDescent } from '../../matrix/coordinate-descent.js';
import { leastSquares } from '../../matrix/least-squares.js';
import type { ParameterDefinition, ParameterValues } from '../../parameters.js';
import { requireFinite, requireRows, rowWeights } from '../fit-input.js';
import { type FitNotes, linearRegressor, readLinearFunctions } from './linear-model.js';
import { FIT_INTERCEPT, maxIterations, tolerance } from './linear-parameters.js';
import { centre } from './linear-regression.js';

const ALPHA: ParameterDefinition = {
  name: 'alpha',
  label: 'Penalty strength',
  description: 'The price of large weights; larger values make them smaller, 0 makes none.',
  default: 1,
  accepts: [{ kind: 'number', minimum: 0 }],
};

const L1_RATIO: ParameterDefinition = {
  name: 'l1Ratio',
  label: 'Share of the absolute penalty',
  description: 'How much of the price is on absolute values (1: lasso) instead of squares (0: ridge).',
  default: 0.5,
  accepts: [{ kind: 'number', minimum: 0, maximum: 1 }],
};

const DESCENT_PARAMETERS = [
  FIT_INTERCEPT,
  maxIterations(1000),
  tolerance(
    1e-4,
    'The solver stops when the duality gap is at most this times the squared length of the target.',
  ),
];

const COMMON = {
  task: 'regression',
  input: { categories: 'one_hot', missing: 'impute', scaleSensitive: true },
  restore: (state) => linearRegressor(readLinearFunctions(state)),
} satisfies Partial<Algorithm>;

export const ridge: Algorithm = {
  ...COMMON,
  name: 'ridge',
  title: 'Ridge regression',
  summary: 'Linear regression that keeps weights small: steadier where features are many or alike.',
  parameters: [ALPHA, FIT_INTERCEPT],
  estimateFitBytes: ({ nSamples, nFeatures }) =>
    8 * ((2 * nSamples + nFeatures) * (nFeatures + 3) + 2 * nFeatures * nFeatures) + 4096,
  fit: async (data, options, context) => {
    const scaled = prepare(data, options);
    const { columns, target, nSamples } = scaled;
    // Rows sqrt(alpha) * I below the features turn the price into ordinary least squares.
    const root = Math.sqrt(options.alpha as number);
    const nFeatures = data.x.nFeatures;
    const nRows = nSamples + nFeatures;
    const extended = new Float64Array(nRows * nFeatures);
    for (let j = 0; j < nFeatures; j++) {
      extended.set(columns.subarray(j * nSamples, (j + 1) * nSamples), j * nRows);
      extended[j * nRows + nSamples + j] = root;
    }
    const extendedTarget = new Float64Array(nRows);
    extendedTarget.set(target);
    const { weights } = leastSquares(extended, extendedTarget, nFeatures, context.checkpoint);
    return finish(scaled, weights);
  },
};

export const lasso: Algorithm = {
  ...COMMON,
  name: 'lasso',
  title: 'Lasso',
  summary: 'Linear regression that sets the weights of unneeded features to exactly zero.',
  parameters: [ALPHA, ...DESCENT_PARAMETERS],
  estimateFitBytes: estimateDescentBytes,
  fit: async (data, options, context) => descend(data, options, 1, context),
};

export const elasticNet: Algorithm = {
  ...COMMON,
  name: 'elastic_net',
  title: 'Elastic net',
  summary: 'Between ridge and lasso: selects features, but keeps groups of features that are alike together.',
  parameters: [ALPHA, L1_RATIO, ...DESCENT_PARAMETERS],
  estimateFitBytes: estimateDescentBytes,
  fit: async (data, options, context) => descend(data, options, options.l1Ratio as number, context),
};

function estimateDescentBytes({ nSamples, nFeatures }: { nSamples: number; nFeatures: number }): number {
  return 8 * (nSamples * (nFeatures + 3) + nFeatures * nFeatures + 4 * nFeatures) + 4096;
}

interface Prepared {
  /** Column-major, centred, rows times the root of their weight. */
  readonly columns: Float64Array;
  readonly target: Float64Array;
  readonly nSamples: number;
  readonly means: Float64Array;
  readonly targetMean: number;
  readonly totalWeight: number;
}

function prepare(data: TrainingData, options: ParameterValues): Prepared {
  const { x } = data;
  requireRows(x.nSamples);
  requireFinite(x);
  const weights = rowWeights(data);
  const centred = centre(data, weights, options.fitIntercept === true);
  let totalWeight = 0;
  for (let i = 0; i < x.nSamples; i++) {
    const root = Math.sqrt(weights[i] as number);
    totalWeight += weights[i] as number;
    centred.target[i]! *= root;
    for (let j = 0; j < x.nFeatures; j++) centred.columns[j * x.nSamples + i]! *= root;
  }
  return { ...centred, nSamples: x.nSamples, totalWeight };
}

function finish(
  { means, targetMean }: Prepared,
  coefficients: Float64Array,
  notes: FitNotes = {},
): Predictor {
  let intercept = targetMean;
  for (let j = 0; j < means.length; j++) intercept -= (coefficients[j] as number) * (means[j] as number);
  return linearRegressor(
    { coefficients, intercepts: Float64Array.of(intercept), nFeatures: means.length },
    notes,
  );
}

function descend(
  data: TrainingData,
  options: ParameterValues,
  l1Ratio: number,
  context: FitContext,
): Predictor {
  const prepared = prepare(data, options);
  const { columns, target, nSamples, totalWeight } = prepared;
  const { nFeatures } = data.x;
  const column = (j: number): Float64Array => columns.subarray(j * nSamples, (j + 1) * nSamples);
  const gram = new Float64Array(nFeatures * nFeatures);
  const correlations = new Float64Array(nFeatures);
  for (let j = 0; j < nFeatures; j++) {
    correlations[j] = dot(column(j), target);
    for (let k = 0; k <= j; k++) {
      context.checkpoint((j / nFeatures) * 0.5);
      gram[j * nFeatures + k] = dot(column(j), column(k));
      gram[k * nFeatures + j] = gram[j * nFeatures + k] as number;
    }
  }
  const strength = (options.alpha as number) * totalWeight;
  const maxIterationCount = options.maxIter as number;
  const found = elasticNetDescent(
    {
      gram,
      correlations,
      targetSquared: dot(target, target),
      l1: strength * l1Ratio,
      l2: strength * (1 - l1Ratio),
    },
    maxIterationCount,
    options.tol as number,
    (fraction) => context.checkpoint(0.5 + fraction / 2),
  );
  return finish(prepared, found.weights, {
    facts: {
      iterations: found.iterations,
      converged: found.converged,
      nonZeroWeights: found.weights.reduce((count, weight) => count + (weight === 0 ? 0 : 1), 0),
    },
    warnings: found.converged
      ? []
      : [`The solver did not converge in ${maxIterationCount} iterations: raise maxIter or alpha.`],
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
