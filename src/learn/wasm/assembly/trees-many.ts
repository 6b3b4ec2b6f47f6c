/**
 * Cuts for any number of classes. A cell is a row of counts by class; a code moves from right to left by adding its row to
 * the counts of the left side, and both sides' squares are summed anew, eight (16 bits) or four (32 bits) classes an
 * instruction. Sums of counts up to 32,767 have squares below 2^31, so that small nodes take the narrow cells.
 *
 * Where there are so many classes that rows of counts cost more than the rows of the node, keys are sorted instead (see
 * trees-sorted.ts).
 */
import { rankByAxis } from './trees-axis';
import { scanTerms } from './trees-entropy';
import { listNoted, note, orderAt } from './trees-occupied';
import { beginCuts, firstCut, keepSets, MISSING_BIN, sortByRank } from './trees-sets';
import { searchSorted } from './trees-sorted';
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
  start,
  take,
  takeSquares,
  totals,
  totals16,
  weight,
} from './trees-state';

/** Up to this weight a node takes cells of 16 bits. */
export const NARROW_WEIGHT: f64 = 32_767;

function widthOfCells(isNarrow: bool): usize {
  return isNarrow ? ((<usize>nClasses + 7) & ~7) << 1 : ((<usize>nClasses + 3) & ~3) << 2;
}

/** @returns whether the column varies at the node */
export function searchMany<T>(column: usize, nCodes: i32): bool {
  const n = end - start;
  const isNarrow = weight <= NARROW_WEIGHT;
  const width = widthOfCells(isNarrow);
  const nVectors = isEntropy ? nClasses : <i32>(width >> 4);
  // A step over a code costs a vector's share of what a step over a sorted row costs.
  const isCounted = min(n, nCodes) * nVectors <= n << 3 && (<usize>nCodes + 1) * width <= histogramBytes;
  if (!isCounted) return searchSorted<T>(column);
  return isNarrow
    ? searchCounted<T, u16>(column, nCodes, width)
    : searchCounted<T, u32>(column, nCodes, width);
}

/** The same for categories. Their cells, with that of missing ones, have room: see kernelsTake in kernel-search.ts. */
export function searchManySets(column: usize): bool {
  const isNarrow = weight <= NARROW_WEIGHT;
  const width = widthOfCells(isNarrow);
  return isNarrow ? searchSets<u16>(column, width) : searchSets<u32>(column, width);
}

function searchSets<C>(column: usize, width: usize): bool {
  fill<u8, C>(column, MISSING_BIN, width);
  const n = listNoted<u8>();
  if (n > 1) {
    rankByAxis<C>(n, width);
    sortByRank(n);
    const floor = best;
    scan<C>(beginCuts(n), width, 0, -1);
    keepSets(n, best > floor);
  }
  clear(n, width);
  return n > 1;
}

/** Adds rows to the cells of their codes. The missing code's cell is number `nCodes`. */
function fill<T, C>(column: usize, nCodes: i32, width: usize): void {
  const cells = histogram;
  const countsRows = minRows > 1;
  for (let k = start; k < end; k++) {
    const word = element(k);
    const code = <u32>load<T>(column + <usize>(<u32>word) * sizeof<T>());
    const cell = cells + <usize>min(code, <u32>nCodes) * width + <usize>(word >> 48) * sizeof<C>();
    store<C>(cell, load<C>(cell) + <C>((word >> 32) & 0xffff));
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

function searchCounted<T, C>(column: usize, nCodes: i32, width: usize): bool {
  fill<T, C>(column, nCodes, width);
  const countsRows = minRows > 1;
  let rowsMissing = 0;
  const missing = missingOf<T>();
  const nOccupied = listNoted<T>();
  const hasMissing = orderAt(nOccupied - 1) === <i32>missing;
  const missingCell = histogram + <usize>nCodes * width;
  let varies: bool;
  if (hasMissing) {
    if (countsRows) {
      const at = rowCells + ((<usize>missing) << 2);
      rowsMissing = load<i32>(at);
      store<u32>(at, 0);
    }
    varies = nOccupied > 1;
    if (varies) {
      scan<C>(nOccupied - 1, width, 0, 1);
      memory.copy(lefts, missingCell, width);
      scan<C>(nOccupied - 1, width, rowsMissing, 0);
    }
    memory.fill(missingCell, 0, width);
  } else {
    varies = nOccupied > 1;
    if (varies) scan<C>(nOccupied, width, 0, -1);
  }
  clear(hasMissing ? nOccupied - 1 : nOccupied, width);
  return varies;
}

/** IN `lefts`: what is on the left from the beginning, in cells of C; zero after. */
function scan<C>(nOccupied: i32, width: usize, firstRows: i32, missingRight: i32): void {
  if (isEntropy) {
    scanTerms<C>(nOccupied, width, firstRows, missingRight);
    return;
  }
  const checks = minRows > 1 || minWeight > 0 || firstCut > 0;
  const last = nOccupied - 1;
  const nSteps = missingRight === 1 ? nOccupied : last;
  let rows = firstRows;
  let most = best;
  let at = -1;
  let foundWeight: i64 = 0;
  let foundSquares: i64 = 0;
  let foundRight: i64 = 0;
  for (let p = 0; p < nSteps; p++) {
    const code = <usize>orderAt(p);
    if (sizeof<C>() === 2) moveNarrow(histogram + code * width, width);
    else moveWide(histogram + code * width, width);
    const left = <f64>leftWeight;
    if (checks) {
      rows += minRows > 1 ? load<i32>(rowCells + (code << 2)) : 1;
      if (minRows > 1) {
        if (!isAllowed(rows, left)) continue;
      } else if (left < minWeight || weight - left < minWeight) continue;
      if (p < firstCut) continue;
    }
    const score = <f64>leftSquares / left + <f64>rightSquares / (weight - left);
    if (score > most) {
      most = score;
      at = p;
      foundWeight = leftWeight;
      foundSquares = leftSquares;
      foundRight = rightSquares;
    }
  }
  memory.fill(lefts, 0, width);
  if (at < 0) return;
  take(most, orderAt(at), at === last ? -1 : orderAt(at + 1), missingRight);
  takeSquares(foundWeight, foundSquares, foundRight);
}

let leftWeight: i64 = 0;
let leftSquares: i64 = 0;
let rightSquares: i64 = 0;

function sumLanes32(v: v128): i64 {
  return <i64>(
    (i32x4.extract_lane(v, 0) +
      i32x4.extract_lane(v, 1) +
      i32x4.extract_lane(v, 2) +
      i32x4.extract_lane(v, 3))
  );
}

function moveNarrow(cell: usize, width: usize): void {
  let lw = i32x4.splat(0);
  let ls = i32x4.splat(0);
  let rs = i32x4.splat(0);
  const one = i16x8.splat(1);
  for (let v: usize = 0; v < width; v += 16) {
    const left = i16x8.add(v128.load(lefts + v), v128.load(cell + v));
    v128.store(lefts + v, left);
    const right = i16x8.sub(v128.load(totals16 + v), left);
    lw = i32x4.add(lw, i32x4.dot_i16x8_s(left, one));
    ls = i32x4.add(ls, i32x4.dot_i16x8_s(left, left));
    rs = i32x4.add(rs, i32x4.dot_i16x8_s(right, right));
  }
  leftWeight = sumLanes32(lw);
  leftSquares = sumLanes32(ls);
  rightSquares = sumLanes32(rs);
}

function sumLanes64(v: v128): i64 {
  return i64x2.extract_lane(v, 0) + i64x2.extract_lane(v, 1);
}

function moveWide(cell: usize, width: usize): void {
  let lw = i64x2.splat(0);
  let ls = i64x2.splat(0);
  let rs = i64x2.splat(0);
  for (let v: usize = 0; v < width; v += 16) {
    const left = i32x4.add(v128.load(lefts + v), v128.load(cell + v));
    v128.store(lefts + v, left);
    const right = i32x4.sub(v128.load(totals + v), left);
    lw = i64x2.add(lw, i64x2.extend_low_i32x4_u(left));
    lw = i64x2.add(lw, i64x2.extend_high_i32x4_u(left));
    ls = i64x2.add(ls, i64x2.extmul_low_i32x4_u(left, left));
    ls = i64x2.add(ls, i64x2.extmul_high_i32x4_u(left, left));
    rs = i64x2.add(rs, i64x2.extmul_low_i32x4_u(right, right));
    rs = i64x2.add(rs, i64x2.extmul_high_i32x4_u(right, right));
  }
  leftWeight = sumLanes64(lw);
  leftSquares = sumLanes64(ls);
  rightSquares = sumLanes64(rs);
}

/** Class counts of the open node's rows. @returns the sum of their squares */
export function countClasses(from: i32, to: i32, before: i32, beforeEnd: i32): i64 {
  // What the node before left: its rows may have been divided since, but are the same ones.
  if (beforeEnd - before < nClasses) {
    for (let k = before; k < beforeEnd; k++) store<u32>(totals + ((<usize>(element(k) >> 48)) << 2), 0);
  } else {
    memory.fill(totals, 0, (<usize>nClasses) << 2);
  }
  let terms: i64 = 0;
  for (let k = from; k < to; k++) {
    const word = element(k);
    const count = <i64>((word >> 32) & 0xffff);
    const cell = totals + ((<usize>(word >> 48)) << 2);
    const known = <i64>load<u32>(cell);
    terms += count * (known + known + count);
    store<u32>(cell, <u32>(known + count));
  }
  return terms;
}

/** The same counts in 16 bits; for nodes up to NARROW_WEIGHT. */
export function narrowTotals(): void {
  const width = (<usize>nClasses + 7) & ~7;
  for (let c: usize = 0; c < width; c += 8) {
    const low = v128.load(totals + (c << 2));
    const high = v128.load(totals + (c << 2) + 16);
    v128.store(totals16 + (c << 1), i16x8.narrow_i32x4_s(low, high));
  }
}
