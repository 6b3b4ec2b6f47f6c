/**
 * The kernel that writes many rows of numbers as JSON (see ./assembly/writing.ts), and its memory: one a thread. Five times as fast as
 * texts that are put together, and the bytes are ready to be sent.
 */
import { compileKernels, createMemory, growTo, startKernels, type WasmMemory } from './web-assembly.js';
import { WRITING_KERNEL_BASE64 } from './writing-binary.js';

interface Kernel {
  configure(powers: number, pairs: number, digits: number): void;
  writeRows(
    nRows: number,
    heads: number,
    decisions: number,
    names: number,
    nNumbers: number,
    numbers: number,
    stride: number,
    to: number,
  ): number;
}

const MIN_POWER = -292;
const MAX_POWER = 324;
const POWERS_AT = 64;
const PAIRS_AT = POWERS_AT + 16 * (MAX_POWER - MIN_POWER + 1);
const DIGITS_AT = PAIRS_AT + 256;
const FREE_AT = DIGITS_AT + 64;
/** The kernel copies sixteen bytes at a time. */
const SLACK = 16;
/** `-1.2345678901234567e-123`, and one. */
const MAX_NUMBER_BYTES = 25;
/** So much text at a time: the memory is never given back. */
const PIECE_BYTES = 1_048_576;

/** What a row is made of. */
export interface RowPieces {
  /** By class what a row begins with; none where rows have no class. */
  readonly heads: readonly string[];
  /** What comes before each number. */
  readonly names: readonly string[];
  readonly tail: string;
}

const utf8 = new TextEncoder();
let opened: { readonly memory: WasmMemory; readonly kernel: Kernel } | undefined;

export class RowWriter {
  readonly #heads: readonly Uint8Array[];
  /** With the tail. */
  readonly #names: readonly Uint8Array[];
  readonly #pieceBytes: number;
  readonly #maxRowBytes: number;

  constructor({ heads, names, tail }: RowPieces) {
    this.#heads = heads.map((text) => utf8.encode(text));
    this.#names = [...names, tail].map((text) => utf8.encode(text));
    const nBytes = (pieces: readonly Uint8Array[]) => pieces.reduce((sum, { length }) => sum + length, 0);
    const nPieces = heads.length + names.length + 1;
    this.#pieceBytes = nBytes(this.#heads) + nBytes(this.#names) + nPieces * (8 + SLACK);
    const longestHead = this.#heads.reduce((most, { length }) => Math.max(most, length), 0);
    this.#maxRowBytes = longestHead + nBytes(this.#names) + names.length * MAX_NUMBER_BYTES + 1;
  }

  /**
   * @param numbers row-major, finite, `stride` a row, of which as many are written as there are names
   * @param decisions by row its class; not looked at where there are no heads
   * @returns the rows, separated by commas, in parts
   */
  write(numbers: Float64Array, stride: number, decisions: Int32Array, nRows: number): Uint8Array[] {
    const parts: Uint8Array[] = [];
    const most = Math.max(1, Math.floor(PIECE_BYTES / this.#maxRowBytes));
    for (let from = 0; from < nRows; from += most) {
      const to = Math.min(nRows, from + most);
      const part = this.#writePart(numbers, stride, decisions, from, to);
      // Without the last comma.
      parts.push(to === nRows ? part.subarray(0, part.length - 1) : part);
    }
    return parts;
  }

  #writePart(
    numbers: Float64Array,
    stride: number,
    decisions: Int32Array,
    from: number,
    to: number,
  ): Uint8Array {
    const nRows = to - from;
    const nNumbers = this.#names.length - 1;
    const nCopied = nNumbers === 0 ? 0 : nRows * stride;
    const numbersAt = FREE_AT + Math.ceil(this.#pieceBytes / 8) * 8;
    const decisionsAt = numbersAt + 8 * nCopied;
    const textAt = decisionsAt + 4 * nRows;
    const { kernel, buffer } = open(textAt + nRows * this.#maxRowBytes + SLACK);
    const hasHeads = this.#heads.length > 0;
    const namesAt = FREE_AT + 8 * this.#heads.length;
    let piecesAt = namesAt + 8 * this.#names.length;
    piecesAt = install(buffer, FREE_AT, this.#heads, piecesAt);
    install(buffer, namesAt, this.#names, piecesAt);
    new Float64Array(buffer, numbersAt, nCopied).set(
      numbers.subarray(from * stride, from * stride + nCopied),
    );
    if (hasHeads) new Int32Array(buffer, decisionsAt, nRows).set(decisions.subarray(from, to));
    const heads = hasHeads ? FREE_AT : 0;
    const end = kernel.writeRows(nRows, heads, decisionsAt, namesAt, nNumbers, numbersAt, stride, textAt);
    return new Uint8Array(buffer).slice(textAt, end);
  }
}

/** OUT buffer: the table of pieces at `tableAt`, their bytes from `at` on. @returns the place behind them */
function install(buffer: ArrayBuffer, tableAt: number, pieces: readonly Uint8Array[], at: number): number {
  const bytes = new Uint8Array(buffer);
  const table = new Uint32Array(buffer, tableAt, pieces.length * 2);
  let next = at;
  for (const [k, piece] of pieces.entries()) {
    table[2 * k] = next;
    table[2 * k + 1] = piece.length;
    bytes.set(piece, next);
    next += piece.length + SLACK;
  }
  return next;
}

/** The kernel of this thread, with memory up to `endAt`. */
function open(endAt: number): { readonly kernel: Kernel; readonly buffer: ArrayBuffer } {
  opened ??= start();
  const { memory, kernel } = opened;
  growTo(memory, endAt);
  return { kernel, buffer: memory.buffer };
}

function start(): { readonly memory: WasmMemory; readonly kernel: Kernel } {
  const memory = createMemory(FREE_AT);
  const kernel = startKernels<Kernel>(compileKernels(WRITING_KERNEL_BASE64), memory);
  const words = new BigUint64Array(memory.buffer, POWERS_AT, 2 * (MAX_POWER - MIN_POWER + 1));
  for (let power = MIN_POWER; power <= MAX_POWER; power++) {
    const bits = first128Bits(power);
    words[2 * (power - MIN_POWER)] = bits >> 64n;
    words[2 * (power - MIN_POWER) + 1] = bits & 0xffff_ffff_ffff_ffffn;
  }
  const pairs = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0')).join('');
  new Uint8Array(memory.buffer, PAIRS_AT).set(utf8.encode(pairs));
  kernel.configure(POWERS_AT, PAIRS_AT, DIGITS_AT);
  return { memory, kernel };
}

/** Of a power of ten, the last one rounded up where there are more. */
function first128Bits(power: number): bigint {
  const size = 10n ** BigInt(Math.abs(power));
  const nBits = size.toString(2).length;
  if (power >= 0) {
    if (nBits <= 128) return size << BigInt(128 - nBits);
    const cut = BigInt(nBits - 128);
    return ((size - 1n) >> cut) + 1n;
  }
  // 2 ** (nBits - 1) < size < 2 ** nBits, so the quotient has 128 bits.
  return (1n << BigInt(nBits + 127)) / size + 1n;
}
