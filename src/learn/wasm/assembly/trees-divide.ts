/**
 * Moving rows: into a tree when it begins, and to the sides of a split. No branch depends on where a row goes: every row
 * is written to both places, and only one of the two moves on.
 */
import { openCodes } from './trees-block';
import { goesRight } from './trees-sets';
import {
  counts,
  element,
  elements,
  isWide,
  keys,
  missingOf,
  mode,
  NUMBERS,
  nCategoriesOf,
  nSamples,
  payloads,
  rowTargets,
  spare,
  targets,
} from './trees-state';

/**
 * Divides a stretch of rows, keeping the order on both sides: codes up to `cut` go left, missing ones as told; categories as
 * the sets of the best cut say.
 * @returns where the right side begins
 */
export function divideRows(column: usize, from: i32, to: i32, cut: u32, missingRight: i32): i32 {
  const codes = openCodes(column);
  if (nCategoriesOf(column) > 0) return divideBySets(codes, from, to);
  return isWide(column)
    ? divideByCut<u16>(codes, from, to, cut, missingRight)
    : divideByCut<u8>(codes, from, to, cut, missingRight);
}

/** How many rows would go right; nothing moves. */
export function countRight(column: usize, from: i32, to: i32, cut: u32, missingRight: i32): i32 {
  const codes = openCodes(column);
  if (nCategoriesOf(column) > 0) return countBySets(codes, from, to);
  return isWide(column)
    ? countByCut<u16>(codes, from, to, cut, missingRight)
    : countByCut<u8>(codes, from, to, cut, missingRight);
}

function divideByCut<T>(column: usize, from: i32, to: i32, cut: u32, missingRight: i32): i32 {
  const first = elements;
  const aside = keys;
  const missing = missingOf<T>();
  const isNumbers = mode === NUMBERS;
  let middle: usize = (<usize>from) << 3;
  let right: usize = 0;
  const limit: usize = (<usize>to) << 3;
  for (let at: usize = (<usize>from) << 3; at < limit; at += 8) {
    const word = load<u64>(first + at);
    const code = <u32>load<T>(column + <usize>(<u32>word) * sizeof<T>());
    const side = <usize>(i32(code > cut) & (i32(code !== missing) | missingRight));
    store<u64>(first + middle, word);
    store<u64>(aside + right, word);
    if (isNumbers) {
      const target = load<u64>(targets + at);
      store<u64>(targets + middle, target);
      store<u64>(spare + right, target);
    }
    right += side << 3;
    middle += (1 - side) << 3;
  }
  memory.copy(first + middle, aside, right);
  if (isNumbers) memory.copy(targets + middle, spare, right);
  return <i32>(middle >> 3);
}

function divideBySets(column: usize, from: i32, to: i32): i32 {
  const first = elements;
  const aside = keys;
  const isNumbers = mode === NUMBERS;
  let middle: usize = (<usize>from) << 3;
  let right: usize = 0;
  const limit: usize = (<usize>to) << 3;
  for (let at: usize = (<usize>from) << 3; at < limit; at += 8) {
    const word = load<u64>(first + at);
    const side = <usize>goesRight(<u32>load<u8>(column + <usize>(<u32>word)));
    store<u64>(first + middle, word);
    store<u64>(aside + right, word);
    if (isNumbers) {
      const target = load<u64>(targets + at);
      store<u64>(targets + middle, target);
      store<u64>(spare + right, target);
    }
    right += side << 3;
    middle += (1 - side) << 3;
  }
  memory.copy(first + middle, aside, right);
  if (isNumbers) memory.copy(targets + middle, spare, right);
  return <i32>(middle >> 3);
}

function countBySets(column: usize, from: i32, to: i32): i32 {
  let right = 0;
  for (let k = from; k < to; k++) right += <i32>goesRight(<u32>load<u8>(column + <usize>(<u32>element(k))));
  return right;
}

function countByCut<T>(column: usize, from: i32, to: i32, cut: u32, missingRight: i32): i32 {
  const missing = missingOf<T>();
  let right = 0;
  for (let k = from; k < to; k++) {
    const code = <u32>load<T>(column + <usize>(<u32>element(k)) * sizeof<T>());
    right += i32(code > cut) & (i32(code !== missing) | missingRight);
  }
  return right;
}

/**
 * Makes the rows of the training set that have a weight the elements of the tree.
 * @param isDrawn whether `counts` says how often each was drawn; else each was once
 * @returns how many there are
 */
export function takeRows(isDrawn: i32): i32 {
  const isNumbers = mode === NUMBERS;
  let at: usize = 0;
  for (let row = 0; row < nSamples; row++) {
    const payload = load<u32>(payloads + ((<usize>row) << 2));
    const count = isDrawn ? <u32>load<u16>(counts + ((<usize>row) << 1)) : 1;
    const high = isNumbers ? payload * count : (payload & 0xffff0000) | ((payload & 0xffff) * count);
    store<u64>(elements + at, ((<u64>high) << 32) | <u64>row);
    if (isNumbers) store<f64>(targets + at, load<f64>(rowTargets + ((<usize>row) << 3)));
    at += (isNumbers ? high : high & 0xffff) !== 0 ? 8 : 0;
  }
  return <i32>(at >> 3);
}
