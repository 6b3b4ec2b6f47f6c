/**
 * Texts, sixteen bytes at a time: whether two are the same, and what stands for one in a table of texts. The table is
 * open-addressed, at most part full; a text is looked up by its bytes as they lie in the body.
 */
import { BACKSLASH, BLANK, byteAt, QUOTE } from './reading-bytes';

/** 16 bytes of ones and 16 of zeros. */
const MASKS: usize = 1280;

/** A place of a table of texts: hash, length (-1: none), bytes, what stands for the text. */
const HASH: usize = 0;
const LENGTH: usize = 4;
const BYTES: usize = 8;
const VALUE: usize = 12;

const FACTOR_LOW: u64 = 0x19e3779b97f4a7;
const FACTOR_HIGH: u64 = 0x12b2ae3d27d4eb;

/** The first of up to sixteen bytes, zeros behind them. */
function start(at: usize, length: i32): v128 {
  return v128.and(v128.load(at), v128.load(MASKS + <usize>(16 - min(length, 16))));
}

function hashOf(at: usize, length: i32): u32 {
  const first: v128 = start(at, length);
  let low: u64 = i64x2.extract_lane(first, 0);
  let high: u64 = i64x2.extract_lane(first, 1);
  if (length > 16) {
    const last: v128 = v128.load(at + <usize>(length - 16));
    low += rotl<u64>(i64x2.extract_lane(last, 0), 23);
    high += rotl<u64>(i64x2.extract_lane(last, 1), 23);
  }
  const mixed: u64 = ((low + <u64>length) * FACTOR_LOW) ^ rotl<u64>(high * FACTOR_HIGH, 31);
  return <u32>(mixed >> 32) ^ <u32>mixed;
}

/** @param known has zeros behind its end, up to a whole of sixteen */
export function isSame(known: usize, at: usize, length: i32): bool {
  if (v128.any_true(v128.xor(start(at, length), v128.load(known)))) return false;
  return length <= 16 || isSameRest(known, at, length);
}

function isSameRest(known: usize, at: usize, length: i32): bool {
  const last: usize = <usize>(length - 16);
  for (let k: usize = 16; k < last; k += 16) {
    if (v128.any_true(v128.xor(v128.load(known + k), v128.load(at + k)))) return false;
  }
  return !v128.any_true(v128.xor(v128.load(known + last), v128.load(at + last)));
}

/** Puts a text into a table that has room for it, and is filled with -1. */
export function insert(table: usize, mask: u32, bytes: usize, length: i32, value: i32): void {
  const hash: u32 = hashOf(bytes, length);
  let place: u32 = hash & mask;
  while (load<i32>(table + ((<usize>place) << 4), LENGTH) >= 0) place = (place + 1) & mask;
  const entry: usize = table + ((<usize>place) << 4);
  store<u32>(entry, hash, HASH);
  store<i32>(entry, length, LENGTH);
  store<usize>(entry, bytes, BYTES);
  store<i32>(entry, value, VALUE);
}

export function find(table: usize, mask: u32, at: usize, length: i32): i32 {
  const hash: u32 = hashOf(at, length);
  let place: u32 = hash & mask;
  while (true) {
    const entry: usize = table + ((<usize>place) << 4);
    const known: i32 = load<i32>(entry, LENGTH);
    if (known < 0) return -1;
    if (
      known === length &&
      load<u32>(entry, HASH) === hash &&
      isSame(load<usize>(entry, BYTES), at, length)
    ) {
      return load<i32>(entry, VALUE);
    }
    place = (place + 1) & mask;
  }
}

/** The closing quote of a text without escapes that begins at `at`, behind its opening one; 0 for any other. */
export function plainEnd(at: usize): usize {
  while (true) {
    const bytes: v128 = v128.load(at);
    const found: i32 = i8x16.bitmask(
      v128.or(
        i8x16.lt_u(bytes, i8x16.splat(<i8>BLANK)),
        v128.or(i8x16.eq(bytes, i8x16.splat(<i8>QUOTE)), i8x16.eq(bytes, i8x16.splat(<i8>BACKSLASH))),
      ),
    );
    if (found !== 0) {
      const end: usize = at + <usize>ctz(found);
      return byteAt(end) === QUOTE ? end : 0;
    }
    at += 16;
  }
}

/** The place behind the closing quote of any text; 0 where there is none. */
export function textEnd(at: usize, end: usize): usize {
  while (at < end) {
    const byte: u32 = byteAt(at);
    if (byte === QUOTE) return at + 1;
    if (byte < BLANK) return 0;
    at += byte === BACKSLASH ? 2 : 1;
  }
  return 0;
}
