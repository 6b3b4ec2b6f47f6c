/**
 * Linear support vectors with squared errors by Newton's method on the primal (Keerthi and DeCoste 2005, JMLR 6):
 * the function is piecewise quadratic, so once the rows that err no longer change, one step ends at the optimum. An
 * iteration costs n d², in the dense kernels, and a handful is enough however many rows there are: for many rows and
 * few features nothing else comes near.
 */
import { solveCholesky } from '../../matrix/cholesky.js';
import type { KernelControl } from '../../parallel/thread-pool.js';
import { gemm, scratchArrays } from '../../wasm/dense-kernels.js';
import type { DualInput, DualResult } from './dual-coordinate-kernel.js';

/** The error of row i at decision value z, signed like its slope by z; 0 where the row is content. */
export type SignedError = (i: number, z: number) => number;

/** What a row's error costs. */
export type Cost = (i: number) => number;

/** Above this the Hessian costs more than the epochs of a dual descent. */
const MAX_FEATURES = 300;
const ROWS_PER_BLOCK = 256;
const MAX_HALVINGS = 60;

export function suitsNewton({ nSamples, nFeatures, squared }: DualInput): boolean {
  return squared && nFeatures <= MAX_FEATURES && nSamples > nFeatures;
}

/**
 * Minimises |w|² / 2 + Σ cost error². Stops when the gradient is at most `tolerance` times what it was at zero.
 * @returns null where the Hessian is not positive definite in these numbers
 */
export function minimizeByNewton(
  input: DualInput,
  errorOf: SignedError,
  costOf: Cost,
  control: KernelControl,
): DualResult | null {
  const { rows, nSamples, nFeatures, fitIntercept, maxIterations, tolerance } = input;
  const d = nFeatures + 1;
  const extra = fitIntercept ? 1 : 0;
  // The errors of the last weights that were valued: those at hand, because a step is taken as soon as it is good.
  const errors = new Float64Array(nSamples);
  const value = (weights: Float64Array): number => {
    let sum = dot(weights, weights) / 2;
    for (let i = 0, base = 0; i < nSamples; i++, base += nFeatures) {
      if (i % ROWS_PER_BLOCK === 0) control.checkpoint(0);
      let z = extra * (weights[nFeatures] as number);
      for (let j = 0; j < nFeatures; j++) z += (weights[j] as number) * (rows[base + j] as number);
      const error = errorOf(i, z);
      errors[i] = error;
      if (error !== 0) sum += costOf(i) * error * error;
    }
    return sum;
  };
  let weights: Float64Array = new Float64Array(d);
  let current = value(weights);
  let firstSlope = 0;
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    const { gradient, hessian } = secondOrder(input, weights, errors, costOf, control);
    const slope = Math.sqrt(dot(gradient, gradient));
    if (iteration === 1) firstSlope = slope;
    if (slope <= tolerance * firstSlope) return { weights, iterations: iteration, converged: true };
    const step = gradient.map((g) => -g);
    if (!solveCholesky(hessian, step)) return null;
    const next = shorten(weights, step, current, value);
    // No step makes the value smaller: this is the minimum as far as the numbers can tell.
    if (next === null) return { weights, iterations: iteration, converged: true };
    weights = next.weights;
    current = next.value;
  }
  return { weights, iterations: maxIterations, converged: false };
}

/** Gradient and Hessian from the rows that err, gathered block by block: as they are, and times their curvature. */
function secondOrder(
  { rows, nSamples, nFeatures, fitIntercept }: DualInput,
  weights: Float64Array,
  errors: Float64Array,
  costOf: Cost,
  control: KernelControl,
): { gradient: Float64Array; hessian: Float64Array } {
  const d = nFeatures + 1;
  const extra = fitIntercept ? 1 : 0;
  const gradient = Float64Array.from(weights);
  const [plain, scaled, products] = scratchArrays([ROWS_PER_BLOCK * d, ROWS_PER_BLOCK * d, d * d]);
  products.fill(0);
  for (let j = 0; j < d; j++) products[j * d + j] = 1;
  let nGathered = 0;
  const flush = (): void => {
    control.checkpoint(0);
    gemm(d, d, nGathered, { data: scaled, rowStep: 1, columnStep: d }, plain, products, true);
    nGathered = 0;
  };
  for (let i = 0; i < nSamples; i++) {
    const error = errors[i] as number;
    if (error === 0) continue;
    const curvature = 2 * costOf(i);
    const from = i * nFeatures;
    const at = nGathered * d;
    for (let j = 0; j < d; j++) {
      const x = j < nFeatures ? (rows[from + j] as number) : extra;
      plain[at + j] = x;
      scaled[at + j] = curvature * x;
      gradient[j]! += curvature * x * error;
    }
    if (++nGathered === ROWS_PER_BLOCK) flush();
  }
  flush();
  return { gradient, hessian: products.slice() };
}

/** The step, halved until the value falls. */
function shorten(
  weights: Float64Array,
  step: Float64Array,
  current: number,
  value: (weights: Float64Array) => number,
): { weights: Float64Array; value: number } | null {
  for (let halving = 0, length = 1; halving < MAX_HALVINGS; halving++, length /= 2) {
    const next = weights.map((w, j) => w + length * (step[j] as number));
    const reached = value(next);
    if (reached < current) return { weights: next, value: reached };
  }
  return null;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += (a[j] as number) * (b[j] as number);
  return sum;
}
