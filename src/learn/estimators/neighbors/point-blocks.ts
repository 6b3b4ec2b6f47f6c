/**
 * Rows made ready for being compared in 32 bit with many queries. From every feature its middle is taken off first: the
 * mean, or the value that most rows share where most do. Distances stay what they are, but 32 bit then go further,
 * and the features of the second kind (a category's 0/1 column, a word's count) are zero in most rows, so only the other
 * rows are listed. Work then grows with what is not zero on both sides instead of with the features.
 *
 * Rows lie in blocks that fit into the cache with their scores, neighbours together: a block whose box is farther from
 * a query than what was found is left out. A block holds the dense features feature by feature, the lists of the
 * sparse ones column by column, and each row's squared length; its box is that of the dense features.
 */
import type { SparseLists } from '../../wasm/nearby-kernels.js';
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
/** The kernels take so many rows at a time. */
const LANES = 8;

export interface PointBlock {
  /** Which rows these are. */
  readonly rows: Uint32Array;
  /** nRows, rounded up; what fills up is farther than everything. */
  readonly width: number;
  /** Feature by feature, width wide. */
  readonly dense: Float32Array;
  readonly sparse: SparseLists;
  /** Squared lengths, less their rounding: length width. */
  readonly offsets: Float32Array;
}

export interface PointBlocks {
  readonly nFeatures: number;
  /** What is taken off each feature. */
  readonly middles: Float64Array;
  readonly denseFeatures: Uint32Array;
  readonly sparseFeatures: Uint32Array;
  readonly blocks: readonly PointBlock[];
  readonly boxes: Boxes;
}

/** The least and the largest value of each dense feature in each block; row-major, a block a row. */
export interface Boxes {
  readonly lows: Float64Array;
  readonly highs: Float64Array;
}

/** How far a score may be off, as a share of the squared lengths of row and query: its sum has so many terms. */
export function roundingShare(nFeatures: number): number {
  return 3 * (nFeatures + 8) * 2 ** -24;
}

/**
 * Cost: O(n d log n).
 * @param rows row-major, nRows * nFeatures
 * @returns undefined where 32 bit do not hold such numbers
 */
export function pointBlocks(rows: Float64Array, nRows: number, nFeatures: number): PointBlocks | undefined {
  const middles = new Float64Array(nFeatures);
  const dense: number[] = [];
  const sparse: number[] = [];
  for (let j = 0; j < nFeatures; j++) {
    const common = commonValue(rows, nRows, nFeatures, j);
    middles[j] = common ?? meanOf(rows, nRows, nFeatures, j);
    (common === undefined ? dense : sparse).push(j);
  }
  const denseFeatures = Uint32Array.from(dense);
  const sparseFeatures = Uint32Array.from(sparse);
  const shape = { nFeatures, middles, denseFeatures, sparseFeatures };
  const lengths = squaredLengths(rows, nRows, middles);
  let longest = 0;
  for (const length of lengths) {
    if (!(length < MAX_SQUARED_LENGTH)) return undefined;
    longest = Math.max(longest, length);
  }
  if (longest < LEAST_SQUARED_LENGTH) return undefined;
  const { order, starts } = halvedOrder(rows, nRows, nFeatures, denseFeatures, ROWS_PER_BLOCK);
  const parts = starts.slice(0, -1).map((from, b) => order.subarray(from, starts[b + 1]));
  return {
    ...shape,
    blocks: parts.map((own) => makeBlock(rows, lengths, own, shape)),
    boxes: boxesOf(rows, parts, shape),
  };
}

type Shape = Omit<PointBlocks, 'blocks' | 'boxes'>;

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

function squaredLengths(rows: Float64Array, nRows: number, middles: Float64Array): Float64Array {
  const lengths = new Float64Array(nRows);
  const nFeatures = middles.length;
  for (let i = 0, at = 0; i < nRows; i++) {
    let sum = 0;
    for (let j = 0; j < nFeatures; j++, at++) sum += ((rows[at] as number) - (middles[j] as number)) ** 2;
    lengths[i] = sum;
  }
  return lengths;
}

function makeBlock(
  rows: Float64Array,
  lengths: Float64Array,
  own: Uint32Array,
  { nFeatures, middles, denseFeatures, sparseFeatures }: Shape,
): PointBlock {
  const width = Math.ceil(own.length / LANES) * LANES;
  const dense = new Float32Array(denseFeatures.length * width);
  for (let k = 0; k < denseFeatures.length; k++) {
    const j = denseFeatures[k] as number;
    const middle = middles[j] as number;
    for (let p = 0; p < own.length; p++) {
      dense[k * width + p] = (rows[(own[p] as number) * nFeatures + j] as number) - middle;
    }
  }
  const starts = new Uint32Array(sparseFeatures.length + 1);
  const places: number[] = [];
  const values: number[] = [];
  for (let k = 0; k < sparseFeatures.length; k++) {
    const j = sparseFeatures[k] as number;
    const middle = middles[j] as number;
    for (let p = 0; p < own.length; p++) {
      const value = rows[(own[p] as number) * nFeatures + j] as number;
      if (value === middle) continue;
      places.push(p);
      values.push(value - middle);
    }
    starts[k + 1] = places.length;
  }
  const offsets = new Float32Array(width).fill(Number.POSITIVE_INFINITY);
  const kept = 1 - roundingShare(nFeatures);
  for (let p = 0; p < own.length; p++) offsets[p] = (lengths[own[p] as number] as number) * kept;
  const sparse = { starts, places: Uint32Array.from(places), values: Float32Array.from(values) };
  return { rows: own, width, dense, sparse, offsets };
}

function boxesOf(
  rows: Float64Array,
  parts: readonly Uint32Array[],
  { nFeatures, denseFeatures }: Shape,
): Boxes {
  const lows = new Float64Array(denseFeatures.length * parts.length);
  const highs = new Float64Array(denseFeatures.length * parts.length);
  for (const [b, own] of parts.entries()) {
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

/** Squared length of a query, as of a row; Infinity where 32 bit do not hold it. */
export function squaredLengthOf(queries: Float64Array, at: number, middles: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < middles.length; j++) sum += ((queries[at + j] as number) - (middles[j] as number)) ** 2;
  return sum < MAX_SQUARED_LENGTH ? sum : Number.POSITIVE_INFINITY;
}
