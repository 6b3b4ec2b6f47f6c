import { nearestCluster } from './estimators/clusters.js';
import type { EstimatorGraph } from './estimators/estimator-graph.js';
import {
  linearProbabilities,
  linearScores,
  linearValue,
  multinomialProbabilities,
} from './estimators/linear.js';
import { categoricalProbabilities, gaussianProbabilities } from './estimators/naive-bayes.js';
import { neighborOutputs } from './estimators/neighbors.js';
import { networkOutputs } from './estimators/network.js';
import { supportVectorScores, supportVectorValue } from './estimators/support-vectors.js';
import { boostedProbabilities, boostedValue, forestOutputs } from './estimators/trees.js';

/** How each algorithm of the registry is written in ONNX. A new one joins by its name, or is left out with that reason. */
export const ESTIMATOR_GRAPHS: Readonly<Record<string, EstimatorGraph>> = {
  random_forest_classifier: forestOutputs,
  random_forest_regressor: forestOutputs,
  extra_trees_classifier: forestOutputs,
  extra_trees_regressor: forestOutputs,
  hist_gradient_boosting_classifier: boostedProbabilities,
  hist_gradient_boosting_regressor: boostedValue,
  decision_tree_classifier: forestOutputs,
  decision_tree_regressor: forestOutputs,
  logistic_regression: linearProbabilities,
  linear_regression: linearValue,
  ridge: linearValue,
  lasso: linearValue,
  elastic_net: linearValue,
  k_neighbors_classifier: neighborOutputs,
  k_neighbors_regressor: neighborOutputs,
  gaussian_nb: gaussianProbabilities,
  multinomial_nb: multinomialProbabilities,
  categorical_nb: categoricalProbabilities,
  linear_svc: linearScores,
  linear_svr: linearValue,
  svc: supportVectorScores,
  svr: supportVectorValue,
  mlp_classifier: networkOutputs,
  mlp_regressor: networkOutputs,
  k_means: nearestCluster,
};
