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

/** What a classifier believes beside how often it is right, by bins of equal width; only bins that hold rows. */
export interface CalibrationCurve {
  /** The mean probability of the winning class. */
  readonly confidence: number[];
  /** The share of the weight that was right. */
  readonly accuracy: number[];
  /** The bin's share of the whole weight. */
  readonly share: number[];
}

/**
 * The reliability diagram of the winning class (Guo et al. 2017, arXiv:1706.04599): rows are put into bins of equal
 * width by their highest probability. Null when nothing weighs anything.
 * @param nBins default 10
 */
export function calibrationCurve(input: ProbabilityInput, nBins = 10): CalibrationCurve | null {
  const { actual, probabilities, nClasses, sampleWeight } = input;
  const confidence = new Float64Array(nBins);
  const correct = new Float64Array(nBins);
  const weights = new Float64Array(nBins);
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
    weights[bin]! += weight;
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0)) return null;
  const filled = [...weights.keys()].filter((bin) => (weights[bin] as number) > 0);
  const meanOf = (sums: Float64Array) =>
    filled.map((bin) => (sums[bin] as number) / (weights[bin] as number));
  return {
    confidence: meanOf(confidence),
    accuracy: meanOf(correct),
    share: filled.map((bin) => (weights[bin] as number) / total),
  };
}

/** Expected calibration error: the mean distance of the curve from y = x, by the shares of the bins. */
export function calibrationError(input: ProbabilityInput, nBins = 10): number | null {
  const curve = calibrationCurve(input, nBins);
  if (curve === null) return null;
  const { confidence, accuracy, share } = curve;
  return share.reduce(
    (error, weight, k) => error + weight * Math.abs((confidence[k] as number) - (accuracy[k] as number)),
    0,
  );
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
