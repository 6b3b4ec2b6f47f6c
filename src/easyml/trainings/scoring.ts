import type { Json, JsonObject } from '../../learn/json.js';

const REGRESSION: Readonly<Record<string, string>> = {
  r2: 'r2',
  explained_variance: 'explainedVariance',
  max_error: 'maxError',
  neg_mean_absolute_error: 'meanAbsoluteError',
  neg_mean_squared_error: 'meanSquaredError',
  neg_root_mean_squared_error: 'rootMeanSquaredError',
  neg_mean_squared_log_error: 'meanSquaredLogError',
  neg_median_absolute_error: 'medianAbsoluteError',
  neg_mean_poisson_deviance: 'meanPoissonDeviance',
  neg_mean_gamma_deviance: 'meanGammaDeviance',
};

const ANY_CLASSES: Readonly<Record<string, string>> = {
  accuracy: 'accuracy',
  balanced_accuracy: 'balancedAccuracy',
  neg_log_loss: 'logLoss',
};
const TWO_CLASSES: Readonly<Record<string, string>> = {
  average_precision: 'averagePrecision',
  neg_brier_score: 'brierScore',
  roc_auc: 'rocAuc',
};
/** Of the second class. */
const OF_ONE_CLASS = ['f1', 'precision', 'recall', 'jaccard'];

const CLUSTERING: Readonly<Record<string, string>> = {
  adjusted_mutual_info_score: 'adjustedMutualInformation',
  adjusted_rand_score: 'adjustedRand',
  completeness_score: 'completeness',
  fowlkes_mallows_score: 'fowlkesMallows',
  homogeneity_score: 'homogeneity',
  mutual_info_score: 'mutualInformation',
  normalized_mutual_info_score: 'normalizedMutualInformation',
  v_measure_score: 'vMeasure',
};

/**
 * The scores of a report under the names that EasyML gives them; what is not defined for the data is left out. Errors have
 * `neg_` in their names and are positive all the same: that is what its callers read.
 */
export function scoringOf(report: JsonObject): Record<string, number> {
  const evaluation = objectOf(report['evaluation']);
  const metrics = objectOf(evaluation['metrics']);
  switch (report['task']) {
    case 'regression':
      return pick(REGRESSION, metrics);
    case 'clustering':
      return pick(CLUSTERING, metrics);
    default: {
      const perClass = Array.isArray(evaluation['perClass']) ? evaluation['perClass'] : [];
      if (perClass.length !== 2) return pick(ANY_CLASSES, metrics);
      const ofSecond = Object.fromEntries(OF_ONE_CLASS.map((name) => [name, name]));
      return {
        ...pick({ ...ANY_CLASSES, ...TWO_CLASSES }, metrics),
        ...pick(ofSecond, objectOf(perClass[1])),
      };
    }
  }
}

function pick(names: Readonly<Record<string, string>>, values: JsonObject): Record<string, number> {
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, ours]): [string, number][] => {
      const value = values[ours];
      return typeof value === 'number' ? [[name, value]] : [];
    }),
  );
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
