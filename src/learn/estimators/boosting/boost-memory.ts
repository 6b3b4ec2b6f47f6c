/**
 * The memory that the threads of one training share with the kernels, and where things lie in it:
 *
 *   bins      one byte a row and feature, row-major, to count by; a missing value is the bin after the feature's last one
 *   columns   the same column by column, to part rows by: a split reads one feature of many rows; missing is bin 255
 *   pairs     gradient and hessian, 32-bit floats, score after score
 *   raw       raw scores, 64-bit floats, score after score; y and weights likewise
 *   rows      the rows that trees grow on, and those that are held out
 *   offsets   by feature, where its cells (16 bytes a bin in use) begin in a histogram
 *   table     by feature, what a search of its cuts must know (see findCuts)
 *   places    of each thread: its rows, the rows it only carries along, scratch of the same size, small tables
 *   slots     histograms of open nodes; a team has one set, and each of its threads two histograms of its own rows
 *
 * A node whose histogram finds no slot is searched in scratch and forgets it; its children are then both counted.
 */
import { LearnError } from '../../errors.js';
import { createSharedMemory, MAX_MEMORY_BYTES, type SharedWasmMemory } from '../../wasm/boosting-kernels.js';
import { type BinnedMatrix, MISSING_BIN } from '../tree/binned-matrix.js';
import { countOwned, ROWS_PER_BLOCK } from './row-blocks.js';

export const CELL_BYTES = 16;
/** Two open nodes are searched in a step. */
export const SCRATCH_SLOTS = 2;
/** What the slots of all teams may take. */
export const MAX_SLOT_BYTES = 268_435_456;
/** Of each thread: the record that kernels answer in, and the sides of 256 bins. */
const OUT_BYTES = 64;
const SIDE_BYTES = 256;

export interface MemoryNeeds {
  readonly binned: BinnedMatrix;
  readonly nScores: number;
  readonly parties: number;
  /** Whether each thread grows trees of its own, on all rows. */
  readonly growsAlone: boolean;
  /** Length nSamples. */
  readonly y: Float64Array;
  readonly weights: Float64Array;
  readonly trainRows: Uint32Array;
  readonly heldOutRows: Uint32Array;
  readonly subsample: number;
  readonly maxLeafNodes: number;
  readonly minSamplesLeaf: number;
  /** Length nFeatures: 1 rising, -1 falling, 0 free. */
  readonly monotonic: Int8Array;
}

/** What belongs to one thread. */
export interface ThreadPlaces {
  readonly out: number;
  readonly side: number;
  /** A byte a feature: 1 if it is drawn. */
  readonly drawn: number;
  /** 16 bytes for each row of a block, and for each score at least. */
  readonly integers: number;
  /** 16 bytes for each score. */
  readonly totals: number;
  readonly rows: number;
  readonly carried: number;
  readonly spare: number;
  /** Two histograms of its own rows, in a team of several. */
  readonly local: number;
  /** The slots of its team. */
  readonly slots: number;
}

export interface BoostMemory {
  readonly memory: SharedWasmMemory;
  readonly bins: number;
  readonly columns: number;
  readonly pairs: number;
  readonly raw: number;
  readonly y: number;
  readonly weights: number;
  readonly trainRows: number;
  readonly offsets: number;
  readonly table: number;
  /** Length nFeatures + 1: the same offsets, and the size of a histogram. */
  readonly cellOffsets: Float64Array;
  /** Length nFeatures: whether the feature has missing values, and so a cell for them. */
  readonly hasMissing: Uint8Array;
  readonly nSlots: number;
  /** Where the threads' own histograms begin, two each, one after the other. */
  readonly locals: number;
  readonly places: readonly ThreadPlaces[];
  readonly views: {
    readonly y: Float64Array;
    readonly weights: Float64Array;
    readonly pairs: Float32Array;
    readonly raw: Float64Array;
    readonly trainRows: Uint32Array;
    readonly heldOutRows: Uint32Array;
  };
}

/**
 * Makes the memory and fills in the bins. Cost: one pass over the bins.
 * @param poll called before each block of rows; ends the work by throwing
 * @throws LearnError too_many_rows when it would be larger than 4 GiB
 */
export function layOut(needs: MemoryNeeds, poll: () => void): BoostMemory {
  const { binned, nScores, parties, growsAlone } = needs;
  const { nSamples, nFeatures } = binned;
  const hasMissing = new Uint8Array(nFeatures);
  const cellOffsets = new Float64Array(nFeatures + 1);
  for (let j = 0; j < nFeatures; j++) {
    hasMissing[j] = binned.bins.subarray(j * nSamples, (j + 1) * nSamples).includes(MISSING_BIN) ? 1 : 0;
    const nCells = (binned.nBins[j] as number) + (hasMissing[j] as number);
    cellOffsets[j + 1] = (cellOffsets[j] as number) + nCells * CELL_BYTES;
  }
  const histogramBytes = cellOffsets[nFeatures] as number;
  const mostLeaves = Math.min(
    needs.maxLeafNodes,
    Math.ceil(needs.trainRows.length / needs.minSamplesLeaf) + 1,
  );
  const nSlots = Math.min(mostLeaves, Math.max(1, Math.floor(MAX_SLOT_BYTES / (histogramBytes * parties))));
  let end = CELL_BYTES;
  const take = (nBytes: number): number => {
    const start = end;
    end += Math.ceil(nBytes / CELL_BYTES) * CELL_BYTES;
    return start;
  };
  // Features are read four at a time.
  const bins = take(nSamples * nFeatures);
  const columns = take(nSamples * nFeatures);
  const pairs = take(nSamples * nScores * 8);
  const raw = take(nSamples * nScores * 8);
  const y = take(nSamples * 8);
  const weights = take(nSamples * 8);
  const trainRows = take(needs.trainRows.length * 4);
  const heldOutRows = take(needs.heldOutRows.length * 4);
  const offsets = take(nFeatures * 4);
  const table = take(nFeatures * 16);
  const slotBytes = (nSlots + SCRATCH_SLOTS) * histogramBytes;
  const locals = growsAlone || parties === 1 ? 0 : take(2 * parties * histogramBytes);
  const teamSlots = growsAlone ? 0 : take(slotBytes);
  const places = Array.from({ length: parties }, (_, member): ThreadPlaces => {
    const owned = (count: number): number => (growsAlone ? count : countOwned(count, member, parties));
    const nRows = owned(needs.trainRows.length);
    const nCarried = owned(needs.heldOutRows.length) + (needs.subsample < 1 ? nRows : 0);
    return {
      out: take(OUT_BYTES),
      side: take(SIDE_BYTES),
      drawn: take(nFeatures),
      integers: take(16 * Math.max(ROWS_PER_BLOCK, nScores)),
      totals: take(16 * nScores),
      rows: take(nRows * 4),
      carried: take(nCarried * 4),
      spare: take(Math.max(nRows, nCarried) * 4),
      local: locals + 2 * member * histogramBytes,
      slots: growsAlone ? take(slotBytes) : teamSlots,
    };
  });
  if (end > MAX_MEMORY_BYTES) {
    throw new LearnError(
      'too_many_rows',
      'Boosting takes up to 4 GiB of bins, scores and gradients; use fewer rows or columns.',
    );
  }
  const memory = createSharedMemory(end);
  new Uint32Array(memory.buffer, offsets, nFeatures).set(cellOffsets.subarray(0, nFeatures));
  const entries = new Int32Array(memory.buffer, table, nFeatures * 4);
  for (let j = 0; j < nFeatures; j++) {
    const isCategorical = (binned.nCategories[j] as number) > 0;
    const flags = (hasMissing[j] as number) + (isCategorical ? 2 : 0);
    const direction = needs.monotonic[j] as number;
    entries.set([cellOffsets[j] as number, binned.nBins[j] as number, flags, direction], j * 4);
  }
  const copyRows = (rows: Uint32Array, place: number): Uint32Array => {
    const copy = new Uint32Array(memory.buffer, place, rows.length);
    copy.set(rows);
    return copy;
  };
  const copyNumbers = (numbers: Float64Array, place: number): Float64Array => {
    const copy = new Float64Array(memory.buffer, place, numbers.length);
    copy.set(numbers);
    return copy;
  };
  new Uint8Array(memory.buffer, columns, nSamples * nFeatures).set(binned.bins);
  writeRowMajor(binned, new Uint8Array(memory.buffer, bins, nSamples * nFeatures), poll);
  return {
    memory,
    bins,
    columns,
    pairs,
    raw,
    y,
    weights,
    trainRows,
    offsets,
    table,
    cellOffsets,
    hasMissing,
    nSlots,
    locals,
    places,
    views: {
      y: copyNumbers(needs.y, y),
      weights: copyNumbers(needs.weights, weights),
      pairs: new Float32Array(memory.buffer, pairs, 2 * nSamples * nScores),
      raw: new Float64Array(memory.buffer, raw, nSamples * nScores),
      trainRows: copyRows(needs.trainRows, trainRows),
      heldOutRows: copyRows(needs.heldOutRows, heldOutRows),
    },
  };
}

/** OUT rowMajor: bins row by row. Rows go by blocks that stay in the cache while each column writes its part. */
function writeRowMajor(
  { bins, nBins, nSamples, nFeatures }: BinnedMatrix,
  rowMajor: Uint8Array,
  poll: () => void,
): void {
  const rowsPerBlock = Math.max(64, Math.floor(1_048_576 / nFeatures));
  for (let first = 0; first < nSamples; first += rowsPerBlock) {
    poll();
    const last = Math.min(nSamples, first + rowsPerBlock);
    for (let j = 0; j < nFeatures; j++) {
      const base = j * nSamples;
      const missing = nBins[j] as number;
      for (let i = first, at = first * nFeatures + j; i < last; i++, at += nFeatures) {
        const bin = bins[base + i] as number;
        rowMajor[at] = bin === MISSING_BIN ? missing : bin;
      }
    }
  }
}
