/**
 * Sequential minimal optimisation (Platt 1998; working sets after Fan, Chen and Lin 2005, JMLR 6): minimises
 *
 *     1/2 Σ a_s a_t y_s y_t K(s, t) + Σ linear_t a_t     with  Σ y_t a_t = 0  and  0 <= a_t <= cost_t
 *
 * two variables at a time. Moving a_i by y_i * step and a_j by -y_j * step keeps the sum; the step that is best along
 * that line has a closed form and is cut at the bounds. i violates its optimum the most; j is the partner with
 * which the value falls the most by second order. A classification has a variable a row; a regression has two (one for
 * errors to each side), so variable t belongs to row t mod n.
 */
import type { KernelRows } from './kernel-function.js';

export interface SmoProblem {
  /** +1 or -1 for each variable. */
  readonly signs: Int8Array;
  readonly linear: Float64Array;
  readonly costs: Float64Array;
  readonly nRows: number;
}

export interface SmoResult {
  readonly alphas: Float64Array;
  /** The decision function is Σ y_t a_t K(t, x) - offset. */
  readonly offset: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/** Directions of no curvature (equal rows) take this instead, so that the step stays finite. */
const LEAST_CURVATURE = 1e-12;

/** @param tolerance stop when no pair violates its optimum by more than this. @param maxIterations -1: no limit */
export function solveSmo(
  problem: SmoProblem,
  kernel: KernelRows,
  tolerance: number,
  maxIterations: number,
  checkpoint: (fraction: number) => void,
): SmoResult {
  const { signs, linear, costs, nRows } = problem;
  const nVariables = signs.length;
  const alphas = new Float64Array(nVariables);
  // Invariant: slopes = the gradient at alphas.
  const slopes = Float64Array.from(linear);
  const diagonal = kernel.diagonal();
  const canRise = (t: number): boolean =>
    signs[t] === 1 ? (alphas[t] as number) < (costs[t] as number) : (alphas[t] as number) > 0;
  const canFall = (t: number): boolean =>
    signs[t] === 1 ? (alphas[t] as number) > 0 : (alphas[t] as number) < (costs[t] as number);
  const limit = maxIterations < 0 ? Number.POSITIVE_INFINITY : maxIterations;
  let iterations = 0;
  let firstGap = 0;
  let converged = true;
  for (;;) {
    let i = -1;
    let most = Number.NEGATIVE_INFINITY;
    for (let t = 0; t < nVariables; t++) {
      const pull = -(signs[t] as number) * (slopes[t] as number);
      if (pull > most && canRise(t)) {
        most = pull;
        i = t;
      }
    }
    if (i < 0) break;
    const rowI = kernel.row(i % nRows);
    const own = diagonal[i % nRows] as number;
    let j = -1;
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let t = 0, row = 0; t < nVariables; t++, row++) {
      if (row === nRows) row = 0;
      if (!canFall(t)) continue;
      const pull = -(signs[t] as number) * (slopes[t] as number);
      if (pull < least) least = pull;
      const difference = most - pull;
      if (difference <= 0) continue;
      const curvature = own + (diagonal[row] as number) - 2 * (rowI[row] as number);
      const gain = (difference * difference) / Math.max(curvature, LEAST_CURVATURE);
      if (gain > best) {
        best = gain;
        j = t;
      }
    }
    const gap = most - least;
    if (iterations === 0) firstGap = gap;
    if (j < 0 || gap <= tolerance) break;
    if (iterations >= limit) {
      converged = false;
      break;
    }
    const rowJ = kernel.row(j % nRows);
    const curvature = Math.max(
      own + (diagonal[j % nRows] as number) - 2 * (rowI[j % nRows] as number),
      LEAST_CURVATURE,
    );
    const wanted = (most + (signs[j] as number) * (slopes[j] as number)) / curvature;
    const roomI = signs[i] === 1 ? (costs[i] as number) - (alphas[i] as number) : (alphas[i] as number);
    const roomJ = signs[j] === 1 ? (alphas[j] as number) : (costs[j] as number) - (alphas[j] as number);
    const step = Math.min(wanted, roomI, roomJ);
    // Exactly onto the bound: a rest of 1e-17 would keep the variable in play for ever.
    alphas[i] =
      step === roomI
        ? signs[i] === 1
          ? (costs[i] as number)
          : 0
        : (alphas[i] as number) + (signs[i] as number) * step;
    alphas[j] =
      step === roomJ
        ? signs[j] === 1
          ? 0
          : (costs[j] as number)
        : (alphas[j] as number) - (signs[j] as number) * step;
    for (let t = 0, row = 0; t < nVariables; t++, row++) {
      if (row === nRows) row = 0;
      slopes[t]! += (signs[t] as number) * step * ((rowI[row] as number) - (rowJ[row] as number));
    }
    iterations++;
    // The gap falls roughly geometrically, so the fraction goes by its logarithm.
    const done = Math.log(firstGap / gap) / Math.log(firstGap / tolerance);
    checkpoint(Number.isFinite(done) ? Math.min(Math.max(done, 0), 1) : 0);
  }
  return { alphas, offset: offsetOf(problem, alphas, slopes), iterations, converged };
}

/** From the variables between their bounds, where the optimum fixes it; else the middle of what bounds allow. */
function offsetOf({ signs, costs }: SmoProblem, alphas: Float64Array, slopes: Float64Array): number {
  let sum = 0;
  let nFree = 0;
  let upper = Number.POSITIVE_INFINITY;
  let lower = Number.NEGATIVE_INFINITY;
  for (let t = 0; t < signs.length; t++) {
    const value = (signs[t] as number) * (slopes[t] as number);
    const isLow = alphas[t] === 0;
    const isHigh = (alphas[t] as number) >= (costs[t] as number);
    if (!isLow && !isHigh) {
      sum += value;
      nFree++;
    } else if (isLow === (signs[t] === 1)) {
      upper = Math.min(upper, value);
    } else {
      lower = Math.max(lower, value);
    }
  }
  if (nFree > 0) return sum / nFree;
  if (!Number.isFinite(upper)) return Number.isFinite(lower) ? lower : 0;
  return Number.isFinite(lower) ? (upper + lower) / 2 : upper;
}
