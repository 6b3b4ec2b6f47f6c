/**
 * Logistic regression: minimises the weighted log loss plus |w|² / (2 C) (or |w|₁ / C), as scikit-learn's does; the
 * intercept is not penalised. Two classes take one linear function, more take one each (softmax).
 *
 * Solvers work in coordinates where every feature has mean 0 and variance 1, or less where the price of its weight
 * curves the objective more than the feature does. The minimum is the same, but unscaled features (euros beside shares)
 * no longer make it a narrow valley. `tol` bounds the gradient of the mean loss in these coordinates.
 *
 * - Two classes and few features: Newton's method. A pass costs n d² instead of n d, but a handful is enough.
 * - Otherwise, and where the Hessian is singular: L-BFGS; with absolute values: OWL-QN.
 */
import type { Algorithm, FitContext, Predictor, TrainingData } from '../../estimator.js';
import { type FeatureMatrix, featureColumn } from '../../matrix/feature-matrix.js';
import { type LbfgsResult, minimize } from '../../matrix/lbfgs.js';
import { minimizeByNewton } from '../../matrix/newton.js';
import { minimizeWithPrices } from '../../matrix/owl-qn.js';
import type { ParameterValues } from '../../parameters.js';
import { classWeightedRows } from '../class-weights.js';
import { classTarget, inSharedMemory, requireFinite, requireRows } from '../fit-input.js';
import { type LinearFunctions, readLinearFunctions, softmaxClassifier } from './linear-model.js';
import { CLASS_WEIGHT, FIT_INTERCEPT, maxIterations, tolerance } from './linear-parameters.js';
import {
  LOG_LOSS_KERNEL,
  type LogLossInput,
  type LogLossSums,
  logLossPiece,
  ROWS_PER_PIECE,
} from './log-loss-kernel.js';

/** Above this a pass with its Hessian costs more than many without. */
const MAX_NEWTON_FEATURES = 100;
/** Operations of a pass below which starting threads costs more than they save; less where passes are many. */
const OPERATIONS_FOR_THREADS = 1e8;
const OPERATIONS_OF_MANY_PASSES = 2e6;

export const logisticRegression: Algorithm = {
  name: 'logistic_regression',
  title: 'Logistic regression',
  task: 'classification',
  summary:
    'Separates classes by weighted sums of the features and gives well-founded probabilities. Fast and explainable.',
  parameters: [
    {
      name: 'penalty',
      label: 'Penalty',
      description:
        'What keeps the weights small: "l2": their squares; "l1": their absolute values, which sets unneeded ones to exactly 0; "none": nothing.',
      default: 'l2',
      accepts: [{ kind: 'choice', of: ['l2', 'l1', 'none'] }],
    },
    {
      name: 'C',
      label: 'Inverse penalty strength',
      description: 'How much the data count against the penalty; smaller values keep the weights smaller.',
      default: 1,
      accepts: [{ kind: 'number', exclusiveMinimum: 0 }],
    },
    FIT_INTERCEPT,
    CLASS_WEIGHT,
    maxIterations(100),
    tolerance(1e-4, 'The solver stops when no element of the gradient of the mean loss is larger than this.'),
  ],
  input: { categories: 'one_hot', missing: 'impute', scaleSensitive: true },
  estimateFitBytes: ({ nSamples, nFeatures, nClasses }) => {
    const nInputs = nFeatures + 1;
    const nParameters =
      Math.max(nClasses, nClasses <= 2 && nFeatures <= MAX_NEWTON_FEATURES ? nInputs : 1) * nInputs;
    const nPieces = Math.ceil(nSamples / ROWS_PER_PIECE);
    return 8 * (nSamples * (nFeatures + 2) + nParameters * (30 + nPieces)) + 65_536 * Math.max(nClasses, 1);
  },
  fit: fitLogisticRegression,
  restore: (state) => softmaxClassifier(readLinearFunctions(state)),
};

async function fitLogisticRegression(
  data: TrainingData,
  options: ParameterValues,
  context: FitContext,
): Promise<Predictor> {
  const { x } = data;
  const { codes, nClasses } = classTarget(data);
  requireRows(x.nSamples);
  requireFinite(x);
  const { nFeatures } = x;
  const nFunctions = nClasses <= 2 ? 1 : nClasses;
  const weights = classWeightedRows(data, options.classWeight);
  const totalWeight = weights.reduce((sum, weight) => sum + weight, 0);
  const fitIntercept = options.fitIntercept === true;
  const strength = 1 / ((options.C as number) * totalWeight);
  const price = options.penalty === 'l2' ? strength : 0;
  const { means, factors } = standardCoordinates(x, weights, totalWeight, fitIntercept, price);
  const maxIterationCount = options.maxIter as number;
  const nInputs = nFeatures + 1;
  const shared = { values: inSharedMemory(x.values), codes: inSharedCodes(codes), weights, means, factors };
  let iteration = 0;

  const evaluate = async (point: Float64Array, withHessian: boolean): Promise<LogLossSums> => {
    const input: LogLossInput = {
      ...shared,
      nSamples: x.nSamples,
      nFeatures,
      nFunctions,
      parameters: point,
      withHessian,
    };
    const sums = await sumPieces(input, context, iteration / maxIterationCount);
    sums.value /= totalWeight;
    for (const array of [sums.gradient, sums.hessian])
      for (let i = 0; i < array.length; i++) array[i]! /= totalWeight;
    for (let f = 0; f < nFunctions; f++) {
      for (let j = 0; j < nFeatures; j++) {
        const at = f * nInputs + j;
        const factor = factors[j] as number;
        const slope = price * (point[at] as number) * factor * factor;
        sums.value += (slope * (point[at] as number)) / 2;
        sums.gradient[at]! += slope;
        if (withHessian) sums.hessian[j * nInputs + j]! += price * factor * factor;
      }
      // Without an intercept its coordinate stays where it began, at 0.
      if (!fitIntercept) sums.gradient[f * nInputs + nFeatures] = 0;
    }
    if (withHessian && !fitIntercept) holdLast(sums.hessian, nInputs);
    return sums;
  };
  const objective = async (point: Float64Array, gradient: Float64Array): Promise<number> => {
    const sums = await evaluate(point, false);
    gradient.set(sums.gradient);
    return sums.value;
  };
  let start: Float64Array = new Float64Array(nFunctions * nInputs);
  const solverOptions = {
    maxIterations: maxIterationCount,
    gradientTolerance: options.tol as number,
    onStep: (steps: number) => {
      iteration = steps;
      context.checkpoint(steps / maxIterationCount);
    },
  };
  let result: LbfgsResult | null = null;
  if (options.penalty === 'l1') {
    const prices = start.map((_, at) => strength * (at % nInputs < nFeatures ? factors[at % nInputs]! : 0));
    result = await minimizeWithPrices(objective, prices, start, solverOptions);
  } else if (nFunctions === 1 && nFeatures <= MAX_NEWTON_FEATURES) {
    const found = await minimizeByNewton((point) => evaluate(point, true), start, solverOptions);
    if (found.isSingular) start = found.point;
    else result = found;
  }
  result ??= await minimize(objective, start, solverOptions);
  const functions = toRawFeatures(result.point, nFunctions, means, factors);
  return softmaxClassifier(functions, {
    facts: { iterations: result.iterations, converged: result.converged },
    warnings: result.converged
      ? []
      : [
          `The solver did not converge in ${maxIterationCount} iterations: raise maxIter or scale the features.`,
        ],
  });
}

async function sumPieces(input: LogLossInput, context: FitContext, done: number): Promise<LogLossSums> {
  const { nSamples, nFeatures, nFunctions, withHessian } = input;
  const nPieces = Math.ceil(nSamples / ROWS_PER_PIECE);
  const nOperations = nSamples * (nFeatures + 1) * (withHessian ? nFeatures + 1 : nFunctions);
  const isLarge = nOperations > (withHessian ? OPERATIONS_FOR_THREADS : OPERATIONS_OF_MANY_PASSES);
  const control = { checkpoint: () => context.checkpoint(done) };
  // The sums are the same either way.
  const pieces =
    isLarge && nPieces > 1
      ? await context.threads.map<LogLossInput, LogLossSums>(LOG_LOSS_KERNEL, input, nPieces)
      : Array.from({ length: nPieces }, (_, piece) => logLossPiece(input, piece, control));
  const sums = pieces[0] as LogLossSums;
  for (const piece of pieces.slice(1)) {
    sums.value += piece.value;
    for (let i = 0; i < sums.gradient.length; i++) sums.gradient[i]! += piece.gradient[i] as number;
    for (let i = 0; i < sums.hessian.length; i++) sums.hessian[i]! += piece.hessian[i] as number;
  }
  return sums;
}

/**
 * What to take off each feature, and what to multiply the rest by, for mean 0 and curvatures near 1.
 * @param price what half a squared weight costs, beside the mean loss
 */
function standardCoordinates(
  x: FeatureMatrix,
  weights: Float64Array,
  totalWeight: number,
  fitIntercept: boolean,
  price: number,
): { means: Float64Array; factors: Float64Array } {
  const means = new Float64Array(x.nFeatures);
  const factors = new Float64Array(x.nFeatures).fill(1);
  const first = weights.findIndex((weight) => weight > 0);
  for (let j = 0; j < x.nFeatures; j++) {
    const column = featureColumn(x, j);
    // Differences from a row that counts, so that the mean of equal values is that value to the bit: what rounding
    // leaves of a constant would be blown up to a feature.
    const origin = column[first] as number;
    let sum = 0;
    for (let i = 0; i < column.length; i++) {
      sum += (weights[i] as number) * ((column[i] as number) - origin);
    }
    const mean = origin + sum / totalWeight;
    let squared = 0;
    for (let i = 0; i < column.length; i++) {
      const difference = (column[i] as number) - mean;
      squared += (weights[i] as number) * difference * difference;
    }
    const curvature = squared / totalWeight + price;
    // Without an intercept nothing may be shifted.
    if (fitIntercept) means[j] = mean;
    if (curvature > 0) factors[j] = 1 / Math.sqrt(curvature);
  }
  return { means, factors };
}

/** Functions of standardised features as functions of the features themselves. */
function toRawFeatures(
  point: Float64Array,
  nFunctions: number,
  means: Float64Array,
  factors: Float64Array,
): LinearFunctions {
  const nFeatures = means.length;
  const coefficients = new Float64Array(nFunctions * nFeatures);
  const intercepts = new Float64Array(nFunctions);
  for (let f = 0; f < nFunctions; f++) {
    const at = f * (nFeatures + 1);
    let intercept = point[at + nFeatures] as number;
    for (let j = 0; j < nFeatures; j++) {
      const weight = (point[at + j] as number) * (factors[j] as number);
      coefficients[f * nFeatures + j] = weight;
      intercept -= weight * (means[j] as number);
    }
    intercepts[f] = intercept;
  }
  return { coefficients, intercepts, nFeatures };
}

/** Row and column of the last coordinate become those of the identity: it does not move. */
function holdLast(hessian: Float64Array, width: number): void {
  for (let j = 0; j < width; j++) {
    hessian[j * width + width - 1] = 0;
    hessian[(width - 1) * width + j] = 0;
  }
  hessian[width * width - 1] = 1;
}

function inSharedCodes(codes: Int32Array): Int32Array {
  const shared = new Int32Array(new SharedArrayBuffer(codes.byteLength));
  shared.set(codes);
  return shared;
}
