/**
 * Newton's method for smooth convex functions of few variables (Nocedal and Wright, Numerical Optimization, 3.3): the
 * step solves H s = -g by Cholesky and is halved until the value falls enough. Near the minimum each step doubles the
 * number of right digits.
 */
import { solveCholesky } from './cholesky.js';
import { dot, type LbfgsOptions, type LbfgsResult, largest } from './lbfgs.js';

export interface SecondOrder {
  readonly value: number;
  readonly gradient: Float64Array;
  /** Row-major d * d; the lower triangle holds. */
  readonly hessian: Float64Array;
}

export interface NewtonResult extends LbfgsResult {
  /** The Hessian was not positive definite at the point: another method should go on from there. */
  readonly isSingular: boolean;
}

const SUFFICIENT_DECREASE = 1e-4;
const MAX_HALVINGS = 30;
/** A pivot that lost more than this share of its diagonal holds rounding and nothing else. */
const LEAST_PIVOT = 1e-11;
/** Differences of the value below this share of it are rounding. */
const VALUE_ROUNDING = 1e-13;

/** @param start IN where to begin; not changed. Converged also when no step makes the value smaller any more. */
export async function minimizeByNewton(
  evaluate: (point: Float64Array) => Promise<SecondOrder>,
  start: Float64Array,
  options: LbfgsOptions,
): Promise<NewtonResult> {
  let point: Float64Array = Float64Array.from(start);
  let at = await evaluate(point);
  let iterations = 0;
  const end = (converged: boolean, isSingular = false): NewtonResult => ({
    point,
    value: at.value,
    iterations,
    converged,
    isSingular,
  });
  while (largest(at.gradient) > options.gradientTolerance) {
    if (iterations === options.maxIterations) return end(false);
    const step = at.gradient.map((g) => -g);
    if (!solvePositive(at.hessian, step)) return end(false, true);
    const slope = dot(at.gradient, step);
    if (!(slope < 0)) return end(false, true);
    let next: { point: Float64Array; at: SecondOrder } | undefined;
    for (let halving = 0, length = 1; halving < MAX_HALVINGS; halving++, length /= 2) {
      const trial = point.map((x, i) => x + length * (step[i] as number));
      const found = await evaluate(trial);
      const room = VALUE_ROUNDING * Math.abs(at.value);
      const falls = found.value <= at.value + SUFFICIENT_DECREASE * length * slope;
      // So near that the value tells no more: the gradient still does.
      const flattens = found.value <= at.value + room && largest(found.gradient) < largest(at.gradient);
      if (!falls && !flattens) continue;
      next = { point: trial, at: found };
      break;
    }
    if (next === undefined) return end(true);
    ({ point, at } = next);
    options.onStep(++iterations);
  }
  return end(true);
}

/** Solves H s = b in place; false where H is not positive definite by more than rounding. */
function solvePositive(hessian: Float64Array, b: Float64Array): boolean {
  const factor = hessian.slice();
  if (!solveCholesky(factor, b)) return false;
  const d = b.length;
  for (let j = 0; j < d; j++) {
    const at = j * d + j;
    if (!((factor[at] as number) ** 2 > LEAST_PIVOT * (hessian[at] as number))) return false;
  }
  return b.every(Number.isFinite);
}
