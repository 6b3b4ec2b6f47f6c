import type { FitContext } from '../../estimator.js';
import { squaredDistance } from '../../matrix/squared-distance.js';
import {
  ASSIGN_KERNEL,
  type AssignInput,
  type AssignResult,
  assignPiece,
  ROWS_PER_PIECE,
} from './assign-kernel.js';
import type { WeightedRows } from './seed-centres.js';

export interface LloydOptions {
  readonly maxIterations: number;
  /** Stop when the squared moves of all centres sum to at most this. */
  readonly tolerance: number;
  readonly bounded: boolean;
}

export interface Clustering {
  readonly centres: Float64Array;
  readonly labels: Int32Array;
  /** Weighted sum of squared distances to the own centre. */
  readonly inertia: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/**
 * Moves centres to the means of their rows until nothing changes (Lloyd 1982, doi:10.1109/TIT.1982.1056489). A
 * cluster that lost all of its rows gets the row farthest from its centre. Labels always belong to the final centres.
 * @param data rows and weights in shared memory
 * @param start IN row-major nClusters * nFeatures
 * Cost of an iteration: O(n k d).
 */
export async function lloyd(
  data: WeightedRows,
  start: Float64Array,
  options: LloydOptions,
  context: Pick<FitContext, 'threads' | 'checkpoint'>,
): Promise<Clustering> {
  const { nSamples, nFeatures } = data;
  const nClusters = start.length / nFeatures;
  const labels = new Int32Array(new SharedArrayBuffer(nSamples * Int32Array.BYTES_PER_ELEMENT)).fill(-1);
  const moved = new Float64Array(nClusters);
  const bounds = options.bounded ? { upper: shared(nSamples), lower: shared(nSamples), moved } : undefined;
  let centres = Float64Array.from(start);
  let iterations = 0;
  let converged = false;
  while (!converged && iterations < options.maxIterations) {
    const step = await assign({ ...data, centres, nClusters, labels, bounds }, context);
    const next = nextCentres(data, centres, labels, step);
    let squaredMoves = 0;
    for (let k = 0; k < nClusters; k++) {
      const squared = squaredDistance(centres, k * nFeatures, next, k * nFeatures, nFeatures);
      moved[k] = Math.sqrt(squared);
      squaredMoves += squared;
    }
    centres = next;
    iterations++;
    context.checkpoint(iterations / options.maxIterations);
    converged = step.nChanged === 0 || squaredMoves <= options.tolerance;
  }
  await assign({ ...data, centres, nClusters, labels }, context);
  let inertia = 0;
  for (let i = 0; i < nSamples; i++) {
    const own = labels[i] as number;
    inertia +=
      (data.weights[i] as number) *
      squaredDistance(data.rows, i * nFeatures, centres, own * nFeatures, nFeatures);
  }
  return { centres, labels, inertia, iterations, converged };
}

async function assign(
  input: AssignInput,
  context: Pick<FitContext, 'threads' | 'checkpoint'>,
): Promise<AssignResult> {
  const nPieces = Math.ceil(input.nSamples / ROWS_PER_PIECE);
  if (nPieces === 1) return assignPiece(input, 0, { checkpoint: () => context.checkpoint(0) });
  const pieces = await context.threads.map<AssignInput, AssignResult>(ASSIGN_KERNEL, input, nPieces);
  const sums = new Float64Array(input.centres.length);
  const sizes = new Float64Array(input.nClusters);
  let nChanged = 0;
  for (const piece of pieces) {
    for (let i = 0; i < sums.length; i++) sums[i]! += piece.sums[i] as number;
    for (let k = 0; k < sizes.length; k++) sizes[k]! += piece.sizes[k] as number;
    nChanged += piece.nChanged;
  }
  return { sums, sizes, nChanged };
}

function nextCentres(
  data: WeightedRows,
  centres: Float64Array,
  labels: Int32Array,
  { sums, sizes }: AssignResult,
): Float64Array<ArrayBuffer> {
  const { rows, nFeatures, weights } = data;
  const empty = [...sizes.keys()].filter((k) => sizes[k] === 0);
  const farthest = empty.length === 0 ? [] : farthestRows(data, centres, labels, empty.length);
  for (const [turn, row] of farthest.entries()) {
    const k = empty[turn] as number;
    const from = labels[row] as number;
    const weight = weights[row] as number;
    sizes[k] = weight;
    sizes[from]! -= weight;
    for (let j = 0; j < nFeatures; j++) {
      const value = weight * (rows[row * nFeatures + j] as number);
      sums[k * nFeatures + j] = value;
      sums[from * nFeatures + j]! -= value;
    }
  }
  // A cluster that is still empty (fewer rows than clusters) stays where it is.
  return Float64Array.from(sums, (sum, i) => {
    const size = sizes[Math.floor(i / nFeatures)] as number;
    return size > 0 ? sum / size : (centres[i] as number);
  });
}

/** The rows farthest from their own centre, farthest first; equal ones in their order. */
function farthestRows(
  { rows, nFeatures, nSamples, weights }: WeightedRows,
  centres: Float64Array,
  labels: Int32Array,
  count: number,
): number[] {
  const distances = Float64Array.from({ length: nSamples }, (_, i) =>
    (weights[i] as number) > 0
      ? squaredDistance(rows, i * nFeatures, centres, (labels[i] as number) * nFeatures, nFeatures)
      : 0,
  );
  return Array.from(distances.keys())
    .filter((i) => (distances[i] as number) > 0)
    .sort((a, b) => (distances[b] as number) - (distances[a] as number) || a - b)
    .slice(0, count);
}

function shared(length: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT));
}
