/**
 * Searching and dividing the nodes of one tree. Everything lies in a memory that the threads of a training share; a thread
 * has its own instance (so its own globals) and its own places in that memory.
 *
 *   elements   8 bytes a row of the tree, in the order of its nodes: the row in the low half; above it, for classes,
 *              its weight (16 bits) and its class (16 bits), for numbers its weight (32 bits)
 *   targets    8 bytes a row, in the same order; numbers only
 *   keys       scratch, 8 bytes a row: code in the high half, below it what `elements` has in its high half, or the
 *              position for numbers. Sorted keys are the node's rows in the order of a column.
 *
 * A column is searched in one of two ways. Where it has few codes for the rows of the node, these are counted by
 * code; else keys are sorted (by insertion, or digit by digit), and one pass over them tries every cut. Class counts
 * are integers and sums of squares change by the rows that move, so a step costs the same with two classes as
 * with thousands.
 */

const TWO: i32 = 0;
const MANY: i32 = 1;
/** Up to this many rows are sorted by insertion. */
const FEW_ROWS: i32 = 24;

let mode: i32 = 0;
let nClasses: i32 = 0;
let minRows: i32 = 1;
let minWeight: f64 = 0;
let elements: usize = 0;
let targets: usize = 0;
let keys: usize = 0;
let spare: usize = 0;
let digits: usize = 0;
let histogram: usize = 0;
/** 32-bit counts by class: of the node, and of the left side while a column is searched; the latter zero between. */
let totals: usize = 0;
let lefts: usize = 0;
let out: usize = 0;

let start: i32 = 0;
let end: i32 = 0;
let weight: f64 = 0;
/** TWO: the weight in class 1. */
let ones: f64 = 0;
/** MANY: the sum of squared class weights. */
let squares: f64 = 0;
/** Numbers: the weighted sum of targets. */
let sum: f64 = 0;

let best: f64 = 0;
let bestLeft: i32 = -1;
let bestRight: i32 = -1;
let bestMissingRight: i32 = 0;

export function configure(
  mode_: i32,
  nClasses_: i32,
  minRows_: i32,
  minWeight_: f64,
  elements_: usize,
  targets_: usize,
  keys_: usize,
  spare_: usize,
  digits_: usize,
  histogram_: usize,
  totals_: usize,
  lefts_: usize,
  out_: usize,
): void {
  mode = mode_;
  nClasses = nClasses_;
  minRows = minRows_;
  minWeight = minWeight_;
  elements = elements_;
  targets = targets_;
  keys = keys_;
  spare = spare_;
  digits = digits_;
  histogram = histogram_;
  totals = totals_;
  lefts = lefts_;
  out = out_;
  start = 0;
  end = 0;
  memory.fill(totals, 0, (<usize>nClasses) << 2);
  memory.fill(lefts, 0, (<usize>nClasses) << 2);
}

function element(k: i32): u64 {
  return load<u64>(elements + ((<usize>k) << 3));
}

function key(at: usize, k: i32): u64 {
  return load<u64>(at + ((<usize>k) << 3));
}

function codeAt(column: usize, isCoded: i32, row: u32): u32 {
  return isCoded ? <u32>load<u16>(column + ((<usize>row) << 1)) : <u32>load<u8>(column + <usize>row);
}

/** OUT: weight, weight in class 1. */
export function openTwo(from: i32, to: i32): void {
  let w: u32 = 0;
  let q: u32 = 0;
  for (let k = from; k < to; k++) {
    const payload = <u32>(element(k) >> 32);
    const count = payload & 0xffff;
    w += count;
    q += count * (payload >> 16);
  }
  start = from;
  end = to;
  weight = <f64>w;
  ones = <f64>q;
  store<f64>(out, weight);
  store<f64>(out + 8, ones);
}

/** OUT: weight, sum of squared class weights, classes that occur. */
export function openMany(from: i32, to: i32): void {
  // What the node before left: its rows may have been divided since, but are the same ones.
  if (end - start < nClasses) {
    for (let k = start; k < end; k++) store<u32>(totals + ((<usize>(element(k) >> 48)) << 2), 0);
  } else {
    memory.fill(totals, 0, (<usize>nClasses) << 2);
  }
  let w: i64 = 0;
  let terms: i64 = 0;
  let nPresent: i32 = 0;
  for (let k = from; k < to; k++) {
    const payload = <u32>(element(k) >> 32);
    const count = <i64>(payload & 0xffff);
    const cell = totals + ((<usize>(payload >> 16)) << 2);
    const before = <i64>load<u32>(cell);
    if (before === 0) nPresent++;
    terms += count * (before + before + count);
    store<u32>(cell, <u32>(before + count));
    w += count;
  }
  start = from;
  end = to;
  weight = <f64>w;
  squares = <f64>terms;
  store<f64>(out, weight);
  store<f64>(out + 8, squares);
  store<f64>(out + 16, <f64>nPresent);
}

/** OUT: weight, sum and sum of squares of targets, 1 where all are equal. */
export function openNumbers(from: i32, to: i32): void {
  const first = load<f64>(targets + ((<usize>from) << 3));
  let isPure = true;
  let w: f64 = 0;
  let s: f64 = 0;
  let square: f64 = 0;
  for (let k = from; k < to; k++) {
    const count = <f64>(<u32>(element(k) >> 32));
    const target = load<f64>(targets + ((<usize>k) << 3));
    const weighted = count * target;
    w += count;
    s += weighted;
    square += weighted * target;
    if (target !== first) isPure = false;
  }
  start = from;
  end = to;
  weight = w;
  sum = s;
  store<f64>(out, w);
  store<f64>(out + 8, s);
  store<f64>(out + 16, square);
  store<f64>(out + 24, isPure ? 1 : 0);
}

/**
 * Looks for a cut of a column that scores above `floor`.
 * @returns 0: the column is constant at the node; 1: nothing better; 2: found. OUT: score, then as 32-bit numbers the
 * last code on the left, the first on the right (-1: only missing ones are), where missing ones go (-1: none)
 */
export function search(column: usize, isCoded: i32, nCodes: i32, floor: f64): i32 {
  const n = end - start;
  best = floor;
  bestLeft = -1;
  const isCounted = minRows === 1 && mode !== MANY ? (isCoded ? nCodes <= n << 2 : nCodes <= n << 1) : false;
  let varies: bool;
  if (isCounted) {
    varies = mode === TWO ? countTwo(column, isCoded, nCodes) : countNumbers(column, isCoded, nCodes);
  } else if (mode === MANY && minRows === 1 && !isCoded && nCodes * nClasses <= n << 1) {
    varies = countMany(column, nCodes);
  } else {
    varies = sortAndScan(column, isCoded);
  }
  if (!varies) return 0;
  if (bestLeft < 0) return 1;
  store<f64>(out, best);
  store<i32>(out + 8, bestLeft);
  store<i32>(out + 12, bestRight);
  store<i32>(out + 16, bestMissingRight);
  return 2;
}

function isAllowed(rowsLeft: i32, leftWeight: f64): bool {
  const rowsRight = end - start - rowsLeft;
  if (rowsLeft < minRows || rowsRight < minRows) return false;
  return leftWeight >= minWeight && weight - leftWeight >= minWeight;
}

function offer(score: f64, leftCode: i32, rightCode: i32, missingRight: i32): void {
  if (score > best) {
    best = score;
    bestLeft = leftCode;
    bestRight = rightCode;
    bestMissingRight = missingRight;
  }
}

function scoreTwo(leftWeight: f64, leftOnes: f64): f64 {
  const rightOnes = ones - leftOnes;
  return (leftOnes * leftOnes) / leftWeight + (rightOnes * rightOnes) / (weight - leftWeight);
}

function scoreNumbers(leftWeight: f64, leftSum: f64): f64 {
  const rightSum = sum - leftSum;
  return (leftSum * leftSum) / leftWeight + (rightSum * rightSum) / (weight - leftWeight);
}

/** Counting for two classes: a cell is the weight in the low half, the weight in class 1 in the high half. */
export function countTwo(column: usize, isCoded: i32, nCodes: i32): bool {
  const cells = histogram;
  const missing: usize = isCoded ? 65_535 : 255;
  if (isCoded) fillTwo<u16>(column, cells);
  else fillTwo<u8>(column, cells);
  const missingCell = load<u64>(cells + (missing << 3));
  if (missingCell === 0) return scanCountsTwo(nCodes, 0, -1, true) > 1;
  store<u64>(cells + (missing << 3), 0);
  scanCountsTwo(nCodes, 0, 1, false);
  // Missing ones are a value of their own.
  return scanCountsTwo(nCodes, missingCell, 0, true) > 0;
}

function fillTwo<T>(column: usize, cells: usize): void {
  for (let k = start; k < end; k++) {
    const word = element(k);
    const payload = <u64>(<u32>(word >> 32));
    const count = payload & 0xffff;
    const code = <usize>load<T>(column + <usize>(<u32>word) * sizeof<T>());
    const cell = cells + (code << 3);
    store<u64>(cell, load<u64>(cell) + count + ((count * (payload >> 16)) << 32));
  }
}

/**
 * @param clears whether the cells shall be zero after
 * @returns how many codes occur
 */
function scanCountsTwo(nCodes: i32, leftCell: u64, missingRight: i32, clears: bool): i32 {
  const cells = histogram;
  const checks = minWeight > 0;
  let left: u64 = leftCell;
  let previous: i32 = -1;
  let nOccupied: i32 = 0;
  for (let code = 0; code < nCodes; code++) {
    const at = cells + ((<usize>code) << 3);
    const cell = load<u64>(at);
    if (cell === 0) continue;
    if (clears) store<u64>(at, 0);
    if (previous >= 0) {
      const leftWeight = <f64>(<u32>left);
      if (!checks || isAllowed(1, leftWeight))
        offer(scoreTwo(leftWeight, <f64>(<u32>(left >> 32))), previous, code, missingRight);
    }
    left += cell;
    previous = code;
    nOccupied++;
  }
  if (missingRight === 1 && previous >= 0) {
    const leftWeight = <f64>(<u32>left);
    if (isAllowed(1, leftWeight)) offer(scoreTwo(leftWeight, <f64>(<u32>(left >> 32))), previous, -1, 1);
  }
  return nOccupied;
}

/** Counting for many classes: 32-bit weights by code and class. */
export function countMany(column: usize, nCodes: i32): bool {
  const cells = histogram;
  const width = (<usize>nClasses) << 2;
  for (let k = start; k < end; k++) {
    const word = element(k);
    const payload = <u32>(word >> 32);
    const code = <usize>load<u8>(column + <usize>(<u32>word));
    const cell = cells + code * width + ((<usize>(payload >> 16)) << 2);
    store<u32>(cell, load<u32>(cell) + (payload & 0xffff));
  }
  const missing = cells + 255 * width;
  let hasMissing = false;
  for (let c: usize = 0; c < width; c += 4) if (load<u32>(missing + c) !== 0) hasMissing = true;
  let varies: bool;
  if (hasMissing) {
    scanCountsMany(nCodes, 1);
    varies = scanCountsMany(nCodes, 0) > 0;
    memory.fill(missing, 0, width);
  } else {
    varies = scanCountsMany(nCodes, -1) > 1;
  }
  memory.fill(cells, 0, <usize>nCodes * width);
  return varies;
}

function scanCountsMany(nCodes: i32, missingRight: i32): i32 {
  const cells = histogram;
  const width = (<usize>nClasses) << 2;
  const checks = minWeight > 0;
  memory.fill(lefts, 0, width);
  let leftWeight: i64 = 0;
  let leftSquares: i64 = 0;
  let rightSquares: i64 = <i64>squares;
  let previous: i32 = -1;
  let nOccupied: i32 = 0;
  // The first step moves the missing ones.
  for (let step = missingRight === 0 ? -1 : 0; step < nCodes; step++) {
    const at = cells + <usize>(step < 0 ? 255 : step) * width;
    const leftBefore = leftWeight;
    const leftSquaresBefore = leftSquares;
    const rightSquaresBefore = rightSquares;
    for (let c: usize = 0; c < width; c += 4) {
      const moved = <i64>load<u32>(at + c);
      if (moved === 0) continue;
      const before = <i64>load<u32>(lefts + c);
      const right = <i64>load<u32>(totals + c) - before;
      leftSquares += moved * (before + before + moved);
      rightSquares += moved * (moved - right - right);
      store<u32>(lefts + c, <u32>(before + moved));
      leftWeight += moved;
    }
    if (step < 0 || leftWeight === leftBefore) continue;
    if (previous >= 0) {
      const left = <f64>leftBefore;
      if (!checks || isAllowed(1, left)) {
        const score = <f64>leftSquaresBefore / left + <f64>rightSquaresBefore / (weight - left);
        offer(score, previous, step, missingRight);
      }
    }
    previous = step;
    nOccupied++;
  }
  if (missingRight === 1 && previous >= 0) {
    const left = <f64>leftWeight;
    if (isAllowed(1, left) && left < weight)
      offer(<f64>leftSquares / left + <f64>rightSquares / (weight - left), previous, -1, 1);
  }
  memory.fill(lefts, 0, width);
  return nOccupied;
}

/** Counting for numbers: a cell is a weight and a weighted sum of targets. */
export function countNumbers(column: usize, isCoded: i32, nCodes: i32): bool {
  const cells = histogram;
  for (let k = start; k < end; k++) {
    const word = element(k);
    const count = <f64>(<u32>(word >> 32));
    const cell = cells + ((<usize>codeAt(column, isCoded, <u32>word)) << 4);
    store<f64>(cell, load<f64>(cell) + count);
    store<f64>(cell + 8, load<f64>(cell + 8) + count * load<f64>(targets + ((<usize>k) << 3)));
  }
  const missing = cells + (isCoded ? 65_535 << 4 : 255 << 4);
  const missingWeight = load<f64>(missing);
  if (missingWeight === 0) return scanCountsNumbers(nCodes, 0, 0, -1, true) > 1;
  const missingSum = load<f64>(missing + 8);
  store<f64>(missing, 0);
  store<f64>(missing + 8, 0);
  scanCountsNumbers(nCodes, 0, 0, 1, false);
  return scanCountsNumbers(nCodes, missingWeight, missingSum, 0, true) > 0;
}

function scanCountsNumbers(
  nCodes: i32,
  firstWeight: f64,
  firstSum: f64,
  missingRight: i32,
  clears: bool,
): i32 {
  const cells = histogram;
  const checks = minWeight > 0;
  let leftWeight = firstWeight;
  let leftSum = firstSum;
  let previous: i32 = -1;
  let nOccupied: i32 = 0;
  for (let code = 0; code < nCodes; code++) {
    const at = cells + ((<usize>code) << 4);
    const inCode = load<f64>(at);
    if (inCode === 0) continue;
    if (previous >= 0 && (!checks || isAllowed(1, leftWeight)))
      offer(scoreNumbers(leftWeight, leftSum), previous, code, missingRight);
    leftWeight += inCode;
    leftSum += load<f64>(at + 8);
    if (clears) {
      store<f64>(at, 0);
      store<f64>(at + 8, 0);
    }
    previous = code;
    nOccupied++;
  }
  if (missingRight === 1 && previous >= 0 && isAllowed(1, leftWeight))
    offer(scoreNumbers(leftWeight, leftSum), previous, -1, 1);
  return nOccupied;
}

/** The other way. */
export function sortAndScan(column: usize, isCoded: i32): bool {
  const n = end - start;
  let least: u32 = 65_535;
  let most: u32 = 0;
  const isNumbers = mode > MANY;
  const words = elements + ((<usize>start) << 3);
  for (let k = 0; k < n; k++) {
    const word = key(words, k);
    const code = codeAt(column, isCoded, <u32>word);
    least = min(least, code);
    most = max(most, code);
    const below = isNumbers ? <u64>(start + k) : word >> 32;
    store<u64>(keys + ((<usize>k) << 3), ((<u64>code) << 32) | below);
  }
  if (least === most) return false;
  const sorted = n <= FEW_ROWS ? insertionSort(n) : digitSort(n, least, most);
  let known = n;
  const missing: u32 = isCoded ? 65_535 : 255;
  if (most === missing) {
    while (<u32>(key(sorted, known - 1) >> 32) === missing) known--;
    scanSorted(sorted, n, known, 1);
    scanSorted(sorted, n, known, 0);
  } else {
    scanSorted(sorted, n, known, -1);
  }
  return true;
}

export function insertionSort(n: i32): usize {
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
export function digitSort(n: i32, least: u32, most: u32): usize {
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

function scanSorted(sorted: usize, n: i32, known: i32, missingRight: i32): void {
  if (mode === TWO) scanTwo(sorted, n, known, missingRight);
  else if (mode === MANY) scanMany(sorted, n, known, missingRight);
  else scanNumbers(sorted, n, known, missingRight);
}

export function scanTwo(sorted: usize, n: i32, known: i32, missingRight: i32): void {
  const checks = minRows > 1 || minWeight > 0;
  let w: u32 = 0;
  let q: u32 = 0;
  let rowsLeft: i32 = 0;
  if (missingRight === 0) {
    for (let k = known; k < n; k++) {
      const payload = <u32>key(sorted, k);
      w += payload & 0xffff;
      q += (payload & 0xffff) * (payload >> 16);
    }
    rowsLeft = n - known;
  }
  let previous = <u32>(key(sorted, 0) >> 32);
  for (let k = 0; k < known; k++) {
    const word = key(sorted, k);
    const code = <u32>(word >> 32);
    if (code !== previous) {
      if (!checks || isAllowed(rowsLeft + k, <f64>w))
        offer(scoreTwo(<f64>w, <f64>q), <i32>previous, <i32>code, missingRight);
      previous = code;
    }
    const payload = <u32>word;
    const count = payload & 0xffff;
    w += count;
    q += count * (payload >> 16);
  }
  if (missingRight === 1 && known > 0 && isAllowed(known, <f64>w))
    offer(scoreTwo(<f64>w, <f64>q), <i32>previous, -1, 1);
}

export function scanMany(sorted: usize, n: i32, known: i32, missingRight: i32): void {
  const checks = minRows > 1 || minWeight > 0;
  const counts = lefts;
  const all = totals;
  let leftWeight: i64 = 0;
  let leftSquares: i64 = 0;
  let rightSquares: i64 = <i64>squares;
  let rowsLeft: i32 = 0;
  let previous = <u32>(key(sorted, 0) >> 32);
  // Positions from `known` on are the missing ones; they come first where they go left.
  for (let p = missingRight === 0 ? known - n : 0; p < known; p++) {
    const word = key(sorted, p < 0 ? n + p : p);
    const code = <u32>(word >> 32);
    if (p >= 0 && code !== previous) {
      const left = <f64>leftWeight;
      if (!checks || isAllowed(rowsLeft, left)) {
        const score = <f64>leftSquares / left + <f64>rightSquares / (weight - left);
        offer(score, <i32>previous, <i32>code, missingRight);
      }
      previous = code;
    }
    const payload = <u32>word;
    const moved = <i64>(payload & 0xffff);
    const cell = (<usize>(payload >> 16)) << 2;
    const before = <i64>load<u32>(counts + cell);
    const right = <i64>load<u32>(all + cell) - before;
    leftSquares += moved * (before + before + moved);
    rightSquares += moved * (moved - right - right);
    store<u32>(counts + cell, <u32>(before + moved));
    leftWeight += moved;
    rowsLeft++;
  }
  if (missingRight === 1 && known > 0 && isAllowed(rowsLeft, <f64>leftWeight)) {
    const left = <f64>leftWeight;
    offer(<f64>leftSquares / left + <f64>rightSquares / (weight - left), <i32>previous, -1, 1);
  }
  if (n < nClasses) {
    for (let k = 0; k < n; k++) store<u32>(counts + ((<usize>(<u32>key(sorted, k) >> 16)) << 2), 0);
  } else {
    memory.fill(counts, 0, (<usize>nClasses) << 2);
  }
}

export function scanNumbers(sorted: usize, n: i32, known: i32, missingRight: i32): void {
  const checks = minRows > 1 || minWeight > 0;
  let leftWeight: f64 = 0;
  let leftSum: f64 = 0;
  let rowsLeft: i32 = 0;
  let previous = <u32>(key(sorted, 0) >> 32);
  for (let p = missingRight === 0 ? known - n : 0; p < known; p++) {
    const word = key(sorted, p < 0 ? n + p : p);
    const code = <u32>(word >> 32);
    if (p >= 0 && code !== previous) {
      if (!checks || isAllowed(rowsLeft, leftWeight))
        offer(scoreNumbers(leftWeight, leftSum), <i32>previous, <i32>code, missingRight);
      previous = code;
    }
    const position = <i32>(<u32>word);
    const count = <f64>(<u32>(element(position) >> 32));
    leftWeight += count;
    leftSum += count * load<f64>(targets + ((<usize>position) << 3));
    rowsLeft++;
  }
  if (missingRight === 1 && known > 0 && isAllowed(rowsLeft, leftWeight))
    offer(scoreNumbers(leftWeight, leftSum), <i32>previous, -1, 1);
}

/**
 * Divides a stretch of rows, keeping the order on both sides: codes up to `cut` go left, missing ones as told. No
 * branch depends on the side: every row is written to both places, and only one of the two moves on.
 * @returns where the right side begins
 */
export function divide(column: usize, isCoded: i32, from: i32, to: i32, cut: i32, missingRight: i32): i32 {
  return isCoded
    ? divideBy<u16>(column, from, to, <u32>cut, 65_535, missingRight)
    : divideBy<u8>(column, from, to, <u32>cut, 255, missingRight);
}

function divideBy<T>(column: usize, from: i32, to: i32, cut: u32, missing: u32, missingRight: i32): i32 {
  const first = elements;
  const aside = keys;
  const isNumbers = mode > MANY;
  let middle: usize = (<usize>from) << 3;
  let right: usize = 0;
  const limit: usize = (<usize>to) << 3;
  for (let at: usize = (<usize>from) << 3; at < limit; at += 8) {
    const word = load<u64>(first + at);
    const code = <u32>load<T>(column + <usize>(<u32>word) * sizeof<T>());
    const goesRight = <usize>(i32(code > cut) & (i32(code !== missing) | missingRight));
    store<u64>(first + middle, word);
    store<u64>(aside + right, word);
    if (isNumbers) {
      const target = load<u64>(targets + at);
      store<u64>(targets + middle, target);
      store<u64>(spare + right, target);
    }
    right += goesRight << 3;
    middle += (1 - goesRight) << 3;
  }
  memory.copy(first + middle, aside, right);
  if (isNumbers) memory.copy(targets + middle, spare, right);
  return <i32>(middle >> 3);
}
