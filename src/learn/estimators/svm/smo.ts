/**
 * Sequential minimal optimisation (Platt 1998; working sets after Fan, Chen and Lin 2005, JMLR 6): minimises
 *
 *     1/2 Σ a_s a_t y_s y_t K(s, t) + Σ linear_t a_t     with  Σ y_t a_t = 0  and  0 <= a_t <= cost_t
 *
 * two variables at a time. Moving a_i by y_i * step and a_j by -y_j * step keeps the sum; the step that is best along
 * that line has a closed form and is cut at the bounds. i violates its optimum the most; j is the partner with
 * which the value falls the most by second order. A classification has a variable a row; a regression has two (one for
 * errors to each side): the second half of the variables stands for the same rows.
 *
 * What is kept up to date is each variable's pull, -y times the slope: a move changes it by the difference of two
 * rows of the kernel matrix, whatever the signs. Both passes of an iteration run in the kernels over all variables;
 * at the sizes that a kernel is good for that is cheaper than keeping account of those that could rest.
 */
import { findPartner, movePulls } from '../../wasm/pair-kernels.js';
import type { KernelFunction } from './kernel-function.js';
import { KernelRows } from './kernel-rows.js';

export interface SmoProblem {
  /** +1 or -1 for each variable: nRows of them, or twice as many. */
  readonly signs: Int8Array;
  readonly linear: Float64Array;
  readonly costs: Float64Array;
  readonly nRows: number;
}

/** The rows of a problem, and what their likeness is. */
export interface SmoRows {
  /** Row-major, nRows * nFeatures. */
  readonly rows: Float64Array;
  readonly nFeatures: number;
  readonly kernel: KernelFunction;
  readonly cacheBytes: number;
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

/** Below this share of the first violation pulls are rounding, and steps along them go back and forth for ever. */
const LEAST_VIOLATION = 1e-12;

/** @param tolerance stop when no pair violates its optimum by more than this, 0: than rounding does. @param maxIterations -1: no limit */
export function solveSmo(
  problem: SmoProblem,
  { rows, nFeatures, kernel, cacheBytes }: SmoRows,
  tolerance: number,
  maxIterations: number,
  checkpoint: (fraction: number) => void,
): SmoResult {
  const { signs, nRows } = problem;
  const nHalves = signs.length / nRows;
  const lengths = [nHalves, nHalves, nHalves, 1];
  const kernelRows = new KernelRows(rows, nRows, nFeatures, kernel, cacheBytes, lengths);
  const variables = new Variables(problem, kernelRows);
  const { pulls } = variables;
  const limit = maxIterations < 0 ? Number.POSITIVE_INFINITY : maxIterations;
  let iterations = 0;
  let firstGap = 0;
  let converged = true;
  let placeI = variables.move(kernelRows.diagonal, kernelRows.diagonal, 0);
  while (placeI >= 0) {
    const most = pulls[placeI] as number;
    const rowI = kernelRows.row(variables.rowAt(placeI));
    const partner = variables.partnerOf(placeI, rowI);
    const gap = most - partner.lowest;
    if (iterations === 0) firstGap = gap;
    if (partner.place < 0 || gap <= Math.max(tolerance, LEAST_VIOLATION * firstGap)) break;
    if (iterations >= limit) {
      converged = false;
      break;
    }
    const rowJ = kernelRows.row(variables.rowAt(partner.place));
    const wanted = (most - (pulls[partner.place] as number)) / partner.curvature;
    const step = variables.movePair(placeI, partner.place, wanted);
    placeI = variables.move(rowI, rowJ, step);
    iterations++;
    // The gap falls roughly geometrically, so the fraction goes by its logarithm.
    const done = Math.log(firstGap / gap) / Math.log(firstGap / tolerance);
    checkpoint(Number.isFinite(done) ? Math.min(Math.max(done, 0), 1) : 0);
  }
  const { alphas } = variables;
  return { alphas, offset: offsetOf(problem, alphas, variables.slopes()), iterations, converged };
}

interface Partner {
  /** -1: nobody's value would fall. */
  readonly place: number;
  readonly curvature: number;
  /** The smallest pull of those that may fall. */
  readonly lowest: number;
}

/** The variables where the kernels see them: those of half h from h * width on; what fills up a half never moves. */
class Variables {
  readonly alphas: Float64Array;
  readonly pulls: Float64Array;
  private readonly rises: Float64Array;
  private readonly falls: Float64Array;
  private readonly least: Float64Array;
  private readonly diagonal: Float64Array;
  private readonly width: number;
  private readonly halves: readonly { pulls: Float64Array; rises: Float64Array; falls: Float64Array }[];

  constructor(
    private readonly problem: SmoProblem,
    { width, diagonal, own }: KernelRows,
  ) {
    const { signs, linear, nRows } = problem;
    const [pulls, rises, falls, least] = own as [Float64Array, Float64Array, Float64Array, Float64Array];
    this.alphas = new Float64Array(signs.length);
    this.pulls = pulls.fill(0);
    this.rises = rises.fill(Number.NEGATIVE_INFINITY);
    this.falls = falls.fill(Number.POSITIVE_INFINITY);
    this.least = least;
    this.diagonal = diagonal;
    this.width = width;
    const part = (all: Float64Array, h: number): Float64Array => all.subarray(h * width, (h + 1) * width);
    this.halves = Array.from({ length: signs.length / nRows }, (_, h) => ({
      pulls: part(pulls, h),
      rises: part(rises, h),
      falls: part(falls, h),
    }));
    for (let t = 0; t < signs.length; t++) {
      pulls[this.placeOf(t)] = -(signs[t] as number) * (linear[t] as number);
      this.setBounds(t);
    }
  }

  rowAt(place: number): number {
    return place % this.width;
  }

  slopes(): Float64Array {
    const { signs } = this.problem;
    return this.alphas.map((_, t) => -(signs[t] as number) * (this.pulls[this.placeOf(t)] as number));
  }

  /** Moves all pulls along two rows; gives the place of the variable that now violates its optimum the most, or -1. */
  move(rowI: Float64Array, rowJ: Float64Array, step: number): number {
    const { width, halves, pulls } = this;
    let found = -1;
    for (let h = 0; h < halves.length; h++) {
      const half = halves[h] as (typeof halves)[number];
      const at = movePulls(width, half.pulls, half.rises, rowI, rowJ, step);
      const place = h * width + at;
      if (at >= 0 && (found < 0 || (pulls[place] as number) > (pulls[found] as number))) found = place;
    }
    return found;
  }

  partnerOf(placeI: number, rowI: Float64Array): Partner {
    const { width, halves, pulls, diagonal, least } = this;
    const own = diagonal[this.rowAt(placeI)] as number;
    const most = pulls[placeI] as number;
    let place = -1;
    let best = 0;
    let curvature = LEAST_CURVATURE;
    let lowest = Number.POSITIVE_INFINITY;
    for (let h = 0; h < halves.length; h++) {
      const half = halves[h] as (typeof halves)[number];
      const facts = { own, most, leastCurvature: LEAST_CURVATURE };
      const at = findPartner(width, half.pulls, half.falls, rowI, diagonal, facts, least);
      lowest = Math.min(lowest, least[0] as number);
      if (at < 0) continue;
      const sum = own + (diagonal[at] as number) - 2 * (rowI[at] as number);
      const ownCurvature = Math.max(sum, LEAST_CURVATURE);
      const gain = (most - (half.pulls[at] as number)) ** 2 / ownCurvature;
      if (gain <= best) continue;
      best = gain;
      curvature = ownCurvature;
      place = h * width + at;
    }
    return { place, curvature, lowest };
  }

  /** Moves both variables as far as their bounds allow, and gives how far that was. */
  movePair(placeI: number, placeJ: number, wanted: number): number {
    const { alphas } = this;
    const { signs, costs } = this.problem;
    const i = this.variableAt(placeI);
    const j = this.variableAt(placeJ);
    const [alphaI, alphaJ] = [alphas[i] as number, alphas[j] as number];
    const [costI, costJ] = [costs[i] as number, costs[j] as number];
    const [isUpI, isUpJ] = [signs[i] === 1, signs[j] === 1];
    const roomI = isUpI ? costI - alphaI : alphaI;
    const roomJ = isUpJ ? alphaJ : costJ - alphaJ;
    const step = Math.min(wanted, roomI, roomJ);
    // Exactly onto the bound: a rest of 1e-17 would keep the variable in play for ever.
    if (step === roomI) alphas[i] = isUpI ? costI : 0;
    else alphas[i] = alphaI + (signs[i] as number) * step;
    if (step === roomJ) alphas[j] = isUpJ ? 0 : costJ;
    else alphas[j] = alphaJ - (signs[j] as number) * step;
    this.setBounds(i);
    this.setBounds(j);
    return step;
  }

  private placeOf(t: number): number {
    const { nRows } = this.problem;
    return Math.floor(t / nRows) * this.width + (t % nRows);
  }

  private variableAt(place: number): number {
    return Math.floor(place / this.width) * this.problem.nRows + this.rowAt(place);
  }

  private setBounds(t: number): void {
    const isUp = this.problem.signs[t] === 1;
    const canGrow = (this.alphas[t] as number) < (this.problem.costs[t] as number);
    const canShrink = (this.alphas[t] as number) > 0;
    const place = this.placeOf(t);
    this.rises[place] = (isUp ? canGrow : canShrink) ? 0 : Number.NEGATIVE_INFINITY;
    this.falls[place] = (isUp ? canShrink : canGrow) ? 0 : Number.POSITIVE_INFINITY;
  }
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
