/**
 * Divides a stretch of rows in two by the side of each row's bin, keeping the order on both sides. What belongs to a
 * row (its weight, its target) lies in arrays of the same order and moves with it, so that a search reads
 * them one after the other instead of from all over the memory.
 *
 * No branch depends on the side: every row is written to both places, and only one of the two moves on.
 *
 * @returns where the right side begins
 */
export function partitionRows(
  bins: Uint8Array,
  base: number,
  side: Uint8Array,
  start: number,
  end: number,
  rows: Uint32Array,
  spareRows: Uint32Array,
): number {
  let middle = start;
  let nRight = 0;
  for (let k = start; k < end; k++) {
    const row = rows[k] as number;
    const goesRight = side[bins[base + row] as number] as number;
    rows[middle] = row;
    spareRows[nRight] = row;
    nRight += goesRight;
    middle += 1 - goesRight;
  }
  for (let k = 0; k < nRight; k++) rows[middle + k] = spareRows[k] as number;
  return middle;
}

/** The same with two numbers a row. */
export function partitionWithTwo(
  bins: Uint8Array,
  base: number,
  side: Uint8Array,
  start: number,
  end: number,
  rows: Uint32Array,
  spareRows: Uint32Array,
  first: Float64Array,
  spareFirst: Float64Array,
  second: Float64Array,
  spareSecond: Float64Array,
): number {
  let middle = start;
  let nRight = 0;
  for (let k = start; k < end; k++) {
    const row = rows[k] as number;
    const goesRight = side[bins[base + row] as number] as number;
    const value = first[k] as number;
    const other = second[k] as number;
    rows[middle] = row;
    first[middle] = value;
    second[middle] = other;
    spareRows[nRight] = row;
    spareFirst[nRight] = value;
    spareSecond[nRight] = other;
    nRight += goesRight;
    middle += 1 - goesRight;
  }
  for (let k = 0; k < nRight; k++) {
    rows[middle + k] = spareRows[k] as number;
    first[middle + k] = spareFirst[k] as number;
    second[middle + k] = spareSecond[k] as number;
  }
  return middle;
}

/** The same with a number and a class a row; on its own so that each loop sees one kind of array only. */
export function partitionWithClass(
  bins: Uint8Array,
  base: number,
  side: Uint8Array,
  start: number,
  end: number,
  rows: Uint32Array,
  spareRows: Uint32Array,
  first: Float64Array,
  spareFirst: Float64Array,
  codes: Int32Array,
  spareCodes: Int32Array,
): number {
  let middle = start;
  let nRight = 0;
  for (let k = start; k < end; k++) {
    const row = rows[k] as number;
    const goesRight = side[bins[base + row] as number] as number;
    const value = first[k] as number;
    const code = codes[k] as number;
    rows[middle] = row;
    first[middle] = value;
    codes[middle] = code;
    spareRows[nRight] = row;
    spareFirst[nRight] = value;
    spareCodes[nRight] = code;
    nRight += goesRight;
    middle += 1 - goesRight;
  }
  for (let k = 0; k < nRight; k++) {
    rows[middle + k] = spareRows[k] as number;
    first[middle + k] = spareFirst[k] as number;
    codes[middle + k] = spareCodes[k] as number;
  }
  return middle;
}
