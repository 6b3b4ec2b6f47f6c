/**
 * Cuts for numbers by squared error, or by deviance (trees-poisson.ts; by absolute error see trees-median.ts). A cell is a weight and a weighted sum of targets, 64 bits each; the sums of a code's
 * rows are taken in the order of the rows.
 */
import { listNoted, note, orderAt } from './trees-occupied';
import { scoreOfCounts } from './trees-poisson';
import { beginCuts, firstCut, keepSets, MISSING_BIN, setRank, sortByRank, withMissing } from './trees-sets';
import {
  best,
  countOf,
  element,
  end,
  histogram,
  isAllowed,
  isPoisson,
  minRows,
  minWeight,
  missingOf,
  order,
  rowCells,
  start,
  sum,
  take,
  targets,
  weight,
} from './trees-state';

/** What the squared sums of both sides are of their weights. */
export function scoreOfSums(leftSum: f64, leftWeight: f64): f64 {
  const rightSum = sum - leftSum;
  return (leftSum * leftSum) / leftWeight + (rightSum * rightSum) / (weight - leftWeight);
}

/** @returns whether the column varies at the node */
export function searchNumbers<T>(column: usize, nCodes: i32): bool {
  const countsRows = minRows > 1;
  let nOccupied: i32;
  if (nCodes <= end - start) {
    fill<T>(column, false);
    nOccupied = listCells(nCodes);
  } else {
    fill<T>(column, true);
    nOccupied = listNoted<T>();
  }
  if (countsRows) countRows<T>(column);
  const missing = missingOf<T>();
  const missingAt = histogram + ((<usize>missing) << 4);
  const missingWeight = load<f64>(missingAt);
  const rowsMissing = countsRows ? load<i32>(rowCells + ((<usize>missing) << 2)) : 1;
  let varies: bool;
  if (missingWeight === 0) {
    varies = nOccupied > 1;
    if (varies) scan(nOccupied, 0, 0, 0, -1);
  } else {
    const missingSum = load<f64>(missingAt + 8);
    store<f64>(missingAt, 0);
    store<f64>(missingAt + 8, 0);
    const known = nOccupied > 0 && orderAt(nOccupied - 1) === <i32>missing ? nOccupied - 1 : nOccupied;
    varies = known > 0;
    if (varies) {
      scan(known, 0, 0, 0, 1);
      // Missing ones are a value of their own.
      scan(known, missingWeight, missingSum, rowsMissing, 0);
    }
  }
  clear(nOccupied, countsRows, missing);
  return varies;
}

/** The same for categories: by their means. */
export function searchNumberSets(column: usize, nCodes: i32): bool {
  const countsRows = minRows > 1;
  const isListed = nCodes > end - start;
  fill<u8>(column, isListed);
  if (countsRows) countRows<u8>(column);
  const isMissing = load<f64>(histogram + ((<usize>MISSING_BIN) << 4)) !== 0;
  const n = withMissing(isListed ? listNoted<u8>() : listCells(nCodes), isMissing);
  if (n > 1) {
    for (let p = 0; p < n; p++) {
      const code = orderAt(p);
      const cell = histogram + ((<usize>code) << 4);
      setRank(code, load<f64>(cell + 8) / load<f64>(cell));
    }
    sortByRank(n);
    const floor = best;
    scan(beginCuts(n), 0, 0, 0, -1);
    keepSets(n, best > floor);
  }
  clear(n, countsRows, MISSING_BIN);
  return n > 1;
}

export function clear(nOccupied: i32, countsRows: bool, missing: u32): void {
  for (let p = 0; p < nOccupied; p++) {
    const code = <usize>orderAt(p);
    store<f64>(histogram + (code << 4), 0);
    store<f64>(histogram + (code << 4) + 8, 0);
    if (countsRows) store<u32>(rowCells + (code << 2), 0);
  }
  if (countsRows) store<u32>(rowCells + ((<usize>missing) << 2), 0);
}

/** Adds rows to the cells of their codes. */
export function fill<T>(column: usize, notes: bool): void {
  const cells = histogram;
  const to = end;
  for (let k = start; k < to; k++) {
    const word = element(k);
    const code = <u32>load<T>(column + <usize>(<u32>word) * sizeof<T>());
    const count = countOf(word);
    const cell = cells + ((<usize>code) << 4);
    store<f64>(cell, load<f64>(cell) + count);
    store<f64>(cell + 8, load<f64>(cell + 8) + count * load<f64>(targets + ((<usize>k) << 3)));
    if (notes) note<T>(code);
  }
}

function countRows<T>(column: usize): void {
  for (let k = start; k < end; k++) {
    const code = <usize>load<T>(column + <usize>(<u32>element(k)) * sizeof<T>());
    const at = rowCells + (code << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
}

function listCells(nCodes: i32): i32 {
  const cells = histogram;
  let to = order;
  for (let code = 0; code < nCodes; code++) {
    store<i32>(to, code);
    to += load<f64>(cells + ((<usize>code) << 4)) !== 0 ? 4 : 0;
  }
  return <i32>((to - order) >> 2);
}

function scan(nOccupied: i32, firstWeight: f64, firstSum: f64, firstRows: i32, missingRight: i32): void {
  const cells = histogram;
  const checks = minRows > 1 || minWeight > 0 || firstCut > 0;
  const last = nOccupied - 1;
  let leftWeight = firstWeight;
  let leftSum = firstSum;
  let rows = firstRows;
  let most = best;
  let at = -1;
  for (let p = 0; p < nOccupied; p++) {
    const code = <usize>orderAt(p);
    leftWeight += load<f64>(cells + (code << 4));
    leftSum += load<f64>(cells + (code << 4) + 8);
    // Behind the last code only missing ones are left.
    if (p === last && missingRight !== 1) break;
    if (checks) {
      rows += minRows > 1 ? load<i32>(rowCells + (code << 2)) : 1;
      if (minRows > 1) {
        if (!isAllowed(rows, leftWeight)) continue;
      } else if (leftWeight < minWeight || weight - leftWeight < minWeight) continue;
      if (p < firstCut) continue;
    }
    const score = isPoisson ? scoreOfCounts(leftSum, leftWeight) : scoreOfSums(leftSum, leftWeight);
    if (score > most) {
      most = score;
      at = p;
    }
  }
  if (at >= 0) take(most, orderAt(at), at === last ? -1 : orderAt(at + 1), missingRight);
}
