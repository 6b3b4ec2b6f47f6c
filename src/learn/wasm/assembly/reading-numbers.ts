/**
 * Numbers as JSON writes them. One of few digits is a whole number divided by a power of ten, both of which a double holds
 * exactly; any other is left to the caller.
 */
import { BLANK, byteAt, MINUS, PLUS, POINT, SMALL_E, ZERO } from './reading-bytes';
import { note } from './reading-context';

/** 1, 10, 100 … as far as a double holds them: 23 of 64 bit. */
const TENS: usize = 1088;
/** As many digits fit into 64 bit whatever they are. */
const MAX_DIGITS: usize = 18;
const MAX_EXACT: u64 = 0x1fffffffffffff;
const N_TENS: u32 = 23;

export function noteNumber(cell: i32, from: usize): usize {
  let at: usize = from;
  while (true) {
    const byte: u32 = byteAt(at);
    const isPart: bool =
      byte - ZERO <= 9 || byte === POINT || byte === MINUS || byte === PLUS || (byte | BLANK) === SMALL_E;
    if (!isPart) return note(cell, from, at);
    at++;
  }
}

export function readNumber(from: usize, cell: i32, out: usize): usize {
  let at: usize = from;
  let byte: u32 = byteAt(at);
  const isNegative: bool = byte === MINUS;
  if (isNegative) byte = byteAt(++at);
  let digit: u32 = byte - ZERO;
  if (digit > 9) return 0;
  const first: usize = at;
  let mantissa: u64 = digit;
  digit = byteAt(++at) - ZERO;
  if (mantissa === 0) {
    if (digit <= 9) return 0;
  } else {
    while (digit <= 9) {
      mantissa = mantissa * 10 + digit;
      digit = byteAt(++at) - ZERO;
    }
  }
  let nDecimals: u32 = 0;
  byte = digit + ZERO;
  if (byte === POINT) {
    const point: usize = at;
    digit = byteAt(++at) - ZERO;
    if (digit > 9) return 0;
    while (digit <= 9) {
      mantissa = mantissa * 10 + digit;
      digit = byteAt(++at) - ZERO;
    }
    nDecimals = <u32>(at - point - 1);
    byte = digit + ZERO;
  }
  const isOdd: bool =
    at - first > MAX_DIGITS || mantissa > MAX_EXACT || nDecimals >= N_TENS || (byte | BLANK) === SMALL_E;
  if (isOdd) return noteNumber(cell, from);
  // Both are exact, so their quotient is the double that is meant.
  let value: f64 = <f64>mantissa;
  if (nDecimals > 0) value /= load<f64>(TENS + ((<usize>nDecimals) << 3));
  store<f64>(out, isNegative ? -value : value);
  return at;
}
