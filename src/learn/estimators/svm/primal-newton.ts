/**
 * Linear support vectors with squared errors by Newton's method on the primal (Keerthi and DeCoste 2005, JMLR 6):
 * the function is piecewise quadratic, so once the rows that err no longer change, one step ends at the optimum. An
 * iteration costs n d², in the dense kernels, and a handful is enough however many rows there are: for many rows and
 * few features nothing else comes near.
 */
import { solveCholesky } from '../../matrix/cholesky.js';
import type { KernelControl } from '../../parallel/thread-pool.js';
import { gemm, scratchArrays } from '../../wasm/dense-kernels.js';
import type { DualInput, DualResult } from './dual-problem.js';

/**
 * What errs, as plain arrays: calls of functions that differ from use to use would cost more than the arithmetic.
 * With `epsilon` a row errs by how far its value is beyond the tube around its target; without, targets are +1 and -1
 * and a row errs where its value falls short of it.
 */
export interface Errors {
  readonly targets: Float64Array;
  /** What a row's error costs, >= 0. */
  readonly costs: Float64Array;
  readonly epsilon?: number;
}

/** OUT errors: signed like their slope by the value, 0 where a row is content. Gives Σ cost error². */
function sumErrors(z: Float64Array, { targets, costs, epsilon }: Errors, errors: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < z.length; i++) {
    const difference = (z[i] as number) - (targets[i] as number);
    let error = difference;
    if (epsilon === undefined) {
      if (difference * (targets[i] as number) >= 0) error = 0;
    } else {
      const excess = Math.max(Math.abs(difference) - epsilon, 0);
      error = difference < 0 ? -excess : excess;
    }
    errors[i] = error;
    sum += (costs[i] as number) * error * error;
  }
  return sum;
}

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
  erring: Errors,
  control: KernelControl,
): DualResult | null {
  const { rows, nSamples, nFeatures, fitIntercept, maxIterations, tolerance } = input;
  const d = nFeatures + 1;
  const extra = fitIntercept ? 1 : 0;
  // The errors of the last weights that were valued: those at hand, because a step is taken as soon as it is good.
  const errors = new Float64Array(nSamples);
  const z = new Float64Array(nSamples);
  const value = (weights: Float64Array): number => {
    for (let i = 0, base = 0; i < nSamples; i++, base += nFeatures) {
      if (i % ROWS_PER_BLOCK === 0) control.checkpoint(0);
      let sum = extra * (weights[nFeatures] as number);
      for (let j = 0; j < nFeatures; j++) sum += (weights[j] as number) * (rows[base + j] as number);
      z[i] = sum;
    }
    return dot(weights, weights) / 2 + sumErrors(z, erring, errors);
  };
  let weights: Float64Array = new Float64Array(d);
  let current = value(weights);
  let firstSlope = 0;
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    const { gradient, hessian } = secondOrder(input, weights, errors, erring.costs, control);
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
  costs: Float64Array,
  control: KernelControl,
): { gradient: Float64Array; hessian: Float64Array } {
  const d = nFeatures + 1;
  const extra = fitIntercept ? 1 : 0;
  // The last column of the products is the gradient: that of `plain` holds the errors.
  const width = d + 1;
  const [plain, scaled, products] = scratchArrays([ROWS_PER_BLOCK * width, ROWS_PER_BLOCK * d, d * width]);
  products.fill(0);
  for (let j = 0; j < d; j++) {
    products[j * width + j] = 1;
    products[j * width + d] = weights[j] as number;
  }
  let nGathered = 0;
  const flush = (): void => {
    control.checkpoint(0);
    gemm(d, width, nGathered, { data: scaled, rowStep: 1, columnStep: d }, plain, products, true);
    nGathered = 0;
  };
  for (let i = 0; i < nSamples; i++) {
    const error = errors[i] as number;
    if (error === 0) continue;
    const curvature = 2 * (costs[i] as number);
    const from = i * nFeatures;
    const atPlain = nGathered * width;
    const atScaled = nGathered * d;
    for (let j = 0; j < nFeatures; j++) {
      const x = rows[from + j] as number;
      plain[atPlain + j] = x;
      scaled[atScaled + j] = curvature * x;
    }
    plain[atPlain + nFeatures] = extra;
    plain[atPlain + d] = error;
    scaled[atScaled + nFeatures] = curvature * extra;
    if (++nGathered === ROWS_PER_BLOCK) flush();
  }
  flush();
  const gradient = new Float64Array(d);
  const hessian = new Float64Array(d * d);
  for (let j = 0; j < d; j++) {
    gradient[j] = products[j * width + d] as number;
    hessian.set(products.subarray(j * width, j * width + d), j * d);
  }
  return { gradient, hessian };
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
