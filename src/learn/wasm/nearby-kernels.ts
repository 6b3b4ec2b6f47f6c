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
 * OUT out(b, i): squared distances of queries (feature by feature, nQueries wide; a multiple of 2) from boxes, which are
 * the least and the largest value of each feature (row-major). Summed in the order of the features.
 */
export function boxDistances(
  nBoxes: number,
  nQueries: number,
  nFeatures: number,
  lows: Float64Array,
  highs: Float64Array,
  queries: Float64Array,
  out: Float64Array,
): void {
  openKernels().kernels.boxDistances(
    nBoxes,
    nQueries,
    nFeatures,
    lows.byteOffset,
    highs.byteOffset,
    queries.byteOffset,
    out.byteOffset,
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
