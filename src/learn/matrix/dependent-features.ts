/**
 * Least squares from moments where some features are sums of others, as the columns of a category always are once they
 * are centred. A Cholesky factorisation with pivoting keeps features that are well apart and says what each of the others
 * would be made of. That is a guess, for moments know but half of the digits, so it is held against the rows
 * themselves: what is left of such a feature must be rounding and nothing else. Of the solutions, which then are
 * infinitely many and equally good, the shortest is given, as a pseudo-inverse would.
 *
 * Cost: d³, and one pass over the rows of every feature that a dependent one is made of.
 */
import { factorCholesky, solveCholesky, solveFactored } from './cholesky.js';
import type { FeatureMatrix } from './feature-matrix.js';
import { LEAST_PIVOT, type Moments } from './normal-equations.js';

/** Of features scaled to length 1: a remainder between this and the least pivot is neither dependent nor well apart. */
const LARGEST_REST = 1e-11;
/** So many take some tens of milliseconds; more are better left to a routine that can be canceled. */
const MOST_FEATURES = 300;

/**
 * Minimises the squared error, and among the minimisers |w|.
 * @returns null where the moments cannot tell, or tell wrongly, which features depend on which
 */
export function solveDependentFeatures(
  x: FeatureMatrix,
  moments: Moments,
  checkpoint: (fraction: number) => void,
): { weights: Float64Array<ArrayBuffer>; rank: number } | null {
  const { correlations } = moments;
  const d = correlations.length;
  if (d > MOST_FEATURES) return null;
  const scaled = scaledGram(moments);
  const chosen = scaled === null ? null : chooseFeatures(scaled.gram, d);
  if (scaled === null || chosen === null) return null;
  const { gram, scales } = scaled;
  const { kept, others } = chosen;
  const rank = kept.length;
  const factor = new Float64Array(rank * rank);
  for (const [a, j] of kept.entries()) {
    for (const [b, k] of kept.entries()) factor[a * rank + b] = gram[j * d + k] as number;
  }
  if (!factorCholesky(factor, rank)) return null;
  const solved = Float64Array.from(kept, (j) => (correlations[j] as number) * (scales[j] as number));
  solveFactored(factor, solved);
  const weights = new Float64Array(d);
  for (const [a, j] of kept.entries()) weights[j] = (solved[a] as number) * (scales[j] as number);

  const tolerance = Number.EPSILON * Math.max(x.nSamples, d);
  const directions: Float64Array[] = [];
  for (const other of others) {
    const parts = Float64Array.from(kept, (j) => gram[j * d + other] as number);
    solveFactored(factor, parts);
    // Along this direction the prediction does not change.
    const direction = new Float64Array(d);
    direction[other] = 1;
    for (const [a, j] of kept.entries()) {
      const part = parts[a] as number;
      if (Math.abs(part) * d <= tolerance) continue;
      direction[j] = (-part * (scales[j] as number)) / (scales[other] as number);
    }
    if (!isNothing(x, moments.means, direction, other, tolerance, checkpoint)) return null;
    directions.push(direction);
  }
  if (!shorten(weights, directions)) return null;
  return weights.every(Number.isFinite) ? { weights, rank } : null;
}

/** Of features scaled to length 1; a constant one has zeros. Null where squares overflow. */
function scaledGram({ gram, correlations }: Moments): { gram: Float64Array; scales: Float64Array } | null {
  const d = correlations.length;
  const scales = new Float64Array(d);
  for (let j = 0; j < d; j++) {
    const squared = gram[j * d + j] as number;
    if (!(squared >= 0 && Number.isFinite(squared))) return null;
    scales[j] = squared === 0 ? 0 : 1 / Math.sqrt(squared);
  }
  const scaled = gram.map((product, at) => {
    const j = Math.floor(at / d);
    return product * (scales[j] as number) * (scales[at - j * d] as number);
  });
  return scaled.every(Number.isFinite) ? { gram: scaled, scales } : null;
}

/**
 * Takes, again and again, the feature of which the taken ones leave the most, while that is well apart from them.
 * @returns null where a feature is neither that nor dependent; constant ones are in neither list
 */
function chooseFeatures(gram: Float64Array, d: number): { kept: number[]; others: number[] } | null {
  const rest = gram.slice();
  const open = new Set<number>();
  for (let j = 0; j < d; j++) if ((gram[j * d + j] as number) > 0) open.add(j);
  const kept: number[] = [];
  for (;;) {
    let most = LEAST_PIVOT;
    let pivot = -1;
    for (const j of open) {
      if ((rest[j * d + j] as number) <= most) continue;
      most = rest[j * d + j] as number;
      pivot = j;
    }
    if (pivot < 0) break;
    kept.push(pivot);
    open.delete(pivot);
    for (const j of open) {
      const share = (rest[j * d + pivot] as number) / most;
      for (const k of open) rest[j * d + k]! -= share * (rest[pivot * d + k] as number);
    }
  }
  for (const j of open) if (!((rest[j * d + j] as number) < LARGEST_REST)) return null;
  return { kept, others: [...open] };
}

/** Whether the centred rows times the direction are but rounding beside its feature `of`. */
function isNothing(
  { nSamples, nFeatures, values }: FeatureMatrix,
  means: Float64Array,
  direction: Float64Array,
  of: number,
  tolerance: number,
  checkpoint: (fraction: number) => void,
): boolean {
  const sums = new Float64Array(nSamples);
  let length = 0;
  for (let j = 0; j < nFeatures; j++) {
    const factor = direction[j] as number;
    if (factor === 0) continue;
    checkpoint(0);
    const column = values.subarray(j * nSamples, (j + 1) * nSamples);
    const mean = means[j] as number;
    for (let i = 0; i < nSamples; i++) sums[i]! += factor * ((column[i] as number) - mean);
    if (j === of) for (let i = 0; i < nSamples; i++) length += ((column[i] as number) - mean) ** 2;
  }
  let rest = 0;
  for (let i = 0; i < nSamples; i++) rest += (sums[i] as number) ** 2;
  return rest <= tolerance * tolerance * length;
}

/** Moves the weights along the directions to where they are shortest. */
function shorten(weights: Float64Array, directions: readonly Float64Array[]): boolean {
  const count = directions.length;
  const dot = (a: Float64Array, b: Float64Array): number =>
    a.reduce((sum, value, j) => sum + value * (b[j] as number), 0);
  const system = new Float64Array(count * count);
  for (let a = 0; a < count; a++) {
    for (let b = 0; b <= a; b++) {
      system[a * count + b] = dot(directions[a] as Float64Array, directions[b] as Float64Array);
    }
  }
  const steps = Float64Array.from(directions, (direction) => dot(direction, weights));
  if (!solveCholesky(system, steps)) return false;
  for (const [a, direction] of directions.entries()) {
    for (let j = 0; j < weights.length; j++) weights[j]! -= (steps[a] as number) * (direction[j] as number);
  }
  return true;
}
