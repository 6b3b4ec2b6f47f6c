/**
 * The cuts of a column by absolute error: keys (code in the high half, in the low half the row's place in the order of targets)
 * are sorted, and rows leave the node's list in that order: from the last one on, which gives the costs of all left sides, then
 * from the first one on, which gives those of the right sides. Categories are cut in the order of their means: the order by
 * medians is no better founded, and means need no sorting.
 */
import { costOfRest, costs, left, placeOf, putAllBack, takeOut } from './trees-median';
import { clear, fill } from './trees-numbers';
import { listNoted, orderAt } from './trees-occupied';
import { beginCuts, firstCut, keepSets, MISSING_BIN, setRank, sortByRank } from './trees-sets';
import { sortKeys } from './trees-sorted';
import {
  best,
  element,
  end,
  histogram,
  isAllowed,
  keys,
  minRows,
  minWeight,
  missingOf,
  rowCells,
  start,
  take,
  weight,
} from './trees-state';

/** The sorted keys, how many there are, and where they begin: those before come last. */
let sorted: usize = 0;
let nKeys: i32 = 0;
let first: i32 = 0;
/** Whether codes are positions in the list of categories, and the last of them that is cut behind. */
let isSet: bool = false;
let lastCut: i32 = 0;

/** @returns whether the column varies at the node */
export function searchMedian<T>(column: usize): bool {
  nKeys = end - start;
  let least: u32 = 65_535;
  let most: u32 = 0;
  for (let k = 0; k < nKeys; k++) {
    const code = <u32>load<T>(column + <usize>(<u32>element(start + k)) * sizeof<T>());
    least = min(least, code);
    most = max(most, code);
    store<u64>(keys + ((<usize>k) << 3), ((<u64>code) << 32) | <u64>placeOf(k));
  }
  if (least === most) return false;
  isSet = false;
  lastCut = 65_535;
  first = 0;
  if (most !== missingOf<T>()) {
    // Two different targets, each on a side of its own.
    if (nKeys === 2 && minRows === 1 && minWeight === 0) {
      if (best < 0) take(0, <i32>least, <i32>most, -1);
      return true;
    }
    sorted = sortKeys(nKeys, least, most);
    scan(nKeys, -1);
    return true;
  }
  sorted = sortKeys(nKeys, least, most);
  let known = nKeys;
  while (codeAt(known - 1) === <i32>most) known--;
  scan(known, 1);
  // Missing ones first, which is on the left.
  first = known;
  scan(known, 0);
  return true;
}

/** The same for categories. */
export function searchMedianSets(column: usize): bool {
  fill<u8>(column, true);
  const n = listNoted<u8>();
  if (n > 1) {
    for (let p = 0; p < n; p++) {
      const code = orderAt(p);
      const cell = histogram + ((<usize>code) << 4);
      setRank(code, load<f64>(cell + 8) / load<f64>(cell));
    }
    sortByRank(n);
    for (let p = 0; p < n; p++) store<i32>(rowCells + ((<usize>orderAt(p)) << 2), p);
    nKeys = end - start;
    for (let k = 0; k < nKeys; k++) {
      const code = <usize>load<u8>(column + <usize>(<u32>element(start + k)));
      const position = load<u32>(rowCells + (code << 2));
      store<u64>(keys + ((<usize>k) << 3), ((<u64>position) << 32) | <u64>placeOf(k));
    }
    sorted = sortKeys(nKeys, 0, <u32>(n - 1));
    isSet = true;
    first = 0;
    const floor = best;
    lastCut = beginCuts(n) - 2;
    scan(nKeys, -1);
    keepSets(n, best > floor);
  }
  clear(n, true, MISSING_BIN);
  return n > 1;
}

function keyAt(i: i32): u64 {
  const p = i + first;
  return load<u64>(sorted + ((<usize>(p < nKeys ? p : p - nKeys)) << 3));
}

function codeAt(i: i32): i32 {
  return <i32>(keyAt(i) >> 32);
}

/** @param known how many keys are not of missing ones, @param missingRight where those go; -1: there are none */
function scan(known: i32, missingRight: i32): void {
  // A cut before here would leave only missing ones on the left; the same sides as all known ones on the left.
  const from = missingRight === 0 ? nKeys - known : 0;
  putAllBack();
  let code = codeAt(nKeys - 1);
  for (let i = nKeys - 1; i > from; i--) {
    takeOut(<u32>keyAt(i));
    const next = codeAt(i - 1);
    if (next !== code) store<f64>(costs + ((<usize>i) << 3), costOfRest());
    code = next;
  }
  putAllBack();
  const checks = minRows > 1 || minWeight > 0;
  code = codeAt(0);
  for (let i = 1; i < nKeys; i++) {
    takeOut(<u32>keyAt(i - 1));
    const next = codeAt(i);
    if (next === code) continue;
    const here = code;
    code = next;
    if (i <= from || here < firstCut || here > lastCut) continue;
    if (checks && !isAllowed(i, weight - left)) continue;
    const score = -(load<f64>(costs + ((<usize>i) << 3)) + costOfRest());
    if (score > best) {
      const right = missingRight === 1 && i === known ? -1 : isSet ? orderAt(next) : next;
      take(score, isSet ? orderAt(here) : here, right, missingRight);
    }
  }
}
