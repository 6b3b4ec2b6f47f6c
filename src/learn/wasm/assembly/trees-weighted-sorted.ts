/**
 * Cuts for weights of any size where there are many classes: keys (code in the high half, in the low half which of the node's
 * rows) are sorted as in trees-sorted.ts, and one pass over them tries every cut. Sums change by the rows that move.
 */
import { sortKeys } from './trees-sorted';
import {
  best,
  element,
  end,
  isAllowed,
  isEntropy,
  keys,
  lefts,
  minRows,
  minWeight,
  missingOf,
  rowWeight,
  squares,
  start,
  take,
  terms,
  totals,
  weight,
} from './trees-state';
import { changeOfLogs, forgetLefts, sidesLog } from './trees-weighted';

function key(at: usize, k: i32): u64 {
  return load<u64>(at + ((<usize>k) << 3));
}

/** @returns whether the column varies at the node */
export function searchWeightedSorted<T>(column: usize): bool {
  const n = end - start;
  let least: u32 = 65_535;
  let most: u32 = 0;
  for (let k = 0; k < n; k++) {
    const code = <u32>load<T>(column + <usize>(<u32>element(start + k)) * sizeof<T>());
    least = min(least, code);
    most = max(most, code);
    store<u64>(keys + ((<usize>k) << 3), ((<u64>code) << 32) | <u64>k);
  }
  if (least === most) return false;
  const sorted = sortKeys(n, least, most);
  if (most !== missingOf<T>()) {
    scan(sorted, n, n, -1);
    return true;
  }
  let known = n;
  while (<u32>(key(sorted, known - 1) >> 32) === most) known--;
  scan(sorted, n, known, 1);
  scan(sorted, n, known, 0);
  return true;
}

/** @param known keys from there on are of missing ones: they come first where they go left, and last where they go right */
function scan(sorted: usize, n: i32, known: i32, missingRight: i32): void {
  const checks = minRows > 1 || minWeight > 0;
  leftWeight = 0;
  leftScore = 0;
  rightScore = isEntropy ? terms : squares;
  let rows = 0;
  if (missingRight === 0) {
    for (; rows < n - known; rows++) moveKey(key(sorted, known + rows));
  }
  for (let p = 0; p < known; p++) {
    const word = key(sorted, p);
    moveKey(word);
    rows++;
    const code = <i32>(word >> 32);
    const next = p + 1 < known ? <i32>(key(sorted, p + 1) >> 32) : -1;
    // Behind the last key only missing ones are left.
    if (next === code || (next < 0 && missingRight !== 1)) continue;
    if (checks && !isAllowed(rows, leftWeight)) continue;
    const score = isEntropy
      ? leftScore + rightScore - sidesLog(leftWeight)
      : leftScore / leftWeight + rightScore / (weight - leftWeight);
    if (score > best) take(score, code, next, missingRight);
  }
  forgetLefts();
}

let leftWeight: f64 = 0;
/** Gini impurity: the sums of squared class weights; entropy: of t ln t. */
let leftScore: f64 = 0;
let rightScore: f64 = 0;

/** Moves a row from right to left. */
function moveKey(itsKey: u64): void {
  const word = element(start + <i32>(<u32>itsKey));
  const moved = rowWeight(word);
  const at = (<usize>(word >> 48)) << 3;
  const before = load<f64>(lefts + at);
  const right = load<f64>(totals + at) - before;
  if (isEntropy) {
    const change = changeOfLogs(before, right, moved);
    leftScore += f64x2.extract_lane(change, 0);
    rightScore += f64x2.extract_lane(change, 1);
  } else {
    leftScore += moved * (before + before + moved);
    rightScore += moved * (moved - right - right);
  }
  store<f64>(lefts + at, before + moved);
  leftWeight += moved;
}
