/**
 * Categorical naive Bayes: features are codes 0..k-1 without an order, and a class is known by how often it has each
 * code. The pipeline gives text columns as such codes. Numbers are taken when they are whole and not too many;
 * what a prediction brings beyond the codes of training says nothing about the class.
 *
 * Layout: the log-probabilities of feature j start at `offsets[j]` and run over the classes, codes innermost.
 */
import { LearnError } from '../../errors.js';
import type { Algorithm, EstimatorState, FitContext, Predictor, TrainingData } from '../../estimator.js';
import { type FeatureMatrix, featureColumn } from '../../matrix/feature-matrix.js';
import type { ParameterValues } from '../../parameters.js';
import { damaged, readFloat64Vector } from '../../preprocessing/state-reader.js';
import { logPriors, NEVER, weighClasses } from './class-priors.js';
import { jointClassifier } from './joint-classifier.js';
import { FIT_PRIOR, SMOOTHING } from './multinomial.js';

/**
 * A feature with more codes is a measurement or an id, and its table would be mostly smoothing. Texts stay well below; of
 * a number column nobody knows the codes before it is read, so that a training is taken on as if it had as many.
 */
const MAX_CODES = 2 ** 14;

export const categoricalNaiveBayes: Algorithm = {
  name: 'categorical_nb',
  title: 'Naive Bayes (categories)',
  task: 'classification',
  summary:
    'For features that are categories. Learns in one glance; takes whole numbers as categories, refuses fractions.',
  parameters: [SMOOTHING, FIT_PRIOR],
  input: { categories: 'ordinal', missing: 'impute', scaleSensitive: false },
  estimateFitBytes: ({ nSamples, nFeatures, nClasses }) =>
    8 * nSamples + 16 * nFeatures * Math.max(nClasses, 1) * Math.min(nSamples, MAX_CODES) + 4096,
  fit: async (data, options, context) => fitCategorical(data, options, context),
  restore: (state) => categoricalPredictor(readCategorical(state)),
};

interface CodeTables {
  readonly priors: Float64Array;
  /** Length nFeatures: how many codes each feature has. */
  readonly sizes: Uint32Array;
  readonly table: Float64Array;
}

function fitCategorical(data: TrainingData, options: ParameterValues, context: FitContext): Predictor {
  const { x } = data;
  const classes = weighClasses(data);
  const { codes, weights, nClasses } = classes;
  const sizes = Uint32Array.from({ length: x.nFeatures }, (_, j) => countCodes(x, j));
  const offsets = offsetsOf(sizes, nClasses);
  const table = new Float64Array(offsets[x.nFeatures] as number).fill(options.alpha as number);
  for (let j = 0; j < x.nFeatures; j++) {
    context.checkpoint(j / x.nFeatures);
    const column = featureColumn(x, j);
    const size = sizes[j] as number;
    const base = offsets[j] as number;
    for (let i = 0; i < x.nSamples; i++) {
      table[base + (codes[i] as number) * size + (column[i] as number)]! += weights[i] as number;
    }
    for (let k = 0; k < nClasses; k++) {
      const own = table.subarray(base + k * size, base + (k + 1) * size);
      let total = 0;
      for (const count of own) total += count;
      for (let code = 0; code < size; code++) own[code] = Math.log((own[code] as number) / total);
    }
  }
  return categoricalPredictor({ priors: logPriors(classes, options.fitPrior !== true), sizes, table });
}

function countCodes(x: FeatureMatrix, j: number): number {
  const column = featureColumn(x, j);
  let most = -1;
  for (let i = 0; i < x.nSamples; i++) {
    const code = column[i] as number;
    if (!Number.isInteger(code) || code < 0 || code >= MAX_CODES) {
      throw new LearnError(
        'feature_out_of_domain',
        `Features must be categories, or whole numbers from 0 to ${MAX_CODES - 1}.`,
        { column: x.features[j]?.column, row: i },
      );
    }
    most = Math.max(most, code);
  }
  return Math.max(most + 1, x.features[j]?.nCategories ?? 0);
}

function offsetsOf(sizes: Uint32Array, nClasses: number): Float64Array {
  const offsets = new Float64Array(sizes.length + 1);
  for (let j = 0; j < sizes.length; j++)
    offsets[j + 1] = (offsets[j] as number) + nClasses * (sizes[j] as number);
  return offsets;
}

function categoricalPredictor({ priors, sizes, table }: CodeTables): Predictor {
  const nClasses = priors.length;
  const nFeatures = sizes.length;
  const offsets = offsetsOf(sizes, nClasses);
  return jointClassifier(
    nFeatures,
    nClasses,
    (rows, at, out, outAt) => {
      for (let k = 0; k < nClasses; k++) {
        let sum = priors[k] === NEVER ? Number.NEGATIVE_INFINITY : (priors[k] as number);
        for (let j = 0; j < nFeatures; j++) {
          const code = rows[at + j] as number;
          const size = sizes[j] as number;
          if (code >= 0 && code < size && Number.isInteger(code)) {
            sum += table[(offsets[j] as number) + k * size + code] as number;
          }
        }
        out[outAt + k] = sum;
      }
    },
    () => ({
      config: {},
      tensors: {
        priors: { shape: [nClasses], data: priors },
        sizes: { shape: [nFeatures], data: sizes },
        table: { shape: [table.length], data: table },
      },
    }),
  );
}

function readCategorical({ tensors }: EstimatorState): CodeTables {
  const nClasses = tensors['priors']?.data.length ?? 0;
  if (nClasses < 1) throw damaged('tensor priors', 'a vector of at least one element');
  const priors = readFloat64Vector(tensors, 'priors', nClasses);
  const sizes = tensors['sizes'];
  if (
    !(sizes?.data instanceof Uint32Array) ||
    sizes.shape.length !== 1 ||
    sizes.shape[0] !== sizes.data.length
  ) {
    throw damaged('tensor sizes', 'a vector of unsigned 32-bit numbers');
  }
  const length = offsetsOf(sizes.data, nClasses)[sizes.data.length] as number;
  return { priors, sizes: sizes.data, table: readFloat64Vector(tensors, 'table', length) };
}
