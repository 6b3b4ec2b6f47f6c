import { LearnError } from '../errors.js';
import type { Target, TrainingData } from '../estimator.js';
import { type FeatureMatrix, inSharedMemory } from '../matrix/feature-matrix.js';

export { inSharedMemory };

/**
 * Refuses NaN and infinity, for estimators that take neither.
 * @param poll called after each feature
 * @throws LearnError not_finite, with the column and the row
 */
export function requireFinite(
  { nSamples, nFeatures, values, features }: FeatureMatrix,
  poll?: (fraction: number) => void,
): void {
  for (let j = 0, at = 0; j < nFeatures; j++) {
    poll?.(0);
    for (const end = at + nSamples; at < end; at++) {
      const value = values[at] as number;
      // Only of a finite number nothing is left; a comparison is cheaper than a call.
      if (value - value === 0) continue;
      throw new LearnError('not_finite', 'Features must be finite numbers: fill in missing values before.', {
        column: features[j]?.column,
        row: at % nSamples,
      });
    }
  }
}

/** @throws LearnError not_enough_rows when there is no row at all */
export function requireRows(nSamples: number): void {
  if (nSamples === 0) throw new LearnError('not_enough_rows', 'Learning needs at least one row.');
}

/** The classes to learn; a classifier is never given another target. */
export function classTarget(data: TrainingData): Extract<Target, { task: 'classification' }> {
  if (data.y.task !== 'classification') throw new TypeError('A classifier needs classes.');
  return data.y;
}

/** The values to learn; a regressor is never given another target. */
export function valueTarget(data: TrainingData): Float64Array {
  if (data.y.task !== 'regression') throw new TypeError('A regressor needs values.');
  return data.y.values;
}

/**
 * The weights, 1 for every row when there are none. A copy in shared memory, which may be changed.
 * @throws LearnError not_enough_rows when no row has a weight above 0
 */
export function rowWeights({ x, sampleWeight }: TrainingData): Float64Array {
  const weights = new Float64Array(new SharedArrayBuffer(x.nSamples * Float64Array.BYTES_PER_ELEMENT));
  if (sampleWeight === undefined) return weights.fill(1);
  weights.set(sampleWeight);
  if (!weights.some((weight) => weight > 0)) {
    throw new LearnError('not_enough_rows', 'At least one row must have a weight above 0.');
  }
  return weights;
}
