/**
 * Half the Poisson deviance, for numbers that count. With s the sum of weighted targets and w the weight of a side, weight times
 * impurity is a constant of the rows minus s ln(s / w), so the criterion to be made large is s ln(s / w) of the left plus the
 * same of the right. A side whose targets are all 0 has no deviance, and no cut may make one.
 */
import { logarithm, logarithms } from './logarithm';
import { countOf, element, sum, targets, weight } from './trees-state';

const EPSILON: f64 = 2.220446049250313e-16;

export function deviance(itsSum: f64, itsWeight: f64): f64 {
  return itsSum > 0 ? itsSum * logarithm(itsSum / itsWeight) : 0;
}

/** @returns -Infinity where a side would have no target above 0 */
export function scoreOfCounts(leftSum: f64, leftWeight: f64): f64 {
  const rightSum = sum - leftSum;
  const least = sum * EPSILON;
  if (leftSum <= least || rightSum <= least) return -Infinity;
  const sums = f64x2.replace_lane(f64x2.splat(leftSum), 1, rightSum);
  const weights = f64x2.replace_lane(f64x2.splat(leftWeight), 1, weight - leftWeight);
  const terms = f64x2.mul(sums, logarithms(f64x2.div(sums, weights)));
  return f64x2.extract_lane(terms, 0) + f64x2.extract_lane(terms, 1);
}

/** The sum of t ln t of a stretch of rows, by weight. */
export function termsOfCounts(from: i32, to: i32): f64 {
  let terms: f64 = 0;
  for (let k = from; k < to; k++) {
    const target = load<f64>(targets + ((<usize>k) << 3));
    if (target > 0) terms += countOf(element(k)) * target * logarithm(target);
  }
  return terms;
}
