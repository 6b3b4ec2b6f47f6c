/**
 * Least squares from the moments of centred features: G = XᵀX and q = Xᵀy cost one pass over the rows, n d² operations
 * that run in the dense kernels; what follows costs d³ / 3. Solving them squares the condition number, so the
 * solution is given only where a factorisation shows that enough digits are left; else the caller takes orthogonal
 * transformations of the whole matrix.
 *
 * Products are taken about a mean of few rows, with a column of ones beside the features: its products with them are
 * their sums, which move everything to the true means. Few rows know the mean well enough to lose no digits; where they
 * do not (sorted rows, weights of zero), a second pass starts from the means that the first has found.
 *
 * Rows are cut into pieces and blocks of fixed sizes whose sums are added in their order: the moments have the same
 * bits with any number of threads.
 */
import type { KernelControl, KernelReference, ThreadPool } from '../parallel/thread-pool.js';
import { dots, lessRows, multiplyRows, scratchArrays } from '../wasm/dense-kernels.js';
import { solveCholesky } from './cholesky.js';
import { type FeatureMatrix, inSharedMemory } from './feature-matrix.js';

/** Moments of the features and the target, each less its weighted mean (nothing, without an intercept). */
export interface Moments {
  /** Row-major d * d. */
  readonly gram: Float64Array;
  /** Length d. */
  readonly correlations: Float64Array;
  readonly targetSquared: number;
  /** What was taken off; length d. */
  readonly means: Float64Array;
  readonly targetMean: number;
  readonly totalWeight: number;
}

export interface MomentInput {
  /** Column-major. */
  readonly values: Float64Array;
  readonly nSamples: number;
  readonly nFeatures: number;
  readonly target: Float64Array;
  /** undefined: 1 for every row. */
  readonly weights: Float64Array | undefined;
  /** What is taken off the features and, last, the target: length nFeatures + 1. */
  readonly centres: Float64Array;
}

export const MOMENT_KERNEL: KernelReference = { module: import.meta.url, name: 'momentPiece' };

const ROWS_PER_PIECE = 8192;
/** Each piece gives d² sums: of many features there are fewer. */
const ROWS_PER_WIDE_PIECE = 32_768;
/** A block of columns should stay in the second-level cache. */
const ROWS_PER_BLOCK = 512;
const ROWS_PER_WIDE_BLOCK = 128;
const WIDE = 64;
/** Below this many operations a round trip to the threads, or their import of this module, costs more than it saves. */
const OPERATIONS_FOR_THREADS = 1e8;
/** The first centres are the means of about so many rows. */
const ROWS_TO_LOOK_AT = 512;
/** Squares about a centre may be so many times those about the mean: they lose that share of their digits. */
const MOST_OFFSET = 1000;
/** The least pivot, of features scaled to length 1: about eps / 1e-6 = 1e-10 of the solution is lost. */
export const LEAST_PIVOT = 1e-6;
/** A centred feature this much shorter than its mean is rounding and nothing else. */
const LEAST_SPREAD = 1e-20;

/**
 * Moments that are no finite numbers say that a feature or the target was none, or that squares of them overflow.
 * @param target IN length nSamples. @param weights IN length nSamples, >= 0, sum > 0; undefined: 1 for every row
 */
export async function centredMoments(
  x: FeatureMatrix,
  target: Float64Array,
  weights: Float64Array | undefined,
  fitIntercept: boolean,
  context: { readonly threads: ThreadPool; readonly checkpoint: (fraction: number) => void },
): Promise<Moments> {
  const { nSamples, nFeatures, values } = x;
  const centres = new Float64Array(nFeatures + 1);
  const input: MomentInput = { values, nSamples, nFeatures, target, weights, centres };
  if (!fitIntercept) return momentsOf(input, await sumPieces(input, context), false);
  const first = { ...input, centres: meansOfFew(input) };
  const moments = momentsOf(first, await sumPieces(first, context), true);
  if (!isOffCentre(moments, first.centres)) return moments;
  const second = { ...input, centres: Float64Array.of(...moments.means, moments.targetMean) };
  return momentsOf(second, await sumPieces(second, context), true);
}

/** Means of rows at even distances: near the true ones in any order of the rows but the worst. */
function meansOfFew({ values, nSamples, nFeatures, target, weights }: MomentInput): Float64Array {
  const means = new Float64Array(nFeatures + 1);
  const step = Math.ceil(nSamples / ROWS_TO_LOOK_AT);
  for (let j = 0; j <= nFeatures; j++) {
    const column = j === nFeatures ? target : values;
    const base = j === nFeatures ? 0 : j * nSamples;
    // Differences from the first one, so that the mean of equal values is that value to the bit.
    const first = column[base] as number;
    let sum = 0;
    let total = 0;
    for (let i = 0; i < nSamples; i += step) {
      const weight = weights === undefined ? 1 : (weights[i] as number);
      sum += weight * ((column[base + i] as number) - first);
      total += weight;
    }
    means[j] = total === 0 ? first : first + sum / total;
  }
  return means;
}

function isOffCentre(
  { gram, targetSquared, means, targetMean, totalWeight }: Moments,
  centres: Float64Array,
): boolean {
  const d = means.length;
  for (let j = 0; j <= d; j++) {
    const mean = j === d ? targetMean : (means[j] as number);
    const squared = j === d ? targetSquared : (gram[j * d + j] as number);
    const offset = totalWeight * (mean - (centres[j] as number)) ** 2;
    if (offset > MOST_OFFSET * squared && offset > LEAST_SPREAD * totalWeight * mean * mean) return true;
  }
  return false;
}

/** Products about the centres, of features, target and ones, row-major paddedWidth². */
async function sumPieces(
  input: MomentInput,
  context: { readonly threads: ThreadPool; readonly checkpoint: (fraction: number) => void },
): Promise<Float64Array> {
  const { nSamples, nFeatures } = input;
  const nPieces = Math.ceil(nSamples / rowsPerPiece(nFeatures));
  const isLarge = nSamples * (nFeatures + 1) ** 2 > OPERATIONS_FOR_THREADS;
  const pieces =
    isLarge && nPieces > 1
      ? await context.threads.map<MomentInput, Float64Array>(
          MOMENT_KERNEL,
          { ...input, values: inSharedMemory(input.values), target: inSharedMemory(input.target) },
          nPieces,
          context.checkpoint,
        )
      : Array.from({ length: nPieces }, (_, piece) => momentPiece(input, piece, context));
  const sums = pieces[0] as Float64Array;
  for (const piece of pieces.slice(1))
    for (let at = 0; at < sums.length; at++) sums[at]! += piece[at] as number;
  return sums;
}

function momentsOf({ nFeatures, centres }: MomentInput, sums: Float64Array, toMeans: boolean): Moments {
  const width = paddedWidth(nFeatures);
  const ones = (nFeatures + 1) * width;
  const totalWeight = sums[ones + nFeatures + 1] as number;
  // How far the means are from the centres, of the features and last of the target.
  const offsets = new Float64Array(nFeatures + 1);
  for (let j = 0; j <= nFeatures && toMeans; j++) offsets[j] = (sums[ones + j] as number) / totalWeight;
  const about = (j: number, k: number): number =>
    (sums[j * width + k] as number) - totalWeight * (offsets[j] as number) * (offsets[k] as number);
  const gram = new Float64Array(nFeatures * nFeatures);
  const correlations = new Float64Array(nFeatures);
  for (let j = 0; j < nFeatures; j++) {
    for (let k = 0; k <= j; k++) {
      gram[j * nFeatures + k] = about(j, k);
      gram[k * nFeatures + j] = gram[j * nFeatures + k] as number;
    }
    correlations[j] = about(nFeatures, j);
  }
  const means = centres.map((centre, j) => centre + (offsets[j] as number));
  return {
    gram,
    correlations,
    targetSquared: about(nFeatures, nFeatures),
    means: means.slice(0, nFeatures),
    targetMean: means[nFeatures] as number,
    totalWeight,
  };
}

/** Products of the columns, the target and ones of a piece with each other; the lower triangle holds. */
export function momentPiece(input: MomentInput, piece: number, control: KernelControl): Float64Array {
  const { values, nSamples, nFeatures, target, weights, centres } = input;
  const width = paddedWidth(nFeatures);
  const rowsPerBlock = nFeatures > WIDE ? ROWS_PER_WIDE_BLOCK : ROWS_PER_BLOCK;
  const nRowsHere = rowsPerPiece(nFeatures);
  const from = piece * nRowsHere;
  const to = Math.min(from + nRowsHere, nSamples);
  const [columns, products, taken, roots] = scratchArrays([
    width * rowsPerBlock,
    width * width,
    centres.length,
    rowsPerBlock,
  ]);
  columns.fill(0);
  products.fill(0);
  taken.set(centres);
  const ones = (nFeatures + 1) * rowsPerBlock;
  for (let start = from; start < to; start += rowsPerBlock) {
    control.checkpoint((start - from) / nRowsHere);
    const nRows = Math.min(rowsPerBlock, to - start);
    for (let j = 0; j < nFeatures; j++) {
      const base = j * nSamples + start;
      columns.set(values.subarray(base, base + nRows), j * rowsPerBlock);
    }
    columns.set(target.subarray(start, start + nRows), nFeatures * rowsPerBlock);
    lessRows(nFeatures + 1, rowsPerBlock, columns, taken);
    columns.fill(1, ones, ones + nRows);
    if (nRows < rowsPerBlock) {
      for (let j = 0; j <= nFeatures + 1; j++)
        columns.fill(0, j * rowsPerBlock + nRows, (j + 1) * rowsPerBlock);
    }
    if (weights !== undefined) {
      for (let i = 0; i < nRows; i++) roots[i] = Math.sqrt(weights[start + i] as number);
      multiplyRows(nFeatures + 2, rowsPerBlock, columns, roots, columns);
    }
    dots(width, width, rowsPerBlock, columns, columns, products, true);
  }
  return products.slice();
}

/**
 * Minimises the squared error plus ridge |w|².
 * @param poll called before each feature; may throw to stop
 * @returns null where features depend on each other, or so nearly that digits would be lost
 */
export function solveNormalEquations(
  { gram, correlations, means, totalWeight }: Moments,
  ridge: number,
  poll?: () => void,
): Float64Array<ArrayBuffer> | null {
  const d = correlations.length;
  const scales = new Float64Array(d);
  for (let j = 0; j < d; j++) {
    const squared = (gram[j * d + j] as number) + ridge;
    const offset = totalWeight * (means[j] as number) ** 2;
    if (!(squared > LEAST_SPREAD * offset && squared > 0 && Number.isFinite(squared))) return null;
    scales[j] = 1 / Math.sqrt(squared);
  }
  const system = new Float64Array(d * d);
  for (let j = 0; j < d; j++) {
    for (let k = 0; k < j; k++) {
      system[j * d + k] = (gram[j * d + k] as number) * (scales[j] as number) * (scales[k] as number);
    }
    system[j * d + j] = 1;
  }
  const weights = correlations.map((q, j) => q * (scales[j] as number));
  if (!solveCholesky(system, weights, poll)) return null;
  // The factor's diagonal is left in place: a short one is a feature that the others nearly determine.
  for (let j = 0; j < d; j++) if (!((system[j * d + j] as number) ** 2 > LEAST_PIVOT)) return null;
  for (let j = 0; j < d; j++) weights[j]! *= scales[j] as number;
  return weights.every(Number.isFinite) ? weights : null;
}

/** Features, target and ones, rounded up to what the kernels take. */
function paddedWidth(nFeatures: number): number {
  return Math.ceil((nFeatures + 2) / 4) * 4;
}

function rowsPerPiece(nFeatures: number): number {
  return nFeatures > WIDE ? ROWS_PER_WIDE_PIECE : ROWS_PER_PIECE;
}
