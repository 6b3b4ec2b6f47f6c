/**
 * Cuts for two classes. A cell counts the weight of a code's rows in its low half and the weight of those in class 1 in its
 * high half, both whole numbers; only a score multiplies them by the factors of the classes. One number moves a code
 * from right to left.
 */
import { countLog, weightLog } from './trees-entropy';
import { listNoted, note, orderAt } from './trees-occupied';
import { beginCuts, firstCut, keepSets, MISSING_BIN, setRank, sortByRank, withMissing } from './trees-sets';
import {
  best,
  cellWeight,
  element,
  end,
  histogram,
  isAllowed,
  isEntropy,
  minRows,
  minWeight,
  missingOf,
  nodeCell,
  ones,
  order,
  rowCells,
  scaleOne,
  scaleZero,
  setScales,
  start,
  take,
  takeCell,
  weight,
} from './trees-state';

/** @returns whether the column varies at the node */
export function searchTwo<T>(column: usize, nCodes: i32): bool {
  const n = end - start;
  if (n === 2 && minRows === 1 && minWeight === 0) {
    const answer = searchPair<T>(column);
    if (answer >= 0) return answer === 1;
  }
  const countsRows = minRows > 1;
  let nOccupied: i32;
  if (nCodes <= n) {
    fill<T>(column, false);
    nOccupied = listCells(nCodes);
  } else {
    fill<T>(column, true);
    nOccupied = listNoted<T>();
  }
  if (countsRows) countRows<T>(column);
  const missing = missingOf<T>();
  const missingAt = histogram + ((<usize>missing) << 3);
  const missingCell = load<u64>(missingAt);
  let varies: bool;
  if (missingCell === 0) {
    // Without the map the missing code is no code; with it, it was never noted.
    varies = nOccupied > 1;
    if (varies) scan(nOccupied, 0, 0, -1);
  } else {
    store<u64>(missingAt, 0);
    const known = nOccupied > 0 && orderAt(nOccupied - 1) === <i32>missing ? nOccupied - 1 : nOccupied;
    varies = known > 0;
    if (varies) {
      scan(known, 0, 0, 1);
      // Missing ones are a value of their own.
      const rows = countsRows ? load<u32>(rowCells + ((<usize>missing) << 2)) : 1;
      scan(known, missingCell, rows, 0);
    }
  }
  clear(nOccupied, countsRows, missing);
  return varies;
}

/** The same for categories: by the share of class 1. */
export function searchTwoSets(column: usize, nCodes: i32): bool {
  const countsRows = minRows > 1;
  const isListed = nCodes > end - start;
  fill<u8>(column, isListed);
  if (countsRows) countRows<u8>(column);
  const isMissing = load<u64>(histogram + ((<usize>MISSING_BIN) << 3)) !== 0;
  const n = withMissing(isListed ? listNoted<u8>() : listCells(nCodes), isMissing);
  if (n > 1) {
    for (let p = 0; p < n; p++) {
      const code = orderAt(p);
      const cell = load<u64>(histogram + ((<usize>code) << 3));
      setRank(code, <f64>(<u32>(cell >> 32)) / <f64>(<u32>cell));
    }
    sortByRank(n);
    const floor = best;
    scan(beginCuts(n), 0, 0, -1);
    keepSets(n, best > floor);
  }
  clear(n, countsRows, MISSING_BIN);
  return n > 1;
}

/** Two rows of different classes: any cut between them is perfect. @returns -1: look at it the long way */
function searchPair<T>(column: usize): i32 {
  const first = element(start);
  const second = element(start + 1);
  const a = <u32>load<T>(column + <usize>(<u32>first) * sizeof<T>());
  const b = <u32>load<T>(column + <usize>(<u32>second) * sizeof<T>());
  if (a === b) return 0;
  const missing = missingOf<T>();
  if (a === missing || b === missing) return -1;
  const cell = cellOf(a < b ? first : second);
  const score = scoreOf(cell);
  if (score > best) {
    take(score, <i32>min(a, b), <i32>max(a, b), -1);
    takeCell(cell);
  }
  return 1;
}

export function cellOf(word: u64): u64 {
  const count = (word >> 32) & 0xffff;
  return count + ((count * (word >> 48)) << 32);
}

function fill<T>(column: usize, notes: bool): void {
  const cells = histogram;
  const to = end;
  for (let k = start; k < to; k++) {
    const word = element(k);
    const code = <u32>load<T>(column + <usize>(<u32>word) * sizeof<T>());
    const cell = cells + ((<usize>code) << 3);
    store<u64>(cell, load<u64>(cell) + cellOf(word));
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
    to += load<u64>(cells + ((<usize>code) << 3)) !== 0 ? 4 : 0;
  }
  return <i32>((to - order) >> 2);
}

/** Of one side: the sum of l ln l over its classes, minus L ln L of its weight. */
export function entropyTerms(cell: u64): f64 {
  const inOne = <u32>(cell >> 32);
  const inZero = <u32>cell - inOne;
  if (scaleZero === 1 && scaleOne === 1) {
    return countLog(inOne) + countLog(inZero) - countLog(<u32>cell);
  }
  const one = <f64>inOne * scaleOne;
  const zero = <f64>inZero * scaleZero;
  return weightLog(one) + weightLog(zero) - weightLog(one + zero);
}

/** The criterion to be made large: what the squared class weights of both sides are of their weights, or entropy. */
export function scoreOf(left: u64): f64 {
  if (isEntropy) return entropyTerms(left) + entropyTerms(nodeCell - left);
  const inOne = <u32>(left >> 32);
  const leftOnes = <f64>inOne * scaleOne;
  const leftWeight = <f64>(<u32>left - inOne) * scaleZero + leftOnes;
  const rightOnes = ones - leftOnes;
  return (leftOnes * leftOnes) / leftWeight + (rightOnes * rightOnes) / (weight - leftWeight);
}

function scan(nOccupied: i32, leftCell: u64, leftRows: i32, missingRight: i32): void {
  const cells = histogram;
  const checks = minRows > 1 || minWeight > 0 || firstCut > 0;
  const last = nOccupied - 1;
  let left = leftCell;
  let rows = leftRows;
  let most = best;
  let at = -1;
  let found: u64 = 0;
  for (let p = 0; p < nOccupied; p++) {
    const code = orderAt(p);
    left += load<u64>(cells + ((<usize>code) << 3));
    // Behind the last code only missing ones are left.
    if (p === last && missingRight !== 1) break;
    if (checks) {
      rows += minRows > 1 ? load<i32>(rowCells + ((<usize>code) << 2)) : 1;
      const isOpen = minRows > 1 ? isAllowed(rows, cellWeight(left)) : isWeighty(left);
      if (!isOpen || p < firstCut) continue;
    }
    const score = scoreOf(left);
    if (score > most) {
      most = score;
      at = p;
      found = left;
    }
  }
  if (at < 0) return;
  take(most, orderAt(at), at === last ? -1 : orderAt(at + 1), missingRight);
  takeCell(found);
}

function isWeighty(left: u64): bool {
  const leftWeight = cellWeight(left);
  return leftWeight >= minWeight && weight - leftWeight >= minWeight;
}

function clear(nOccupied: i32, countsRows: bool, missing: u32): void {
  for (let p = 0; p < nOccupied; p++) {
    const code = <usize>orderAt(p);
    store<u64>(histogram + (code << 3), 0);
    if (countsRows) store<u32>(rowCells + (code << 2), 0);
  }
  if (countsRows) store<u32>(rowCells + ((<usize>missing) << 2), 0);
}

/** Weighs each class by n / (classes that occur * rows of the class); IN: the cell of all rows that were drawn. */
export function balanceClasses(cell: u64): void {
  const inOne = <f64>(<u32>(cell >> 32));
  const all = <f64>(<u32>cell);
  const inZero = all - inOne;
  const nPresent: f64 = (inOne > 0 ? 1 : 0) + (inZero > 0 ? 1 : 0);
  setScales(inZero > 0 ? all / (nPresent * inZero) : 0, inOne > 0 ? all / (nPresent * inOne) : 0);
}

/** The counts of all rows of a stretch. */
export function cellOfRows(from: i32, to: i32): u64 {
  let cell: u64 = 0;
  for (let k = from; k < to; k++) cell += cellOf(element(k));
  return cell;
}
