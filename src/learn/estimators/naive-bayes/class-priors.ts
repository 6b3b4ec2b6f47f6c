import type { TrainingData } from '../../estimator.js';
import { classTarget, requireFinite, requireRows, rowWeights } from '../fit-input.js';

/** What a class that never occurred has as its log-probability: finite, because states hold finite numbers only. */
export const NEVER = -1e300;

export interface WeightedClasses {
  readonly codes: Int32Array;
  readonly nClasses: number;
  readonly weights: Float64Array;
  /** Weight of each class. */
  readonly sizes: Float64Array;
  readonly totalWeight: number;
}

/** The classes of the rows and what they weigh. @throws LearnError not_finite, not_enough_rows */
export function weighClasses(data: TrainingData): WeightedClasses {
  const { codes, nClasses } = classTarget(data);
  requireRows(data.x.nSamples);
  requireFinite(data.x);
  const weights = rowWeights(data);
  const sizes = new Float64Array(nClasses);
  let totalWeight = 0;
  for (let i = 0; i < codes.length; i++) {
    sizes[codes[i] as number]! += weights[i] as number;
    totalWeight += weights[i] as number;
  }
  return { codes, nClasses, weights, sizes, totalWeight };
}

/** Log of each class's share of the weight; `uniform`: the same for each class that occurs. */
export function logPriors({ sizes, totalWeight }: WeightedClasses, uniform = false): Float64Array {
  const nOccurring = sizes.filter((size) => size > 0).length;
  return sizes.map((size) =>
    size === 0 ? NEVER : uniform ? -Math.log(nOccurring) : Math.log(size / totalWeight),
  );
}
