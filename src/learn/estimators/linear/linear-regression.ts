import type { Algorithm, FitContext, Predictor, TrainingData } from '../../estimator.js';
import { solveDependentFeatures } from '../../matrix/dependent-features.js';
import { leastSquares } from '../../matrix/least-squares.js';
import { centredMoments, type Moments, solveNormalEquations } from '../../matrix/normal-equations.js';
import { requireFinite, requireRows, rowWeights, valueTarget } from '../fit-input.js';
import { linearRegressor, readLinearFunctions } from './linear-model.js';
import { FIT_INTERCEPT } from './linear-parameters.js';

/**
 * Ordinary least squares. Features and target are centred (by weighted means) instead of giving the
 * intercept a column. Where the features are well apart the normal equations are solved, and where some are plainly
 * sums of others, those of the others; else orthogonal transformations keep the digits. Of equally good solutions
 * the shortest is found, as a pseudo-inverse would.
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
  const { nFeatures } = data.x;
  const moments = await finiteMoments(data, fitIntercept, context);
  const solution =
    solveByMoments(data, ridge, moments, context) ?? solveOrthogonally(data, ridge, moments, context);
  const functions = {
    coefficients: solution.weights,
    intercepts: Float64Array.of(interceptOf(solution.weights, moments)),
    nFeatures,
  };
  return linearRegressor(functions, { facts: { rank: solution.rank } });
}

/**
 * @throws LearnError not_enough_rows, and not_finite: sums of squares show what is no finite number, so that only where
 *   they are none themselves the features are looked through for it.
 */
export async function finiteMoments(
  data: TrainingData,
  fitIntercept: boolean,
  context: Pick<FitContext, 'threads' | 'checkpoint'>,
): Promise<Moments> {
  const { x, sampleWeight } = data;
  requireRows(x.nSamples);
  const weights = sampleWeight === undefined ? undefined : rowWeights(data);
  const moments = await centredMoments(x, valueTarget(data), weights, fitIntercept, context);
  for (let j = 0; j < x.nFeatures; j++) {
    if (Number.isFinite(moments.gram[j * x.nFeatures + j])) continue;
    requireFinite(x, context.checkpoint);
    break;
  }
  return moments;
}

/** null: moments are not enough. */
function solveByMoments(
  { x }: TrainingData,
  ridge: number,
  moments: Moments,
  context: FitContext,
): { weights: Float64Array<ArrayBuffer>; rank: number } | null {
  // Fewer rows than features leave infinitely many solutions, but for a price on each.
  if (ridge === 0 && x.nSamples <= x.nFeatures) return null;
  const weights = solveNormalEquations(moments, ridge, () => context.checkpoint(0));
  if (weights !== null) return { weights, rank: x.nFeatures };
  return ridge > 0 ? null : solveDependentFeatures(x, moments, context.checkpoint);
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
  ridge: number,
  { means, targetMean }: Moments,
  context: FitContext,
): { weights: Float64Array; rank: number } {
  const { nSamples, nFeatures, values } = data.x;
  const nRows = nSamples + (ridge > 0 ? nFeatures : 0);
  const columns = new Float64Array(nRows * nFeatures);
  const target = new Float64Array(nRows);
  const given = valueTarget(data);
  const weights = rowWeights(data);
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
