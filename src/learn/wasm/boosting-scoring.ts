/**
 * The kernels that many rows are scored with (see ./assembly/boosting-scoring.ts), and the memory that they work in: one a
 * thread. It holds the tables of the ensemble that was scored with last, and behind them one block of rows.
 */
import { SCORING_KERNELS_BASE64 } from './boosting-scoring-binary.js';

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
    const memory = new WebAssembly.Memory({ initial: 1 });
    const module = new WebAssembly.Module(Buffer.from(SCORING_KERNELS_BASE64, 'base64'));
    opened = {
      memory,
      kernels: new WebAssembly.Instance(module, { env: { memory } }).exports as ScoringKernels,
    };
  }
  const { memory, kernels } = opened;
  const missing = tables.length + nBytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  if (loaded !== tables) {
    new Uint8Array(memory.buffer).set(tables);
    loaded = tables;
  }
  return { kernels, buffer: memory.buffer };
}
