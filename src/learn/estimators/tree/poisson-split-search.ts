/**
 * Splits for regression of counts by half the Poisson deviance (scikit-learn's criterion `poisson`). With s the sum of
 * weighted targets and w the weight of a side, weight times impurity is a constant of the rows minus s ln(s / w), so
 * the best cut maximises s ln(s / w) of the left plus the same of the right. A side whose targets are all 0
 * has no deviance, and no cut may make one.
 */
import { LearnError } from '../../errors.js';
import { MISSING_BIN } from './binned-matrix.js';
import { MeanSplitSearch } from './mean-split-search.js';

/** @throws LearnError target_out_of_domain for a target below 0, or when none is above 0 */
export function checkCounts(values: Float64Array, weights: Float64Array): void {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    if ((weights[i] as number) === 0) continue;
    if ((values[i] as number) < 0) {
      throw new LearnError('target_out_of_domain', 'The criterion poisson needs targets of at least 0.', {
        row: i,
      });
    }
    sum += values[i] as number;
  }
  if (sum === 0)
    throw new LearnError('target_out_of_domain', 'The criterion poisson needs a target above 0.');
}

/** Targets must not be centred. */
export class PoissonSplitSearch extends MeanSplitSearch {
  override openNode(start: number, end: number): void {
    super.openNode(start, end);
    const { weightOf, targetOf } = this;
    let entropies = 0;
    for (let k = start; k < end; k++) {
      entropies += (weightOf[k] as number) * xLogX(targetOf[k] as number);
    }
    this.parentScore = gainOfSide(this.sum, this.weight);
    this.impurity = this.isPure ? 0 : Math.max(0, entropies - this.parentScore);
  }

  protected override searchRows(feature: number): boolean {
    return this.searchCounted(feature);
  }

  protected override scan(from: number, to: number, missingLeft: boolean, floor: number): number {
    const { order, histogram, countsRows, rowsInBin, weight, sum } = this;
    let leftWeight = missingLeft ? (histogram[MISSING_BIN * 2] as number) : 0;
    let leftSum = missingLeft ? (histogram[MISSING_BIN * 2 + 1] as number) : 0;
    let rowsLeft = missingLeft ? (rowsInBin[MISSING_BIN] as number) : 0;
    let best = floor;
    let bestAt = -1;
    for (let p = 0; p <= to; p++) {
      const bin = order[p] as number;
      leftWeight += histogram[bin * 2] as number;
      leftSum += histogram[bin * 2 + 1] as number;
      rowsLeft += rowsInBin[bin] as number;
      if (countsRows && !this.isAllowed(rowsLeft, leftWeight)) continue;
      const rightSum = sum - leftSum;
      const least = sum * Number.EPSILON;
      if (p < from || leftSum <= least || rightSum <= least) continue;
      const score = gainOfSide(leftSum, leftWeight) + gainOfSide(rightSum, weight - leftWeight);
      if (score > best) {
        best = score;
        bestAt = p;
      }
    }
    this.foundScore = best;
    return bestAt;
  }
}

function gainOfSide(sum: number, weight: number): number {
  return sum > 0 ? sum * Math.log(sum / weight) : 0;
}

function xLogX(x: number): number {
  return x > 0 ? x * Math.log(x) : 0;
}
