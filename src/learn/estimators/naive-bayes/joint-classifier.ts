import type { EstimatorState, Predictor } from '../../estimator.js';

/**
 * A classifier from joint log-likelihoods: log P(class) + log P(row | class), turned into probabilities.
 * @param score writes the nClasses joint log-likelihoods of the row at `at` to `out` from `outAt` on
 */
export function jointClassifier(
  nFeatures: number,
  nClasses: number,
  score: (rows: Float64Array, at: number, out: Float64Array, outAt: number) => void,
  toState: () => EstimatorState,
): Predictor {
  return {
    nFeatures,
    nOutputs: nClasses,
    outputKind: 'probabilities',
    predictInto(rows, nRows, out) {
      for (let i = 0; i < nRows; i++) {
        score(rows, i * nFeatures, out, i * nClasses);
        normalize(out, i * nClasses, nClasses);
      }
    },
    toState,
  };
}

/** Exponentials relative to the largest, so that likelihoods of many features do not vanish. */
function normalize(out: Float64Array, at: number, nClasses: number): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < nClasses; k++) largest = Math.max(largest, out[at + k] as number);
  let sum = 0;
  for (let k = 0; k < nClasses; k++) {
    // A row infinitely far from every class says nothing: all classes are as likely.
    const e = largest === Number.NEGATIVE_INFINITY ? 1 : Math.exp((out[at + k] as number) - largest);
    out[at + k] = e;
    sum += e;
  }
  for (let k = 0; k < nClasses; k++) out[at + k]! /= sum;
}
