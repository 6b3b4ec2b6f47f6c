import type { KernelControl, KernelReference } from '../../parallel/thread-pool.js';
import type { KernelFunction } from './kernel-function.js';
import { type SmoResult, solveSmo } from './smo.js';

/** What the threads share that learn pairs of classes. */
export interface PairsInput {
  /** Row-major, in shared memory. */
  readonly rows: Float64Array;
  readonly nFeatures: number;
  readonly kernel: KernelFunction;
  /** The rows of each class that occurred, ascending, and what their errors cost. */
  readonly members: readonly Uint32Array[];
  readonly costs: Float64Array;
  /** The places in `members` of the two classes of each pair. */
  readonly pairs: readonly (readonly [number, number])[];
  readonly tolerance: number;
  readonly maxIterations: number;
  readonly cacheBytes: number;
}

export interface PairResult extends SmoResult {
  /** The rows of both classes, ascending. */
  readonly chosen: Uint32Array;
  /** Of each of them in the decision function, which speaks for the second class. */
  readonly coefficients: Float64Array;
}

export const PAIR_KERNEL: KernelReference = { module: import.meta.url, name: 'separatePair' };

export function separatePair(input: PairsInput, piece: number, control: KernelControl): PairResult {
  const { rows, nFeatures, kernel, members, costs, cacheBytes } = input;
  const [first, second] = input.pairs[piece] as readonly [number, number];
  const own = new Set(members[second]);
  const chosen = Uint32Array.from([...(members[first] as Uint32Array), ...own]).sort();
  const signs = Int8Array.from(chosen, (i) => (own.has(i) ? 1 : -1));
  const problem = {
    signs,
    linear: new Float64Array(chosen.length).fill(-1),
    costs: Float64Array.from(chosen, (i) => costs[i] as number),
    nRows: chosen.length,
  };
  const space = { rows: gather(rows, nFeatures, chosen), nFeatures, kernel, cacheBytes };
  const result = solveSmo(problem, space, input.tolerance, input.maxIterations, (fraction) =>
    control.checkpoint(fraction),
  );
  const coefficients = result.alphas.map((alpha, t) => alpha * (signs[t] as number));
  return { ...result, chosen, coefficients };
}

/** Copies of these rows, one after the other. */
export function gather(rows: Float64Array, nFeatures: number, chosen: Uint32Array): Float64Array {
  const own = new Float64Array(chosen.length * nFeatures);
  for (let t = 0; t < chosen.length; t++) {
    const from = (chosen[t] as number) * nFeatures;
    own.set(rows.subarray(from, from + nFeatures), t * nFeatures);
  }
  return own;
}
