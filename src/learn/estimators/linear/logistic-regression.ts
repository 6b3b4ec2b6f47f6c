/**
 * Logistic regression: minimises the weighted log loss plus |w|² / (2 C) (or |w|₁ / C), as scikit-learn's does; the
 * intercept is not penalised. Two classes take one linear function, more take one each (softmax).
 *
 * The solver is L-BFGS (OWL-QN for l1) in coordinates where every feature has mean 0 and variance 1. The minimum is the same, but
 * unscaled features (euros beside shares) no longer make it a narrow valley: the substitution is v = w * scale and
 * the intercept at the features' means, so no second copy of the features is needed. `tol` bounds the gradient of the
 * mean loss in these coordinates.
 */
import type { Algorithm, FitContext, Predictor, TrainingData } from '../../estimator.js';
import { type FeatureMatrix, featureColumn } from '../../matrix/feature-matrix.js';
import { minimize } from '../../matrix/lbfgs.js';
import { minimizeWithPrices } from '../../matrix/owl-qn.js';
import type { ParameterValues } from '../../parameters.js';
import { classWeightedRows } from '../class-weights.js';
import { classTarget, inSharedMemory, requireFinite, requireRows } from '../fit-input.js';
import { readLinearFunctions, softmaxClassifier } from './linear-model.js';
import { CLASS_WEIGHT, FIT_INTERCEPT, maxIterations, tolerance } from './linear-parameters.js';
import { LOG_LOSS_KERNEL, type LogLossInput, logLossPiece, ROWS_PER_PIECE } from './log-loss-kernel.js';

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
    const nParameters = Math.max(nClasses, 1) * (nFeatures + 1);
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
  const nWeights = nFunctions * nFeatures;
  const weights = classWeightedRows(data, options.classWeight);
  const totalWeight = weights.reduce((sum, weight) => sum + weight, 0);
  const fitIntercept = options.fitIntercept === true;
  const coordinates = standardCoordinates(x, weights, fitIntercept);
  const strength = 1 / ((options.C as number) * totalWeight);
  const penalty = options.penalty === 'l2' ? strength : 0;
  const maxIterationCount = options.maxIter as number;
  const shared = { values: inSharedMemory(x.values), codes: inSharedCodes(codes), weights };
  let iteration = 0;

  const objective = async (point: Float64Array, gradient: Float64Array): Promise<number> => {
    const parameters = coordinates.toParameters(point, nFunctions);
    const input: LogLossInput = { ...shared, nSamples: x.nSamples, nFeatures, nFunctions, parameters };
    const sums = await sumPieces(input, context, iteration / maxIterationCount);
    let value = (sums[nWeights + nFunctions] as number) / totalWeight;
    const total = sums.subarray(0, nWeights + nFunctions);
    for (let i = 0; i < total.length; i++) total[i]! /= totalWeight;
    for (let i = 0; i < nWeights; i++) {
      const weight = parameters[i] as number;
      value += (penalty * weight * weight) / 2;
      total[i]! += penalty * weight;
    }
    coordinates.toGradient(total, nFunctions, gradient);
    return value;
  };
  const start = new Float64Array(nWeights + nFunctions);
  const solverOptions = {
    maxIterations: maxIterationCount,
    gradientTolerance: options.tol as number,
    onStep: (steps: number) => {
      iteration = steps;
      context.checkpoint(steps / maxIterationCount);
    },
  };
  const result =
    options.penalty === 'l1'
      ? await minimizeWithPrices(objective, coordinates.prices(strength, nFunctions), start, solverOptions)
      : await minimize(objective, start, solverOptions);
  const parameters = coordinates.toParameters(result.point, nFunctions);
  const functions = {
    coefficients: parameters.slice(0, nWeights),
    intercepts: parameters.slice(nWeights),
    nFeatures,
  };
  return softmaxClassifier(functions, {
    facts: { iterations: result.iterations, converged: result.converged },
    warnings: result.converged
      ? []
      : [
          `The solver did not converge in ${maxIterationCount} iterations: raise maxIter or scale the features.`,
        ],
  });
}

async function sumPieces(input: LogLossInput, context: FitContext, done: number): Promise<Float64Array> {
  const nPieces = Math.ceil(input.nSamples / ROWS_PER_PIECE);
  // One piece is not worth a message to a thread; the sums are the same either way.
  if (nPieces === 1) return logLossPiece(input, 0, { checkpoint: () => context.checkpoint(done) });
  const pieces = await context.threads.map<LogLossInput, Float64Array>(LOG_LOSS_KERNEL, input, nPieces);
  const sums = new Float64Array((pieces[0] as Float64Array).length);
  for (const piece of pieces) for (let i = 0; i < sums.length; i++) sums[i]! += piece[i] as number;
  return sums;
}

/** Maps solver coordinates (standardised features) to weights of the raw features, and gradients back. */
function standardCoordinates(x: FeatureMatrix, weights: Float64Array, fitIntercept: boolean) {
  const { nFeatures } = x;
  const means = new Float64Array(nFeatures);
  const scales = new Float64Array(nFeatures).fill(1);
  for (let j = 0; j < nFeatures; j++) {
    const { mean, deviation } = weightedMoments(featureColumn(x, j), weights);
    // Without an intercept nothing may be shifted.
    if (fitIntercept) means[j] = mean;
    if (deviation > 0) scales[j] = deviation;
  }
  return {
    /** What |w| at this price costs per unit of each coordinate; nothing for the intercepts. */
    prices(price: number, nFunctions: number): Float64Array {
      const prices = new Float64Array(nFunctions * (nFeatures + 1));
      for (let i = 0; i < nFunctions * nFeatures; i++) prices[i] = price / (scales[i % nFeatures] as number);
      return prices;
    },
    toParameters(point: Float64Array, nFunctions: number): Float64Array {
      const nWeights = nFunctions * nFeatures;
      const parameters = new Float64Array(point.length);
      for (let f = 0; f < nFunctions; f++) {
        let intercept = fitIntercept ? (point[nWeights + f] as number) : 0;
        for (let j = 0; j < nFeatures; j++) {
          const weight = (point[f * nFeatures + j] as number) / (scales[j] as number);
          parameters[f * nFeatures + j] = weight;
          intercept -= weight * (means[j] as number);
        }
        parameters[nWeights + f] = intercept;
      }
      return parameters;
    },
    toGradient(raw: Float64Array, nFunctions: number, gradient: Float64Array): void {
      const nWeights = nFunctions * nFeatures;
      for (let f = 0; f < nFunctions; f++) {
        const slope = raw[nWeights + f] as number;
        for (let j = 0; j < nFeatures; j++) {
          const shifted = (raw[f * nFeatures + j] as number) - (means[j] as number) * slope;
          gradient[f * nFeatures + j] = shifted / (scales[j] as number);
        }
        gradient[nWeights + f] = fitIntercept ? slope : 0;
      }
    },
  };
}

function weightedMoments(values: Float64Array, weights: Float64Array): { mean: number; deviation: number } {
  let total = 0;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    total += weights[i] as number;
    sum += (weights[i] as number) * (values[i] as number);
  }
  const mean = sum / total;
  let squared = 0;
  for (let i = 0; i < values.length; i++)
    squared += (weights[i] as number) * ((values[i] as number) - mean) ** 2;
  return { mean, deviation: Math.sqrt(squared / total) };
}

function inSharedCodes(codes: Int32Array): Int32Array {
  const shared = new Int32Array(new SharedArrayBuffer(codes.byteLength));
  shared.set(codes);
  return shared;
}
