import type { Predictor } from '../estimator.js';
import type { Attribution, AttributionSpace, AttributionTask } from './attribution.js';

/**
 * Shapley values of a linear function: each feature has added its coefficient times its distance from the reference.
 * Exact. Cost: O(nRows * nFeatures).
 */
export function linearAttribution(
  { coefficients, intercepts }: NonNullable<Predictor['linear']>,
  space: AttributionSpace,
  { rows, nRows, reference, playerOf, nPlayers, outputs }: AttributionTask,
): Attribution {
  const nFeatures = reference.length;
  const baselines = new Float64Array(nRows);
  const contributions = new Float64Array(nRows * nPlayers);
  const isSingle = intercepts.length === 1;
  for (let row = 0; row < nRows; row++) {
    const output = outputs[row] as number;
    // A single function of two classes speaks for the second, and its opposite for the first.
    const sign = isSingle && space === 'margin' && output === 0 ? -1 : 1;
    const f = isSingle ? 0 : output;
    let baseline = intercepts[f] as number;
    for (let j = 0; j < nFeatures; j++) {
      const weight = coefficients[f * nFeatures + j] as number;
      const from = reference[j] as number;
      baseline += weight * from;
      const at = row * nPlayers + (playerOf[j] as number);
      contributions[at]! += sign * weight * ((rows[row * nFeatures + j] as number) - from);
    }
    baselines[row] = sign * baseline;
  }
  return { method: 'linear', space, baselines, contributions };
}
