/**
 * Lists of rows as a tree divides them. A node's rows are a stretch of a list of 32-bit row numbers; a split parts the
 * stretch in place and keeps the order, so that later passes over rows go forward through memory. Finished leaves add
 * their values to the raw scores of their stretch.
 */

/** IN/OUT rows: those of side 0 first, then those of side 1, each in the order they had. Gives how many went left. */
export function partition(rows: usize, n: i32, spare: usize, column: usize, side: usize): i32 {
  const end: usize = rows + ((<usize>n) << 2);
  let left: usize = rows;
  let right: usize = spare;
  for (let p: usize = rows; p < end; p += 4) {
    const row: u32 = load<u32>(p);
    const goesRight: usize = <usize>load<u8>(side + <usize>load<u8>(column + <usize>row));
    store<u32>(left, row);
    store<u32>(right, row);
    right += goesRight << 2;
    left += 4 - (goesRight << 2);
  }
  memory.copy(left, spare, right - spare);
  return <i32>((left - rows) >> 2);
}

/** IN/OUT numbers[row] += value. */
export function addToRows(numbers: usize, rows: usize, n: i32, value: f64): void {
  const end: usize = rows + ((<usize>n) << 2);
  for (let p: usize = rows; p < end; p += 4) {
    const at: usize = numbers + ((<usize>load<u32>(p)) << 3);
    store<f64>(at, load<f64>(at) + value);
  }
}
