/**
 * The elastic net by cyclic coordinate descent on the Gram matrix (Friedman, Hastie and Tibshirani 2010,
 * doi:10.18637/jss.v033.i01): minimises
 *
 *     1/2 wᵀ G w - qᵀ w + l1 |w|₁ + l2/2 |w|²
 *
 * Once G = XᵀX and q = Xᵀy are there, a sweep costs d² whatever the number of rows. It stops on the duality gap, a
 * bound of how far the value is from the least possible, and not on small steps, which prove nothing.
 */
export interface ElasticNetProblem {
  /** Row-major d * d, symmetric. */
  readonly gram: Float64Array;
  /** Length d. */
  readonly correlations: Float64Array;
  /** yᵀy. */
  readonly targetSquared: number;
  readonly l1: number;
  readonly l2: number;
}

export interface ElasticNetResult {
  readonly weights: Float64Array;
  readonly iterations: number;
  readonly converged: boolean;
}

/** Sweeps between two looks at the gap, which costs as much as a sweep. */
const SWEEPS_PER_GAP = 5;

/** @param tolerance stop when the duality gap is at most this times yᵀy */
export function elasticNetDescent(
  problem: ElasticNetProblem,
  maxIterations: number,
  tolerance: number,
  checkpoint: (fraction: number) => void,
): ElasticNetResult {
  const { gram, correlations, targetSquared, l1, l2 } = problem;
  const d = correlations.length;
  const weights = new Float64Array(d);
  // Invariant: products = G w.
  const products = new Float64Array(d);
  const room = tolerance * targetSquared;
  for (let sweep = 1; sweep <= maxIterations; sweep++) {
    let largestMove = 0;
    for (let j = 0; j < d; j++) {
      const diagonal = gram[j * d + j] as number;
      if (diagonal === 0) continue;
      const before = weights[j] as number;
      const pull = (correlations[j] as number) - (products[j] as number) + diagonal * before;
      const after = (Math.sign(pull) * Math.max(Math.abs(pull) - l1, 0)) / (diagonal + l2);
      const move = after - before;
      if (move === 0) continue;
      weights[j] = after;
      largestMove = Math.max(largestMove, Math.abs(move));
      for (let k = 0; k < d; k++) products[k]! += move * (gram[j * d + k] as number);
    }
    checkpoint(sweep / maxIterations);
    if (largestMove > 0 && sweep % SWEEPS_PER_GAP !== 0 && sweep < maxIterations) continue;
    // Steps of zero are the exact minimum as far as the numbers can tell.
    if (largestMove === 0 || dualityGap(problem, weights, products) <= room) {
      return { weights, iterations: sweep, converged: true };
    }
  }
  return { weights, iterations: maxIterations, converged: false };
}

/** The value less that of a feasible dual point: the residual, shrunk until no feature pulls harder than l1. */
function dualityGap(
  { correlations, targetSquared, l1, l2 }: ElasticNetProblem,
  weights: Float64Array,
  products: Float64Array,
): number {
  let pullMost = 0;
  let fit = 0;
  let quadratic = 0;
  let absolute = 0;
  let squared = 0;
  for (let j = 0; j < weights.length; j++) {
    const w = weights[j] as number;
    const pull = (correlations[j] as number) - (products[j] as number) - l2 * w;
    pullMost = Math.max(pullMost, Math.abs(pull));
    fit += w * (correlations[j] as number);
    quadratic += w * (products[j] as number);
    absolute += Math.abs(w);
    squared += w * w;
  }
  const residual = Math.max(targetSquared - 2 * fit + quadratic, 0);
  const shrink = pullMost > l1 ? l1 / pullMost : 1;
  const value = (residual + l2 * squared) / 2 + l1 * absolute;
  const dual = shrink * (targetSquared - fit) - (shrink * shrink * (residual + l2 * squared)) / 2;
  return value - dual;
}
