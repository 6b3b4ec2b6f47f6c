/**
 * Cuts for so many classes that counting them by code costs too much: keys (code in the high half, below it the high half
 * of the element) are sorted by insertion or digit by digit, and one pass over them tries every cut. Squares change by
 * the rows that move, so a step costs the same with three classes as with thousands.
 */
import { beginTerms, isLeftPure, isRightPure, moveTerm, scoreOfTerms, takeTerms } from './trees-entropy';
import {
  best,
  digits,
  element,
  end,
  isAllowed,
  isEntropy,
  keys,
  lefts,
  minRows,
  minWeight,
  missingOf,
  nClasses,
  spare,
  squares,
  start,
  take,
  takeSquares,
  totals,
  weight,
} from './trees-state';

/** Up to this many rows are sorted by insertion. */
const FEW_ROWS: i32 = 24;

function key(at: usize, k: i32): u64 {
  return load<u64>(at + ((<usize>k) << 3));
}

/** @returns whether the column varies at the node */
export function searchSorted<T>(column: usize): bool {
  const n = end - start;
  let least: u32 = 65_535;
  let most: u32 = 0;
  for (let k = 0; k < n; k++) {
    const word = element(start + k);
    const code = <u32>load<T>(column + <usize>(<u32>word) * sizeof<T>());
    least = min(least, code);
    most = max(most, code);
    store<u64>(keys + ((<usize>k) << 3), ((<u64>code) << 32) | (word >> 32));
  }
  if (least === most) return false;
  const sorted = sortKeys(n, least, most);
  const missing = missingOf<T>();
  let known = n;
  if (most === missing) {
    while (<u32>(key(sorted, known - 1) >> 32) === missing) known--;
    scan(sorted, n, known, 1);
    scan(sorted, n, known, 0);
  } else {
    scan(sorted, n, known, -1);
  }
  return true;
}

/** Sorts the first n keys by their codes, which are in least..most. @returns where they are */
export function sortKeys(n: i32, least: u32, most: u32): usize {
  if (least === most) return keys;
  return n <= FEW_ROWS ? sortByInsertion(n) : sortByDigits(n, least, most);
}

function sortByInsertion(n: i32): usize {
  for (let p = 1; p < n; p++) {
    const moved = key(keys, p);
    let at = keys + ((<usize>p) << 3);
    while (at > keys && load<u64>(at - 8) > moved) {
      store<u64>(at, load<u64>(at - 8));
      at -= 8;
    }
    store<u64>(at, moved);
  }
  return keys;
}

/** Digit by digit from the lowest; digits are as wide as the number of rows pays for. */
function sortByDigits(n: i32, least: u32, most: u32): usize {
  const bits = 32 - clz(most - least);
  const widest: i32 = n < 128 ? 6 : n < 4096 ? 8 : 11;
  const nPasses = (bits + widest - 1) / widest;
  const width = (bits + nPasses - 1) / nPasses;
  const size = 1 << width;
  const mask = <u32>(size - 1);
  let from = keys;
  let to = spare;
  for (let pass = 0; pass < nPasses; pass++) {
    const shift = <u32>(pass * width);
    memory.fill(digits, 0, (<usize>size) << 2);
    for (let k = 0; k < n; k++) {
      const cell = digits + ((<usize>(((<u32>(key(from, k) >> 32) - least) >> shift) & mask)) << 2);
      store<u32>(cell, load<u32>(cell) + 1);
    }
    let at: u32 = 0;
    for (let d = 0; d < size; d++) {
      const cell = digits + ((<usize>d) << 2);
      const count = load<u32>(cell);
      store<u32>(cell, at);
      at += count;
    }
    for (let k = 0; k < n; k++) {
      const word = key(from, k);
      const cell = digits + ((<usize>(((<u32>(word >> 32) - least) >> shift) & mask)) << 2);
      const place = load<u32>(cell);
      store<u64>(to + ((<usize>place) << 3), word);
      store<u32>(cell, place + 1);
    }
    const other = from;
    from = to;
    to = other;
  }
  return from;
}

function scan(sorted: usize, n: i32, known: i32, missingRight: i32): void {
  const checks = minRows > 1 || minWeight > 0;
  const counts = lefts;
  const all = totals;
  let leftWeight: i64 = 0;
  let leftSquares: i64 = 0;
  let rightSquares: i64 = <i64>squares;
  let rowsLeft: i32 = 0;
  let previous = <u32>(key(sorted, 0) >> 32);
  if (isEntropy) beginTerms(countDistinct(sorted, n));
  // Positions from `known` on are the missing ones; they come first where they go left. The last step moves none.
  const limit = missingRight === 1 ? known + 1 : known;
  for (let p = missingRight === 0 ? known - n : 0; p < limit; p++) {
    const word = p === known ? 0 : key(sorted, p < 0 ? n + p : p);
    const code = p === known ? <u32>-1 : <u32>(word >> 32);
    if (p >= 0 && code !== previous) {
      const left = <f64>leftWeight;
      if (p > 0 || missingRight === 0) {
        if (!checks || isAllowed(rowsLeft, left)) {
          const score = isEntropy
            ? scoreOfTerms(<u32>leftWeight)
            : <f64>leftSquares / left + <f64>rightSquares / (weight - left);
          if (score > best) {
            take(score, <i32>previous, p === known ? -1 : <i32>code, missingRight);
            if (isEntropy) takeTerms(leftWeight, isLeftPure(), isRightPure());
            else takeSquares(leftWeight, leftSquares, rightSquares);
          }
        }
      }
      previous = code;
    }
    if (p === known) break;
    const payload = <u32>word;
    const moved = <i64>(payload & 0xffff);
    const cell = (<usize>(payload >> 16)) << 2;
    const before = <i64>load<u32>(counts + cell);
    const right = <i64>load<u32>(all + cell) - before;
    if (isEntropy) moveTerm(<u32>before, <u32>right, <u32>moved);
    leftSquares += moved * (before + before + moved);
    rightSquares += moved * (moved - right - right);
    store<u32>(counts + cell, <u32>(before + moved));
    leftWeight += moved;
    rowsLeft++;
  }
  forget(sorted, n);
}

function forget(sorted: usize, n: i32): void {
  if (n < nClasses) {
    for (let k = 0; k < n; k++) store<u32>(lefts + ((<usize>(<u32>key(sorted, k) >> 16)) << 2), 0);
  } else {
    memory.fill(lefts, 0, (<usize>nClasses) << 2);
  }
}

/** How many classes the rows have. */
function countDistinct(sorted: usize, n: i32): i32 {
  let count = 0;
  for (let k = 0; k < n; k++) {
    const cell = lefts + ((<usize>(<u32>key(sorted, k) >> 16)) << 2);
    count += i32(load<u32>(cell) === 0);
    store<u32>(cell, 1);
  }
  forget(sorted, n);
  return count;
}
