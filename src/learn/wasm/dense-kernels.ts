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
import { KERNELS_BASE64 } from './kernels-binary.js';

/** What the compiled module exports; places are byte offsets. */
interface Exports {
  gemm(
    m: number,
    n: number,
    k: number,
    a: number,
    aRow: number,
    aColumn: number,
    b: number,
    bWidth: number,
    c: number,
    cWidth: number,
    accumulate: number,
  ): void;
  dots(
    m: number,
    n: number,
    length: number,
    a: number,
    aWidth: number,
    b: number,
    bWidth: number,
    c: number,
    cWidth: number,
    lower: number,
  ): void;
  multiplyRows(
    m: number,
    length: number,
    x: number,
    xWidth: number,
    factors: number,
    out: number,
    outWidth: number,
  ): void;
  distances(
    nQueries: number,
    nPoints: number,
    nFeatures: number,
    q: number,
    x: number,
    xWidth: number,
    out: number,
    outWidth: number,
    least: number,
  ): void;
  scores32(
    nQueries: number,
    nPoints: number,
    nFeatures: number,
    q: number,
    chosen: number,
    x: number,
    offsets: number,
    out: number,
  ): void;
  addSparse32(
    nQueries: number,
    nPoints: number,
    chosen: number,
    qStarts: number,
    qColumns: number,
    qValues: number,
    starts: number,
    points: number,
    values: number,
    out: number,
  ): void;
  boxDistances(
    nBoxes: number,
    nQueries: number,
    nFeatures: number,
    lows: number,
    highs: number,
    q: number,
    out: number,
  ): void;
  selectBelow32(nQueries: number, nPoints: number, values: number, thresholds: number, found: number): number;
  expAll(length: number, x: number, factor: number): void;
  logisticRows(length: number, z: number, truths: number, weights: number, curvatures: number): number;
  softmaxColumns(
    nClasses: number,
    length: number,
    z: number,
    width: number,
    most: number,
    sums: number,
  ): void;
  reluAll(length: number, x: number): void;
  reluSlopes(length: number, slopes: number, outputs: number): void;
}

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The part of the WebAssembly interface that is used; the types of Node 20 do not declare it. */
declare const WebAssembly: {
  readonly Memory: new (limits: { initial: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

const PAGE_BYTES = 65_536;
const FIRST_PAGES = 16;
const ALIGNMENT = 4;

let memory: WasmMemory | undefined;
let exported: Exports | undefined;

function open(): { memory: WasmMemory; kernels: Exports } {
  if (memory === undefined || exported === undefined) {
    memory = new WebAssembly.Memory({ initial: FIRST_PAGES });
    const module = new WebAssembly.Module(Buffer.from(KERNELS_BASE64, 'base64'));
    exported = new WebAssembly.Instance(module, { env: { memory } }).exports as Exports;
  }
  return { memory, kernels: exported };
}

/**
 * Arrays of these lengths in the kernels' memory, with whatever they last held; each has room for up to three more
 * elements behind it. Good until the next call on this thread.
 */
export function scratchArrays<const Lengths extends readonly number[]>(
  lengths: Lengths,
): { -readonly [K in keyof Lengths]: Float64Array } {
  const { memory: own } = open();
  let total = ALIGNMENT;
  const starts = lengths.map((length) => {
    const start = total;
    total += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    return start;
  });
  const missing = total * 8 - own.buffer.byteLength;
  if (missing > 0) own.grow(Math.ceil(missing / PAGE_BYTES));
  return starts.map((start, i) => new Float64Array(own.buffer, start * 8, lengths[i])) as {
    -readonly [K in keyof Lengths]: Float64Array;
  };
}

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
  open().kernels.gemm(
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
  open().kernels.dots(
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

/** Each of m rows of `length` (a multiple of 2) elements, times the factor of its place. */
export function multiplyRows(
  m: number,
  length: number,
  x: Float64Array,
  factors: Float64Array,
  out: Float64Array,
): void {
  open().kernels.multiplyRows(m, length, x.byteOffset, length, factors.byteOffset, out.byteOffset, length);
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
  open().kernels.distances(
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
  open().kernels.scores32(
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
  open().kernels.addSparse32(
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
  open().kernels.boxDistances(
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
  return open().kernels.selectBelow32(nQueries, nPoints, at, thresholds.byteOffset, found.byteOffset);
}

/** x = exp(factor x) in place, within 3 units of the last place; length is made even (padding is touched). */
export function expAll(length: number, x: Float64Array, factor: number): void {
  open().kernels.expAll(even(length), x.byteOffset, factor);
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
  return open().kernels.logisticRows(
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
  open().kernels.softmaxColumns(nClasses, length, z.byteOffset, length, most.byteOffset, sums.byteOffset);
}

/** x = max(x, 0) in place; length is made even. */
export function reluAll(length: number, x: Float64Array): void {
  open().kernels.reluAll(even(length), x.byteOffset);
}

/** Slopes become 0 where the output is 0; length is made even. */
export function reluSlopes(length: number, slopes: Float64Array, outputs: Float64Array): void {
  open().kernels.reluSlopes(even(length), slopes.byteOffset, outputs.byteOffset);
}

function even(length: number): number {
  return length + (length & 1);
}
