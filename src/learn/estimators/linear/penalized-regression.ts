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
import type { ParameterDefinition, ParameterValues } from '../../parameters.js';
import { linearRegressor, readLinearFunctions } from './linear-model.js';
import { FIT_INTERCEPT, maxIterations, tolerance } from './linear-parameters.js';
import { finiteMoments, interceptOf, leastSquaresRegression } from './linear-regression.js';

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
  fit: (data, options, context) =>
    leastSquaresRegression(data, options.alpha as number, options.fitIntercept === true, context),
};

export const lasso: Algorithm = {
  ...COMMON,
  name: 'lasso',
  title: 'Lasso',
  summary: 'Linear regression that sets the weights of unneeded features to exactly zero.',
  parameters: [ALPHA, ...DESCENT_PARAMETERS],
  estimateFitBytes: estimateDescentBytes,
  fit: (data, options, context) => descend(data, options, 1, context),
};

export const elasticNet: Algorithm = {
  ...COMMON,
  name: 'elastic_net',
  title: 'Elastic net',
  summary: 'Between ridge and lasso: selects features, but keeps groups of features that are alike together.',
  parameters: [ALPHA, L1_RATIO, ...DESCENT_PARAMETERS],
  estimateFitBytes: estimateDescentBytes,
  fit: (data, options, context) => descend(data, options, options.l1Ratio as number, context),
};

function estimateDescentBytes({ nSamples, nFeatures }: { nSamples: number; nFeatures: number }): number {
  return 8 * (nSamples * (nFeatures + 3) + nFeatures * nFeatures + 4 * nFeatures) + 4096;
}

async function descend(
  data: TrainingData,
  options: ParameterValues,
  l1Ratio: number,
  context: FitContext,
): Promise<Predictor> {
  const { nFeatures } = data.x;
  const fitIntercept = options.fitIntercept === true;
  const moments = await finiteMoments(data, fitIntercept, {
    threads: context.threads,
    checkpoint: (fraction) => context.checkpoint(fraction / 2),
  });
  const strength = (options.alpha as number) * moments.totalWeight;
  const maxIterationCount = options.maxIter as number;
  const found = elasticNetDescent(
    { ...moments, l1: strength * l1Ratio, l2: strength * (1 - l1Ratio) },
    maxIterationCount,
    options.tol as number,
    (fraction) => context.checkpoint(0.5 + fraction / 2),
  );
  const functions = {
    coefficients: found.weights,
    intercepts: Float64Array.of(interceptOf(found.weights, moments)),
    nFeatures,
  };
  return linearRegressor(functions, {
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
