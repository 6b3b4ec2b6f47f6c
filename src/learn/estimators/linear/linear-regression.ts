import type { Algorithm, FitContext, Predictor, TrainingData } from '../../estimator.js';
import { featureColumn } from '../../matrix/feature-matrix.js';
import { leastSquares } from '../../matrix/least-squares.js';
import type { ParameterValues } from '../../parameters.js';
import { requireFinite, requireRows, rowWeights, valueTarget } from '../fit-input.js';
import { linearRegressor, readLinearFunctions } from './linear-model.js';
import { FIT_INTERCEPT } from './linear-parameters.js';

/**
 * Ordinary least squares. Features and target are centred (by weighted means) instead of giving the
 * intercept a column, then solved by orthogonal transformations; where features depend on each other the shortest of
 * the equally good solutions is taken, as a pseudo-inverse would.
 */
export const linearRegression: Algorithm = {
  name: 'linear_regression',
  title: 'Linear regression',
  task: 'regression',
  summary:
    'Fits a weighted sum of the features by least squares. Fast, explains itself, misses curves and interactions.',
  parameters: [FIT_INTERCEPT],
  input: { categories: 'one_hot', missing: 'impute', scaleSensitive: false },
  estimateFitBytes: ({ nSamples, nFeatures }) =>
    8 * (nSamples * (nFeatures + 3) + 2 * nFeatures * nFeatures) + 4096,
  fit: async (data, options, context) => fitLinearRegression(data, options, context),
  restore: (state) => linearRegressor(readLinearFunctions(state)),
};

function fitLinearRegression(data: TrainingData, options: ParameterValues, context: FitContext): Predictor {
  const { x } = data;
  requireRows(x.nSamples);
  requireFinite(x);
  const weights = rowWeights(data);
  const centred = centre(data, weights, options.fitIntercept === true);
  for (let j = 0; j < x.nFeatures; j++) scaleByRoot(centred.columns, j * x.nSamples, weights);
  scaleByRoot(centred.target, 0, weights);
  const solution = leastSquares(centred.columns, centred.target, x.nFeatures, context.checkpoint);
  let intercept = centred.targetMean;
  for (let j = 0; j < x.nFeatures; j++) {
    intercept -= (solution.weights[j] as number) * (centred.means[j] as number);
  }
  const functions = {
    coefficients: solution.weights,
    intercepts: Float64Array.of(intercept),
    nFeatures: x.nFeatures,
  };
  return linearRegressor(functions, { facts: { rank: solution.rank } });
}

/** Copies of the features (column-major) and the target, each less its weighted mean (0 without an intercept). */
export function centre(
  { x, y }: TrainingData,
  weights: Float64Array,
  fitIntercept: boolean,
): { columns: Float64Array; target: Float64Array; means: Float64Array; targetMean: number } {
  const columns = Float64Array.from(x.values.subarray(0, x.nSamples * x.nFeatures));
  const target = Float64Array.from(valueTarget({ x, y }));
  const means = new Float64Array(x.nFeatures);
  if (!fitIntercept) return { columns, target, means, targetMean: 0 };
  for (let j = 0; j < x.nFeatures; j++) {
    const column = columns.subarray(j * x.nSamples, (j + 1) * x.nSamples);
    means[j] = subtractMean(column, featureColumn(x, j), weights);
  }
  return { columns, target, means, targetMean: subtractMean(target, target, weights) };
}

function subtractMean(values: Float64Array, from: Float64Array, weights: Float64Array): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < from.length; i++) {
    sum += (weights[i] as number) * (from[i] as number);
    total += weights[i] as number;
  }
  const mean = sum / total;
  for (let i = 0; i < values.length; i++) values[i]! -= mean;
  return mean;
}

function scaleByRoot(values: Float64Array, at: number, weights: Float64Array): void {
  for (let i = 0; i < weights.length; i++) values[at + i]! *= Math.sqrt(weights[i] as number);
}
