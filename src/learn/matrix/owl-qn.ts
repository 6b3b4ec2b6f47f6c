/**
 * Minimises a smooth function plus prices on absolute values by OWL-QN (Andrew and Gao 2007): L-BFGS within the
 * orthant at hand. The gradient is replaced by the pseudo-gradient (the steepest one-sided slope), a step that would
 * carry a weight across zero stops it at zero, and only the smooth part's curvature is remembered.
 */
import {
  descent,
  dot,
  type LbfgsOptions,
  type LbfgsResult,
  largest,
  type Objective,
  Pairs,
} from './lbfgs.js';

const SUFFICIENT_DECREASE = 1e-4;
const MAX_TRIALS = 60;
/** So many steps in a row that change the value by rounding alone are the end of what these numbers can tell. */
const MAX_IDLE_STEPS = 10;
const VALUE_ROUNDING = 1e-15;

/** @param prices length of the point, >= 0: what each unit of an absolute value costs; 0: nothing */
export async function minimizeWithPrices(
  objective: Objective,
  prices: Float64Array,
  start: Float64Array,
  options: LbfgsOptions,
): Promise<LbfgsResult> {
  let point: Float64Array = Float64Array.from(start);
  let gradient: Float64Array = new Float64Array(start.length);
  let value = (await objective(point, gradient)) + cost(point, prices);
  const pairs = new Pairs();
  let iterations = 0;
  let nIdle = 0;
  for (;;) {
    const slope = pseudoGradient(point, gradient, prices);
    if (largest(slope) <= options.gradientTolerance) return { point, value, iterations, converged: true };
    if (iterations === options.maxIterations) return { point, value, iterations, converged: false };
    const direction = descent(slope, pairs.list);
    // A direction must go down in each coordinate, or the orthant's slope does not hold along it.
    for (let i = 0; i < direction.length; i++) {
      if ((direction[i] as number) * (slope[i] as number) >= 0) direction[i] = 0;
    }
    let length = pairs.list.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(slope, slope))) : 1;
    let found = false;
    for (let trial = 0; trial < MAX_TRIALS && !found; trial++, length /= 2) {
      const next = stepInOrthant(point, direction, slope, length, prices);
      const nextGradient = new Float64Array(point.length);
      const nextValue = (await objective(next, nextGradient)) + cost(next, prices);
      const step = next.map((x, i) => x - (point[i] as number));
      if (!(nextValue <= value + SUFFICIENT_DECREASE * dot(slope, step))) continue;
      found = true;
      nIdle = value - nextValue > VALUE_ROUNDING * Math.abs(value) ? 0 : nIdle + 1;
      pairs.remember(
        step,
        nextGradient.map((g, i) => g - (gradient[i] as number)),
      );
      point = next;
      gradient = nextGradient;
      value = nextValue;
    }
    if (!found || nIdle === MAX_IDLE_STEPS) return { point, value, iterations, converged: true };
    options.onStep(++iterations);
  }
}

function cost(point: Float64Array, prices: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < point.length; i++) {
    sum += (prices[i] as number) * Math.abs(point[i] as number);
  }
  return sum;
}

function pseudoGradient(point: Float64Array, gradient: Float64Array, prices: Float64Array): Float64Array {
  return gradient.map((g, i) => {
    const x = point[i] as number;
    const price = prices[i] as number;
    if (x !== 0) return g + Math.sign(x) * price;
    if (g + price < 0) return g + price;
    return Math.max(g - price, 0);
  });
}

/** The step, with every priced coordinate that would leave its orthant set to zero. */
function stepInOrthant(
  point: Float64Array,
  direction: Float64Array,
  slope: Float64Array,
  length: number,
  prices: Float64Array,
): Float64Array {
  return point.map((x, i) => {
    const next = x + length * (direction[i] as number);
    const side = x !== 0 ? x : -(slope[i] as number);
    return prices[i] !== 0 && next * side < 0 ? 0 : next;
  });
}
