import type { FeatureValues, RowIndices } from '../matrix/number-types.js';
import type { TextColumn } from '../matrix/table.js';

/** What the steps need to know of a numeric column's training rows. */
export interface NumberStatistics {
  readonly nPresent: number;
  /** NaN when nothing is present. */
  readonly minimum: number;
  readonly maximum: number;
}

/** One pass over the chosen rows. NaN is missing. */
export function numberStatistics(values: FeatureValues, rows: RowIndices): NumberStatistics {
  let nPresent = 0;
  let minimum = Infinity;
  let maximum = -Infinity;
  for (let p = 0; p < rows.length; p++) {
    const value = values[rows[p] as number] as number;
    if (Number.isNaN(value)) continue;
    nPresent++;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  // -0 becomes 0: the range goes into JSON, which a foreign reader may write back without the sign.
  return nPresent === 0
    ? { nPresent, minimum: Number.NaN, maximum: Number.NaN }
    : { nPresent, minimum: minimum + 0, maximum: maximum + 0 };
}

/** How often each category occurs in the training rows. */
export interface CategoryCounts {
  readonly nRows: number;
  readonly nPresent: number;
  readonly nDistinct: number;
  /** Length dictionary.length; the empty text counts as missing and has 0. */
  readonly counts: Uint32Array;
}

/** One pass over the chosen rows. The code -1 and the empty text are missing. */
export function categoryCounts(column: TextColumn, rows: RowIndices): CategoryCounts {
  const { codes, dictionary } = column;
  const counts = new Uint32Array(dictionary.length);
  for (let p = 0; p < rows.length; p++) {
    const code = codes[rows[p] as number] as number;
    if (code >= 0) (counts[code] as number)++;
  }
  const blank = dictionary.indexOf('');
  if (blank >= 0) counts[blank] = 0;
  let nPresent = 0;
  let nDistinct = 0;
  for (const count of counts) {
    nPresent += count;
    if (count > 0) nDistinct++;
  }
  return { nRows: rows.length, nPresent, nDistinct, counts };
}

/**
 * Whether a column of whole numbers has some that are not exact: beyond 2^53 a 64-bit number has no room for every
 * integer. A column with fractions is measured, and of such numbers nobody expects all digits. Cost: one pass at most.
 */
export function hasUnsafeIntegers(values: FeatureValues): boolean {
  let isUnsafe = false;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isInteger(value)) isUnsafe ||= !Number.isSafeInteger(value);
    else if (!Number.isNaN(value)) return false;
  }
  return isUnsafe;
}
