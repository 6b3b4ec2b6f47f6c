/** Starts compiled kernels over a memory: the one place that knows how. Whoever starts some says what they export. */

/** Memory of one thread. It only grows; the system has it back when nothing holds it any more. */
export interface WasmMemory {
  /** Another one after the memory has grown; views of the former are void. */
  readonly buffer: ArrayBuffer;
  grow(nPages: number): number;
}

/** Memory of several threads; it does not grow. */
export interface SharedWasmMemory {
  readonly buffer: SharedArrayBuffer;
}

/** The part of the WebAssembly interface that is used; the types of Node 20 do not declare it. */
declare const WebAssembly: {
  readonly Memory: {
    new (limits: { initial: number }): WasmMemory;
    new (limits: { initial: number; maximum: number; shared: true }): SharedWasmMemory;
  };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

const PAGE_BYTES = 65_536;
/** What 32-bit offsets reach. */
export const MAX_MEMORY_BYTES = 65_536 * PAGE_BYTES;

/** Zeros, at least `nBytes`. */
export function createMemory(nBytes: number): WasmMemory {
  return new WebAssembly.Memory({ initial: Math.ceil(nBytes / PAGE_BYTES) });
}

/** Zeros, at most MAX_MEMORY_BYTES; the system gives pages when they are first touched. Can be sent to threads. */
export function createSharedMemory(nBytes: number): SharedWasmMemory {
  const nPages = Math.ceil(nBytes / PAGE_BYTES);
  return new WebAssembly.Memory({ initial: nPages, maximum: nPages, shared: true });
}

/** Makes room for `nBytes` in all; where that takes more than there is, views from before are void. */
export function growTo(memory: WasmMemory, nBytes: number): void {
  const missing = nBytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
}

/** @param base64 what `npm run generate:wasm` has made. A module can be started as often as there are memories. */
export function compileKernels(base64: string): object {
  return new WebAssembly.Module(Buffer.from(base64, 'base64'));
}

/** The kernels of a module over this memory, on this thread. The caller names what they export. */
export function startKernels<Exports>(module: object, memory: WasmMemory | SharedWasmMemory): Exports {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as Exports;
}
