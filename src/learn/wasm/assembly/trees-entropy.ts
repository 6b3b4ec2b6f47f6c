/**
 * Entropy: the criterion to be made large is, with l the class weights on the left and L their sum, sum l ln l - L ln L, plus
 * the same of the right; weight times impurity in bits is its negative over ln 2. Moving a code changes only the terms of
 * its classes.
 *
 *   logs   8 bytes each: x ln x of the whole numbers below N_LOGS, which is what most counts of a tree are
 */
import { logarithm, logarithms } from './logarithm';
import { orderAt } from './trees-occupied';
import { firstCut } from './trees-sets';
import {
  best,
  element,
  histogram,
  isAllowed,
  lefts,
  logs,
  minRows,
  minWeight,
  nClasses,
  rowCells,
  take,
  takeSquares,
  terms,
  totals,
  weight,
} from './trees-state';

export const N_LOGS: u32 = 16_384;

/** x ln x of a count. */
export function countLog(x: u32): f64 {
  return x < N_LOGS ? load<f64>(logs + ((<usize>x) << 3)) : <f64>x * logarithm(<f64>x);
}

/** The same of any weight, >= 0. */
export function weightLog(x: f64): f64 {
  return x > 0 ? x * logarithm(x) : 0;
}

/** The same of two weights. */
export function weightLogs(x: v128): v128 {
  // Of what rounding has left below 0, too, there is nothing.
  return v128.and(f64x2.mul(x, logarithms(x)), f64x2.gt(x, f64x2.splat(0)));
}

/** The sum of t ln t over the classes of the rows, whose counts are in `totals`. */
export function termsOfNode(from: i32, to: i32): f64 {
  let all: f64 = 0;
  if (to - from >= nClasses) {
    for (let c = 0; c < nClasses; c++) all += countLog(load<u32>(totals + ((<usize>c) << 2)));
    return all;
  }
  for (let k = from; k < to; k++) {
    const word = element(k);
    const total = load<u32>(totals + ((<usize>(word >> 48)) << 2));
    all += <f64>((word >> 32) & 0xffff) * (countLog(total) / <f64>total);
  }
  return all;
}

/** What moves from right to left, class by class. */
export let leftTerms: f64 = 0;
export let rightTerms: f64 = 0;
let nLeft: i32 = 0;
let nRight: i32 = 0;

/** Nothing is on the left. @param nThere classes that occur at the node */
export function beginTerms(nThere: i32): void {
  leftTerms = 0;
  rightTerms = terms;
  nLeft = 0;
  nRight = nThere;
}

/** @param before the class's weight on the left, @param right on the right, @param moved of it that moves */
export function moveTerm(before: u32, right: u32, moved: u32): void {
  leftTerms += countLog(before + moved) - countLog(before);
  rightTerms += countLog(right - moved) - countLog(right);
  nLeft += i32(before === 0);
  nRight -= i32(right === moved);
}

export function scoreOfTerms(leftWeight: u32): f64 {
  return leftTerms - countLog(leftWeight) + rightTerms - countLog(<u32>weight - leftWeight);
}

/** Says of the cut that was taken which of its sides have one class only, in the way that squares say it. */
export function takeTerms(leftWeight: i64, isLeftPure: bool, isRightPure: bool): void {
  const rightWeight = <i64>weight - leftWeight;
  takeSquares(
    leftWeight,
    isLeftPure ? leftWeight * leftWeight : -1,
    isRightPure ? rightWeight * rightWeight : -1,
  );
}

export function isLeftPure(): bool {
  return nLeft === 1;
}

export function isRightPure(): bool {
  return nRight === 1;
}

/** IN `lefts`: what is on the left from the beginning, in cells of C; zero after. */
export function scanTerms<C>(nOccupied: i32, width: usize, firstRows: i32, missingRight: i32): void {
  const checks = minRows > 1 || minWeight > 0 || firstCut > 0;
  const last = nOccupied - 1;
  const nSteps = missingRight === 1 ? nOccupied : last;
  let leftWeight = begin<C>();
  let rows = firstRows;
  let most = best;
  let at = -1;
  let foundWeight: u32 = 0;
  let foundLeft = false;
  let foundRight = false;
  for (let p = 0; p < nSteps; p++) {
    const code = <usize>orderAt(p);
    leftWeight += moveCode<C>(histogram + code * width);
    if (checks) {
      rows += minRows > 1 ? load<i32>(rowCells + (code << 2)) : 1;
      if (minRows > 1) {
        if (!isAllowed(rows, <f64>leftWeight)) continue;
      } else if (<f64>leftWeight < minWeight || weight - <f64>leftWeight < minWeight) continue;
      if (p < firstCut) continue;
    }
    const score = scoreOfTerms(leftWeight);
    if (score > most) {
      most = score;
      at = p;
      foundWeight = leftWeight;
      foundLeft = isLeftPure();
      foundRight = isRightPure();
    }
  }
  memory.fill(lefts, 0, width);
  if (at < 0) return;
  take(most, orderAt(at), at === last ? -1 : orderAt(at + 1), missingRight);
  takeTerms(<i64>foundWeight, foundLeft, foundRight);
}

/** @returns the weight that is on the left */
function begin<C>(): u32 {
  let nThere = 0;
  for (let c = 0; c < nClasses; c++) nThere += i32(load<u32>(totals + ((<usize>c) << 2)) !== 0);
  beginTerms(nThere);
  let leftWeight: u32 = 0;
  for (let c = 0; c < nClasses; c++) {
    const moved = <u32>load<C>(lefts + <usize>c * sizeof<C>());
    if (moved === 0) continue;
    moveTerm(0, load<u32>(totals + ((<usize>c) << 2)), moved);
    leftWeight += moved;
  }
  return leftWeight;
}

function moveCode<C>(cell: usize): u32 {
  let sum: u32 = 0;
  for (let c = 0; c < nClasses; c++) {
    const moved = <u32>load<C>(cell + <usize>c * sizeof<C>());
    if (moved === 0) continue;
    const left = lefts + <usize>c * sizeof<C>();
    const before = <u32>load<C>(left);
    moveTerm(before, load<u32>(totals + ((<usize>c) << 2)) - before, moved);
    store<C>(left, <C>(before + moved));
    sum += moved;
  }
  return sum;
}
