/**
 * Rows of numbers to the text of a JSON list: what a reply of many rows is made of. A row is a head that its class names, then
 * for each number a piece of text and the number, then a tail; rows are separated by commas.
 *
 * A number is written as JavaScript writes it: with the fewest digits that lead back to it, of these the ones nearest to it. They
 * are found after Giulietti (2021, "The Schubfach way to render doubles"): the decimal scale is chosen so that the
 * interval of what rounds to the number holds one or two multiples of ten units at most; a look at both ends of the interval, in
 * 128 bits of a power of ten rounded up, then decides.
 */

/** 16 bytes a power of ten, high word first: its first 128 bits, rounded up. */
let powers: usize = 0;
/** Two digits each of 0 to 99. */
let pairs: usize = 0;
/** 48 bytes of scratch. */
let digits: usize = 0;

const MIN_POWER: i32 = -292;
const MAX_EXACT: f64 = 9007199254740992;
const FRACTION: u64 = 0xfffffffffffff;
const HIDDEN: u64 = 0x10000000000000;
const LOW: u64 = 0xffffffff;

const MINUS: u8 = 0x2d;
const PLUS: u8 = 0x2b;
const POINT: u8 = 0x2e;
const ZERO: u8 = 0x30;
const COMMA: u8 = 0x2c;
const SMALL_E: u8 = 0x65;

export function configure(powers_: usize, pairs_: usize, digits_: usize): void {
  powers = powers_;
  pairs = pairs_;
  digits = digits_;
}

function highOf(a: u64, b: u64): u64 {
  const a0 = a & LOW;
  const a1 = a >> 32;
  const b0 = b & LOW;
  const b1 = b >> 32;
  const middle = a1 * b0 + ((a0 * b0) >> 32);
  return a1 * b1 + (middle >> 32) + ((a0 * b1 + (middle & LOW)) >> 32);
}

/** The product's upper part; its last bit says whether anything of weight was cut off. */
function scaled(high: u64, low: u64, by: u64): u64 {
  const cut = high * by;
  const rest = cut + highOf(low, by);
  return (highOf(high, by) + u64(rest < cut)) | u64(rest > 1);
}

/** Writes a whole number without leading zeros to the left of `end`. @returns where it begins */
function writeWhole(value: u64, end: usize): usize {
  let rest = value;
  let at = end;
  while (rest > 0xffffffff) {
    const next = rest / 100;
    at -= 2;
    store<u16>(at, load<u16>(pairs + ((<usize>(rest - next * 100)) << 1)));
    rest = next;
  }
  let small = <u32>rest;
  while (small > 99) {
    const next = small / 100;
    at -= 2;
    store<u16>(at, load<u16>(pairs + ((<usize>(small - next * 100)) << 1)));
    small = next;
  }
  if (small > 9) {
    at -= 2;
    store<u16>(at, load<u16>(pairs + ((<usize>small) << 1)));
  } else {
    at--;
    store<u8>(at, ZERO + <u8>small);
  }
  return at;
}

/** Sixteen at a time: what is too much is written over by what follows. */
function writeZeros(at: usize, count: i32): usize {
  for (let k = 0; k < count; k += 16) v128.store(at + <usize>k, i8x16.splat(ZERO));
  return at + <usize>count;
}

/** As writeZeros. */
function copyBytes(at: usize, from: usize, count: i32): usize {
  for (let k = 0; k < count; k += 16) v128.store(at + <usize>k, v128.load(from + <usize>k));
  return at + <usize>count;
}

/** Writes mantissa * 10^exponent as JavaScript does. */
function writeDecimal(at: usize, mantissa: u64, exponent: i32): usize {
  const end = digits + 32;
  const begin = writeWhole(mantissa, end);
  let last = end;
  while (load<u8>(last - 1) === ZERO) last--;
  const n = <i32>(last - begin);
  /** The place of the point among the digits. */
  const point = <i32>(end - begin) + exponent;
  if (point > 0 && point <= 21) {
    if (n <= point) return writeZeros(copyBytes(at, begin, n), point - n);
    at = copyBytes(at, begin, point);
    store<u8>(at, POINT);
    return copyBytes(at + 1, begin + <usize>point, n - point);
  }
  if (point > -6 && point <= 0) {
    store<u8>(at, ZERO);
    store<u8>(at + 1, POINT);
    return copyBytes(writeZeros(at + 2, -point), begin, n);
  }
  store<u8>(at, load<u8>(begin));
  at++;
  if (n > 1) {
    store<u8>(at, POINT);
    at = copyBytes(at + 1, begin + 1, n - 1);
  }
  const power = point - 1;
  store<u8>(at, SMALL_E);
  store<u8>(at + 1, power < 0 ? MINUS : PLUS);
  const from = writeWhole(<u64>abs(power), end);
  return copyBytes(at + 2, from, <i32>(end - from));
}

/** @param value finite. @returns the place behind its text, which has 25 bytes at most */
export function writeNumber(at: usize, value: f64): usize {
  if (value < 0) {
    store<u8>(at, MINUS);
    at++;
  }
  const size = abs(value);
  if (size < MAX_EXACT && size === floor(size)) {
    const begin = writeWhole(<u64>size, digits + 32);
    return copyBytes(at, begin, <i32>(digits + 32 - begin));
  }
  const bits = reinterpret<u64>(size);
  const fraction = bits & FRACTION;
  const biased = <i32>(bits >> 52);
  const significand = biased === 0 ? fraction : fraction | HIDDEN;
  const power = (biased === 0 ? 1 : biased) - 1075;
  // Below a power of two the numbers lie closer.
  const isCloserBelow = fraction === 0 && biased > 1;
  const isOdd = significand & 1;
  const middle = significand << 2;
  const exponent = (power * 1262611 - (isCloserBelow ? 524031 : 0)) >> 22;
  const shift = <u64>(power + ((-exponent * 1741647) >> 19) + 1);
  const entry = powers + ((<usize>(-exponent - MIN_POWER)) << 4);
  const high = load<u64>(entry);
  const low = load<u64>(entry, 8);
  const least = scaled(high, low, (middle - 2 + u64(isCloserBelow)) << shift) + isOdd;
  const most = scaled(high, low, (middle + 2) << shift) - isOdd;
  const exact = scaled(high, low, middle << shift);
  const units = exact >> 2;
  if (units >= 10) {
    const tens = units / 10;
    const isBelowIn = least <= 40 * tens;
    const isAboveIn = 40 * tens + 40 <= most;
    if (isBelowIn !== isAboveIn) return writeDecimal(at, tens + u64(isAboveIn), exponent + 1);
  }
  const isBelowIn = least <= 4 * units;
  const isAboveIn = 4 * units + 4 <= most;
  if (isBelowIn !== isAboveIn) return writeDecimal(at, units + u64(isAboveIn), exponent);
  const half = 4 * units + 2;
  const isUp = exact > half || (exact === half && (units & 1) === 1);
  return writeDecimal(at, units + u64(isUp), exponent);
}

/** Pieces are pairs of 32 bits: where they lie and how long they are. */
function writePiece(at: usize, piece: usize): usize {
  return copyBytes(at, <usize>load<i32>(piece), load<i32>(piece, 4));
}

/**
 * Writes rows, each with a comma behind it.
 * @param heads by class; with `decisions`, 32 bits a row, or none of both
 * @param names nNumbers pieces, the tail behind them
 * @param numbers row-major, `stride` a row, of which nNumbers are written
 * Behind the text and behind each piece there is room for 16 bytes more.
 * @returns the place behind the last comma
 */
export function writeRows(
  nRows: i32,
  heads: usize,
  decisions: usize,
  names: usize,
  nNumbers: i32,
  numbers: usize,
  stride: i32,
  to: usize,
): usize {
  let at = to;
  for (let row = 0; row < nRows; row++) {
    if (heads !== 0) at = writePiece(at, heads + ((<usize>load<i32>(decisions + ((<usize>row) << 2))) << 3));
    const from = numbers + ((<usize>(row * stride)) << 3);
    for (let k = 0; k < nNumbers; k++) {
      at = writePiece(at, names + ((<usize>k) << 3));
      at = writeNumber(at, load<f64>(from + ((<usize>k) << 3)));
    }
    at = writePiece(at, names + ((<usize>nNumbers) << 3));
    store<u8>(at, COMMA);
    at++;
  }
  return at;
}
