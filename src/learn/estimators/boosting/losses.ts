/**
 * What boosting makes small. A model's raw score is linked to its prediction; a loss gives the first and second
 * derivative by the raw score, row by row, and the best constant to begin with. Raw scores of several classes lie
 * class after class: row i of class k at `k * nSamples + i`.
 */
import { LearnError } from '../../errors.js';

export type LossName = 'log_loss' | 'squared_error' | 'absolute_error' | 'quantile' | 'poisson' | 'gamma';

export interface Loss {
  readonly name: LossName;
  /** Raw scores a row: 1, or the classes where there are more than two. */
  readonly nScores: number;
  /** For `quantile`. */
  readonly quantile: number;
}

/** Shared arrays that gradients are computed from and into. */
export interface LossArrays {
  readonly nSamples: number;
  /** Targets; class codes for log_loss. */
  readonly y: Float64Array;
  readonly weights: Float64Array;
  readonly raw: Float64Array;
  /** Gradient and hessian side by side, in the order of the raw scores. */
  readonly pairs: Float32Array;
}

/** Whether a leaf's value is a quantile of its residuals instead of a Newton step. */
export function usesQuantiles(loss: Loss): boolean {
  return loss.name === 'absolute_error' || loss.name === 'quantile';
}

/**
 * The furthest that one tree moves a raw score of the log loss: odds change 150 times at most. A Newton step trusts the
 * curvature where it stands, and where a class is rare that is next to none: 8 rows of it in a leaf of 20 would move all 20
 * by hundreds. Those that were not of the class would then have no curvature left to be brought back by, and the training
 * falls apart.
 */
const MOST_LOG_ODDS = 5;

/** How far a tree moves raw scores where the loss asks for `step`. */
export function boundStep(loss: Loss, step: number): number {
  return loss.name === 'log_loss' ? Math.min(Math.max(step, -MOST_LOG_ODDS), MOST_LOG_ODDS) : step;
}

export function sigmoid(raw: number): number {
  const small = Math.exp(-Math.abs(raw));
  return raw >= 0 ? 1 / (1 + small) : small / (1 + small);
}

/**
 * OUT pairs: gradients and hessians of rows[from..to), for losses of one score but log_loss (whose kernels are
 * sigmoidPairs and softmaxPairs). OUT totals: the sum of the gradients' sizes and of the hessians.
 */
export function writeRegressionPairs(
  loss: Loss,
  { y, weights, raw, pairs }: LossArrays,
  rows: Uint32Array,
  from: number,
  to: number,
  totals: Float64Array,
): void {
  const tau = loss.name === 'quantile' ? loss.quantile : 0.5;
  let gradientTotal = 0;
  let hessianTotal = 0;
  for (let k = from; k < to; k++) {
    const i = rows[k] as number;
    const target = y[i] as number;
    const score = raw[i] as number;
    let gradient: number;
    let hessian = 1;
    switch (loss.name) {
      case 'squared_error':
        gradient = score - target;
        break;
      case 'poisson':
        hessian = Math.exp(score);
        gradient = hessian - target;
        break;
      case 'gamma':
        hessian = target * Math.exp(-score);
        gradient = 1 - hessian;
        break;
      default:
        gradient = target < score ? 1 - tau : -tau;
        if (loss.name === 'absolute_error') gradient *= 2;
    }
    const weight = weights[i] as number;
    gradient *= weight;
    hessian *= weight;
    pairs[i + i] = gradient;
    pairs[i + i + 1] = hessian;
    gradientTotal += Math.abs(gradient);
    hessianTotal += hessian;
  }
  totals[0] = gradientTotal;
  totals[1] = hessianTotal;
}

/** The loss of one row, without its weight. */
export function lossOfRow(loss: Loss, { nSamples, y, raw }: LossArrays, i: number): number {
  const target = y[i] as number;
  const score = raw[i] as number;
  switch (loss.name) {
    case 'log_loss': {
      if (loss.nScores === 1)
        return Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score))) - target * score;
      let largest = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < loss.nScores; k++) largest = Math.max(largest, raw[k * nSamples + i] as number);
      let sum = 0;
      for (let k = 0; k < loss.nScores; k++) sum += Math.exp((raw[k * nSamples + i] as number) - largest);
      return largest + Math.log(sum) - (raw[target * nSamples + i] as number);
    }
    case 'squared_error':
      return (target - score) ** 2 / 2;
    case 'poisson':
      return Math.exp(score) - target * score;
    case 'gamma':
      return score + target * Math.exp(-score);
    case 'absolute_error':
      return Math.abs(target - score);
    case 'quantile':
      return (target >= score ? loss.quantile : loss.quantile - 1) * (target - score);
  }
}

/**
 * The constant raw scores to begin with, over the given rows.
 * @throws LearnError target_out_of_domain for a target that the loss has no meaning for
 */
export function baselineOf(
  loss: Loss,
  y: Float64Array,
  weights: Float64Array,
  rows: Uint32Array,
): Float64Array {
  let weightSum = 0;
  let sum = 0;
  const byClass = new Float64Array(Math.max(2, loss.nScores));
  for (let k = 0; k < rows.length; k++) {
    const i = rows[k] as number;
    const weight = weights[i] as number;
    weightSum += weight;
    sum += weight * (y[i] as number);
    if (loss.name === 'log_loss') byClass[y[i] as number] = (byClass[y[i] as number] as number) + weight;
  }
  switch (loss.name) {
    case 'log_loss': {
      const tiny = Number.EPSILON;
      const shares = byClass.map((weight) => Math.min(1 - tiny, Math.max(tiny, weight / weightSum)));
      if (loss.nScores === 1)
        return Float64Array.of(Math.log((shares[1] as number) / (1 - (shares[1] as number))));
      const logs = shares.map(Math.log);
      const mean = logs.reduce((a, b) => a + b, 0) / logs.length;
      return logs.map((log) => log - mean);
    }
    case 'squared_error':
      return Float64Array.of(sum / weightSum);
    case 'poisson':
    case 'gamma':
      checkDomain(loss, y, rows);
      if (!(sum > 0)) {
        throw new LearnError(
          'target_out_of_domain',
          `The ${loss.name} loss needs a target above 0 in some row.`,
        );
      }
      return Float64Array.of(Math.log(sum / weightSum));
    default:
      return Float64Array.of(
        weightedQuantile(
          Float64Array.from(rows, (i) => y[i] as number),
          Float64Array.from(rows, (i) => weights[i] as number),
          loss.name === 'quantile' ? loss.quantile : 0.5,
        ),
      );
  }
}

function checkDomain(loss: Loss, y: Float64Array, rows: Uint32Array): void {
  for (const row of rows) {
    const target = y[row] as number;
    if (target < 0 || (loss.name === 'gamma' && target === 0)) {
      const bound = loss.name === 'gamma' ? 'above 0' : 'of at least 0';
      throw new LearnError('target_out_of_domain', `The ${loss.name} loss needs targets ${bound}.`, { row });
    }
  }
}

/**
 * The value below which a share `quantile` of the weight lies; with equal weights interpolated as usual between
 * the two nearest values.
 */
export function weightedQuantile(values: Float64Array, weights: Float64Array, quantile: number): number {
  const first = weights[0];
  if (weights.every((weight) => weight === first)) {
    const sorted = values.slice().sort();
    const position = quantile * (sorted.length - 1);
    const low = Math.floor(position);
    const a = sorted[low] as number;
    const b = sorted[Math.min(low + 1, sorted.length - 1)] as number;
    return a + (position - low) * (b - a);
  }
  const order = Array.from(values.keys()).sort(
    (a, b) => (values[a] as number) - (values[b] as number) || a - b,
  );
  const total = weights.reduce((a, b) => a + b, 0);
  let below = 0;
  for (const i of order) {
    below += weights[i] as number;
    if (below >= quantile * total) return values[i] as number;
  }
  return values[order[order.length - 1] as number] as number;
}
