/**
 * A table in JSON to numbers: rows as objects (`{"age":39,"job":"cook"}`), or the list of one column. Nothing is made of a
 * cell but the number that an encoder takes; a text is looked up by its bytes, sixteen at a time. Whoever sends many rows sends
 * each with the same keys in the same order, so the order of the row before is tried first: a key is one comparison.
 *
 * What is usual is read here. A cell that needs more (escapes, a text that is not in the table, a number of many digits, a
 * value of another type) is measured, noted in the list of odd cells and left to the caller. What is no JSON, or not
 * what the columns say, ends with 0: the caller takes the whole body to JSON.parse then, which knows what to say of it.
 *
 * IN: the body, from `at`, with 32 bytes of 0 behind its end: they end every loop, and let sixteen bytes be read at any place.
 * CONTEXT, 32 bit each: columns, nColumns, nKnown, order, seen, table and mask of the keys, values, odd cells, how many of
 * these have room. OUT: how many odd cells there are, the row that comes next, whether the list has ended.
 */
const CONTEXT: usize = 1024;
const COLUMNS: usize = 0;
const N_COLUMNS: usize = 4;
const N_KNOWN: usize = 8;
const ORDER: usize = 12;
const SEEN: usize = 16;
const KEY_TABLE: usize = 20;
const KEY_MASK: usize = 24;
const VALUES: usize = 28;
const ODD_CELLS: usize = 32;
const ODD_ROOM: usize = 36;
const N_ODD: usize = 40;
const NEXT_ROW: usize = 44;
const HAS_ENDED: usize = 48;
const ROW_NUMBER: usize = 52;
/** 1, 10, 100 … as far as a double holds them: 23 of 64 bit. */
const TENS: usize = 1088;
/** 16 bytes of ones and 16 of zeros. */
const MASKS: usize = 1280;

/** A column: kind, key as JSON writes it with quotes and colon, its length, table, mask. */
const COLUMN_SHIFT: i32 = 5;
const KIND: usize = 0;
const KEY: usize = 4;
const KEY_LENGTH: usize = 8;
const TABLE: usize = 12;
const MASK: usize = 16;

const NUMBER: i32 = 0;
const TEXT: i32 = 1;
const BOOLEAN: i32 = 2;
const IGNORED: i32 = 4;

/** A place of a table of texts: hash, length (-1: none), bytes, what stands for the text. */
const HASH: usize = 0;
const LENGTH: usize = 4;
const BYTES: usize = 8;
const VALUE: usize = 12;

const BLANK: u32 = 0x20;
const QUOTE: u32 = 0x22;
const PLUS: u32 = 0x2b;
const COMMA: u32 = 0x2c;
const MINUS: u32 = 0x2d;
const POINT: u32 = 0x2e;
const ZERO: u32 = 0x30;
const COLON: u32 = 0x3a;
const OPEN_LIST: u32 = 0x5b;
const BACKSLASH: u32 = 0x5c;
const CLOSE_LIST: u32 = 0x5d;
const SMALL_E: u32 = 0x65;
const SMALL_F: u32 = 0x66;
const SMALL_N: u32 = 0x6e;
const SMALL_T: u32 = 0x74;
const OPEN_OBJECT: u32 = 0x7b;
const CLOSE_OBJECT: u32 = 0x7d;
const NULL: u32 = 0x6c6c756e;
const TRUE: u32 = 0x65757274;
const ALSE: u32 = 0x65736c61;

const MISSING_SLOT: f64 = -1;
/** As many digits fit into 64 bit whatever they are. */
const MAX_DIGITS: usize = 18;
const MAX_EXACT: u64 = 0x1fffffffffffff;
const N_TENS: u32 = 23;
/** An odd cell: its place in the values (-1: it is only to be JSON), where it begins and where it ends. */
const ODD_BYTES: i32 = 12;
const FACTOR_LOW: u64 = 0x19e3779b97f4a7;
const FACTOR_HIGH: u64 = 0x12b2ae3d27d4eb;

function get(field: usize): i32 {
  return load<i32>(CONTEXT + field);
}

function byteAt(at: usize): u32 {
  return <u32>load<u8>(at);
}

function pastBlanks(at: usize): usize {
  while (true) {
    const byte: u32 = byteAt(at);
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

function skipBlanks(at: usize): usize {
  return byteAt(at) <= BLANK ? pastBlanks(at) : at;
}

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
function isSame(known: usize, at: usize, length: i32): bool {
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

function find(table: usize, mask: u32, at: usize, length: i32): i32 {
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
function plainEnd(at: usize): usize {
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
function textEnd(at: usize, end: usize): usize {
  while (at < end) {
    const byte: u32 = byteAt(at);
    if (byte === QUOTE) return at + 1;
    if (byte < BLANK) return 0;
    at += byte === BACKSLASH ? 2 : 1;
  }
  return 0;
}

/** Leaves the bytes from..to-1 to the caller. */
function note(cell: i32, from: usize, to: usize): usize {
  if (to === 0) return 0;
  const n: i32 = get(N_ODD);
  if (n >= get(ODD_ROOM)) return 0;
  const entry: usize = <usize>(get(ODD_CELLS) + n * ODD_BYTES);
  store<i32>(entry, cell);
  store<usize>(entry, from, 4);
  store<usize>(entry, to, 8);
  store<i32>(CONTEXT + N_ODD, n + 1);
  return to;
}

function noteNumber(cell: i32, from: usize): usize {
  let at: usize = from;
  while (true) {
    const byte: u32 = byteAt(at);
    const isPart: bool =
      byte - ZERO <= 9 || byte === POINT || byte === MINUS || byte === PLUS || (byte | BLANK) === SMALL_E;
    if (!isPart) return note(cell, from, at);
    at++;
  }
}

function readNumber(from: usize, cell: i32, out: usize): usize {
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
function readCell(at: usize, end: usize, column: usize, cell: i32): usize {
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

function columnAt(k: i32): usize {
  return <usize>(get(COLUMNS) + (k << COLUMN_SHIFT));
}

function isKey(k: i32, at: usize): bool {
  return isSame(load<usize>(columnAt(k), KEY), at, load<i32>(columnAt(k), KEY_LENGTH));
}

/** Whether there may be no room for the odd cells of another row. */
function isFull(nCells: i32): bool {
  return get(N_ODD) + nCells > get(ODD_ROOM);
}

/** @returns the place behind the object that begins at `at`; 0 for what is not read here */
function readRow(at: usize, end: usize, row: i32): usize {
  const nColumns: i32 = get(N_COLUMNS);
  const nKnown: i32 = get(N_KNOWN);
  const order: usize = <usize>get(ORDER);
  const seen: usize = <usize>get(SEEN);
  const rowNumber: i32 = get(ROW_NUMBER) + 1;
  store<i32>(CONTEXT + ROW_NUMBER, rowNumber);
  if (byteAt(at) !== OPEN_OBJECT) return 0;
  at++;
  let nFound: i32 = 0;
  for (let place: i32 = 0; place < nKnown; place++) {
    at = skipBlanks(at);
    const guess: usize = order + ((<usize>place) << 2);
    let k: i32 = load<i32>(guess);
    if (isKey(k, at)) at += <usize>load<i32>(columnAt(k), KEY_LENGTH);
    else {
      if (byteAt(at) !== QUOTE) return 0;
      const close: usize = plainEnd(at + 1);
      k = close === 0 ? -1 : find(<usize>get(KEY_TABLE), <u32>get(KEY_MASK), at + 1, <i32>(close - at - 1));
      if (k >= 0) {
        at = skipBlanks(close + 1);
        if (byteAt(at) !== COLON) return 0;
        at++;
      } else {
        // One that always comes with escapes is in no table.
        k = nKnown - 1;
        while (k >= 0 && !isKey(k, at)) k--;
        if (k < 0) return 0;
        at += <usize>load<i32>(columnAt(k), KEY_LENGTH);
      }
      store<i32>(guess, k);
    }
    if (load<i32>(seen + ((<usize>k) << 2)) === rowNumber) return 0;
    store<i32>(seen + ((<usize>k) << 2), rowNumber);
    at = skipBlanks(at);
    if (k < nColumns) nFound++;
    at = readCell(at, end, columnAt(k), row * nColumns + k);
    if (at === 0) return 0;
    at = skipBlanks(at);
    const byte: u32 = byteAt(at++);
    if (byte === CLOSE_OBJECT) return nFound === nColumns ? at : 0;
    if (byte !== COMMA) return 0;
  }
  return 0;
}

/**
 * Reads objects from the one that begins at `at`, as row `row` and the next ones.
 * @returns the place behind the list, or of the object to go on with; 0 for what is not read here
 */
export function readRows(at: usize, end: usize, row: i32, maxRows: i32): usize {
  store<i32>(CONTEXT + N_ODD, 0);
  store<i32>(CONTEXT + HAS_ENDED, 0);
  while (true) {
    store<i32>(CONTEXT + NEXT_ROW, row);
    if (isFull(get(N_KNOWN))) return at;
    if (row === maxRows) return 0;
    at = readRow(at, end, row++);
    if (at === 0) return 0;
    at = skipBlanks(at);
    const byte: u32 = byteAt(at++);
    if (byte === CLOSE_LIST) {
      store<i32>(CONTEXT + HAS_ENDED, 1);
      store<i32>(CONTEXT + NEXT_ROW, row);
      return at;
    }
    if (byte !== COMMA) return 0;
    at = skipBlanks(at);
  }
}

/**
 * Reads lists of one value a column, in the order of \`columns\` (32 bit), from the one that begins at \`at\`.
 * @returns as readRows
 */
export function readLists(
  at: usize,
  end: usize,
  columns: usize,
  nListed: i32,
  row: i32,
  maxRows: i32,
): usize {
  const nColumns: i32 = get(N_COLUMNS);
  store<i32>(CONTEXT + N_ODD, 0);
  store<i32>(CONTEXT + HAS_ENDED, 0);
  while (true) {
    store<i32>(CONTEXT + NEXT_ROW, row);
    if (isFull(nListed)) return at;
    if (row === maxRows || byteAt(at++) !== OPEN_LIST) return 0;
    for (let place: i32 = 0; place < nListed; place++) {
      const k: i32 = load<i32>(columns + ((<usize>place) << 2));
      at = readCell(skipBlanks(at), end, columnAt(k), row * nColumns + k);
      if (at === 0) return 0;
      at = skipBlanks(at);
      if (byteAt(at++) !== (place + 1 === nListed ? CLOSE_LIST : COMMA)) return 0;
    }
    row++;
    at = skipBlanks(at);
    const byte: u32 = byteAt(at++);
    if (byte === CLOSE_LIST) {
      store<i32>(CONTEXT + HAS_ENDED, 1);
      store<i32>(CONTEXT + NEXT_ROW, row);
      return at;
    }
    if (byte !== COMMA) return 0;
    at = skipBlanks(at);
  }
}

/**
 * Reads the values of column k from the one that begins at `at`, as of row `row` and the next ones.
 * @returns as readRows
 */
export function readColumn(at: usize, end: usize, k: i32, row: i32, maxRows: i32): usize {
  const nColumns: i32 = get(N_COLUMNS);
  const column: usize = columnAt(k);
  store<i32>(CONTEXT + N_ODD, 0);
  store<i32>(CONTEXT + HAS_ENDED, 0);
  while (true) {
    store<i32>(CONTEXT + NEXT_ROW, row);
    if (isFull(1)) return at;
    if (row === maxRows) return 0;
    at = readCell(at, end, column, row * nColumns + k);
    if (at === 0) return 0;
    row++;
    at = skipBlanks(at);
    const byte: u32 = byteAt(at++);
    if (byte === CLOSE_LIST) {
      store<i32>(CONTEXT + HAS_ENDED, 1);
      store<i32>(CONTEXT + NEXT_ROW, row);
      return at;
    }
    if (byte !== COMMA) return 0;
    at = skipBlanks(at);
  }
}
