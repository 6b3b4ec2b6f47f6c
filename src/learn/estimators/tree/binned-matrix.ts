/**
 * Quantile bins: every feature as one byte a row, so that finding a split is counting, not sorting.
 *
 * A numeric feature with at most 255 distinct values gets one bin a value, and splitting on bins is then exact. One
 * with more gets 255 bins of about equal weight, a heavy value always one of its own. A categorical feature
 * gets one bin a category; beyond 255 categories the 254 most frequent keep theirs and the others share the
 * last. Missing is bin 255 everywhere.
 *
 * Bins are for fitting only. A tree keeps thresholds in the feature's own unit: the middle between the largest
 * value of the bin on the left and the smallest of the next bin that occurs at the node.
 *
 * Memory: column-major bytes in shared memory (row i of feature j at `j * nSamples + i`); per feature 256 slots
 * of least and largest value. Features are binned independently: one piece of work a feature.
 */
import type { FitContext } from '../../estimator.js';
import type { FeatureMatrix } from '../../matrix/feature-matrix.js';
import type { Bins } from '../../matrix/number-types.js';
import type { KernelControl } from '../../parallel/thread-pool.js';
import { Random } from '../../random.js';
import { encodeBins, findDistinct, sortDistinct } from '../../wasm/binning-kernels.js';

export const MAX_BINS = 255;
export const MISSING_BIN = 255;
export const BIN_SLOTS = 256;

/** Above this many rows, quantiles are taken from a random sample of this size. */
const MAX_QUANTILE_ROWS = 262_144;

export interface BinnedMatrix {
  readonly nSamples: number;
  readonly nFeatures: number;
  /** Length nSamples * nFeatures, column-major. */
  readonly bins: Bins;
  /** Length nFeatures: bins in use, without the one of missing values. */
  readonly nBins: Int32Array;
  /** Length nFeatures * 256: the least and the largest value in each bin. Numeric features only. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Length nFeatures: 0 for numeric, else the number of categories. */
  readonly nCategories: Int32Array;
  /** Where a categorical feature's entries of `binOfCategory` begin. */
  readonly categoryOffsets: Int32Array;
  readonly binOfCategory: Bins;
}

interface BinningInput {
  readonly matrix: { readonly values: Float64Array };
  readonly binned: BinnedMatrix;
  /** Rows to take quantiles from; absent: all. */
  readonly sampleRows?: Uint32Array;
  readonly sampleWeight?: Float64Array;
  readonly maxBins: number;
}

/**
 * Bins a matrix on the pool's threads.
 * @param sampleWeight length nSamples; quantiles follow it
 * @param maxBins 2..255: bins of a numeric feature, without the one of missing values
 * Cost: O(n d log n) where features have more than 255 values, else O(n d).
 */
export async function binMatrix(
  x: FeatureMatrix,
  context: FitContext,
  onProgress: (fraction: number) => void,
  sampleWeight?: Float64Array,
  maxBins = MAX_BINS,
): Promise<BinnedMatrix> {
  const { nSamples, nFeatures } = x;
  const binned = emptyBins(x);
  const input: BinningInput = {
    matrix: { values: x.values },
    binned,
    sampleRows: nSamples > MAX_QUANTILE_ROWS ? sampleOfRows(nSamples, context.random.fork(0)) : undefined,
    sampleWeight,
    maxBins,
  };
  await context.threads.map(
    { module: import.meta.url, name: 'binFeatureKernel' },
    input,
    nFeatures,
    onProgress,
  );
  return binned;
}

/** The arrays of a binned matrix, in shared memory, before any column is binned. */
export function emptyBins({ nSamples, nFeatures, features }: FeatureMatrix): BinnedMatrix {
  const categoryOffsets = new Int32Array(nFeatures);
  const nCategories = new Int32Array(nFeatures);
  let nEntries = 0;
  for (let j = 0; j < nFeatures; j++) {
    const feature = features[j];
    categoryOffsets[j] = nEntries;
    nCategories[j] = feature?.kind === 'categorical' ? Math.max(1, feature.nCategories ?? 1) : 0;
    nEntries += nCategories[j] as number;
  }
  return {
    nSamples,
    nFeatures,
    bins: new Uint8Array(new SharedArrayBuffer(nSamples * nFeatures)),
    nBins: new Int32Array(new SharedArrayBuffer(nFeatures * 4)),
    lower: new Float64Array(new SharedArrayBuffer(nFeatures * BIN_SLOTS * 8)),
    upper: new Float64Array(new SharedArrayBuffer(nFeatures * BIN_SLOTS * 8)),
    nCategories,
    categoryOffsets,
    binOfCategory: new Uint8Array(new SharedArrayBuffer(nEntries)),
  };
}

function sampleOfRows(nSamples: number, random: Random): Uint32Array {
  const rows = new Uint32Array(MAX_QUANTILE_ROWS);
  for (let k = 0; k < rows.length; k++) rows[k] = random.below(nSamples);
  return rows;
}

/** Kernel: bins feature `piece`; writes into the shared arrays of `binned`. */
export function binFeatureKernel(input: BinningInput, piece: number, control: KernelControl): void {
  const { binned, matrix } = input;
  const column = matrix.values.subarray(piece * binned.nSamples, (piece + 1) * binned.nSamples);
  if ((binned.nCategories[piece] as number) > 0) binCategories(input, piece, column);
  else binNumbers(input, piece, column, control);
}

function binCategories({ binned, sampleWeight }: BinningInput, j: number, column: Float64Array): void {
  const nCategories = binned.nCategories[j] as number;
  const offset = binned.categoryOffsets[j] as number;
  const binOfCategory = binned.binOfCategory.subarray(offset, offset + nCategories);
  if (nCategories <= MAX_BINS) {
    for (let code = 0; code < nCategories; code++) binOfCategory[code] = code;
  } else {
    const weights = new Float64Array(nCategories);
    for (let i = 0; i < column.length; i++) {
      const code = column[i] as number;
      if (code >= 0 && code < nCategories)
        weights[code] = (weights[code] as number) + (sampleWeight?.[i] ?? 1);
    }
    const byWeight = Array.from(weights.keys()).sort(
      (a, b) => (weights[b] as number) - (weights[a] as number) || a - b,
    );
    binOfCategory.fill(MAX_BINS - 1);
    for (let rank = 0; rank < MAX_BINS - 1; rank++) binOfCategory[byWeight[rank] as number] = rank;
  }
  binned.nBins[j] = Math.min(nCategories, MAX_BINS);
  const base = j * binned.nSamples;
  for (let i = 0; i < column.length; i++) {
    const code = column[i] as number;
    binned.bins[base + i] =
      code >= 0 && code < nCategories ? (binOfCategory[Math.trunc(code)] as number) : MISSING_BIN;
  }
}

function binNumbers(input: BinningInput, j: number, column: Float64Array, control: KernelControl): void {
  const { binned } = input;
  const cuts = distinctCuts(column, input.maxBins) ?? quantileCuts(column, input);
  control.checkpoint(0.5);
  binned.nBins[j] = cuts.length + 1;
  const base = j * binned.nSamples;
  encodeBins(
    column,
    cuts,
    binned.bins.subarray(base, base + column.length) as Uint8Array,
    binned.lower.subarray(j * BIN_SLOTS, (j + 1) * BIN_SLOTS),
    binned.upper.subarray(j * BIN_SLOTS, (j + 1) * BIN_SLOTS),
  );
}

/** The middle of two numbers, at least the left and below the right one; does not overflow. */
export function midpoint(left: number, right: number): number {
  const middle = left * 0.5 + right * 0.5;
  return middle < right && middle >= left ? middle : left;
}

/** Cuts between all distinct values, or undefined when there are more than `maxBins`. */
export function distinctCuts(column: Float64Array, maxBins: number): Float64Array | undefined {
  const values = findDistinct(column, maxBins);
  return values === undefined ? undefined : cutsBetween(values);
}

function cutsBetween(sorted: Float64Array): Float64Array {
  const cuts = new Float64Array(Math.max(0, sorted.length - 1));
  for (let k = 0; k < cuts.length; k++) cuts[k] = midpoint(sorted[k] as number, sorted[k + 1] as number);
  return cuts;
}

/** Cuts that leave about equal weights in the bins. A value heavier than its share closes its bin. */
function quantileCuts(
  column: Float64Array,
  { sampleRows, sampleWeight, maxBins }: BinningInput,
): Float64Array {
  const { values, weights } = distinctValues(column, sampleRows, sampleWeight);
  if (values.length <= maxBins) return cutsBetween(values);
  let remaining = 0;
  for (const weight of weights) remaining += weight;
  const cuts: number[] = [];
  let inBin = 0;
  for (let k = 0; k + 1 < values.length && cuts.length < maxBins - 1; k++) {
    const weight = weights[k] as number;
    inBin += weight;
    const share = remaining / (maxBins - cuts.length);
    // Close before a heavy value too, so that it does not drag its neighbours into its bin.
    if (inBin >= share || (weights[k + 1] as number) >= share) {
      cuts.push(midpoint(values[k] as number, values[k + 1] as number));
      remaining -= inBin;
      inBin = 0;
    }
  }
  return Float64Array.from(cuts);
}

function distinctValues(
  column: Float64Array,
  rows: Uint32Array | undefined,
  sampleWeight: Float64Array | undefined,
): { values: Float64Array; weights: Float64Array } {
  const n = rows?.length ?? column.length;
  const picked = new Float64Array(n);
  let count = 0;
  for (let k = 0; k < n; k++) {
    const value = column[rows === undefined ? k : (rows[k] as number)] as number;
    if (!Number.isNaN(value)) picked[count++] = value;
  }
  const { values, counts } = sortDistinct(picked.subarray(0, count));
  if (sampleWeight === undefined) return { values, weights: counts };
  const weights = new Float64Array(values.length);
  for (let k = 0; k < n; k++) {
    const row = rows === undefined ? k : (rows[k] as number);
    const value = column[row] as number;
    if (Number.isNaN(value)) continue;
    const at = indexOfValue(values, values.length, value);
    weights[at] = (weights[at] as number) + (sampleWeight[row] as number);
  }
  return { values, weights };
}

function indexOfValue(values: Float64Array, length: number, value: number): number {
  let low = 0;
  let high = length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
