/**
 * Linear support vectors by coordinate descent on the dual (Hsieh et al. 2008, doi:10.1145/1390156.1390208; Ho and
 * Lin 2012 for regression): every row has one variable; moving it to its optimum touches that row only, and the
 * weights w = sum of variables times rows are kept up to date. An epoch visits the rows in random order and costs n d.
 *
 * Most variables soon stay at a bound. One whose slope pushes it there harder than anything violated its optimum in
 * the last epoch rests; when the others are at their optimum, all come back for a last look, until that finds nothing.
 *
 * Squared errors of many rows and few features go to Newton's method instead (primal-newton.ts): the same minimum, sooner.
 *
 * The intercept is the weight of a feature that is 1 everywhere and is therefore penalised like the others, as in
 * LIBLINEAR. Each class against the rest is one piece of work.
 */
import type { KernelControl, KernelReference } from '../../parallel/thread-pool.js';
import { Random } from '../../random.js';
import type { DualInput, DualResult, SeparationInput, TubeInput } from './dual-problem.js';
import { minimizeByNewton, suitsNewton } from './primal-newton.js';
import { descendTube, suitsTubeKernel } from './tube-descent.js';

export const SEPARATE_KERNEL: KernelReference = { module: import.meta.url, name: 'separateClass' };

/** Piece k: class `classes[k]` against the rest. */
export function separateClass(input: SeparationInput, piece: number, control: KernelControl): DualResult {
  const { codes, classes, costs, ownCosts, squared } = input;
  const own = classes[piece] as number;
  if (suitsNewton(input)) {
    const targets = new Float64Array(input.nSamples);
    const rowCosts = new Float64Array(input.nSamples);
    for (let i = 0; i < targets.length; i++) {
      const isOwn = codes[i] === own;
      targets[i] = isOwn ? 1 : -1;
      rowCosts[i] = (isOwn ? ownCosts : costs)[i] as number;
    }
    const found = minimizeByNewton(input, { targets, costs: rowCosts }, control);
    if (found !== null) return found;
  }
  const alphas = new Float64Array(input.nSamples);
  let highest = 0;
  let lowest = 0;
  let restAbove = Number.POSITIVE_INFINITY;
  let restBelow = Number.NEGATIVE_INFINITY;
  const move: Move = (i, product, squaredLength) => {
    const isOwn = codes[i] === own;
    const cost = (isOwn ? ownCosts : costs)[i] as number;
    // A row without weight has no say; with squared errors its divisor would be infinite.
    if (cost === 0) return 0;
    const label = isOwn ? 1 : -1;
    const ridge = squared ? 1 / (2 * cost) : 0;
    const limit = squared ? Number.POSITIVE_INFINITY : cost;
    const alpha = alphas[i] as number;
    const slope = label * product - 1 + ridge * alpha;
    if (alpha === 0 ? slope > restAbove : alpha === limit && slope < restBelow) return RESTS;
    const projected = alpha === 0 ? Math.min(slope, 0) : alpha === limit ? Math.max(slope, 0) : slope;
    highest = Math.max(highest, projected);
    lowest = Math.min(lowest, projected);
    if (projected === 0 || squaredLength + ridge === 0) return 0;
    const next = Math.min(Math.max(alpha - slope / (squaredLength + ridge), 0), limit);
    alphas[i] = next;
    return (next - alpha) * label;
  };
  const endEpoch = (): boolean => {
    const isCalm = highest - lowest <= input.tolerance;
    restAbove = highest > 0 ? highest : Number.POSITIVE_INFINITY;
    restBelow = lowest < 0 ? lowest : Number.NEGATIVE_INFINITY;
    highest = 0;
    lowest = 0;
    return isCalm;
  };
  const wakeAll = (): void => {
    restAbove = Number.POSITIVE_INFINITY;
    restBelow = Number.NEGATIVE_INFINITY;
  };
  return descend(input, piece, { move, endEpoch, wakeAll }, control);
}

/** Support vector regression: a tube of half-width epsilon around the function costs nothing. */
export function fitTube(input: TubeInput, control: KernelControl): DualResult {
  const { targets, epsilon, costs } = input;
  if (suitsNewton(input)) {
    const found = minimizeByNewton(input, { targets, costs, epsilon }, control);
    if (found !== null) return found;
  }
  return suitsTubeKernel(input) ? descendTube(input, control) : descendTubePlainly(input, control);
}

/** Without a copy of the rows, for data that is too large for one. */
export function descendTubePlainly(input: TubeInput, control: KernelControl): DualResult {
  const { targets, epsilon, costs, squared } = input;
  const betas = new Float64Array(input.nSamples);
  let summed = 0;
  let largest = 0;
  let firstSum = -1;
  let restBeyond = Number.POSITIVE_INFINITY;
  const move: Move = (i, product, squaredLength) => {
    const cost = costs[i] as number;
    if (cost === 0) return 0;
    const ridge = squared ? 1 / (2 * cost) : 0;
    const limit = squared ? Number.POSITIVE_INFINITY : cost;
    const beta = betas[i] as number;
    const slope = product - (targets[i] as number) + ridge * beta;
    const up = slope + epsilon;
    const down = slope - epsilon;
    const violation = tubeViolation(beta, limit, up, down);
    if (violation === 0 && ease(beta, limit, up, down) > restBeyond) return RESTS;
    summed += violation;
    if (violation > largest) largest = violation;
    const curvature = squaredLength + ridge;
    if (curvature === 0) return 0;
    const step =
      up < curvature * beta ? -up / curvature : down > curvature * beta ? -down / curvature : -beta;
    const next = Math.min(Math.max(beta + step, -limit), limit);
    betas[i] = next;
    return next - beta;
  };
  const endEpoch = (): boolean => {
    if (firstSum < 0) firstSum = summed;
    const isCalm = summed <= input.tolerance * firstSum;
    restBeyond = largest;
    summed = 0;
    largest = 0;
    return isCalm;
  };
  const wakeAll = (): void => {
    restBeyond = Number.POSITIVE_INFINITY;
  };
  return descend(input, 0, { move, endEpoch, wakeAll }, control);
}

function tubeViolation(beta: number, limit: number, up: number, down: number): number {
  if (beta === 0) return Math.max(-up, down, 0);
  if (beta >= limit) return Math.max(up, 0);
  if (beta <= -limit) return Math.max(-down, 0);
  return Math.abs(beta > 0 ? up : down);
}

/** How far the slope is from pulling a variable that is at its optimum away from its bound, or from zero. */
function ease(beta: number, limit: number, up: number, down: number): number {
  if (beta === 0) return Math.min(up, -down);
  if (beta >= limit) return -up;
  return beta <= -limit ? down : 0;
}

/** Moves the variable of row i to its optimum; gives how much of the row the weights gain, or RESTS. */
type Move = (i: number, product: number, squaredLength: number) => number;
const RESTS = Number.POSITIVE_INFINITY;

interface Descent {
  readonly move: Move;
  /** Whether the rows of this epoch were at their optimum. */
  readonly endEpoch: () => boolean;
  /** No row rests in the next epoch. */
  readonly wakeAll: () => void;
}

const ROWS_PER_CHECKPOINT = 256;

function descend(
  input: DualInput,
  piece: number,
  { move, endEpoch, wakeAll }: Descent,
  control: KernelControl,
): DualResult {
  const { rows, nSamples, nFeatures, fitIntercept, maxIterations } = input;
  const random = new Random(input.seed, input.stream).fork(piece);
  const weights = new Float64Array(nFeatures + 1);
  const extra = fitIntercept ? 1 : 0;
  const squaredLengths = new Float64Array(nSamples);
  for (let i = 0; i < nSamples; i++) {
    let sum = extra;
    for (let j = 0; j < nFeatures; j++) sum += (rows[i * nFeatures + j] as number) ** 2;
    squaredLengths[i] = sum;
  }
  const order = Uint32Array.from({ length: nSamples }, (_, i) => i);
  let nActive = nSamples;
  for (let epoch = 1; epoch <= maxIterations; epoch++) {
    random.shuffle(order.subarray(0, nActive));
    let at = 0;
    while (at < nActive) {
      if (at % ROWS_PER_CHECKPOINT === 0) control.checkpoint((epoch - 1 + at / nActive) / maxIterations);
      const i = order[at] as number;
      const base = i * nFeatures;
      let product = extra * (weights[nFeatures] as number);
      for (let j = 0; j < nFeatures; j++) product += (weights[j] as number) * (rows[base + j] as number);
      const gain = move(i, product, squaredLengths[i] as number);
      if (gain === RESTS) {
        nActive--;
        order[at] = order[nActive] as number;
        order[nActive] = i;
        continue;
      }
      at++;
      if (gain === 0) continue;
      for (let j = 0; j < nFeatures; j++) weights[j]! += gain * (rows[base + j] as number);
      weights[nFeatures]! += gain * extra;
    }
    if (!endEpoch()) continue;
    if (nActive === nSamples) return { weights, iterations: epoch, converged: true };
    nActive = nSamples;
    wakeAll();
  }
  return { weights, iterations: maxIterations, converged: false };
}
