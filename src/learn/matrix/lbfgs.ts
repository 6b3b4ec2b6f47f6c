/**
 * Minimises a smooth function by L-BFGS (Nocedal and Wright, Numerical Optimization, 7.4): the inverse Hessian is
 * remembered as the last few steps and changes of the gradient. The line search brackets and bisects until the
 * weak Wolfe conditions hold (Lewis and Overton 2013), which keeps every update positive definite.
 */

/** Writes the gradient at `point` into `gradient` and gives the value. */
export type Objective = (point: Float64Array, gradient: Float64Array) => Promise<number>;

export interface LbfgsOptions {
  readonly maxIterations: number;
  /** Stop when no element of the gradient is larger than this. */
  readonly gradientTolerance: number;
  /** Called after every step; throws to stop. */
  readonly onStep: (iteration: number) => void;
}

export interface LbfgsResult {
  readonly point: Float64Array;
  readonly value: number;
  readonly iterations: number;
  readonly converged: boolean;
}

const MEMORY = 10;
const SUFFICIENT_DECREASE = 1e-4;
const CURVATURE = 0.9;
const MAX_TRIALS = 50;

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly inverse: number;
}

/** The last few steps and changes of the gradient. */
export class Pairs {
  readonly list: Pair[] = [];

  /** A pair without positive curvature (rounding, or a kink) would spoil the memory and is left out. */
  remember(step: Float64Array, change: Float64Array): void {
    const curvature = dot(step, change);
    if (!(curvature > 0)) return;
    this.list.push({ step, change, inverse: 1 / curvature });
    if (this.list.length > MEMORY) this.list.shift();
  }
}

/** @param start IN where to begin; not changed. Converged also when no step makes the value smaller any more. */
export async function minimize(
  objective: Objective,
  start: Float64Array,
  options: LbfgsOptions,
): Promise<LbfgsResult> {
  let point: Float64Array = Float64Array.from(start);
  let gradient: Float64Array = new Float64Array(start.length);
  let value = await objective(point, gradient);
  const pairs = new Pairs();
  let iterations = 0;
  while (largest(gradient) > options.gradientTolerance) {
    if (iterations === options.maxIterations) return { point, value, iterations, converged: false };
    const direction = descent(gradient, pairs.list);
    // Without a memory the gradient has no scale yet: take a first step of length one at most.
    const first = pairs.list.length === 0 ? Math.min(1, 1 / norm(gradient)) : 1;
    const found = await search(objective, point, value, gradient, direction, first);
    if (found === null) return { point, value, iterations, converged: true };
    pairs.remember(difference(found.point, point), difference(found.gradient, gradient));
    ({ point, gradient, value } = found);
    options.onStep(++iterations);
  }
  return { point, value, iterations, converged: true };
}

/** The two-loop recursion: minus the remembered inverse Hessian times the gradient. */
export function descent(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const direction = gradient.map((g) => -g);
  const alphas: number[] = [];
  for (const { step, change, inverse } of pairs.toReversed()) {
    const alpha = inverse * dot(step, direction);
    alphas.push(alpha);
    add(direction, change, -alpha);
  }
  const last = pairs.at(-1);
  if (last !== undefined) {
    const scale = 1 / (last.inverse * dot(last.change, last.change));
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  }
  for (const { step, change, inverse } of pairs) {
    add(direction, step, (alphas.pop() as number) - inverse * dot(change, direction));
  }
  return direction;
}

interface Trial {
  readonly point: Float64Array;
  readonly gradient: Float64Array;
  readonly value: number;
}

async function search(
  objective: Objective,
  point: Float64Array,
  value: number,
  gradient: Float64Array,
  direction: Float64Array,
  first: number,
): Promise<Trial | null> {
  const slope = dot(gradient, direction);
  if (!(slope < 0)) return null;
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let length = first;
  let best: Trial | null = null;
  for (let trial = 0; trial < MAX_TRIALS; trial++) {
    const next = Float64Array.from(point);
    add(next, direction, length);
    const nextGradient = new Float64Array(point.length);
    const nextValue = await objective(next, nextGradient);
    if (!(nextValue <= value + SUFFICIENT_DECREASE * length * slope)) {
      // Also for NaN and infinity: too far.
      high = length;
    } else {
      best = { point: next, gradient: nextGradient, value: nextValue };
      if (dot(nextGradient, direction) >= CURVATURE * slope) return best;
      low = length;
    }
    length = high === Number.POSITIVE_INFINITY ? 2 * low : (low + high) / 2;
  }
  return best !== null && best.value < value ? best : null;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function add(target: Float64Array, other: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * (other[i] as number);
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - (b[i] as number));
}

function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

export function largest(a: Float64Array): number {
  let most = 0;
  for (const value of a) most = Math.max(most, Math.abs(value));
  return most;
}
