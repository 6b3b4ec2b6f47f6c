/**
 * The kernel that takes the ordinary records of a delimited file (./assembly/records.ts): a third of the time that the
 * scanner's own loop needs for them, because nothing in it checks a bound and nothing is kept in objects.
 *
 * It has a memory of its own; a piece of the file is copied in once and then taken in as many calls as there are
 * records in it that the kernel leaves to the scanner.
 */
import { compileKernels, createMemory, startKernels } from '../../../learn/wasm/web-assembly.js';
import type { Automaton } from '../automaton.js';
import { N_KINDS } from '../spelling-kinds.js';
import { RECORDS_BASE64 } from './records-binary.js';

/** What the kernel must know of the scanner's options. */
export interface RecordRules {
  readonly automaton: Automaton;
  readonly delimiter: string;
  readonly quote: string;
  readonly escape: string;
  readonly maxLineBytes: number;
}

interface Exports {
  takeRecords(...places: number[]): number;
}

const FIRST_SPECIAL = 128;
const DELIMITER = 128;
const LINE_FEED = 129;
const FOREIGN = 130;
const BLANKS = [0x20, 0x09];
/** One for each kind, and the first one for text. */
const N_SLOTS = N_KINDS + 1;

/** Copied and then walked over from the second-level cache. */
const PIECE_BYTES = 256 * 1024;
/** How many records the scanner takes by itself after one that the kernel has left to it, at the least and most. */
const MIN_PAUSE_RECORDS = 1;
const MAX_PAUSE_RECORDS = 1024;

export class RecordKernel {
  /** Of the last call of `take`. */
  nRecords = 0;
  longestBytes = 0;

  readonly #take: Exports['takeRecords'];
  readonly #bytes: Uint8Array;
  readonly #found: Int32Array;
  readonly #counts: Float64Array;
  readonly #padded: Uint8Array;
  readonly #arguments: number[];
  readonly #piece: number;
  /** What of the chunk lies in the piece. */
  #chunk: Buffer | undefined;
  #from = 0;
  #to = 0;
  #pauseRecords = MIN_PAUSE_RECORDS;
  #toPass = 0;

  /** Whether the automaton's classes leave room for the kernel's own. */
  static canTake({ nClasses }: Automaton): boolean {
    return nClasses <= FIRST_SPECIAL;
  }

  /** @param kinds the kind of a cell that ends in a state; -1 for text. */
  constructor(rules: RecordRules, kinds: Int16Array, nFields: number) {
    const { automaton } = rules;
    let end = 0;
    const place = (nBytes: number): number => {
      const at = end;
      end = Math.ceil((end + nBytes) / 8) * 8;
      return at;
    };
    const [ruleAt, blankAt, foundAt] = [place(256), place(256), place(8)];
    const [nextAt, kindAt] = [place(automaton.next.byteLength), place(kinds.byteLength)];
    const [countAt, paddedAt] = [place(8 * N_SLOTS * nFields), place(nFields)];
    const pendingAt = place(4 * nFields);
    this.#piece = place(PIECE_BYTES);
    const memory = createMemory(end);
    this.#take = startKernels<Exports>(compileKernels(RECORDS_BASE64), memory).takeRecords;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#found = new Int32Array(memory.buffer, foundAt, 2);
    this.#counts = new Float64Array(memory.buffer, countAt, N_SLOTS * nFields);
    this.#padded = this.#bytes.subarray(paddedAt, paddedAt + nFields);
    this.#bytes.set(ruleTable(rules), ruleAt);
    for (const blank of BLANKS) if (blank !== rules.delimiter.charCodeAt(0)) this.#bytes[blankAt + blank] = 1;
    new Uint16Array(memory.buffer, nextAt, automaton.next.length).set(automaton.next);
    new Int16Array(memory.buffer, kindAt, kinds.length).set(kinds);
    this.#arguments = [
      ...[nFields, rules.maxLineBytes, ruleAt, blankAt, nextAt, automaton.start, kindAt],
      ...[countAt, N_SLOTS, paddedAt, pendingAt, foundAt],
    ];
  }

  /**
   * Takes records from a place where one starts on; returns where it stopped, at the start of a record that is left to
   * the caller or that does not end in the chunk.
   */
  take(chunk: Buffer, from: number): number {
    this.nRecords = 0;
    this.longestBytes = 0;
    if (this.#toPass > 0) {
      this.#toPass--;
      return from;
    }
    let at = from;
    while (this.#holds(chunk, at)) {
      const offset = this.#piece - this.#from;
      const stopped = this.#take(offset + at, offset + this.#to, ...this.#arguments) - offset;
      this.nRecords += this.#found[0]!;
      this.longestBytes = Math.max(this.longestBytes, this.#found[1]!);
      at = stopped;
      if (stopped < this.#to) {
        this.#pause();
        break;
      }
    }
    return at;
  }

  /** What is taken next is another chunk, or the same memory with other bytes. */
  forget(): void {
    this.#chunk = undefined;
  }

  /** Adds what was counted: for each column and kind (-1 for text) how many cells. */
  addCounts(add: (column: number, kind: number, nCells: number) => void): void {
    for (const [slot, nCells] of this.#counts.entries()) {
      if (nCells > 0) add(Math.floor(slot / N_SLOTS), (slot % N_SLOTS) - 1, nCells);
    }
    this.#counts.fill(0);
  }

  /** The columns that have a cell with a blank at one of its ends. */
  paddedColumns(): number[] {
    return [...this.#padded.entries()].filter(([, isPadded]) => isPadded === 1).map(([column]) => column);
  }

  /** A file that quotes every record would only be looked at twice. */
  #pause(): void {
    this.#toPass = this.#pauseRecords;
    this.#pauseRecords =
      this.nRecords > 0 ? MIN_PAUSE_RECORDS : Math.min(MAX_PAUSE_RECORDS, this.#pauseRecords * 2);
  }

  /** Whether whole lines from the place on are in the piece, which may have to be filled first. */
  #holds(chunk: Buffer, at: number): boolean {
    if (this.#chunk === chunk && at >= this.#from && at < this.#to) return true;
    const to = chunk.lastIndexOf(0x0a, at + PIECE_BYTES - 1) + 1;
    if (to <= at) return false;
    this.#bytes.set(chunk.subarray(at, to), this.#piece);
    [this.#chunk, this.#from, this.#to] = [chunk, at, to];
    return true;
  }
}

/** What each byte is to the kernel: a class of the automaton, or a byte that ends a cell. */
function ruleTable({ automaton, delimiter, quote, escape: escapeMark }: RecordRules): Uint8Array {
  const rules = Uint8Array.from(automaton.classes);
  for (const byte of [0x0d, ...Buffer.from(quote + escapeMark)]) rules[byte] = FOREIGN;
  rules[0x0a] = LINE_FEED;
  rules[delimiter.charCodeAt(0)] = DELIMITER;
  return rules;
}
