import type { Algorithm, FitContext, Predictor, TrainingData } from '../../estimator.js';
import { leastSquares } from '../../matrix/least-squares.js';
import { centredMoments, type Moments, solveNormalEquations } from '../../matrix/normal-equations.js';
import { requireFinite, requireRows, rowWeights, valueTarget } from '../fit-input.js';
import { linearRegressor, readLinearFunctions } from './linear-model.js';
import { FIT_INTERCEPT } from './linear-parameters.js';

/**
 * Ordinary least squares. Features and target are centred (by weighted means) instead of giving the
 * intercept a column. Where the features are well apart the normal equations are solved; else orthogonal
 * transformations keep the digits, and where features depend on each other they find the shortest of the equally good
 * solutions, as a pseudo-inverse would.
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
  fit: (data, options, context) => leastSquaresRegression(data, 0, options.fitIntercept === true, context),
  restore: (state) => linearRegressor(readLinearFunctions(state)),
};

/** Minimises the squared error plus ridge |w|²; ordinary and ridge regression are this. */
export async function leastSquaresRegression(
  data: TrainingData,
  ridge: number,
  fitIntercept: boolean,
  context: FitContext,
): Promise<Predictor> {
  const { nSamples, nFeatures } = data.x;
  requireRows(nSamples);
  requireFinite(data.x, context.checkpoint);
  const weights = rowWeights(data);
  const moments = await centredMoments(data.x, valueTarget(data), weights, fitIntercept, context);
  const solved = nSamples > nFeatures ? solveNormalEquations(moments, ridge) : null;
  const solution =
    solved === null
      ? solveOrthogonally(data, weights, ridge, moments, context)
      : { weights: solved, rank: nFeatures };
  const functions = {
    coefficients: solution.weights,
    intercepts: Float64Array.of(interceptOf(solution.weights, moments)),
    nFeatures,
  };
  return linearRegressor(functions, { facts: { rank: solution.rank } });
}

/** The value at features of zero, of a function through the means. */
export function interceptOf(
  coefficients: Float64Array,
  { means, targetMean }: Pick<Moments, 'means' | 'targetMean'>,
): number {
  let intercept = targetMean;
  for (let j = 0; j < means.length; j++) intercept -= (coefficients[j] as number) * (means[j] as number);
  return intercept;
}

/** Rows sqrt(ridge) * I below the centred features turn the price into ordinary least squares. */
function solveOrthogonally(
  data: TrainingData,
  weights: Float64Array,
  ridge: number,
  { means, targetMean }: Moments,
  context: FitContext,
): { weights: Float64Array; rank: number } {
  const { nSamples, nFeatures, values } = data.x;
  const nRows = nSamples + (ridge > 0 ? nFeatures : 0);
  const columns = new Float64Array(nRows * nFeatures);
  const target = new Float64Array(nRows);
  const given = valueTarget(data);
  for (let i = 0; i < nSamples; i++) {
    const root = Math.sqrt(weights[i] as number);
    target[i] = ((given[i] as number) - targetMean) * root;
    for (let j = 0; j < nFeatures; j++) {
      columns[j * nRows + i] = ((values[j * nSamples + i] as number) - (means[j] as number)) * root;
    }
  }
  for (let j = 0; j < nFeatures && ridge > 0; j++) columns[j * nRows + nSamples + j] = Math.sqrt(ridge);
  return leastSquares(columns, target, nFeatures, context.checkpoint);
}
