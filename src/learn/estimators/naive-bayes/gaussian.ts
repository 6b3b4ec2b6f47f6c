/**
 * Gaussian naive Bayes: within a class each feature is normal and independent of the others. Means and variances come
 * from two passes over each column (one pass of sums of squares would cancel for features far from zero).
 * `varSmoothing` times the largest variance of a feature is added to all of them, so that a feature that is constant
 * within a class does not decide everything.
 */
import type { Algorithm, EstimatorState, FitContext, Predictor, TrainingData } from '../../estimator.js';
import { featureColumn } from '../../matrix/feature-matrix.js';
import { damaged, readFloat64Vector } from '../../preprocessing/state-reader.js';
import { readFloat64Matrix } from '../read-state.js';
import { logPriors, NEVER, type WeightedClasses, weighClasses } from './class-priors.js';
import { jointClassifier } from './joint-classifier.js';

export const gaussianNaiveBayes: Algorithm = {
  name: 'gaussian_nb',
  title: 'Naive Bayes (normal features)',
  task: 'classification',
  summary:
    'Treats every feature as normal within its class. Learns in one glance, needs few rows, probabilities too bold.',
  parameters: [
    {
      name: 'varSmoothing',
      label: 'Smoothing',
      description:
        'The part of the largest variance that is added to all variances; larger values make decisions softer.',
      default: 1e-9,
      accepts: [{ kind: 'number', minimum: 0 }],
    },
  ],
  input: { categories: 'one_hot', missing: 'impute', scaleSensitive: false },
  estimateFitBytes: ({ nSamples, nFeatures, nClasses }) =>
    8 * nSamples + 8 * (2 * nFeatures + 4) * Math.max(nClasses, 1) + 4096,
  fit: async (data, options, context) => fitGaussian(data, options.varSmoothing as number, context),
  restore: (state) => gaussianPredictor(readGaussian(state)),
};

interface Gaussians {
  /** Length nClasses. */
  readonly priors: Float64Array;
  /** Row-major nClasses * nFeatures. */
  readonly means: Float64Array;
  /** Row-major nClasses * nFeatures, > 0. */
  readonly variances: Float64Array;
  readonly nFeatures: number;
}

function fitGaussian(data: TrainingData, varSmoothing: number, context: FitContext): Predictor {
  const { x } = data;
  const classes = weighClasses(data);
  const { nClasses, sizes } = classes;
  const means = new Float64Array(nClasses * x.nFeatures);
  const variances = new Float64Array(nClasses * x.nFeatures);
  let largestVariance = 0;
  for (let j = 0; j < x.nFeatures; j++) {
    context.checkpoint(j / x.nFeatures);
    const column = featureColumn(x, j);
    largestVariance = Math.max(largestVariance, variance(column));
    const sums = sumByClass(classes, (i) => column[i] as number);
    const classMeans = sums.map((sum, k) => (sizes[k] === 0 ? 0 : sum / (sizes[k] as number)));
    const squares = sumByClass(
      classes,
      (i) => ((column[i] as number) - (classMeans[classes.codes[i] as number] as number)) ** 2,
    );
    for (let k = 0; k < nClasses; k++) {
      means[k * x.nFeatures + j] = classMeans[k] as number;
      variances[k * x.nFeatures + j] = sizes[k] === 0 ? 0 : (squares[k] as number) / (sizes[k] as number);
    }
  }
  // All features constant and no smoothing would divide by zero.
  const floor = Math.max(varSmoothing * largestVariance, Number.MIN_VALUE * 2 ** 60);
  for (let i = 0; i < variances.length; i++) variances[i]! += floor;
  return gaussianPredictor({ priors: logPriors(classes), means, variances, nFeatures: x.nFeatures });
}

function sumByClass(
  { codes, weights, nClasses }: WeightedClasses,
  value: (i: number) => number,
): Float64Array {
  const sums = new Float64Array(nClasses);
  for (let i = 0; i < codes.length; i++) sums[codes[i] as number]! += (weights[i] as number) * value(i);
  return sums;
}

function variance(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squared = 0;
  for (const value of values) squared += (value - mean) ** 2;
  return squared / values.length;
}

function gaussianPredictor(model: Gaussians): Predictor {
  const { priors, means, variances, nFeatures } = model;
  const nClasses = priors.length;
  const constants = priors.map((prior, k) => {
    let sum = prior;
    for (let j = 0; j < nFeatures; j++)
      sum -= Math.log(2 * Math.PI * (variances[k * nFeatures + j] as number)) / 2;
    return sum;
  });
  return jointClassifier(
    nFeatures,
    nClasses,
    (rows, at, out, outAt) => {
      for (let k = 0; k < nClasses; k++) {
        let sum = 0;
        for (let j = 0; j < nFeatures; j++) {
          const difference = (rows[at + j] as number) - (means[k * nFeatures + j] as number);
          sum += (difference * difference) / (variances[k * nFeatures + j] as number);
        }
        out[outAt + k] = priors[k] === NEVER ? Number.NEGATIVE_INFINITY : (constants[k] as number) - sum / 2;
      }
    },
    () => ({
      config: {},
      tensors: {
        priors: { shape: [nClasses], data: priors },
        means: { shape: [nClasses, nFeatures], data: means },
        variances: { shape: [nClasses, nFeatures], data: variances },
      },
    }),
  );
}

function readGaussian({ tensors }: EstimatorState): Gaussians {
  const { nRows, nColumns, data: means } = readFloat64Matrix(tensors, 'means');
  if (nRows < 1) throw damaged('tensor means', 'a matrix of at least one row');
  const { data: variances } = readFloat64Matrix(tensors, 'variances', nRows, nColumns);
  if (!variances.every((value) => value > 0)) throw damaged('tensor variances', 'positive in every element');
  return { priors: readFloat64Vector(tensors, 'priors', nRows), means, variances, nFeatures: nColumns };
}
