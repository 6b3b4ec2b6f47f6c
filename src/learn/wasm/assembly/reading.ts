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
 * What else goes in and comes out lies in the context (reading-context.ts).
 */
import {
  byteAt,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  skipBlanks,
} from './reading-bytes';
import { readCell } from './reading-cells';
import {
  CONTEXT,
  columnAt,
  get,
  HAS_ENDED,
  KEY,
  KEY_LENGTH,
  KEY_MASK,
  KEY_TABLE,
  N_COLUMNS,
  N_KNOWN,
  N_ODD,
  NEXT_ROW,
  ODD_ROOM,
  ORDER,
  ROW_NUMBER,
  SEEN,
} from './reading-context';
import { find, isSame, plainEnd } from './reading-texts';

export { insert } from './reading-texts';

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
 * Reads lists of one value a column, in the order of `columns` (32 bit), from the one that begins at `at`.
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
