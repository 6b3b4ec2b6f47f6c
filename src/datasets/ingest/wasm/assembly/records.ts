/**
 * Whole records of a delimited file without quotes, carriage returns and escapes, all of them of the same number of
 * fields: nearly all records of nearly all files. What is met beside that is left to the caller, from the start of its
 * record, so that nothing has to be decided here but the spelling of cells.
 *
 * `rules` gives each byte a class: below SPECIAL it is the class of the automaton, already known to be ordinary. The
 * automaton is walked until its state is dead (the cell is text), the rest of the cell is only passed over. The counts
 * of a record wait in `pending` until its line feed has come.
 */

/** From here on: bytes that end a cell, or that are none of this kernel's. */
const SPECIAL: u32 = 128;
const DELIMITER: u32 = 128;
const LINE_FEED: u32 = 129;

/**
 * `place[from, to)` ends in a line feed. IN: rules (256 bytes), blanks (256 bytes, 1 for a blank), next (16 bit), kinds
 * (16 bit, by state, -1 for text), all as the scanner has them; the number of fields; the longest record allowed.
 * OUT: counts (64 bit floats, `stride` a column) and padded (a byte a column) are added to; found = records, bytes of
 * the longest record. Scratch: pending (32 bit a column).
 *
 * @returns where the first record starts that was not taken, or `to`.
 */
export function takeRecords(
  from: usize,
  to: usize,
  nFields: i32,
  maxBytes: usize,
  rules: usize,
  blanks: usize,
  next: usize,
  start: u32,
  kinds: usize,
  counts: usize,
  stride: i32,
  padded: usize,
  pending: usize,
  found: usize,
): usize {
  let nRecords: i32 = 0;
  let longest: usize = 0;
  let record: usize = from;
  while (record < to) {
    let at: usize = record;
    let column: i32 = 0;
    for (;;) {
      const first: usize = at;
      let state: u32 = start;
      let rule: u32 = load<u8>(rules + <usize>load<u8>(at));
      while (rule < SPECIAL) {
        state = load<u16>(next + ((<usize>(state + rule)) << 1));
        at++;
        rule = load<u8>(rules + <usize>load<u8>(at));
        if (state === 0) {
          while (rule < SPECIAL) {
            at++;
            rule = load<u8>(rules + <usize>load<u8>(at));
          }
        }
      }
      if (at > first) {
        const edges: u32 =
          load<u8>(blanks + <usize>load<u8>(first)) | load<u8>(blanks + <usize>load<u8>(at - 1));
        if (edges) store<u8>(padded + <usize>column, 1);
      }
      const kind: i32 = load<i16>(kinds + ((<usize>state) << 1));
      store<i32>(pending + ((<usize>column) << 2), column * stride + kind + 1);
      column++;
      if (rule === DELIMITER && column < nFields) {
        at++;
        continue;
      }
      break;
    }
    const isWhole: bool = load<u8>(rules + <usize>load<u8>(at)) === LINE_FEED && column === nFields;
    const nBytes: usize = at - record;
    if (!isWhole || nBytes === 0 || nBytes > maxBytes) break;
    for (let index: i32 = 0; index < nFields; index++) {
      const slot: usize = counts + ((<usize>load<i32>(pending + ((<usize>index) << 2))) << 3);
      store<f64>(slot, load<f64>(slot) + 1);
    }
    if (nBytes > longest) longest = nBytes;
    nRecords++;
    record = at + 1;
  }
  store<i32>(found, nRecords);
  store<i32>(found + 4, <i32>longest);
  return record;
}
