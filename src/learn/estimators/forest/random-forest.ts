import type { Algorithm, FitContext, Predictor, Task, TrainingData } from '../../estimator.js';
import type { ParameterProblem, ParameterTable, ParameterValues } from '../../parameters.js';
import { fitTrees } from '../tree/fit-trees.js';
import { estimateTreeBytes, restoreTrees, TREE_INPUT, toPredictor } from '../tree/tree-algorithm.js';
import {
  FOREST_CLASSIFIER_PARAMETERS,
  FOREST_REGRESSOR_PARAMETERS,
  toClassWeights,
  toGrowOptions,
} from '../tree/tree-parameters.js';
import { outOfBagScore } from './out-of-bag.js';

async function fitForest(
  data: TrainingData,
  options: ParameterValues,
  context: FitContext,
): Promise<Predictor> {
  const { nSamples, nFeatures } = data.x;
  const bootstrap = options['bootstrap'] === true;
  const fitted = await fitTrees(
    data,
    options['nEstimators'] as number,
    toGrowOptions(options, nSamples, nFeatures),
    {
      nDraws: bootstrap ? drawsOf(options['maxSamples'] as number | null, nSamples) : null,
      balanceClasses: bootstrap && options['classWeight'] === 'balanced_subsample',
    },
    // Without a bootstrap every tree's own sample is the whole.
    toClassWeights(
      data,
      !bootstrap && options['classWeight'] === 'balanced_subsample'
        ? { ...options, classWeight: 'balanced' }
        : options,
    ),
    context,
  );
  const predictor = toPredictor(fitted, context);
  if (options['oobScore'] !== true) return predictor;
  const score = await outOfBagScore(data, fitted, predictor.trees, predictor.nOutputs, context);
  return predictor.withFacts({ oobScore: score });
}

function drawsOf(maxSamples: number | null, nSamples: number): number {
  if (maxSamples === null) return nSamples;
  return maxSamples <= 1 ? Math.max(1, Math.floor(maxSamples * nSamples)) : Math.min(maxSamples, nSamples);
}

/** What only rows left out of a bootstrap, or drawn for one, can mean. */
function conflicts(options: ParameterValues): ParameterProblem[] {
  if (options['bootstrap'] !== false) return [];
  const problems: ParameterProblem[] = [];
  if (options['oobScore'] === true) {
    problems.push({
      code: 'conflicting_parameters',
      parameter: 'oobScore',
      expected: 'false where bootstrap is false',
    });
  }
  if (options['maxSamples'] !== null) {
    problems.push({
      code: 'conflicting_parameters',
      parameter: 'maxSamples',
      expected: 'null where bootstrap is false',
    });
  }
  return problems;
}

function randomForest(
  name: string,
  title: string,
  task: Task,
  summary: string,
  parameters: ParameterTable,
): Algorithm {
  return {
    name,
    title,
    task,
    summary,
    parameters,
    input: TREE_INPUT,
    conflicts,
    estimateFitBytes: (shape, options) => estimateTreeBytes(shape, options, options['nEstimators'] as number),
    fit: fitForest,
    restore: (state) => restoreTrees(state, task),
  };
}

function extraTrees(
  name: string,
  title: string,
  task: Task,
  summary: string,
  parameters: ParameterTable,
): Algorithm {
  const table = parameters.map((parameter) =>
    parameter.name === 'bootstrap' ? { ...parameter, default: false } : parameter,
  );
  return {
    ...randomForest(name, title, task, summary, table),
    fit: (data, options, context) => fitForest(data, { ...options, splitter: 'random' }, context),
  };
}

/**
 * Random forests (Breiman 2001, doi 10.1023/A:1010933404324): the mean of trees that each see their own bootstrap
 * sample and few features a split. Trees grow in parallel; the forest is the same with any number of threads.
 */
export const randomForestClassifier = randomForest(
  'random_forest_classifier',
  'Random forest',
  'classification',
  'Averages many trees, each grown on its own sample. Strong without tuning; takes missing values and categories as they are.',
  FOREST_CLASSIFIER_PARAMETERS,
);

export const randomForestRegressor = randomForest(
  'random_forest_regressor',
  'Random forest (regression)',
  'regression',
  'Averages many regression trees, each grown on its own sample. Strong without tuning; does not extrapolate.',
  FOREST_REGRESSOR_PARAMETERS,
);

/**
 * Extremely randomised trees (Geurts, Ernst and Wehenkel 2006, doi 10.1007/s10994-006-6226-1): one random threshold a
 * feature, and the best of these. Every tree sees all rows unless `bootstrap` is set.
 */
export const extraTreesClassifier = extraTrees(
  'extra_trees_classifier',
  'Extra trees',
  'classification',
  'Like a random forest, with thresholds drawn at random: smoother, and less tempted by noise.',
  FOREST_CLASSIFIER_PARAMETERS,
);

export const extraTreesRegressor = extraTrees(
  'extra_trees_regressor',
  'Extra trees (regression)',
  'regression',
  'Like a random forest for regression, with thresholds drawn at random: smoother, and less tempted by noise.',
  FOREST_REGRESSOR_PARAMETERS,
);
