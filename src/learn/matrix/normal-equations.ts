/**
 * Least squares from the moments of centred features: G = XᵀX and q = Xᵀy cost one pass over the rows, n d² operations
 * that run in the dense kernels; what follows costs d³ / 3. Solving them squares the condition number, so the
 * solution is given only where a factorisation shows that enough digits are left; else the caller takes orthogonal
 * transformations of the whole matrix.
 *
 * Rows are cut into pieces and blocks of fixed sizes whose sums are added in their order: the moments have the same
 * bits with any number of threads.
 */
import type { KernelControl, KernelReference, ThreadPool } from '../parallel/thread-pool.js';
import { dots, scratchArrays } from '../wasm/dense-kernels.js';
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
  readonly weights: Float64Array;
  readonly means: Float64Array;
  readonly targetMean: number;
}

export const MOMENT_KERNEL: KernelReference = { module: import.meta.url, name: 'momentPiece' };

const ROWS_PER_PIECE = 32_768;
/** A block of columns should stay in the second-level cache. */
const ROWS_PER_BLOCK = 512;
const ROWS_PER_WIDE_BLOCK = 128;
const WIDE = 64;
/** Below this many operations the start of a thread costs more than it saves. */
const OPERATIONS_FOR_THREADS = 1e9;
/** The least pivot, of features scaled to length 1: about eps / 1e-6 = 1e-10 of the solution is lost. */
const LEAST_PIVOT = 1e-6;
/** A centred feature this much shorter than its mean is rounding and nothing else. */
const LEAST_SPREAD = 1e-20;

/** @param target IN length nSamples. @param weights IN length nSamples, >= 0, sum > 0 */
export async function centredMoments(
  x: FeatureMatrix,
  target: Float64Array,
  weights: Float64Array,
  fitIntercept: boolean,
  context: { readonly threads: ThreadPool; readonly checkpoint: (fraction: number) => void },
): Promise<Moments> {
  const { nSamples, nFeatures, values } = x;
  const means = new Float64Array(nFeatures);
  let totalWeight = 0;
  for (let i = 0; i < nSamples; i++) totalWeight += weights[i] as number;
  if (fitIntercept) {
    for (let j = 0; j < nFeatures; j++) {
      context.checkpoint(0);
      means[j] = weightedMean(values, j * nSamples, weights, totalWeight);
    }
  }
  const targetMean = fitIntercept ? weightedMean(target, 0, weights, totalWeight) : 0;
  const input: MomentInput = { values, nSamples, nFeatures, target, weights, means, targetMean };
  const nPieces = Math.ceil(nSamples / ROWS_PER_PIECE);
  const isLarge = nSamples * (nFeatures + 1) ** 2 > OPERATIONS_FOR_THREADS;
  const pieces =
    isLarge && nPieces > 1
      ? await context.threads.map<MomentInput, Float64Array>(
          MOMENT_KERNEL,
          { ...input, values: inSharedMemory(values), target: inSharedMemory(target) },
          nPieces,
          context.checkpoint,
        )
      : Array.from({ length: nPieces }, (_, piece) => momentPiece(input, piece, context));
  const width = paddedWidth(nFeatures);
  const sums = new Float64Array(width * width);
  for (const piece of pieces) for (let at = 0; at < sums.length; at++) sums[at]! += piece[at] as number;
  const gram = new Float64Array(nFeatures * nFeatures);
  for (let j = 0; j < nFeatures; j++) {
    for (let k = 0; k <= j; k++) {
      gram[j * nFeatures + k] = sums[j * width + k] as number;
      gram[k * nFeatures + j] = sums[j * width + k] as number;
    }
  }
  const last = nFeatures * width;
  return {
    gram,
    correlations: sums.slice(last, last + nFeatures),
    targetSquared: sums[last + nFeatures] as number,
    means,
    targetMean,
    totalWeight,
  };
}

/** Products of the columns and the target of a piece with each other; the lower triangle holds. */
export function momentPiece(input: MomentInput, piece: number, control: KernelControl): Float64Array {
  const { values, nSamples, nFeatures, target, weights, means, targetMean } = input;
  const width = paddedWidth(nFeatures);
  const rowsPerBlock = nFeatures > WIDE ? ROWS_PER_WIDE_BLOCK : ROWS_PER_BLOCK;
  const from = piece * ROWS_PER_PIECE;
  const to = Math.min(from + ROWS_PER_PIECE, nSamples);
  const roots = new Float64Array(rowsPerBlock);
  const [columns, products] = scratchArrays([width * rowsPerBlock, width * width]);
  columns.fill(0);
  products.fill(0);
  for (let start = from; start < to; start += rowsPerBlock) {
    control.checkpoint((start - from) / ROWS_PER_PIECE);
    const nRows = Math.min(rowsPerBlock, to - start);
    if (nRows < rowsPerBlock) columns.fill(0);
    for (let i = 0; i < nRows; i++) roots[i] = Math.sqrt(weights[start + i] as number);
    for (let j = 0; j <= nFeatures; j++) {
      const isTarget = j === nFeatures;
      const column = isTarget ? target : values;
      const base = isTarget ? start : j * nSamples + start;
      const mean = isTarget ? targetMean : (means[j] as number);
      const at = j * rowsPerBlock;
      for (let i = 0; i < nRows; i++) {
        columns[at + i] = ((column[base + i] as number) - mean) * (roots[i] as number);
      }
    }
    dots(width, width, rowsPerBlock, columns, columns, products, true);
  }
  return products.slice();
}

/**
 * Minimises the squared error plus ridge |w|².
 * @returns null where features depend on each other, or so nearly that digits would be lost
 */
export function solveNormalEquations(
  { gram, correlations, means, totalWeight }: Moments,
  ridge: number,
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
  if (!solveCholesky(system, weights)) return null;
  // The factor's diagonal is left in place: a short one is a feature that the others nearly determine.
  for (let j = 0; j < d; j++) if (!((system[j * d + j] as number) ** 2 > LEAST_PIVOT)) return null;
  for (let j = 0; j < d; j++) weights[j]! *= scales[j] as number;
  return weights.every(Number.isFinite) ? weights : null;
}

/** Features and target, rounded up to what the kernels take. */
function paddedWidth(nFeatures: number): number {
  return Math.ceil((nFeatures + 1) / 4) * 4;
}

function weightedMean(values: Float64Array, base: number, weights: Float64Array, total: number): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += (weights[i] as number) * (values[base + i] as number);
  return sum / total;
}
