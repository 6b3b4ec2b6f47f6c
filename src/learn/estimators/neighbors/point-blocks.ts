/**
 * How rows are laid out for being compared with many queries at once, whatever they are scored in. From every feature its
 * middle is taken off first: the mean, or the value that most rows share where most do. Distances stay what they are, but
 * few digits then go further, and the features of the second kind (a category's 0/1 column, a word's count) are zero in
 * most rows: they are called sparse.
 *
 * Rows lie in blocks that fit into the cache with their scores, neighbours together: a block whose box is farther from
 * a query than what was found is left out. Its box is that of the dense features.
 */
import { halvedOrder } from './halving.js';

export const ROWS_PER_BLOCK = 256;
/**
 * A feature is sparse when at most this share of its rows differ from the common value: both sides list it with the
 * square of the share, and one entry of a list costs as much as some five dense products.
 */
const MAX_SPARSE_SHARE = 0.4;
/** Products of 32 bit stay numbers up to here, and keep their digits down to there. */
const MAX_SQUARED_LENGTH = 1e30;
const LEAST_SQUARED_LENGTH = 1e-20;

export interface PointBlocks {
  readonly nFeatures: number;
  /** What is taken off each feature. */
  readonly middles: Float64Array;
  readonly denseFeatures: Uint32Array;
  readonly sparseFeatures: Uint32Array;
  /** By block: which rows these are; at most ROWS_PER_BLOCK. */
  readonly parts: readonly Uint32Array[];
  readonly boxes: Boxes;
}

/** The least and the largest value of each dense feature in each block; row-major, a block a row. */
export interface Boxes {
  readonly lows: Float64Array;
  readonly highs: Float64Array;
}

/**
 * Cost: O(n d log n).
 * @param rows row-major, nRows * nFeatures
 * @param look called often meanwhile; may throw
 * @returns undefined where 32 bit do not hold such numbers
 */
export function pointBlocks(
  rows: Float64Array,
  nRows: number,
  nFeatures: number,
  look: () => void,
): PointBlocks | undefined {
  const middles = new Float64Array(nFeatures);
  const dense: number[] = [];
  const sparse: number[] = [];
  for (let j = 0; j < nFeatures; j++) {
    look();
    const common = commonValue(rows, nRows, nFeatures, j);
    middles[j] = common ?? meanOf(rows, nRows, nFeatures, j);
    (common === undefined ? dense : sparse).push(j);
  }
  let longest = 0;
  for (let i = 0; i < nRows; i++) {
    if (i % ROWS_PER_BLOCK === 0) look();
    const length = squaredLengthOf(rows, i * nFeatures, middles);
    if (length === Number.POSITIVE_INFINITY) return undefined;
    if (length > longest) longest = length;
  }
  if (longest < LEAST_SQUARED_LENGTH) return undefined;
  const denseFeatures = Uint32Array.from(dense);
  const { order, starts } = halvedOrder(rows, nRows, nFeatures, denseFeatures, ROWS_PER_BLOCK, look);
  const parts = starts.slice(0, -1).map((from, b) => order.subarray(from, starts[b + 1]));
  return {
    nFeatures,
    middles,
    denseFeatures,
    sparseFeatures: Uint32Array.from(sparse),
    parts,
    boxes: boxesOf(rows, parts, nFeatures, denseFeatures, look),
  };
}

/** The value that so many rows share that the others can be listed. */
export function commonValue(
  rows: Float64Array,
  nRows: number,
  nFeatures: number,
  j: number,
): number | undefined {
  // Pairs of different values cancel each other: what is left over is the majority, where there is one.
  let candidate = Number.NaN;
  let lead = 0;
  for (let at = j; at < rows.length; at += nFeatures) {
    const value = rows[at] as number;
    if (lead === 0) candidate = value;
    lead += value === candidate ? 1 : -1;
  }
  let nOthers = 0;
  for (let at = j; at < rows.length; at += nFeatures) if (rows[at] !== candidate) nOthers++;
  return nOthers <= MAX_SPARSE_SHARE * nRows ? candidate : undefined;
}

export function meanOf(rows: Float64Array, nRows: number, nFeatures: number, j: number): number {
  let sum = 0;
  for (let at = j; at < rows.length; at += nFeatures) sum += rows[at] as number;
  return sum / nRows;
}

function boxesOf(
  rows: Float64Array,
  parts: readonly Uint32Array[],
  nFeatures: number,
  denseFeatures: Uint32Array,
  look: () => void,
): Boxes {
  const lows = new Float64Array(denseFeatures.length * parts.length);
  const highs = new Float64Array(denseFeatures.length * parts.length);
  for (const [b, own] of parts.entries()) {
    look();
    for (let k = 0; k < denseFeatures.length; k++) {
      const j = denseFeatures[k] as number;
      let low = Number.POSITIVE_INFINITY;
      let high = Number.NEGATIVE_INFINITY;
      for (let p = 0; p < own.length; p++) {
        const value = rows[(own[p] as number) * nFeatures + j] as number;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      lows[b * denseFeatures.length + k] = low;
      highs[b * denseFeatures.length + k] = high;
    }
  }
  return { lows, highs };
}

/** Squared length of a row or a query, less the middles; Infinity where 32 bit do not hold it. */
export function squaredLengthOf(rows: Float64Array, at: number, middles: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < middles.length; j++) sum += ((rows[at + j] as number) - (middles[j] as number)) ** 2;
  return sum < MAX_SQUARED_LENGTH ? sum : Number.POSITIVE_INFINITY;
}
