/**
 * Cuts for any number of classes whose rows have weights of any size: those of the caller, or of classes that are balanced.
 * A cell is a row of weights by class, 64 bits each; a code moves from right to left by adding its row to the weights of the
 * left side, two classes an instruction. A row's weight is looked up by its number, so elements stay as they are elsewhere.
 *
 * Where rows of weights by class cost more than the rows of the node, keys are sorted instead (see
 * trees-weighted-sorted.ts).
 */
import { rankByAxis } from './trees-axis';
import { weightLog, weightLogs } from './trees-entropy';
import { listNoted, note, orderAt } from './trees-occupied';
import { beginCuts, firstCut, keepSets, MISSING_BIN, setRank, sortByRank } from './trees-sets';
import {
  best,
  element,
  end,
  histogram,
  histogramBytes,
  isAllowed,
  isEntropy,
  lefts,
  minRows,
  minWeight,
  missingOf,
  nClasses,
  rowCells,
  rowWeight,
  rowWeights,
  setNode,
  setSquares,
  setTerms,
  start,
  take,
  terms,
  totals,
  weight,
} from './trees-state';
import { searchWeightedSorted } from './trees-weighted-sorted';

/** A cell has an even number of classes. */
function widthOfCells(): usize {
  return ((<usize>nClasses + 1) & ~1) << 3;
}

/** @returns whether the column varies at the node */
export function searchWeighted<T>(column: usize, nCodes: i32): bool {
  const n = end - start;
  if (n === 2 && minRows === 1 && minWeight === 0) {
    const answer = searchPair<T>(column);
    if (answer >= 0) return answer === 1;
  }
  const width = widthOfCells();
  const nSteps = isEntropy ? nClasses : <i32>(width >> 4);
  // A step over a code costs two classes' share of what a step over a sorted row costs.
  const isCounted = min(n, nCodes) * nSteps <= n << 3 && (<usize>nCodes + 1) * width <= histogramBytes;
  return isCounted ? searchCounted<T>(column, nCodes, width) : searchWeightedSorted<T>(column);
}

/** The same for categories. Their cells, with that of missing ones, have room: see kernelsTake in kernel-search.ts. */
export function searchWeightedSets(column: usize): bool {
  const width = widthOfCells();
  fill<u8>(column, MISSING_BIN, width);
  const n = listNoted<u8>();
  if (n > 1) {
    if (nClasses > 2) rankByAxis<f64>(n, width);
    else rankByShare(n, width);
    sortByRank(n);
    const floor = best;
    scan(beginCuts(n), width, 0, -1);
    keepSets(n, best > floor);
  }
  clear(n, width);
  return n > 1;
}

function rankByShare(n: i32, width: usize): void {
  for (let p = 0; p < n; p++) {
    const code = orderAt(p);
    const cell = histogram + <usize>code * width;
    setRank(code, load<f64>(cell + 8) / (load<f64>(cell) + load<f64>(cell + 8)));
  }
}

/** Two rows of different classes: any cut between them is perfect. @returns -1: look at it the long way */
function searchPair<T>(column: usize): i32 {
  const a = <u32>load<T>(column + <usize>(<u32>element(start)) * sizeof<T>());
  const b = <u32>load<T>(column + <usize>(<u32>element(start + 1)) * sizeof<T>());
  if (a === b) return 0;
  const missing = missingOf<T>();
  if (a === missing || b === missing) return -1;
  const score = isEntropy ? 0 : weight;
  if (score > best) take(score, <i32>min(a, b), <i32>max(a, b), -1);
  return 1;
}

/** Adds rows to the cells of their codes. The missing code's cell is number `nCodes`. */
function fill<T>(column: usize, nCodes: i32, width: usize): void {
  const cells = histogram;
  const countsRows = minRows > 1;
  for (let k = start; k < end; k++) {
    const word = element(k);
    const code = <u32>load<T>(column + <usize>(<u32>word) * sizeof<T>());
    const cell = cells + <usize>min(code, <u32>nCodes) * width + ((<usize>(word >> 48)) << 3);
    store<f64>(cell, load<f64>(cell) + rowWeight(word));
    note<T>(code);
    if (countsRows) {
      const at = rowCells + ((<usize>code) << 2);
      store<u32>(at, load<u32>(at) + 1);
    }
  }
}

function clear(nOccupied: i32, width: usize): void {
  for (let p = nOccupied - 1; p >= 0; p--) {
    const code = <usize>orderAt(p);
    memory.fill(histogram + code * width, 0, width);
    if (minRows > 1) store<u32>(rowCells + (code << 2), 0);
  }
}

function searchCounted<T>(column: usize, nCodes: i32, width: usize): bool {
  fill<T>(column, nCodes, width);
  const missing = missingOf<T>();
  const nOccupied = listNoted<T>();
  const varies = nOccupied > 1;
  if (orderAt(nOccupied - 1) !== <i32>missing) {
    if (varies) scan(nOccupied, width, 0, -1);
    clear(nOccupied, width);
    return varies;
  }
  let rowsMissing = 0;
  if (minRows > 1) {
    const at = rowCells + ((<usize>missing) << 2);
    rowsMissing = load<i32>(at);
    store<u32>(at, 0);
  }
  const missingCell = histogram + <usize>nCodes * width;
  if (varies) {
    scan(nOccupied - 1, width, 0, 1);
    memory.copy(lefts, missingCell, width);
    scan(nOccupied - 1, width, rowsMissing, 0);
  }
  memory.fill(missingCell, 0, width);
  clear(nOccupied - 1, width);
  return varies;
}

let leftWeight: f64 = 0;
/** Gini impurity: the sums of squared class weights; entropy: of t ln t. */
let leftScore: f64 = 0;
let rightScore: f64 = 0;

/** IN `lefts`: what is on the left from the beginning; zero after. */
function scan(nOccupied: i32, width: usize, firstRows: i32, missingRight: i32): void {
  const checks = minRows > 1 || minWeight > 0 || firstCut > 0;
  const last = nOccupied - 1;
  const nSteps = missingRight === 1 ? nOccupied : last;
  let rows = firstRows;
  let most = best;
  let at = -1;
  if (isEntropy) beginTerms();
  for (let p = 0; p < nSteps; p++) {
    const code = <usize>orderAt(p);
    if (isEntropy) moveTerms(histogram + code * width);
    else moveSquares(histogram + code * width, width);
    if (checks) {
      rows += minRows > 1 ? load<i32>(rowCells + (code << 2)) : 1;
      if (minRows > 1) {
        if (!isAllowed(rows, leftWeight)) continue;
      } else if (leftWeight < minWeight || weight - leftWeight < minWeight) continue;
      if (p < firstCut) continue;
    }
    const score = isEntropy
      ? leftScore + rightScore - sidesLog(leftWeight)
      : leftScore / leftWeight + rightScore / (weight - leftWeight);
    if (score > most) {
      most = score;
      at = p;
    }
  }
  memory.fill(lefts, 0, width);
  if (at >= 0) take(most, orderAt(at), at === last ? -1 : orderAt(at + 1), missingRight);
}

function sumLanes(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

function moveSquares(cell: usize, width: usize): void {
  let lw = f64x2.splat(0);
  let ls = f64x2.splat(0);
  let rs = f64x2.splat(0);
  for (let v: usize = 0; v < width; v += 16) {
    const left = f64x2.add(v128.load(lefts + v), v128.load(cell + v));
    v128.store(lefts + v, left);
    const right = f64x2.sub(v128.load(totals + v), left);
    lw = f64x2.add(lw, left);
    ls = f64x2.add(ls, f64x2.mul(left, left));
    rs = f64x2.add(rs, f64x2.mul(right, right));
  }
  leftWeight = sumLanes(lw);
  leftScore = sumLanes(ls);
  rightScore = sumLanes(rs);
}

function beginTerms(): void {
  leftWeight = 0;
  leftScore = 0;
  rightScore = terms;
  for (let c = 0; c < nClasses; c++) {
    const left = load<f64>(lefts + ((<usize>c) << 3));
    if (left === 0) continue;
    const total = load<f64>(totals + ((<usize>c) << 3));
    leftWeight += left;
    leftScore += weightLog(left);
    rightScore += weightLog(total - left) - weightLog(total);
  }
}

/** Only the terms of the code's classes change. */
function moveTerms(cell: usize): void {
  for (let c = 0; c < nClasses; c++) {
    const moved = load<f64>(cell + ((<usize>c) << 3));
    if (moved === 0) continue;
    const at = lefts + ((<usize>c) << 3);
    const before = load<f64>(at);
    const change = changeOfLogs(before, load<f64>(totals + ((<usize>c) << 3)) - before, moved);
    leftScore += f64x2.extract_lane(change, 0);
    rightScore += f64x2.extract_lane(change, 1);
    store<f64>(at, before + moved);
    leftWeight += moved;
  }
}

/** By how much t ln t of a class changes on the left and on the right when some of it moves. */
export function changeOfLogs(before: f64, right: f64, moved: f64): v128 {
  const from = f64x2.replace_lane(f64x2.splat(before), 1, right);
  const change = f64x2.replace_lane(f64x2.splat(moved), 1, -moved);
  return f64x2.sub(weightLogs(f64x2.add(from, change)), weightLogs(from));
}

/** The sum of l ln l of the weights of both sides. */
export function sidesLog(itsWeight: f64): f64 {
  const logs = weightLogs(f64x2.replace_lane(f64x2.splat(itsWeight), 1, weight - itsWeight));
  return f64x2.extract_lane(logs, 0) + f64x2.extract_lane(logs, 1);
}

/** Opens a node; what belongs to its kind of target. @returns whether all rows have one class */
export function openWeights(from: i32, to: i32): bool {
  // What the node before left: its rows may have been divided since, but are the same ones.
  if (end - start < nClasses) {
    for (let k = start; k < end; k++) store<f64>(totals + ((<usize>(element(k) >> 48)) << 3), 0);
  } else {
    memory.fill(totals, 0, (<usize>nClasses) << 3);
  }
  let all: f64 = 0;
  let nPresent = 0;
  for (let k = from; k < to; k++) {
    const word = element(k);
    const cell = totals + ((<usize>(word >> 48)) << 3);
    const known = load<f64>(cell);
    const more = rowWeight(word);
    nPresent += i32(known === 0);
    all += more;
    store<f64>(cell, known + more);
  }
  setNode(from, to, all);
  setSums(from, to);
  return nPresent < 2;
}

/** By class or, where there are fewer, by row: a class's square is the sum of its rows' weights times its own. */
function setSums(from: i32, to: i32): void {
  let all: f64 = 0;
  if (to - from >= nClasses) {
    for (let c = 0; c < nClasses; c++) {
      const total = load<f64>(totals + ((<usize>c) << 3));
      all += isEntropy ? weightLog(total) : total * total;
    }
  } else {
    for (let k = from; k < to; k++) {
      const word = element(k);
      const total = load<f64>(totals + ((<usize>(word >> 48)) << 3));
      all += rowWeight(word) * (isEntropy ? weightLog(total) / total : total);
    }
  }
  if (isEntropy) setTerms(all);
  else setSquares(all);
}

/** OUT: the open node's share of each class. */
export function writeShares(at: usize): void {
  for (let c: usize = 0; c < <usize>nClasses; c++) {
    store<f64>(at + (c << 3), load<f64>(totals + (c << 3)) / weight);
  }
}

/** Adds a share of a row to the left. @returns its weight */
export function moveRow(word: u64, share: f64): f64 {
  const moved = rowWeight(word) * share;
  const at = lefts + ((<usize>(word >> 48)) << 3);
  store<f64>(at, load<f64>(at) + moved);
  return moved;
}

/** The score of what is in `lefts`. */
export function scoreOfLefts(itsWeight: f64): f64 {
  let left: f64 = 0;
  let right: f64 = 0;
  for (let c = 0; c < nClasses; c++) {
    const inLeft = load<f64>(lefts + ((<usize>c) << 3));
    const inRight = load<f64>(totals + ((<usize>c) << 3)) - inLeft;
    left += isEntropy ? weightLog(inLeft) : inLeft * inLeft;
    right += isEntropy ? weightLog(inRight) : inRight * inRight;
  }
  if (isEntropy) return left + right - sidesLog(itsWeight);
  return left / itsWeight + right / (weight - itsWeight);
}

/** Makes `lefts` zero again for the classes of the open node. */
export function forgetLefts(): void {
  if (end - start >= nClasses) {
    memory.fill(lefts, 0, (<usize>nClasses) << 3);
    return;
  }
  for (let k = start; k < end; k++) store<f64>(lefts + ((<usize>(element(k) >> 48)) << 3), 0);
}

/** Weighs each of a tree's first n rows by how often it was drawn, times n / (classes that occur * rows of its class). */
export function balanceRows(n: i32): void {
  let nDrawn: f64 = 0;
  let nPresent: f64 = 0;
  for (let k = 0; k < n; k++) {
    const word = element(k);
    const cell = totals + ((<usize>(word >> 48)) << 3);
    const known = load<f64>(cell);
    const count = <f64>((word >> 32) & 0xffff);
    nPresent += known === 0 ? 1 : 0;
    nDrawn += count;
    store<f64>(cell, known + count);
  }
  for (let k = 0; k < n; k++) {
    const word = element(k);
    const inClass = load<f64>(totals + ((<usize>(word >> 48)) << 3));
    const count = <f64>((word >> 32) & 0xffff);
    store<f64>(rowWeights + ((<usize>(<u32>word)) << 3), count * (nDrawn / (nPresent * inClass)));
  }
  memory.fill(totals, 0, (<usize>nClasses) << 3);
}
