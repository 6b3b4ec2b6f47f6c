/**
 * Random cuts (extremely randomised trees, Geurts, Ernst and Wehenkel 2006, doi 10.1007/s10994-006-6226-1): of a column of
 * numbers one threshold is drawn between the least and the largest value at the node, and the side of missing values by lot,
 * as in scikit-learn: the better side would be found, not drawn. So nothing is counted by code: one pass over the rows finds
 * the extremes and sets the codes aside, and one more sums what is up to the cut. Which row goes where cannot be foreseen,
 * hence no branch depends on it.
 *
 * Categories are cut at a random place of their list, see trees-sets.ts.
 */
import { countLog } from './trees-entropy';
import { markSide, scoreOfSides } from './trees-median';
import { scoreOfSums } from './trees-numbers';
import { scoreOfCounts } from './trees-poisson';
import { drawBelow, nextReal } from './trees-random';
import {
  best,
  cellWeight,
  countOf,
  element,
  end,
  isAllowed,
  isEntropy,
  isExact,
  isMedian,
  isPoisson,
  keys,
  lefts,
  lowerOf,
  MANY,
  missingOf,
  mode,
  nClasses,
  setThreshold,
  squares,
  start,
  TWO,
  take,
  takeCell,
  takeSquares,
  targets,
  totals,
  upperOf,
  WEIGHTED,
  weight,
} from './trees-state';
import { cellOf, scoreOf } from './trees-two';
import { forgetLefts, moveRow, scoreOfLefts } from './trees-weighted';

let cut: u32 = 0;
let rightCode: i32 = 0;
let threshold: f64 = 0;

const FEW_ROWS = 24;

/** @returns whether the column varies at the node */
export function searchDrawn<T>(column: usize, codes: usize): bool {
  const missing = missingOf<T>();
  const n = end - start;
  let least = missing;
  let most: u32 = 0;
  let nMissing = 0;
  for (let k = 0; k < n; k++) {
    const code = <u32>load<T>(codes + <usize>(<u32>element(start + k)) * sizeof<T>());
    store<T>(keys + <usize>k * sizeof<T>(), <T>code);
    least = min(least, code);
    most = max(most, code === missing ? 0 : code);
    nMissing += i32(code === missing);
  }
  if (least === missing || (least === most && nMissing === 0)) return false;
  if (least === most) {
    cut = least;
    rightCode = -1;
    threshold = Infinity;
    if (drawBelow(2) === 0) tryCut<T>(1);
    return true;
  }
  drawCut<T>(column, <i32>least, <i32>most);
  tryCut<T>(nMissing > 0 ? 1 - drawBelow(2) : -1);
  return true;
}

/**
 * The last code of the rows that lies up to a value, below `most`. Where a code is one value it cuts the rows as the last of
 * all codes does, and is found with a look a row; halving many codes looks sixteen times at memory that no cache has.
 */
function lastRowUpTo<T>(column: usize, value: f64, least: i32, most: i32): u32 {
  const missing = <i32>missingOf<T>();
  let last = least;
  for (let k = 0; k < end - start; k++) {
    const code = <i32>load<T>(keys + <usize>k * sizeof<T>());
    if (code > last && code < most && code !== missing && lowerOf(column, code) <= value) last = code;
  }
  return <u32>last;
}

function drawCut<T>(column: usize, least: i32, most: i32): void {
  const share = nextReal();
  const drawn = lowerOf(column, least) * (1 - share) + upperOf(column, most) * share;
  if (isExact(column) && end - start <= FEW_ROWS) {
    cut = lastRowUpTo<T>(column, drawn, least, most);
    rightCode = <i32>cut + 1;
    // Rounding may reach the largest value, which stays on the right.
    threshold = drawn < lowerOf(column, most) ? drawn : upperOf(column, most - 1);
    return;
  }
  // The last code that begins up to there. Invariant: it is in low..high.
  let low = least;
  let high = most - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (lowerOf(column, middle) <= drawn) low = middle;
    else high = middle - 1;
  }
  cut = <u32>low;
  rightCode = low + 1;
  // Rows of one code stay together: a threshold within a code moves to the code's end.
  const last = upperOf(column, low);
  threshold = drawn >= last && drawn < lowerOf(column, rightCode) ? drawn : last;
}

/** @param missingRight where missing ones go; -1: there are none */
function tryCut<T>(missingRight: i32): void {
  const before = best;
  const alsoLeft = missingRight === 0 ? missingOf<T>() : cut;
  if (mode === TWO) tryTwo<T>(alsoLeft, missingRight);
  else if (mode === MANY) tryMany<T>(alsoLeft, missingRight);
  else if (mode === WEIGHTED) tryWeighted<T>(alsoLeft, missingRight);
  else tryNumbers<T>(alsoLeft, missingRight);
  if (best > before) setThreshold(threshold);
}

/** 1: row k of the node goes left. */
function isLeft<T>(k: i32, alsoLeft: u32): i32 {
  const code = <u32>load<T>(keys + <usize>k * sizeof<T>());
  return i32(code <= cut) | i32(code === alsoLeft);
}

function tryTwo<T>(alsoLeft: u32, missingRight: i32): void {
  let left: u64 = 0;
  let rows = 0;
  for (let k = 0; k < end - start; k++) {
    const goesLeft = isLeft<T>(k, alsoLeft);
    left += cellOf(element(start + k)) & -(<u64>goesLeft);
    rows += goesLeft;
  }
  if (!isAllowed(rows, cellWeight(left))) return;
  const score = scoreOf(left);
  if (!(score > best)) return;
  take(score, <i32>cut, rightCode, missingRight);
  takeCell(left);
}

function tryNumbers<T>(alsoLeft: u32, missingRight: i32): void {
  let leftWeight: f64 = 0;
  let leftSum: f64 = 0;
  let rows = 0;
  for (let k = 0; k < end - start; k++) {
    const goesLeft = isLeft<T>(k, alsoLeft);
    if (isMedian) markSide(k, goesLeft);
    const count = countOf(element(start + k)) * <f64>goesLeft;
    leftWeight += count;
    leftSum += count * load<f64>(targets + ((<usize>(start + k)) << 3));
    rows += goesLeft;
  }
  if (!isAllowed(rows, leftWeight)) return;
  let score: f64;
  if (isMedian) score = scoreOfSides(leftWeight);
  else score = isPoisson ? scoreOfCounts(leftSum, leftWeight) : scoreOfSums(leftSum, leftWeight);
  if (score > best) take(score, <i32>cut, rightCode, missingRight);
}

function tryWeighted<T>(alsoLeft: u32, missingRight: i32): void {
  let leftWeight: f64 = 0;
  let rows = 0;
  for (let k = 0; k < end - start; k++) {
    const goesLeft = isLeft<T>(k, alsoLeft);
    leftWeight += moveRow(element(start + k), <f64>goesLeft);
    rows += goesLeft;
  }
  if (isAllowed(rows, leftWeight)) {
    const score = scoreOfLefts(leftWeight);
    if (score > best) take(score, <i32>cut, rightCode, missingRight);
  }
  forgetLefts();
}

function tryMany<T>(alsoLeft: u32, missingRight: i32): void {
  const n = end - start;
  let leftWeight: i64 = 0;
  let leftSquares: i64 = 0;
  let cross: i64 = 0;
  let rows = 0;
  for (let k = 0; k < n; k++) {
    const word = element(start + k);
    const goesLeft = isLeft<T>(k, alsoLeft);
    const moved = <i64>((word >> 32) & 0xffff) & -(<i64>goesLeft);
    const at = (<usize>(word >> 48)) << 2;
    const before = <i64>load<u32>(lefts + at);
    leftSquares += moved * (before + before + moved);
    cross += moved * <i64>load<u32>(totals + at);
    store<u32>(lefts + at, <u32>(before + moved));
    leftWeight += moved;
    rows += goesLeft;
  }
  if (isAllowed(rows, <f64>leftWeight)) {
    const rightSquares = <i64>squares - 2 * cross + leftSquares;
    const left = <f64>leftWeight;
    const score = isEntropy
      ? termsOf(<u32>leftWeight)
      : <f64>leftSquares / left + <f64>rightSquares / (weight - left);
    if (score > best) {
      take(score, <i32>cut, rightCode, missingRight);
      takeSquares(leftWeight, leftSquares, rightSquares);
    }
  }
  if (n >= nClasses) {
    memory.fill(lefts, 0, (<usize>nClasses) << 2);
    return;
  }
  for (let k = start; k < end; k++) store<u32>(lefts + ((<usize>(element(k) >> 48)) << 2), 0);
}

function termsOf(leftWeight: u32): f64 {
  let terms: f64 = 0;
  for (let c = 0; c < nClasses; c++) {
    const left = load<u32>(lefts + ((<usize>c) << 2));
    terms += countLog(left) + countLog(load<u32>(totals + ((<usize>c) << 2)) - left);
  }
  return terms - countLog(leftWeight) - countLog(<u32>weight - leftWeight);
}
