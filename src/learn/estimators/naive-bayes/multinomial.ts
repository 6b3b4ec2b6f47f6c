/**
 * Multinomial naive Bayes: features are counts (of words, of events), and a class is known by the shares in which it
 * has them. Log-linear, so it is kept and asked as linear functions.
 */
import { LearnError } from '../../errors.js';
import type { Algorithm, EstimatorState, FitContext, Predictor, TrainingData } from '../../estimator.js';
import { featureColumn } from '../../matrix/feature-matrix.js';
import type { ParameterDefinition, ParameterValues } from '../../parameters.js';
import { evaluate, type LinearFunctions, linearState, readLinearFunctions } from '../linear/linear-model.js';
import { logPriors, NEVER, weighClasses } from './class-priors.js';
import { jointClassifier } from './joint-classifier.js';

export const SMOOTHING: ParameterDefinition = {
  name: 'alpha',
  label: 'Smoothing',
  description:
    'How many imagined observations each possibility gets in each class, so that none is impossible.',
  default: 1,
  accepts: [{ kind: 'number', exclusiveMinimum: 0 }],
};

export const FIT_PRIOR: ParameterDefinition = {
  name: 'fitPrior',
  label: 'Learn class shares',
  description: 'Whether frequent classes are more likely beforehand; otherwise all are alike.',
  default: true,
  accepts: [{ kind: 'boolean' }],
};

export const multinomialNaiveBayes: Algorithm = {
  name: 'multinomial_nb',
  title: 'Naive Bayes (counts)',
  task: 'classification',
  summary:
    'For features that are counts, such as words in a text. Fast with very many features; refuses negative numbers.',
  parameters: [SMOOTHING, FIT_PRIOR],
  input: { categories: 'one_hot', missing: 'impute', scaleSensitive: false },
  estimateFitBytes: ({ nSamples, nFeatures, nClasses }) =>
    8 * nSamples + 16 * (nFeatures + 4) * Math.max(nClasses, 1) + 4096,
  fit: async (data, options, context) => fitMultinomial(data, options, context),
  restore: (state) => multinomialPredictor(readLinearFunctions(state)),
};

function fitMultinomial(data: TrainingData, options: ParameterValues, context: FitContext): Predictor {
  const { x } = data;
  const classes = weighClasses(data);
  const { codes, weights, nClasses } = classes;
  const { nFeatures } = x;
  const counts = new Float64Array(nClasses * nFeatures).fill(options.alpha as number);
  for (let j = 0; j < nFeatures; j++) {
    context.checkpoint(j / nFeatures);
    const column = featureColumn(x, j);
    for (let i = 0; i < x.nSamples; i++) {
      const count = column[i] as number;
      if (count < 0) {
        throw new LearnError(
          'feature_out_of_domain',
          'Features must be counts: numbers that are not negative.',
          {
            column: x.features[j]?.column,
            row: i,
          },
        );
      }
      counts[(codes[i] as number) * nFeatures + j]! += (weights[i] as number) * count;
    }
  }
  for (let k = 0; k < nClasses; k++) {
    const own = counts.subarray(k * nFeatures, (k + 1) * nFeatures);
    let total = 0;
    for (const count of own) total += count;
    for (let j = 0; j < nFeatures; j++) own[j] = Math.log((own[j] as number) / total);
  }
  const intercepts = logPriors(classes, options.fitPrior !== true);
  return multinomialPredictor({ coefficients: counts, intercepts, nFeatures });
}

function multinomialPredictor(functions: LinearFunctions): Predictor {
  const { intercepts, nFeatures } = functions;
  return jointClassifier(
    nFeatures,
    intercepts.length,
    (rows, at, out, outAt) => {
      for (let k = 0; k < intercepts.length; k++) {
        out[outAt + k] =
          intercepts[k] === NEVER ? Number.NEGATIVE_INFINITY : evaluate(functions, k, rows, at);
      }
    },
    (): EstimatorState => linearState(functions),
  );
}
