/**
 * The small pieces of a JSON reader on bytes. Each takes the place where its token begins and gives the place behind it, or
 * -1 for whatever it does not read: that is no verdict. Who gets a -1 takes the body to JSON.parse, which knows all of the
 * language and says what is wrong with it. Behind the end of the bytes there is `undefined`, which no comparison takes.
 */
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const BACKSLASH = 0x5c;
export const OPEN_LIST = 0x5b;
export const CLOSE_LIST = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
export const BLANK = 0x20;
export const SMALL_N = 0x6e;
export const SMALL_T = 0x74;
export const SMALL_F = 0x66;
export const NULL = lettersOf('null');
export const TRUE = lettersOf('true');
export const FALSE = lettersOf('false');
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const SMALL_E = 0x65;
const CASE_BIT = 0x20;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Of FNV-1a: odd, and spreads a byte over the word. */
export const HASH_FACTOR = 0x01000193;

/** A double holds every one of these, and every whole number up to MAX_EXACT: their quotient is the double that is meant. */
const TENS = Float64Array.from({ length: 23 }, (_, n) => Number(`1e${n}`));
const MAX_EXACT = Number.MAX_SAFE_INTEGER;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The place of the next byte that is not white space. */
export function skipBlanks(body: Uint8Array, at: number): number {
  let next = at;
  for (;;) {
    const byte = body[next];
    if (byte !== BLANK && byte !== LINE_FEED && byte !== CARRIAGE_RETURN && byte !== TAB) return next;
    next++;
  }
}

/** Reads a number into out[to]: the double that JSON.parse makes of it. */
export function readNumber(body: Uint8Array, from: number, out: Float64Array, to: number): number {
  let at = from;
  const isNegative = body[at] === MINUS;
  if (isNegative) at++;
  let digit = (body[at] as number) - ZERO;
  let mantissa = 0;
  if (digit === 0) {
    digit = (body[++at] as number) - ZERO;
    if (digit >= 0 && digit <= 9) return -1;
  } else {
    if (!(digit >= 1 && digit <= 9)) return -1;
    do {
      mantissa = mantissa * 10 + digit;
      digit = (body[++at] as number) - ZERO;
    } while (digit >= 0 && digit <= 9);
  }
  let nDecimals = 0;
  if (body[at] === POINT) {
    const first = ++at;
    digit = (body[at] as number) - ZERO;
    while (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit;
      digit = (body[++at] as number) - ZERO;
    }
    nDecimals = at - first;
    if (nDecimals === 0) return -1;
  }
  if (((body[at] as number) | CASE_BIT) === SMALL_E) return readExponent(body, from, at + 1, out, to);
  if (mantissa > MAX_EXACT || nDecimals >= TENS.length) {
    out[to] = Number(decoder.decode(body.subarray(from, at)));
    return at;
  }
  const value = nDecimals === 0 ? mantissa : mantissa / (TENS[nDecimals] as number);
  out[to] = isNegative ? -value : value;
  return at;
}

function readExponent(
  body: Uint8Array,
  from: number,
  exponentAt: number,
  out: Float64Array,
  to: number,
): number {
  let at = exponentAt;
  if (body[at] === PLUS || body[at] === MINUS) at++;
  const first = at;
  let digit = (body[at] as number) - ZERO;
  while (digit >= 0 && digit <= 9) digit = (body[++at] as number) - ZERO;
  if (at === first) return -1;
  out[to] = Number(decoder.decode(body.subarray(from, at)));
  return at;
}

/** The place behind the closing quote of the text that begins at `at` with its opening one. Escapes are not looked into. */
export function skipText(body: Uint8Array, from: number): number {
  let at = from + 1;
  for (;;) {
    const byte = body[at];
    if (byte === QUOTE) return at + 1;
    if (byte === undefined) return -1;
    at += byte === BACKSLASH ? 2 : 1;
  }
}

/** The text of a JSON string with its quotes; undefined when it is none. */
export function decodeText(body: Uint8Array, from: number, to: number): string | undefined {
  try {
    return JSON.parse(decoder.decode(body.subarray(from, to))) as string;
  } catch {
    return undefined;
  }
}

/** One of the three words of JSON. */
export function readWord(body: Uint8Array, at: number, word: Uint8Array): number {
  for (let k = 0; k < word.length; k++) if (body[at + k] !== word[k]) return -1;
  return at + word.length;
}

function lettersOf(word: string): Uint8Array {
  return Uint8Array.from(word, (letter) => letter.charCodeAt(0));
}
