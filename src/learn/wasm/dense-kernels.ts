/**
 * Inner loops in WebAssembly, for dense arithmetic that JavaScript engines leave scalar (docs/decisions says what was
 * measured). A thread has one instance with one memory, made on first use in under 5 ms.
 *
 * Operands must lie in that memory: a caller takes `scratchArrays`, copies a block in, calls kernels, and copies results
 * out before anything else of this thread takes scratch arrays. Blocks are small (thousands of elements), so copying
 * costs one move per many operations.
 *
 * Every kernel sums in an order that depends on the sizes alone. `gemm` and `distances` sum each element in the
 * order that a plain loop would, and there is no fused multiply-add, so plain JavaScript gives the same bits: small
 * problems may go without a copy.
 */
import { openKernels } from './kernel-memory.js';

export { scratchArrays } from './kernel-memory.js';

/** A matrix as the kernels see it: element (i, k) at `i * rowStep + k * columnStep`. */
export interface Strided {
  readonly data: Float64Array;
  readonly rowStep: number;
  readonly columnStep: number;
}

/**
 * C = A B, or C += A B with `accumulate`; A is m * k, B k * n and C m * n, the latter two row-major without gaps.
 * Element (i, j) is summed from C's (or 0) in the order of k. Cost: 2 m n k operations.
 */
export function gemm(
  m: number,
  n: number,
  k: number,
  a: Strided,
  b: Float64Array,
  c: Float64Array,
  accumulate: boolean,
): void {
  openKernels().kernels.gemm(
    m,
    n,
    k,
    a.data.byteOffset,
    a.rowStep,
    a.columnStep,
    b.byteOffset,
    n,
    c.byteOffset,
    n,
    accumulate ? 1 : 0,
  );
}

/**
 * C(i, j) += row i of A · row j of B; rows of `length` elements, C m * n. m a multiple of 4, n and length of 2 (pad
 * with zeros). With `lower`, blocks that lie above the diagonal are left out. A product is the sum over
 * the even places plus that over the odd ones.
 */
export function dots(
  m: number,
  n: number,
  length: number,
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  lower: boolean,
): void {
  openKernels().kernels.dots(
    m,
    n,
    length,
    a.byteOffset,
    length,
    b.byteOffset,
    length,
    c.byteOffset,
    n,
    lower ? 1 : 0,
  );
}

/** Adds m rows of `length` elements to `out`, in their order. */
export function addRows(m: number, length: number, x: Float64Array, out: Float64Array): void {
  openKernels().kernels.addRows(m, length, x.byteOffset, out.byteOffset);
}

/** Each of m rows of `length` (a multiple of 2) elements, less the row's own number, in place. */
export function lessRows(m: number, length: number, x: Float64Array, less: Float64Array): void {
  openKernels().kernels.lessRows(m, length, x.byteOffset, length, less.byteOffset);
}

/** Each of m rows of `length` (a multiple of 2) elements, times the factor of its place. */
export function multiplyRows(
  m: number,
  length: number,
  x: Float64Array,
  factors: Float64Array,
  out: Float64Array,
): void {
  openKernels().kernels.multiplyRows(
    m,
    length,
    x.byteOffset,
    length,
    factors.byteOffset,
    out.byteOffset,
    length,
  );
}

/**
 * Squared distances of queries (row-major) to points (feature by feature, nPoints wide; a multiple of 4): out is
 * row-major nQueries * nPoints, `least` the smallest of each query. Summed in the order of the features.
 */
export function distances(
  nQueries: number,
  nPoints: number,
  nFeatures: number,
  queries: Float64Array,
  points: Float64Array,
  out: Float64Array,
  least: Float64Array,
): void {
  openKernels().kernels.distances(
    nQueries,
    nPoints,
    nFeatures,
    queries.byteOffset,
    points.byteOffset,
    nPoints,
    out.byteOffset,
    nPoints,
    least.byteOffset,
  );
}

/** x = exp(factor x) in place, within 3 units of the last place; length is made even (padding is touched). */
export function expAll(length: number, x: Float64Array, factor: number): void {
  openKernels().kernels.expAll(even(length), x.byteOffset, factor);
}

/**
 * Scores z of two classes become weight * (p - truth) in place; `curvatures` gets weight * p (1 - p). Returns the
 * weighted log loss. The arrays are padded to an even length with weight 0.
 */
export function logisticRows(
  length: number,
  z: Float64Array,
  truths: Float64Array,
  weights: Float64Array,
  curvatures: Float64Array,
): number {
  return openKernels().kernels.logisticRows(
    length,
    z.byteOffset,
    truths.byteOffset,
    weights.byteOffset,
    curvatures.byteOffset,
  );
}

/**
 * Scores (one row of `length` elements a class; even) become probabilities in place. `most` gets each column's largest
 * score and `sums` the sum of exp(score - largest), from which the loss follows.
 */
export function softmaxColumns(
  nClasses: number,
  length: number,
  z: Float64Array,
  most: Float64Array,
  sums: Float64Array,
): void {
  openKernels().kernels.softmaxColumns(
    nClasses,
    length,
    z.byteOffset,
    length,
    most.byteOffset,
    sums.byteOffset,
  );
}

/** x = max(x, 0) in place; length is made even. */
export function reluAll(length: number, x: Float64Array): void {
  openKernels().kernels.reluAll(even(length), x.byteOffset);
}

/** Slopes become 0 where the output is 0; length is made even. */
export function reluSlopes(length: number, slopes: Float64Array, outputs: Float64Array): void {
  openKernels().kernels.reluSlopes(even(length), slopes.byteOffset, outputs.byteOffset);
}

function even(length: number): number {
  return length + (length & 1);
}
