/**
 * The kernels that many rows are scored with (see ./assembly/boosting-scoring.ts), and the memory that they work in: one a
 * thread. It holds the tables of the ensemble that was scored with last, and behind them one block of rows.
 */
import { SCORING_KERNELS_BASE64 } from './boosting-scoring-binary.js';
import { compileKernels, createMemory, growTo, startKernels, type WasmMemory } from './web-assembly.js';

/** What the compiled module exports; numbers are byte offsets and counts. */
export interface ScoringKernels {
  encodeNumbers(from: number, n: number, stride: number, cuts: number, nCuts: number, codes: number): void;
  encodeCategories(
    from: number,
    n: number,
    stride: number,
    classes: number,
    nCategories: number,
    missing: number,
    codes: number,
  ): void;
  /** These two give where the record of the next tree begins. */
  addTrees32(
    records: number,
    nTrees: number,
    codes: number,
    n: number,
    masks: number,
    scores: number,
    width: number,
  ): number;
  addTrees64(
    records: number,
    nTrees: number,
    codes: number,
    n: number,
    masks: number,
    scores: number,
    width: number,
  ): number;
}

let opened: { readonly memory: WasmMemory; readonly kernels: ScoringKernels } | undefined;
let loaded: Uint8Array | undefined;

/** Whether these tables are in the memory of this thread's kernels. */
export function areLoaded(tables: Uint8Array): boolean {
  return loaded === tables;
}

/**
 * The kernels of this thread, with `tables` at the beginning of their memory and room for `nBytes` behind them, which hold
 * whatever they last held. Cost: tables are copied when others were used before.
 */
export function openScoringKernels(
  tables: Uint8Array,
  nBytes: number,
): { readonly kernels: ScoringKernels; readonly buffer: ArrayBuffer } {
  if (opened === undefined) {
    const memory = createMemory(tables.length + nBytes);
    opened = {
      memory,
      kernels: startKernels<ScoringKernels>(compileKernels(SCORING_KERNELS_BASE64), memory),
    };
  }
  const { memory, kernels } = opened;
  growTo(memory, tables.length + nBytes);
  if (loaded !== tables) {
    new Uint8Array(memory.buffer).set(tables);
    loaded = tables;
  }
  return { kernels, buffer: memory.buffer };
}
