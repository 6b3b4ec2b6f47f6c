/** Kernels that find near points: see assembly/nearby.ts. Operands lie in the kernels' memory (dense-kernels.ts). */
import { openKernels } from './kernel-memory.js';

/**
 * out(i, p) = offsets(p) + Σ q(chosen(i), j) x(j, p) in 32 bit. Queries row-major, of which a multiple of 4 is chosen;
 * points feature by feature, a multiple of 8; out row-major, nPoints wide.
 */
export function scores32(
  nChosen: number,
  nPoints: number,
  nFeatures: number,
  queries: Float32Array,
  chosen: Uint32Array,
  points: Float32Array,
  offsets: Float32Array,
  out: Float32Array,
): void {
  openKernels().kernels.scores32(
    nChosen,
    nPoints,
    nFeatures,
    queries.byteOffset,
    chosen.byteOffset,
    points.byteOffset,
    offsets.byteOffset,
    out.byteOffset,
  );
}

/** Lists of what is not zero, by row or by column: entries starts[i] to starts[i + 1] belong to i. */
export interface SparseLists {
  readonly starts: Uint32Array;
  readonly places: Uint32Array;
  readonly values: Float32Array;
}

/** out(i, p) += q(chosen(i), j) x(j, p) over what both list: queries by row (places are columns), points by column. */
export function addSparse32(
  nChosen: number,
  nPoints: number,
  queries: SparseLists,
  chosen: Uint32Array,
  points: SparseLists,
  out: Float32Array,
): void {
  openKernels().kernels.addSparse32(
    nChosen,
    nPoints,
    chosen.byteOffset,
    queries.starts.byteOffset,
    queries.places.byteOffset,
    queries.values.byteOffset,
    points.starts.byteOffset,
    points.places.byteOffset,
    points.values.byteOffset,
    out.byteOffset,
  );
}

/**
 * OUT out(b, i): squared distances of queries (row-major) from boxes, which are the least and the largest value of each
 * feature (row-major), summed in the order of the features; Infinity for nearest(i), the first of the nearest boxes. A row
 * of out is nQueries wide, rounded up to a multiple of 2; turned: scratch, nFeatures + 1 such rows.
 */
export function boxDistances(
  nBoxes: number,
  nQueries: number,
  nFeatures: number,
  lows: Float64Array,
  highs: Float64Array,
  queries: Float64Array,
  turned: Float64Array,
  out: Float64Array,
  nearest: Uint32Array,
): void {
  openKernels().kernels.boxDistances(
    nBoxes,
    nQueries,
    nFeatures,
    lows.byteOffset,
    highs.byteOffset,
    queries.byteOffset,
    turned.byteOffset,
    out.byteOffset,
    nearest.byteOffset,
  );
}

/**
 * OUT found: the places of the values (row-major nQueries * nPoints, nPoints a multiple of 8) that are at most their
 * query's threshold, in order. Gives their number.
 */
export function selectBelow32(
  nQueries: number,
  nPoints: number,
  values: Float32Array,
  thresholds: Float32Array,
  found: Uint32Array,
): number {
  const { byteOffset: at } = values;
  return openKernels().kernels.selectBelow32(nQueries, nPoints, at, thresholds.byteOffset, found.byteOffset);
}

/** Where a batch lies whose neighbours are filtered in 16 bit: see assembly/rounded.ts. */
export interface RoundedPlaces {
  /** Row-major, in 64 bit. */
  readonly queries: Float64Array;
  readonly points: Float64Array;
  /** By point of the block: on which line of `points` it is. */
  readonly lines: Uint32Array;
  /** By point of the block: which row it is. */
  readonly rows: Uint32Array;
  /** By query `capacity` each. */
  readonly listDistances: Float64Array;
  readonly listRows: Uint32Array;
  /** By query. */
  readonly limits: Float64Array;
  readonly thresholds: Int32Array;
  readonly lengths: Float64Array;
  readonly slacks: Float64Array;
}

/** Tells this thread's kernels where the batch lies that blocks are offered to from now on. */
export function openRounded(
  nFeatures: number,
  capacity: number,
  perStep: number,
  places: RoundedPlaces,
): void {
  openKernels().kernels.openRounded(
    nFeatures,
    capacity,
    perStep,
    places.queries.byteOffset,
    places.points.byteOffset,
    places.lines.byteOffset,
    places.rows.byteOffset,
    places.listDistances.byteOffset,
    places.listRows.byteOffset,
    places.limits.byteOffset,
    places.thresholds.byteOffset,
    places.lengths.byteOffset,
    places.slacks.byteOffset,
  );
}

/**
 * Offers a block of points to the open batch: a multiple of 4 of its queries, each at most once. Queries (times -2) and
 * points are whole numbers in pairs of features; points pair by pair, a multiple of 8. Gives how often one was measured.
 */
export function offerRounded(
  nChosen: number,
  nPoints: number,
  nPairs: number,
  queries: Int16Array,
  chosen: Uint32Array,
  points: Int16Array,
  offsets: Int32Array,
): number {
  return openKernels().kernels.offerRounded(
    nChosen,
    nPoints,
    nPairs,
    queries.byteOffset,
    chosen.byteOffset,
    points.byteOffset,
    offsets.byteOffset,
  );
}
