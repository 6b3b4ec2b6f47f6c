/**
 * What binning a column does to each of its values: finding the distinct ones, sorting them, and giving each the bin
 * between whose cuts it lies. Columns come in stretches of 64-bit floats; a missing value is NaN.
 */

/** Slots of the table of distinct values: four for each of the most that are asked for. */
const SLOTS: u32 = 1024;
/** Bits of a sorting pass: its counts stay in the nearest cache. */
const DIGIT_BITS: u32 = 8;
const N_DIGITS: u32 = 8;
/** 2^64 by the golden ratio: multiplied, it spreads all bits of a value over the upper ones. */
const HASH_FACTOR: u64 = ((<u64>0x9e3779b9) << 32) | 0x7f4a7c15;
const SIGN: u64 = (<u64>1) << 63;

/**
 * INOUT table (1024 values) and used (a byte a slot, zeros at first): where a value is looked up by its hash. INOUT found: the
 * distinct values, nFound of them so far, in the order they came. Gives how many there are then, most + 1 as soon as there
 * are more; `most` <= 255. Zeros are one value.
 */
export function findDistinct(
  from: usize,
  n: i32,
  table: usize,
  used: usize,
  found: usize,
  nFound: i32,
  most: i32,
): i32 {
  let last: f64 = NaN;
  for (const end: usize = from + ((<usize>n) << 3); from < end; from += 8) {
    // What is added makes -0 and 0 one value.
    const value: f64 = load<f64>(from) + 0.0;
    if (value === last || !(value <= Infinity)) continue;
    last = value;
    let slot: u32 = <u32>((reinterpret<u64>(value) * HASH_FACTOR) >> 54);
    while (load<u8>(used + <usize>slot) !== 0 && load<f64>(table + ((<usize>slot) << 3)) !== value) {
      slot = (slot + 1) & (SLOTS - 1);
    }
    if (load<u8>(used + <usize>slot) !== 0) continue;
    if (nFound === most) return most + 1;
    store<u8>(used + <usize>slot, 1);
    store<f64>(table + ((<usize>slot) << 3), value);
    store<f64>(found + ((<usize>nFound) << 3), value);
    nFound++;
  }
  return nFound;
}

/**
 * INOUT values: n of them without NaN become the distinct ones, ascending, and OUT counts how often each occurs, as floats.
 * Gives how many are distinct. A radix sort, lowest digits first; passes in which all have the same digit are left out.
 * `counts` has room for n; `digits` is scratch of 4 bytes for each value of each digit.
 */
export function sortDistinct(values: usize, n: i32, counts: usize, digits: usize): i32 {
  const nBytes: usize = (<usize>n) << 3;
  memory.fill(digits, 0, (<usize>N_DIGITS) << (DIGIT_BITS + 2));
  for (let at: usize = values; at < values + nBytes; at += 8) {
    const key: u64 = toKey(reinterpret<u64>(load<f64>(at) + 0.0));
    store<u64>(at, key);
    for (let d: u32 = 0; d < N_DIGITS; d++) {
      const place: usize = digits + digitPlace(key, d);
      store<u32>(place, load<u32>(place) + 1);
    }
  }
  let from: usize = values;
  let to: usize = counts;
  for (let d: u32 = 0; d < N_DIGITS; d++) {
    if (n > 0 && load<u32>(digits + digitPlace(load<u64>(from), d)) === <u32>n) continue;
    let start: u32 = 0;
    for (let value: usize = 0; value < 1 << DIGIT_BITS; value++) {
      const place: usize = digits + ((((<usize>d) << DIGIT_BITS) + value) << 2);
      const count: u32 = load<u32>(place);
      store<u32>(place, start);
      start += count;
    }
    for (let at: usize = from; at < from + nBytes; at += 8) {
      const key: u64 = load<u64>(at);
      const place: usize = digits + digitPlace(key, d);
      const index: u32 = load<u32>(place);
      store<u32>(place, index + 1);
      store<u64>(to + ((<usize>index) << 3), key);
    }
    const other: usize = from;
    from = to;
    to = other;
  }
  if (from !== values) memory.copy(values, from, nBytes);
  return countRuns(values, n, counts);
}

/** Where the count of a key's digit lies. */
function digitPlace(key: u64, digit: u32): usize {
  const value: u32 = <u32>(key >> <u64>(digit * DIGIT_BITS)) & ((1 << DIGIT_BITS) - 1);
  return <usize>(((digit << DIGIT_BITS) + value) << 2);
}

/** Integers in the order of the floats: of a negative number all bits turned, of others the sign. */
function toKey(bits: u64): u64 {
  return bits ^ (<u64>(<i64>bits >> 63) | SIGN);
}

/** Sorted keys become distinct values, with how often each occurs. */
function countRuns(values: usize, n: i32, counts: usize): i32 {
  let nRuns: i32 = 0;
  let last: u64 = 0;
  for (let k: i32 = 0; k < n; k++) {
    const key: u64 = load<u64>(values + ((<usize>k) << 3));
    if (k === 0 || key !== last) {
      const bits: u64 = key ^ (<u64>(<i64>~key >> 63) | SIGN);
      store<u64>(values + ((<usize>nRuns) << 3), bits);
      store<f64>(counts + ((<usize>nRuns) << 3), 0);
      nRuns++;
      last = key;
    }
    const place: usize = counts + ((<usize>(nRuns - 1)) << 3);
    store<f64>(place, load<f64>(place) + 1);
  }
  return nRuns;
}

/**
 * OUT bins of n values: how many of the cuts lie below, 255 for NaN. `cuts` has 255 entries, ascending, those behind the last
 * cut Infinity. INOUT lower, upper: the least and the largest value of each bin.
 */
export function encodeBins(from: usize, n: i32, cuts: usize, lower: usize, upper: usize, bins: usize): void {
  for (const end: usize = bins + <usize>n; bins < end; bins++, from += 8) {
    const value: f64 = load<f64>(from);
    if (!(value <= Infinity)) {
      store<u8>(bins, 255);
      continue;
    }
    // Bytes from the first cut; each step halves how many cuts may be the first that is not below the value.
    let at: usize = 0;
    at += (<usize>(load<f64>(cuts + at, 127 * 8) < value)) << 10;
    at += (<usize>(load<f64>(cuts + at, 63 * 8) < value)) << 9;
    at += (<usize>(load<f64>(cuts + at, 31 * 8) < value)) << 8;
    at += (<usize>(load<f64>(cuts + at, 15 * 8) < value)) << 7;
    at += (<usize>(load<f64>(cuts + at, 7 * 8) < value)) << 6;
    at += (<usize>(load<f64>(cuts + at, 3 * 8) < value)) << 5;
    at += (<usize>(load<f64>(cuts + at, 8) < value)) << 4;
    at += (<usize>(load<f64>(cuts + at) < value)) << 3;
    store<u8>(bins, <u8>(at >> 3));
    store<f64>(lower + at, min(load<f64>(lower + at), value));
    store<f64>(upper + at, max(load<f64>(upper + at), value));
  }
}
