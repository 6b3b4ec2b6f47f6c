/** One value of a column: the number that an encoder takes, or an odd cell. */
import { byteAt, MINUS, QUOTE, SMALL_F, SMALL_N, SMALL_T, ZERO } from './reading-bytes';
import { BOOLEAN, get, IGNORED, KIND, MASK, NUMBER, note, TABLE, TEXT, VALUES } from './reading-context';
import { noteNumber, readNumber } from './reading-numbers';
import { find, plainEnd, textEnd } from './reading-texts';

const NULL: u32 = 0x6c6c756e;
const TRUE: u32 = 0x65757274;
const ALSE: u32 = 0x65736c61;

const MISSING_SLOT: f64 = -1;

/** Any value but a list or an object, left to the caller. */
function noteOther(at: usize, end: usize, cell: i32): usize {
  const byte: u32 = byteAt(at);
  if (byte === QUOTE) return note(cell, at, textEnd(at + 1, end));
  if (byte === SMALL_T) return load<u32>(at) === TRUE ? note(cell, at, at + 4) : 0;
  if (byte === SMALL_F) return load<u32>(at + 1) === ALSE ? note(cell, at, at + 5) : 0;
  if (byte === SMALL_N) return load<u32>(at) === NULL ? note(cell, at, at + 4) : 0;
  return byte === MINUS || byte - ZERO <= 9 ? noteNumber(cell, at) : 0;
}

/** @returns the place behind the value; 0 for what is none */
export function readCell(at: usize, end: usize, column: usize, cell: i32): usize {
  const kind: i32 = load<i32>(column, KIND);
  const byte: u32 = byteAt(at);
  const out: usize = <usize>get(VALUES) + ((<usize>cell) << 3);
  if (kind === NUMBER && byte - ZERO <= 9) return readNumber(at, cell, out);
  if (kind === TEXT && byte === QUOTE) {
    const close: usize = plainEnd(at + 1);
    if (close === at + 1) {
      store<f64>(out, MISSING_SLOT);
      return close + 1;
    }
    if (close !== 0) {
      const slot: i32 = find(
        load<usize>(column, TABLE),
        load<u32>(column, MASK),
        at + 1,
        <i32>(close - at - 1),
      );
      if (slot >= 0) {
        store<f64>(out, <f64>slot);
        return close + 1;
      }
      return note(cell, at, close + 1);
    }
  }
  if (kind === IGNORED) return noteOther(at, end, -1);
  if (byte === SMALL_N && load<u32>(at) === NULL) {
    store<f64>(out, kind === TEXT ? MISSING_SLOT : NaN);
    return at + 4;
  }
  // The empty text is a missing value in a column of any type.
  if (byte === QUOTE && byteAt(at + 1) === QUOTE) {
    store<f64>(out, kind === TEXT ? MISSING_SLOT : NaN);
    return at + 2;
  }
  if (kind === NUMBER && byte === MINUS) return readNumber(at, cell, out);
  if (kind === BOOLEAN && byte === SMALL_T && load<u32>(at) === TRUE) {
    store<f64>(out, 1);
    return at + 4;
  }
  if (kind === BOOLEAN && byte === SMALL_F && load<u32>(at + 1) === ALSE) {
    store<f64>(out, 0);
    return at + 5;
  }
  return noteOther(at, end, cell);
}
