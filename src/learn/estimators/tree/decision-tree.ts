import type { Algorithm, FitContext, Predictor, Task, TrainingData } from '../../estimator.js';
import type { ParameterTable, ParameterValues } from '../../parameters.js';
import { fitTrees } from './fit-trees.js';
import { estimateTreeBytes, restoreTrees, TREE_INPUT, toPredictor } from './tree-algorithm.js';
import {
  TREE_CLASSIFIER_PARAMETERS,
  TREE_REGRESSOR_PARAMETERS,
  toClassWeights,
  toGrowOptions,
} from './tree-parameters.js';

async function fit(data: TrainingData, options: ParameterValues, context: FitContext): Promise<Predictor> {
  const fitted = await fitTrees(
    data,
    1,
    toGrowOptions(options, data.x.nSamples, data.x.nFeatures),
    { nDraws: null, balanceClasses: false },
    toClassWeights(data, options),
    context,
  );
  return toPredictor(fitted, context);
}

function decisionTree(
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
    estimateFitBytes: (shape, options) => estimateTreeBytes(shape, options, 1),
    fit,
    restore: (state) => restoreTrees(state, task),
  };
}

/**
 * Classification and regression trees (Breiman, Friedman, Olshen and Stone 1984) on at most 65,535 values a feature.
 * Missing values go to the side that suits them best; categories split as sets.
 */
export const decisionTreeClassifier = decisionTree(
  'decision_tree_classifier',
  'Decision tree',
  'classification',
  'One tree of yes-or-no questions about single columns. Easy to read; a forest of them predicts better.',
  TREE_CLASSIFIER_PARAMETERS,
);

export const decisionTreeRegressor = decisionTree(
  'decision_tree_regressor',
  'Decision tree (regression)',
  'regression',
  'One tree of yes-or-no questions that predicts the mean or median of similar rows. Easy to read; steps, not curves.',
  TREE_REGRESSOR_PARAMETERS,
);
