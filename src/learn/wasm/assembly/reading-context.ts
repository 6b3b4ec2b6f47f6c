/**
 * What the caller has put into the memory for a reading, and finds there after it: the context, the columns, and the odd
 * cells that are left to it.
 *
 * CONTEXT, 32 bit each: columns, nColumns, nKnown, order, seen, table and mask of the keys, values, odd cells, how many of
 * these have room. OUT: how many odd cells there are, the row that comes next, whether the list has ended. Behind it lie
 * the powers of ten (reading-numbers.ts) and the masks (reading-texts.ts).
 */
export const CONTEXT: usize = 1024;
const COLUMNS: usize = 0;
export const N_COLUMNS: usize = 4;
export const N_KNOWN: usize = 8;
export const ORDER: usize = 12;
export const SEEN: usize = 16;
export const KEY_TABLE: usize = 20;
export const KEY_MASK: usize = 24;
export const VALUES: usize = 28;
const ODD_CELLS: usize = 32;
export const ODD_ROOM: usize = 36;
export const N_ODD: usize = 40;
export const NEXT_ROW: usize = 44;
export const HAS_ENDED: usize = 48;
export const ROW_NUMBER: usize = 52;

/** A column: kind, key as JSON writes it with quotes and colon, its length, table, mask. */
const COLUMN_SHIFT: i32 = 5;
export const KIND: usize = 0;
export const KEY: usize = 4;
export const KEY_LENGTH: usize = 8;
export const TABLE: usize = 12;
export const MASK: usize = 16;

export const NUMBER: i32 = 0;
export const TEXT: i32 = 1;
export const BOOLEAN: i32 = 2;
export const IGNORED: i32 = 4;

/** An odd cell: its place in the values (-1: it is only to be JSON), where it begins and where it ends. */
const ODD_BYTES: i32 = 12;

export function get(field: usize): i32 {
  return load<i32>(CONTEXT + field);
}

export function columnAt(k: i32): usize {
  return <usize>(get(COLUMNS) + (k << COLUMN_SHIFT));
}

/** Leaves the bytes from..to-1 to the caller. */
export function note(cell: i32, from: usize, to: usize): usize {
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
