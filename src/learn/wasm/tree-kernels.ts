/**
 * Searching and dividing the nodes of a tree in WebAssembly (see ./assembly/trees.ts), over one memory that the
 * threads of a training share. Places are byte offsets; whoever makes the memory lays it out.
 */
import type { SharedWasmMemory } from './boosting-kernels.js';
import { TREE_KERNELS_BASE64 } from './trees-binary.js';

/** What the kernels tell apart. */
export const TREE_KERNEL_MODES = { twoClasses: 0, classes: 1, numbers: 2 } as const;

/** What `search` answers. */
export const IS_CONSTANT = 0;
export const FOUND_BETTER = 2;

export interface TreeKernels {
  configure(
    mode: number,
    nClasses: number,
    minRows: number,
    minWeight: number,
    elements: number,
    targets: number,
    keys: number,
    spare: number,
    digits: number,
    histogram: number,
    totals: number,
    lefts: number,
    out: number,
  ): void;
  openTwo(from: number, to: number): void;
  openMany(from: number, to: number): void;
  openNumbers(from: number, to: number): void;
  search(column: number, isCoded: number, nCodes: number, floor: number): number;
  divide(
    column: number,
    isCoded: number,
    from: number,
    to: number,
    cut: number,
    missingRight: number,
  ): number;
}

/** The part of the WebAssembly interface that is used; the types of Node 20 do not declare it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

let module: object | undefined;

/** Calls of one instance get faster after the first thousand, so the trees of a training share it. */
const opened = new WeakMap<SharedWasmMemory, TreeKernels>();

/** This thread's kernels over this memory, for one tree at a time. */
export function openTreeKernels(memory: SharedWasmMemory): TreeKernels {
  let kernels = opened.get(memory);
  if (kernels === undefined) {
    module ??= new WebAssembly.Module(Buffer.from(TREE_KERNELS_BASE64, 'base64'));
    kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as TreeKernels;
    opened.set(memory, kernels);
  }
  return kernels;
}
