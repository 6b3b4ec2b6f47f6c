/**
 * The step of k-means that touches every row: which centre is nearest, and the sums from which the next centres
 * follow. Rows are cut into pieces of fixed size whatever the number of threads, and pieces are added in their order.
 *
 * Two ways with the same answer. `lloyd` measures every distance, block by block in the dense kernels. `elkan` keeps, for every row, an upper bound of the
 * distance to its own centre and a lower bound of that to any other (Elkan 2003, with one lower bound a row as in
 * Hamerly 2010): moved centres loosen the bounds, and only a row whose bounds cross measures again. Rounding is
 * kept out of the decision by a margin, so that a bound never hides a centre that is really nearer.
 */
import { squaredDistance } from '../../matrix/squared-distance.js';
import type { KernelControl, KernelReference } from '../../parallel/thread-pool.js';
import { distances, scratchArrays } from '../../wasm/dense-kernels.js';

export interface AssignInput {
  /** Row-major, in shared memory. */
  readonly rows: Float64Array;
  readonly nSamples: number;
  readonly nFeatures: number;
  readonly weights: Float64Array;
  /** Row-major nClusters * nFeatures. */
  readonly centres: Float64Array;
  readonly nClusters: number;
  /** IN/OUT: the cluster of each row, -1 at first. In shared memory. */
  readonly labels: Int32Array;
  /** IN/OUT for `elkan`: bounds of each row, and how far each centre moved since the last step. */
  readonly bounds?: {
    readonly upper: Float64Array;
    readonly lower: Float64Array;
    readonly moved: Float64Array;
  };
}

export const ROWS_PER_PIECE = 8192;
export const ASSIGN_KERNEL: KernelReference = { module: import.meta.url, name: 'assignPiece' };
const ROWS_PER_BLOCK = 128;
const BOUND_MARGIN = 1e-9;

export interface AssignResult {
  /** Row-major nClusters * nFeatures: weighted sums of the rows of each cluster. */
  readonly sums: Float64Array;
  /** Weight of each cluster. */
  readonly sizes: Float64Array;
  /** How many rows changed their cluster. */
  readonly nChanged: number;
}

export function assignPiece(input: AssignInput, piece: number, control: KernelControl): AssignResult {
  const { rows, nSamples, nFeatures, weights, nClusters, labels, bounds } = input;
  const sums = new Float64Array(nClusters * nFeatures);
  const sizes = new Float64Array(nClusters);
  const nearest = new Int32Array(ROWS_PER_BLOCK);
  const from = piece * ROWS_PER_PIECE;
  const to = Math.min(from + ROWS_PER_PIECE, nSamples);
  const settle = bounds === undefined ? undefined : boundedMeasure(input, bounds);
  let nChanged = 0;
  for (let start = from; start < to; start += ROWS_PER_BLOCK) {
    control.checkpoint((start - from) / ROWS_PER_PIECE);
    const nRows = Math.min(ROWS_PER_BLOCK, to - start);
    if (settle === undefined) measureBlock(input, start, nRows, nearest);
    else for (let i = 0; i < nRows; i++) nearest[i] = settle(input, start + i);
    for (let i = 0; i < nRows; i++) {
      const row = start + i;
      const own = nearest[i] as number;
      if (own !== labels[row]) {
        labels[row] = own;
        nChanged++;
      }
      const weight = weights[row] as number;
      sizes[own]! += weight;
      for (let j = 0; j < nFeatures; j++) {
        sums[own * nFeatures + j]! += weight * (rows[row * nFeatures + j] as number);
      }
    }
  }
  return { sums, sizes, nChanged };
}

/** The nearest centre of each row of a block, the first of equally near ones: as `nearestCentre`, to the bit. */
function measureBlock(
  { rows, nFeatures, centres, nClusters }: AssignInput,
  start: number,
  nRows: number,
  nearest: Int32Array,
): void {
  const width = Math.ceil(nRows / 4) * 4;
  const [queries, columns, out, least] = scratchArrays([
    nClusters * nFeatures,
    width * nFeatures,
    nClusters * width,
    nClusters,
  ]);
  queries.set(centres);
  if (width > nRows) columns.fill(0);
  for (let j = 0; j < nFeatures; j++) {
    const column = j * width;
    for (let i = 0, at = start * nFeatures + j; i < nRows; i++, at += nFeatures) {
      columns[column + i] = rows[at] as number;
    }
  }
  distances(nClusters, width, nFeatures, queries, columns, out, least);
  for (let i = 0; i < nRows; i++) {
    let best = 0;
    let shortest = Number.POSITIVE_INFINITY;
    for (let k = 0, at = i; k < nClusters; k++, at += width) {
      const distance = out[at] as number;
      if (distance < shortest) {
        shortest = distance;
        best = k;
      }
    }
    nearest[i] = best;
  }
}

/** The nearest centre of the row that starts at `at`; the first of equally near ones. */
export function nearestCentre(
  rows: Float64Array,
  at: number,
  centres: Float64Array,
  nClusters: number,
  nFeatures: number,
): number {
  let nearest = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k < nClusters; k++) {
    const distance = squaredDistance(rows, at, centres, k * nFeatures, nFeatures);
    if (distance < least) {
      least = distance;
      nearest = k;
    }
  }
  return nearest;
}

function boundedMeasure(
  { centres, nClusters, nFeatures }: AssignInput,
  { upper, lower, moved }: NonNullable<AssignInput['bounds']>,
): (input: AssignInput, i: number) => number {
  const farthestMove = moved.reduce((most, move) => Math.max(most, move), 0);
  // Half of the way to the next centre: a row nearer than that to its own centre cannot be nearer to another.
  const halfGap = new Float64Array(nClusters).fill(Number.POSITIVE_INFINITY);
  for (let k = 0; k < nClusters; k++) {
    for (let other = 0; other < nClusters; other++) {
      if (other === k) continue;
      const gap =
        Math.sqrt(squaredDistance(centres, k * nFeatures, centres, other * nFeatures, nFeatures)) / 2;
      halfGap[k] = Math.min(halfGap[k] as number, gap);
    }
  }
  return ({ rows, labels }, i) => {
    const own = labels[i] as number;
    if (own >= 0) {
      upper[i]! += moved[own] as number;
      lower[i]! -= farthestMove;
      const safe = Math.max(lower[i] as number, halfGap[own] as number);
      if ((upper[i] as number) < safe * (1 - BOUND_MARGIN)) return own;
      upper[i] = Math.sqrt(squaredDistance(rows, i * nFeatures, centres, own * nFeatures, nFeatures));
      if ((upper[i] as number) < safe * (1 - BOUND_MARGIN)) return own;
    }
    let nearest = 0;
    let least = Number.POSITIVE_INFINITY;
    let second = Number.POSITIVE_INFINITY;
    for (let k = 0; k < nClusters; k++) {
      const distance = squaredDistance(rows, i * nFeatures, centres, k * nFeatures, nFeatures);
      if (distance < least) {
        second = least;
        least = distance;
        nearest = k;
      } else if (distance < second) {
        second = distance;
      }
    }
    upper[i] = Math.sqrt(least);
    lower[i] = Math.sqrt(second);
    return nearest;
  };
}
