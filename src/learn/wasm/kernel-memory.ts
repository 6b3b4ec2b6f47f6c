/** The one instance of the kernels that a thread has, and its memory. */
import { KERNELS_BASE64 } from './kernels-binary.js';
import { compileKernels, createMemory, growTo, startKernels, type WasmMemory } from './web-assembly.js';

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
  addRows(m: number, length: number, x: number, out: number): void;
  lessRows(m: number, length: number, x: number, xWidth: number, less: number): void;
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
    turned: number,
    out: number,
    nearest: number,
  ): void;
  openRounded(
    nFeatures: number,
    capacity: number,
    perStep: number,
    queries: number,
    points: number,
    lines: number,
    rows: number,
    listDistances: number,
    listRows: number,
    limits: number,
    thresholds: number,
    lengths: number,
    slacks: number,
  ): void;
  offerRounded(
    nChosen: number,
    nPoints: number,
    nPairs: number,
    q: number,
    chosen: number,
    x: number,
    offsets: number,
  ): number;
  movePulls(length: number, pulls: number, rises: number, rowI: number, rowJ: number, step: number): number;
  findPartner(
    length: number,
    pulls: number,
    falls: number,
    rowI: number,
    diagonal: number,
    own: number,
    most: number,
    leastCurvature: number,
    least: number,
  ): number;
  rowTimesColumns(nPoints: number, nFeatures: number, q: number, x: number, out: number): void;
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
  visitTube(
    most: number,
    state: number,
    order: number,
    rows: number,
    stride: number,
    weights: number,
    betas: number,
    targets: number,
    costs: number,
    lengths: number,
    epsilon: number,
    squared: number,
  ): void;
}

const FIRST_BYTES = 2 ** 20;
const ALIGNMENT = 4;

let memory: WasmMemory | undefined;
let exported: Exports | undefined;

/** The instance of this thread. */
export function openKernels(): { memory: WasmMemory; kernels: Exports } {
  if (memory === undefined || exported === undefined) {
    memory = createMemory(FIRST_BYTES);
    exported = startKernels<Exports>(compileKernels(KERNELS_BASE64), memory);
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
  const { memory: own } = openKernels();
  let total = ALIGNMENT;
  const starts = lengths.map((length) => {
    const start = total;
    total += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    return start;
  });
  growTo(own, total * 8);
  return starts.map((start, i) => new Float64Array(own.buffer, start * 8, lengths[i])) as {
    -readonly [K in keyof Lengths]: Float64Array;
  };
}
