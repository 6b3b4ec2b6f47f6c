import { LearnError } from '../errors.js';
import type { InputPreference } from '../estimator.js';
import type { FeatureMatrix } from '../matrix/feature-matrix.js';
import { MAX_SCALED } from '../preprocessing/scaler.js';

/**
 * What is squared and summed on the way to a model must be no larger than MAX_SCALED, or what is learned is no number:
 * targets, and the features of all algorithms but those that only compare them.
 */
function isTooLarge(value: number): boolean {
  return value > MAX_SCALED || value < -MAX_SCALED;
}

/** @throws LearnError numerical_failure with the row of the table */
export function requireModestTarget(values: Float64Array, rows: ArrayLike<number>, column: string): void {
  const place = values.findIndex(isTooLarge);
  if (place < 0) return;
  throw new LearnError(
    'numerical_failure',
    `A target beyond ${MAX_SCALED} cannot be learned: divide all of them by the same number.`,
    { column, row: rows[place] as number },
  );
}

/** @param x scaled. @throws LearnError numerical_failure */
export function requireModestFeatures(
  { values, nSamples, features }: FeatureMatrix,
  { missing }: InputPreference,
): void {
  // Trees, which take gaps as they are, ask which of two values is larger, and nothing else.
  if (missing === 'native') return;
  const place = values.findIndex(isTooLarge);
  if (place < 0) return;
  throw new LearnError(
    'numerical_failure',
    `The column has values beyond ${MAX_SCALED}, which this algorithm cannot take: choose a normalization, or drop the column.`,
    { column: features[Math.floor(place / nSamples)]?.column ?? '' },
  );
}
