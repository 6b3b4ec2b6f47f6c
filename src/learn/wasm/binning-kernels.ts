/**
 * What binning does to each value of a column, in WebAssembly (see ./assembly/binning.ts): one instance a thread, whose
 * memory holds tables and what is worked on. A column is copied in by stretches.
 */
import { BINNING_KERNELS_BASE64 } from './binning-binary.js';
import { compileKernels, createMemory, growTo, startKernels, type WasmMemory } from './web-assembly.js';

/** What the compiled module exports; places are byte offsets. */
interface Exports {
  findDistinct(
    from: number,
    n: number,
    table: number,
    used: number,
    found: number,
    nFound: number,
    most: number,
  ): number;
  sortDistinct(values: number, n: number, counts: number, digits: number): number;
  encodeBins(from: number, n: number, cuts: number, lower: number, upper: number, bins: number): void;
}

/** A stretch of a column stays in the cache until it is worked on. */
const STRETCH = 8192;
const N_BINS = 256;
const SLOTS = 1024;
/** Nothing lies at 0: the compiled code keeps its own there. */
const CUTS = 1024;
const LOWER = CUTS + N_BINS * 8;
const UPPER = LOWER + N_BINS * 8;
const FOUND = UPPER + N_BINS * 8;
const TABLE = FOUND + N_BINS * 8;
const USED = TABLE + SLOTS * 8;
const DIGITS = USED + SLOTS;
const BINS = DIGITS + 8 * N_BINS * 4;
const VALUES = BINS + STRETCH;

let opened: { readonly memory: WasmMemory; readonly kernels: Exports } | undefined;

/** The kernels of this thread, with room for `nBytes` of values. */
function open(nBytes: number): { readonly kernels: Exports; readonly buffer: ArrayBuffer } {
  if (opened === undefined) {
    const memory = createMemory(VALUES + STRETCH * 8);
    opened = { memory, kernels: startKernels<Exports>(compileKernels(BINNING_KERNELS_BASE64), memory) };
  }
  const { memory, kernels } = opened;
  growTo(memory, VALUES + nBytes);
  return { kernels, buffer: memory.buffer };
}

/**
 * The distinct values of a column without NaN, ascending; undefined when there are more than `most` (at most 255), which
 * is known as soon as they are met. -0 is 0.
 */
export function findDistinct(column: Float64Array, most: number): Float64Array | undefined {
  const { kernels, buffer } = open(0);
  new Uint8Array(buffer, USED, SLOTS).fill(0);
  const stretch = new Float64Array(buffer, VALUES, STRETCH);
  let nFound = 0;
  for (let first = 0; first < column.length; first += STRETCH) {
    const part = column.subarray(first, first + STRETCH);
    stretch.set(part);
    nFound = kernels.findDistinct(VALUES, part.length, TABLE, USED, FOUND, nFound, most);
    if (nFound > most) return undefined;
  }
  return new Float64Array(buffer, FOUND, nFound).slice().sort();
}

/** The distinct ones of the given numbers, ascending, and how often each occurs. None may be NaN; -0 is 0. Cost: O(n). */
export function sortDistinct(numbers: Float64Array): {
  readonly values: Float64Array;
  readonly counts: Float64Array;
} {
  const n = numbers.length;
  const { kernels, buffer } = open(n * 16);
  new Float64Array(buffer, VALUES, n).set(numbers);
  const nDistinct = kernels.sortDistinct(VALUES, n, VALUES + n * 8, DIGITS);
  return {
    values: new Float64Array(buffer, VALUES, nDistinct).slice(),
    counts: new Float64Array(buffer, VALUES + n * 8, nDistinct).slice(),
  };
}

/**
 * OUT bins: how many of the cuts lie below each value of the column, 255 for NaN. OUT lower, upper (256 each): the least and
 * the largest value of each bin, Infinity and -Infinity where it has none.
 * @param cuts ascending, at most 254
 */
export function encodeBins(
  column: Float64Array,
  cuts: Float64Array,
  bins: Uint8Array,
  lower: Float64Array,
  upper: Float64Array,
): void {
  const { kernels, buffer } = open(0);
  const views = [CUTS, LOWER, UPPER].map((place) => new Float64Array(buffer, place, N_BINS));
  const [ownCuts, ownLower, ownUpper] = views as [Float64Array, Float64Array, Float64Array];
  ownCuts.fill(Number.POSITIVE_INFINITY).set(cuts);
  ownLower.fill(Number.POSITIVE_INFINITY);
  ownUpper.fill(Number.NEGATIVE_INFINITY);
  const stretch = new Float64Array(buffer, VALUES, STRETCH);
  const coded = new Uint8Array(buffer, BINS, STRETCH);
  for (let first = 0; first < column.length; first += STRETCH) {
    const part = column.subarray(first, first + STRETCH);
    stretch.set(part);
    kernels.encodeBins(VALUES, part.length, CUTS, LOWER, UPPER, BINS);
    bins.set(coded.subarray(0, part.length), first);
  }
  lower.set(ownLower);
  upper.set(ownUpper);
}
