import type { Json, JsonObject } from '../json.js';
import {
  explainedVariance,
  maxError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanGammaDeviance,
  meanPoissonDeviance,
  meanSquaredError,
  meanSquaredLogError,
  medianAbsoluteError,
  pinballLoss,
  type RegressionInput,
  r2,
  rootMeanSquaredError,
} from './regression.js';
import { residuals } from './residuals.js';

/** Everything a report says about a regressor, as finite JSON; a metric outside of its domain is null. Cost: O(n log n). */
export function evaluateRegression(outcome: RegressionInput): JsonObject {
  return {
    nSamples: outcome.actual.length,
    metrics: {
      r2: r2(outcome),
      explainedVariance: explainedVariance(outcome),
      maxError: maxError(outcome),
      meanAbsoluteError: meanAbsoluteError(outcome),
      meanSquaredError: meanSquaredError(outcome),
      rootMeanSquaredError: rootMeanSquaredError(outcome),
      meanSquaredLogError: meanSquaredLogError(outcome),
      medianAbsoluteError: medianAbsoluteError(outcome),
      meanPoissonDeviance: meanPoissonDeviance(outcome),
      meanGammaDeviance: meanGammaDeviance(outcome),
      meanAbsolutePercentageError: meanAbsolutePercentageError(outcome),
      pinballLoss: pinballLoss(outcome),
    },
    residuals: residuals(outcome) as Json,
  };
}
