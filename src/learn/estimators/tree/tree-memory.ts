/**
 * The memory that the threads of one training share with the kernels: the bins and codes of the matrix, and a place
 * for each tree that grows at a time:
 *
 *   claims            one 32-bit word a place: 1 while a tree grows in it
 *   bins, codes       as in the coded matrix
 *   of each place:    elements, targets (numbers only), keys and spare keys: 8 bytes a row each;
 *                     digits, histogram, class counts, the record that kernels answer in
 *
 * The system gives pages when they are first touched, so room that no tree needs costs nothing.
 */
import { createSharedMemory, MAX_MEMORY_BYTES, type SharedWasmMemory } from '../../wasm/boosting-kernels.js';
import { MISSING_BIN } from './binned-matrix.js';
import { type CodedMatrix, MAX_CODES } from './coded-matrix.js';

export interface TreeMemory {
  readonly memory: SharedWasmMemory;
  readonly nPlaces: number;
  readonly bins: number;
  readonly codes: number;
  readonly firstPlace: number;
  readonly place: PlaceLayout;
}

/** Offsets within a place. */
export interface PlaceLayout {
  readonly elements: number;
  readonly targets: number;
  readonly keys: number;
  readonly spare: number;
  readonly digits: number;
  readonly histogram: number;
  readonly totals: number;
  readonly lefts: number;
  readonly out: number;
  readonly nBytes: number;
}

const CLAIM_BYTES = 4;
const LINE_BYTES = 64;
const MAX_DIGITS = 2_048;
const OUT_BYTES = 64;
/** How often a thread that waits for a place looks whether it shall go on waiting. */
const POLL_MS = 20;

/** @param nClasses 0 for numbers */
function layOutPlace(nRows: number, nClasses: number): PlaceLayout {
  let at = 0;
  const reserve = (nBytes: number): number => {
    const offset = at;
    at += Math.ceil(nBytes / LINE_BYTES) * LINE_BYTES;
    return offset;
  };
  const cells = nClasses > 2 ? (MISSING_BIN + 1) * nClasses * 4 : (MAX_CODES + 1) * (nClasses === 0 ? 16 : 8);
  const place = {
    elements: reserve(nRows * 8),
    targets: reserve(nClasses === 0 ? nRows * 8 : 0),
    keys: reserve(nRows * 8),
    spare: reserve(nRows * 8),
    digits: reserve(MAX_DIGITS * 4),
    histogram: reserve(cells),
    totals: reserve(nClasses * 4),
    lefts: reserve(nClasses * 4),
    out: reserve(OUT_BYTES),
  };
  return { ...place, nBytes: at };
}

/**
 * Makes the memory and copies the columns in.
 * @param nPlaces trees that may grow at once; fewer when 32-bit offsets do not reach that far
 * @returns undefined when not even one tree has room
 */
export function layOutTrees(binned: CodedMatrix, nClasses: number, nPlaces: number): TreeMemory | undefined {
  const { nSamples } = binned;
  const place = layOutPlace(nSamples, nClasses);
  const bins = Math.ceil((nPlaces * CLAIM_BYTES) / LINE_BYTES) * LINE_BYTES;
  const codes = Math.ceil((bins + binned.bins.length) / LINE_BYTES) * LINE_BYTES;
  const firstPlace = Math.ceil((codes + binned.codes.length * 2) / LINE_BYTES) * LINE_BYTES;
  const nFitting = Math.min(nPlaces, Math.floor((MAX_MEMORY_BYTES - firstPlace) / place.nBytes));
  if (nFitting < 1) return undefined;
  const memory = createSharedMemory(firstPlace + nFitting * place.nBytes);
  for (let j = 0; j < binned.nFeatures; j++) {
    if ((binned.codeOffsets[j] as number) >= 0) continue;
    const column = binned.bins.subarray(j * nSamples, (j + 1) * nSamples);
    new Uint8Array(memory.buffer, bins + j * nSamples, nSamples).set(column);
  }
  new Uint16Array(memory.buffer, codes, binned.codes.length).set(binned.codes);
  return { memory, nPlaces: nFitting, bins, codes, firstPlace, place };
}

/** Takes a free place, waiting for one where there are fewer than threads. @returns its number */
export function claimPlace({ memory, nPlaces }: TreeMemory, poll: () => void): number {
  const claims = new Int32Array(memory.buffer, 0, nPlaces);
  for (;;) {
    for (let place = 0; place < nPlaces; place++) {
      if (Atomics.compareExchange(claims, place, 0, 1) === 0) return place;
    }
    poll();
    Atomics.wait(claims, 0, 1, POLL_MS);
  }
}

export function releasePlace({ memory, nPlaces }: TreeMemory, place: number): void {
  const claims = new Int32Array(memory.buffer, 0, nPlaces);
  Atomics.store(claims, place, 0);
  Atomics.notify(claims, 0);
}
