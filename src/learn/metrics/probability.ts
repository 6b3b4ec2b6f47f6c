/** How good predicted probabilities are as probabilities. All take them row-major, n * nClasses. */
import type { Codes } from '../matrix/number-types.js';

export interface ProbabilityInput {
  /** Length n, 0..nClasses-1. */
  readonly actual: Codes;
  readonly probabilities: Float64Array;
  readonly nClasses: number;
  readonly sampleWeight?: Float64Array;
}

/**
 * Cross entropy in nats. Probabilities are kept off 0 and 1 by the machine epsilon, as in scikit-learn, so one
 * confident error does not make it infinite.
 */
export function logLoss(input: ProbabilityInput): number | null {
  const { actual, probabilities, nClasses } = input;
  return weightedMean(input, (i) => {
    const p = probabilities[i * nClasses + (actual[i] as number)] as number;
    return -Math.log(Math.min(Math.max(p, Number.EPSILON), 1 - Number.EPSILON));
  });
}

/**
 * Mean squared distance of the probabilities from the truth (Brier 1950). Two classes: of the second class's
 * probability, 0..1. More: summed over the classes, 0..2. Both as in scikit-learn.
 */
export function brierScore(input: ProbabilityInput): number | null {
  const { actual, probabilities, nClasses } = input;
  return weightedMean(input, (i) => {
    let sum = 0;
    for (let k = 0; k < nClasses; k++) {
      const difference = (probabilities[i * nClasses + k] as number) - (actual[i] === k ? 1 : 0);
      sum += difference * difference;
    }
    return nClasses === 2 ? sum / 2 : sum;
  });
}

/**
 * Expected calibration error of the winning class (Guo et al. 2017, arXiv:1706.04599): rows are put into bins of
 * equal width by their highest probability; in each, the mean of it is compared with the share that was right.
 * @param nBins default 10
 */
export function calibrationError(input: ProbabilityInput, nBins = 10): number | null {
  const { actual, probabilities, nClasses, sampleWeight } = input;
  const confidence = new Float64Array(nBins);
  const correct = new Float64Array(nBins);
  let total = 0;
  for (let i = 0; i < actual.length; i++) {
    let best = 0;
    for (let k = 1; k < nClasses; k++) {
      if ((probabilities[i * nClasses + k] as number) > (probabilities[i * nClasses + best] as number))
        best = k;
    }
    const p = probabilities[i * nClasses + best] as number;
    const bin = Math.min(Math.floor(p * nBins), nBins - 1);
    const weight = sampleWeight?.[i] ?? 1;
    confidence[bin]! += weight * p;
    if (best === actual[i]) correct[bin]! += weight;
    total += weight;
  }
  if (!(total > 0)) return null;
  let error = 0;
  for (let bin = 0; bin < nBins; bin++)
    error += Math.abs((confidence[bin] as number) - (correct[bin] as number));
  return error / total;
}

function weightedMean(
  { actual, sampleWeight }: ProbabilityInput,
  loss: (i: number) => number,
): number | null {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < actual.length; i++) {
    const weight = sampleWeight?.[i] ?? 1;
    sum += weight * loss(i);
    total += weight;
  }
  return total > 0 ? sum / total : null;
}
