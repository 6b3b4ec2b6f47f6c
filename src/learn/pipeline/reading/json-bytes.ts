/**
 * The small pieces of a JSON reader on bytes. Each takes the place where its token begins and gives the place behind it, or
 * -1 for whatever it does not read: that is no verdict. Who gets a -1 takes the body to JSON.parse, which knows all of the
 * language and says what is wrong with it. Behind the end of the bytes there is `undefined`, which no comparison takes.
 */
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_LIST = 0x5b;
export const CLOSE_LIST = 0x5d;
export const BACKSLASH = 0x5c;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
const BLANK = 0x20;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

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

/** The place behind `word`, which is to stand at `at`. */
export function readWord(body: Uint8Array, at: number, word: Uint8Array): number {
  for (let k = 0; k < word.length; k++) if (body[at + k] !== word[k]) return -1;
  return at + word.length;
}

/** The place behind the closing quote of the text that begins at `from` with its opening one. Escapes are not looked into. */
export function skipText(body: Uint8Array, from: number): number {
  if (body[from] !== QUOTE) return -1;
  let at = from + 1;
  for (;;) {
    const byte = body[at];
    if (byte === QUOTE) return at + 1;
    if (byte === undefined) return -1;
    at += byte === BACKSLASH ? 2 : 1;
  }
}

/** The JSON that stands from..to-1; undefined when it is none. */
export function decodeJson(body: Uint8Array, from: number, to: number): unknown {
  try {
    return JSON.parse(decoder.decode(body.subarray(from, to)));
  } catch {
    return undefined;
  }
}

/** The bytes of a text that stands in JSON as it is; undefined for one with escapes, and for half a surrogate pair. */
export function plainBytes(text: string): Uint8Array | undefined {
  if (JSON.stringify(text).length !== text.length + 2) return undefined;
  const bytes = new TextEncoder().encode(text);
  return decoder.decode(bytes) === text ? bytes : undefined;
}
