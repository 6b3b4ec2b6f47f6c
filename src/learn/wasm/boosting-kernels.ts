/**
 * The inner loops of boosting in WebAssembly, over one memory that the threads of a training share: bins, pairs of
 * gradient and hessian, lists of rows and histograms lie in it for as long as the training lasts, so nothing is copied.
 * Places are byte offsets; whoever makes the memory lays it out.
 *
 * Gradients and hessians are kept in 32 bits and summed as integers (see `integerScale`), hence exactly and to the same
 * sum in any order: rows can be divided among threads in any way.
 */
import { BOOSTING_KERNELS_BASE64 } from './boosting-binary.js';
import { compileKernels, type SharedWasmMemory, startKernels } from './web-assembly.js';

export { createSharedMemory, MAX_MEMORY_BYTES, type SharedWasmMemory } from './web-assembly.js';

/** What the compiled module exports; numbers are byte offsets and counts, see ./assembly/boosting.ts. */
export interface BoostingKernels {
  /**
   * OUT pairs of n rows by the log loss of one raw score, and two totals: the gradients' sizes and the hessians, added
   * up in the order of the rows.
   */
  sigmoidPairs(
    rows: number,
    n: number,
    raw: number,
    y: number,
    weights: number,
    pairs: number,
    totals: number,
  ): void;
  /** The same by the log loss of several classes; `scratch` is 16 bytes a class, `totals` two numbers a class. */
  softmaxPairs(
    rows: number,
    n: number,
    nClasses: number,
    classBytes: number,
    raw: number,
    y: number,
    weights: number,
    pairs: number,
    totals: number,
    scratch: number,
  ): void;
  /**
   * INOUT histogram. `offsets`: one 32-bit word a feature, where its cells begin in a histogram; `integers`: scratch of
   * 16 bytes for each of 1024 rows.
   */
  addRows(
    histogram: number,
    offsets: number,
    nFeatures: number,
    bins: number,
    pairs: number,
    rows: number,
    n: number,
    integers: number,
    gradientScale: number,
    hessianScale: number,
    countShift: number,
  ): void;
  mergeCells(to: number, first: number, step: number, count: number, nBytes: number): void;
  /** OUT out: gradient, hessian and count of all cells in `count` stretches. */
  sumCells(
    first: number,
    step: number,
    count: number,
    nBytes: number,
    countShift: number,
    gradientUnit: number,
    hessianUnit: number,
    out: number,
  ): void;
  subtractCells(parent: number, child: number, nBytes: number): void;
  clear(at: number, nBytes: number): void;
  /** Gives how many rows went left. `column`: a bin a row; `side`: a byte a bin. */
  partition(rows: number, n: number, spare: number, column: number, side: number): number;
  addToRows(numbers: number, rows: number, n: number, value: number): void;
  /**
   * Gives the feature, or -1. `table`: four 32-bit words a feature: where its cells begin, bins, flags (1: has missing
   * values, 2: categorical, passed over), direction. OUT out: gain, gradient, hessian and count of the left side, its
   * last bin, 1 if missing values were seen, 1 if they go right.
   */
  findCuts(
    histogram: number,
    table: number,
    drawn: number,
    from: number,
    to: number,
    countShift: number,
    gradientUnit: number,
    hessianUnit: number,
    nodeGradient: number,
    nodeHessian: number,
    nodeCount: number,
    nodeWorth: number,
    lower: number,
    upper: number,
    l2: number,
    minSamplesLeaf: number,
    minHessian: number,
    out: number,
  ): number;
}

let compiled: object | undefined;

/** Once a thread. */
export function compileBoostingKernels(): object {
  compiled ??= compileKernels(BOOSTING_KERNELS_BASE64);
  return compiled;
}

/** The kernels over this memory, on this thread. */
export function openBoostingKernels(memory: SharedWasmMemory): BoostingKernels {
  return startKernels<BoostingKernels>(compileBoostingKernels(), memory);
}

/**
 * The power of two by which numbers become integers so that no sum of n of them leaves `bits` bits.
 * @param total the sum of the numbers' absolute values
 */
export function integerScale(total: number, n: number, bits: number): number {
  // 2^(bits - 1): half for the numbers themselves, half for what rounding may add (at most n / 2).
  const room = 2 ** (bits - 1) - n;
  const exponent = Math.floor(Math.log2(room / total));
  return 2 ** Math.min(1000, Math.max(-1000, exponent));
}
