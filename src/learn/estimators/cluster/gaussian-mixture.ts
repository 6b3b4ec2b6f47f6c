/**
 * Gaussian mixtures by expectation and maximisation (Dempster, Laird and Rubin 1977).
 *
 * A row comes from component k with the chance weights[k] and is then spread around means[k] by a covariance of its own:
 * `full` (any ellipsoid; kept as the lower Cholesky factor) or `diagonal` (an axis-parallel one; kept as variances). The
 * E-step works out, for every row, how likely each component is; the M-step takes the weighted means and covariances. The
 * likelihood never falls, and the loop ends when its mean over the rows rises by less than the tolerance.
 *
 * `noise` is added to the diagonal of every covariance: what a value may be off by without saying anything. Without it a
 * component that sits on equal values is infinitely narrow and infinitely likely.
 *
 * All row-major. Memory: n * k responsibilities, k * d² factors.
 */
import { LearnError } from '../../errors.js';

export type CovarianceShape = 'full' | 'diagonal';

export interface MixtureInput {
  /** Row-major nSamples * nFeatures, finite. */
  readonly rows: Float64Array;
  readonly nSamples: number;
  readonly nFeatures: number;
}

export interface MixtureOptions {
  readonly covariance: CovarianceShape;
  /** The component that each row starts in, 0..nComponents-1; every component must have a row. */
  readonly labels: Int32Array;
  readonly nComponents: number;
  /** Added to the variance of each feature; length nFeatures, > 0. */
  readonly noise: Float64Array;
  /** Default 100. */
  readonly maxIterations?: number;
  /** Of the mean log-likelihood of a row; default 1e-3. */
  readonly tolerance?: number;
}

export interface GaussianMixture {
  readonly weights: Float64Array;
  /** nComponents * nFeatures. */
  readonly means: Float64Array;
  /** full: nComponents lower Cholesky factors of d * d; diagonal: nComponents * d standard deviations. */
  readonly factors: Float64Array;
  /** The most likely component of each row. */
  readonly labels: Int32Array;
  /** Mean over the rows, natural logarithm. */
  readonly meanLogLikelihood: number;
  /** Bayesian information criterion (Schwarz 1978): -2 log-likelihood + parameters * log n. Smaller is better. */
  readonly bic: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/**
 * Fits a mixture from the given start.
 * @throws LearnError numerical_failure where a covariance is not positive definite
 * Cost of an iteration: full O(n k d²), diagonal O(n k d). Deterministic.
 */
export function fitGaussianMixture(
  data: MixtureInput,
  options: MixtureOptions,
  checkpoint: () => void = () => undefined,
): GaussianMixture {
  const { nSamples, nFeatures } = data;
  const { nComponents, labels, covariance, maxIterations = 100, tolerance = 1e-3 } = options;
  const responsibilities = new Float64Array(nSamples * nComponents);
  for (let i = 0; i < nSamples; i++) responsibilities[i * nComponents + (labels[i] as number)] = 1;
  const components: Components = {
    weights: new Float64Array(nComponents),
    means: new Float64Array(nComponents * nFeatures),
    factors: new Float64Array(nComponents * (covariance === 'full' ? nFeatures * nFeatures : nFeatures)),
  };
  maximise(data, options, responsibilities, components);
  let likelihood = Number.NEGATIVE_INFINITY;
  let iterations = 0;
  let converged = false;
  while (iterations < maxIterations && !converged) {
    checkpoint();
    iterations++;
    const before = likelihood;
    likelihood = expect(data, options, components, responsibilities);
    maximise(data, options, responsibilities, components);
    converged = Math.abs(likelihood - before) < tolerance;
  }
  // The components have moved once more since they were measured.
  likelihood = expect(data, options, components, responsibilities);
  const nParameters = nComponents * (nFeatures + parametersOf(covariance, nFeatures)) + nComponents - 1;
  return {
    ...components,
    labels: mostLikely(responsibilities, nSamples, nComponents),
    meanLogLikelihood: likelihood,
    bic: -2 * likelihood * nSamples + nParameters * Math.log(nSamples),
    iterations,
    converged,
  };
}

interface Components {
  readonly weights: Float64Array;
  readonly means: Float64Array;
  readonly factors: Float64Array;
}

function parametersOf(covariance: CovarianceShape, nFeatures: number): number {
  return covariance === 'full' ? (nFeatures * (nFeatures + 1)) / 2 : nFeatures;
}

/** OUT `responsibilities`: the chance of each component, given the row. Returns the mean log-likelihood. */
function expect(
  { rows, nSamples, nFeatures }: MixtureInput,
  { covariance, nComponents }: MixtureOptions,
  { weights, means, factors }: Components,
  responsibilities: Float64Array,
): number {
  const isFull = covariance === 'full';
  const size = isFull ? nFeatures * nFeatures : nFeatures;
  const constants = new Float64Array(nComponents);
  for (let k = 0; k < nComponents; k++) {
    let logDeterminant = 0;
    for (let j = 0; j < nFeatures; j++) {
      logDeterminant += Math.log(factors[k * size + (isFull ? j * nFeatures + j : j)] as number);
    }
    constants[k] = Math.log(weights[k] as number) - logDeterminant - (nFeatures / 2) * Math.log(2 * Math.PI);
  }
  const solved = new Float64Array(nFeatures);
  let total = 0;
  for (let i = 0; i < nSamples; i++) {
    const row = i * nFeatures;
    const out = i * nComponents;
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < nComponents; k++) {
      const mean = k * nFeatures;
      const factor = k * size;
      let squared = 0;
      for (let j = 0; j < nFeatures; j++) {
        let value = (rows[row + j] as number) - (means[mean + j] as number);
        // Forward substitution: the length of L⁻¹(x - mean) is the Mahalanobis distance.
        if (isFull) {
          const line = factor + j * nFeatures;
          for (let t = 0; t < j; t++) value -= (factors[line + t] as number) * (solved[t] as number);
          value /= factors[line + j] as number;
          solved[j] = value;
        } else {
          value /= factors[factor + j] as number;
        }
        squared += value * value;
      }
      const logLikelihood = (constants[k] as number) - squared / 2;
      responsibilities[out + k] = logLikelihood;
      if (logLikelihood > most) most = logLikelihood;
    }
    let sum = 0;
    for (let k = 0; k < nComponents; k++) {
      const share = Math.exp((responsibilities[out + k] as number) - most);
      responsibilities[out + k] = share;
      sum += share;
    }
    for (let k = 0; k < nComponents; k++) responsibilities[out + k]! /= sum;
    total += most + Math.log(sum);
  }
  return total / nSamples;
}

/** OUT `components`: the weighted means and covariances. */
function maximise(
  { rows, nSamples, nFeatures }: MixtureInput,
  { covariance, nComponents, noise }: MixtureOptions,
  responsibilities: Float64Array,
  { weights, means, factors }: Components,
): void {
  const isFull = covariance === 'full';
  const size = isFull ? nFeatures * nFeatures : nFeatures;
  const centred = new Float64Array(nFeatures);
  for (let k = 0; k < nComponents; k++) {
    const mean = means.subarray(k * nFeatures, (k + 1) * nFeatures).fill(0);
    const spread = factors.subarray(k * size, (k + 1) * size).fill(0);
    // An empty component keeps a trace of weight, so that its mean is a number.
    let weight = 10 * Number.EPSILON;
    for (let i = 0; i < nSamples; i++) {
      const share = responsibilities[i * nComponents + k] as number;
      if (share === 0) continue;
      weight += share;
      for (let j = 0; j < nFeatures; j++) mean[j]! += share * (rows[i * nFeatures + j] as number);
    }
    weights[k] = weight / nSamples;
    for (let j = 0; j < nFeatures; j++) mean[j]! /= weight;
    for (let i = 0; i < nSamples; i++) {
      const share = responsibilities[i * nComponents + k] as number;
      if (share === 0) continue;
      for (let j = 0; j < nFeatures; j++) {
        const value = (rows[i * nFeatures + j] as number) - (mean[j] as number);
        if (!isFull) {
          spread[j]! += share * value * value;
          continue;
        }
        centred[j] = value;
        const line = j * nFeatures;
        const scaled = share * value;
        for (let t = 0; t <= j; t++) spread[line + t]! += scaled * (centred[t] as number);
      }
    }
    for (let at = 0; at < size; at++) spread[at]! /= weight;
    for (let j = 0; j < nFeatures; j++) spread[isFull ? j * nFeatures + j : j]! += noise[j] as number;
    if (isFull) factorise(spread, nFeatures);
    else for (let j = 0; j < nFeatures; j++) spread[j] = Math.sqrt(spread[j] as number);
  }
}

/** IN/OUT `matrix`: the lower triangle becomes its Cholesky factor. */
function factorise(matrix: Float64Array, d: number): void {
  for (let i = 0; i < d; i++) {
    for (let k = 0; k <= i; k++) {
      let sum = matrix[i * d + k] as number;
      for (let j = 0; j < k; j++) sum -= (matrix[i * d + j] as number) * (matrix[k * d + j] as number);
      if (k < i) {
        matrix[i * d + k] = sum / (matrix[k * d + k] as number);
      } else {
        if (!(sum > 0 && Number.isFinite(sum))) {
          throw new LearnError('numerical_failure', 'The spread of a component cannot be told from zero.');
        }
        matrix[i * d + i] = Math.sqrt(sum);
      }
    }
  }
}

function mostLikely(responsibilities: Float64Array, nSamples: number, nComponents: number): Int32Array {
  const labels = new Int32Array(nSamples);
  for (let i = 0; i < nSamples; i++) {
    let best = 0;
    for (let k = 1; k < nComponents; k++) {
      const at = i * nComponents;
      if ((responsibilities[at + k] as number) > (responsibilities[at + best] as number)) best = k;
    }
    labels[i] = best;
  }
  return labels;
}
