import { type FeatureMatrix, featureColumn } from '../matrix/feature-matrix.js';
import type { Tensors } from '../tensor.js';
import { vector } from '../tensor.js';
import type { FeatureCurve } from './feature-curve.js';
import { minimizeBounded } from './minimize-bounded.js';
import { presentCopy } from './order-statistics.js';
import { readFloat64Vector } from './state-reader.js';

/**
 * The power transform of Yeo and Johnson (Biometrika 87 (2000) 954-959, doi:10.1093/biomet/87.4.954): a family of
 * rising functions with one parameter, lambda, that is chosen so that the feature looks as normal as it can.
 *
 *   x >= 0: ((x + 1)^lambda - 1) / lambda, log(x + 1) at lambda 0
 *   x < 0: -((1 - x)^(2 - lambda) - 1) / (2 - lambda), -log(1 - x) at lambda 2
 *
 * Lambda maximises the profile likelihood -n/2 log(variance of the mapped values) + (lambda - 1) sum of
 * sign(x) log(|x| + 1), which has one maximum, by Brent's method. The interval is chosen as SciPy does: within it
 * the square of whatever is mapped, up to 20 times the largest value, stays within the range of a double. Powers
 * are computed as expm1(lambda log1p(x)), which keeps its digits near 0. lambda 1 changes nothing.
 */
export class PowerCurve implements FeatureCurve {
  /** @param lambda length nFeatures, finite; 1 for features that are left as they are */
  constructor(readonly lambda: Float64Array) {}

  /** Cost: about 40 passes a feature, an exponential a value in each. */
  static fit(
    x: FeatureMatrix,
    isScaled: readonly boolean[],
    checkpoint: (fraction: number) => void,
  ): PowerCurve {
    const lambda = new Float64Array(x.nFeatures).fill(1);
    for (let j = 0; j < x.nFeatures; j++) {
      if (isScaled[j] !== true) continue;
      const fraction = j / x.nFeatures;
      lambda[j] = fitLambda(presentCopy(featureColumn(x, j)), () => checkpoint(fraction));
    }
    return new PowerCurve(lambda);
  }

  isActive(j: number): boolean {
    return this.lambda[j] !== 1;
  }

  map(j: number, value: number): number {
    return yeoJohnson(value, this.lambda[j] as number);
  }

  toTensors(): Tensors {
    return { lambda: vector(this.lambda) };
  }

  /** @throws LearnError invalid_state */
  static fromTensors(tensors: Tensors, nFeatures: number): PowerCurve {
    return new PowerCurve(readFloat64Vector(tensors, 'lambda', nFeatures));
  }
}

export function yeoJohnson(x: number, lambda: number): number {
  if (lambda === 1) return x;
  return x < 0 ? -positivePower(-x, 2 - lambda) : positivePower(x, lambda);
}

/** ((x + 1)^power - 1) / power. */
function positivePower(x: number, power: number): number {
  const logarithm = Math.log1p(x);
  return Math.abs(power) < 2 ** -52 ? logarithm : Math.expm1(power * logarithm) / power;
}

/** As SciPy stops: to about 1e-8 the likelihood is flat in 64 bit. */
const LAMBDA_TOLERANCE = 1.48e-8;
const LOG_EPSILON = Math.log(2 ** -52);
/** Half of the exponents of a double, so that squares can be summed. */
const LOG_TINY = (Math.log(2 ** -1022) - LOG_EPSILON) / 2;
const LOG_HUGE = (Math.log(Number.MAX_VALUE) + LOG_EPSILON) / 2;
/** Beyond this only values below 1e-7 would want a lambda; the interval of denormal ones would be infinite. */
const MAX_LAMBDA = 1e9;

/**
 * The most likely lambda.
 * @param values without NaN; with fewer than two different ones lambda is 1
 * @param checkpoint called once a pass
 */
export function fitLambda(values: Float64Array, checkpoint: () => void): number {
  let largest = 0;
  let isVarying = false;
  let hasNegative = false;
  let hasPositive = false;
  let logSum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    largest = Math.max(largest, Math.abs(value));
    if (value !== values[0]) isVarying = true;
    if (value < 0) hasNegative = true;
    else hasPositive = true;
    logSum += Math.sign(value) * Math.log1p(Math.abs(value));
  }
  if (!isVarying) return 1;
  // log1p(20 * largest), also where 20 times the largest is no double.
  const logLargest = largest > 1e300 ? Math.log(20) + Math.log(largest) : Math.log1p(20 * largest);
  let lower = LOG_TINY / logLargest;
  let upper = LOG_HUGE / logLargest;
  if (!hasPositive) [lower, upper] = [2 - upper, 2 - lower];
  else if (hasNegative) [lower, upper] = [Math.max(2 - upper, lower), Math.min(2 - lower, upper)];

  lower = Math.max(lower, -MAX_LAMBDA);
  upper = Math.min(upper, MAX_LAMBDA);
  const mapped = new Float64Array(values.length);
  const cost = (lambda: number): number => {
    checkpoint();
    let sum = 0;
    for (let i = 0; i < values.length; i++) {
      const value = yeoJohnson(values[i] as number, lambda);
      mapped[i] = value;
      sum += value;
    }
    const mean = sum / values.length;
    let squares = 0;
    for (let i = 0; i < mapped.length; i++) {
      const difference = (mapped[i] as number) - mean;
      squares += difference * difference;
    }
    const likelihood = (-values.length / 2) * Math.log(squares / values.length) + (lambda - 1) * logSum;
    // A variance of 0 or Infinity comes from rounding at the ends of the interval: no place to be.
    return Number.isFinite(likelihood) ? -likelihood : Infinity;
  };
  return minimizeBounded(cost, lower, upper, LAMBDA_TOLERANCE);
}
