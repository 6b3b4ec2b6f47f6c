import { READING_KERNEL_BASE64 } from '../../wasm/reading-binary.js';
import {
  compileKernels,
  createMemory,
  growTo,
  startKernels,
  type WasmMemory,
} from '../../wasm/web-assembly.js';

/** What the compiled module exports; places are byte offsets. `reading.ts` among its sources says what each does. */
interface Kernel {
  insert(table: number, mask: number, bytes: number, length: number, value: number): void;
  readRows(at: number, end: number, row: number, maxRows: number): number;
  readLists(at: number, end: number, columns: number, nListed: number, row: number, maxRows: number): number;
  readColumn(at: number, end: number, k: number, row: number, maxRows: number): number;
}

/** The fields of the context, as 32 bit words. */
export const CONTEXT = {
  columns: 256,
  nColumns: 257,
  nKnown: 258,
  order: 259,
  seen: 260,
  keyTable: 261,
  keyMask: 262,
  values: 263,
  oddCells: 264,
  oddRoom: 265,
  nOdd: 266,
  nextRow: 267,
  hasEnded: 268,
  rowNumber: 269,
} as const;
const TENS_AT = 1088;
const N_TENS = 23;
const MASKS_AT = 1280;
const MASK_BYTES = 16;
/** What a reader puts into the memory begins here. */
export const FREE_AT = 1536;

const FIRST_BYTES = 2 ** 18;

/** The memory of the reading kernel: one a thread, for readings follow each other there. */
export class ReadingMemory {
  readonly kernel: Kernel;
  bytes: Uint8Array;
  words: Int32Array;
  /** Whose tables lie in it. */
  owner: object | undefined;
  readonly #memory: WasmMemory;

  constructor() {
    this.#memory = createMemory(FIRST_BYTES);
    this.kernel = startKernels<Kernel>(compileKernels(READING_KERNEL_BASE64), this.#memory);
    this.bytes = new Uint8Array(this.#memory.buffer);
    this.words = new Int32Array(this.#memory.buffer);
    const tens = new Float64Array(this.#memory.buffer, TENS_AT, N_TENS);
    for (let n = 0; n < N_TENS; n++) tens[n] = Number(`1e${n}`);
    this.bytes.fill(0xff, MASKS_AT, MASKS_AT + MASK_BYTES);
  }

  /** Makes room up to `endAt`; views from before are void then. */
  reach(endAt: number): void {
    if (endAt <= this.bytes.length) return;
    growTo(this.#memory, endAt);
    this.bytes = new Uint8Array(this.#memory.buffer);
    this.words = new Int32Array(this.#memory.buffer);
  }

  doubles(at: number, length: number): Float64Array {
    return new Float64Array(this.#memory.buffer, at, length);
  }
}

let memory: ReadingMemory | undefined;

/** The one of this thread. */
export function readingMemory(): ReadingMemory {
  memory ??= new ReadingMemory();
  return memory;
}

/** The next place at which sixteen bytes can be read at once, and numbers as they lie. */
export function aligned(at: number): number {
  return Math.ceil(at / 16) * 16;
}
