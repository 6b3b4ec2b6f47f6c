/**
 * The memory that the threads of one training share with the kernels:
 *
 *   claims            one 32-bit word a place: 1 while a tree grows in it
 *   columns           a record a feature: where its codes and their bounds are
 *   payloads, targets what belongs to a row of the training set: its weight and class, or weight and target
 *   row weights       the same where they are no whole numbers, see TreeWeighing
 *   codes, bounds     one or two bytes a row and column; the least and the largest value of each code
 *   of each place:    the rows of the tree that grows there (elements, targets), scratch of the search (keys, cells,
 *                     lists), its nodes with the sets of their categories, the stack of those that are open, and a
 *                     block of codes
 *
 * The system gives pages when they are first touched, so room that no tree needs costs nothing.
 */
import { createSharedMemory, MAX_MEMORY_BYTES } from '../../wasm/boosting-kernels.js';
import { TREE_COLUMN_BYTES, TREE_JOB_BYTES } from '../../wasm/tree-kernels.js';
import { BIN_SLOTS } from './binned-matrix.js';
import { type CodedMatrix, MAX_CODES } from './coded-matrix.js';
import type { DrawTable } from './draw-rows.js';
import type { PlaceLayout, TreeMemory } from './tree-places.js';

/**
 * How rows weigh. `counts`: whole numbers, see `areCounts`. `rows`: as much as they like. `trees`: once each, and each tree
 * then balances its more than two classes.
 */
export type TreeWeighing = 'counts' | 'rows' | 'trees';

/** What a training set has beside its columns. */
export interface TreeRows {
  /** 0 for numbers. */
  readonly nClasses: number;
  /** Classes where nClasses > 0, else targets minus their center. */
  readonly codes: Int32Array;
  readonly targets: Float64Array;
  readonly weights: Float64Array;
  /** Default: counts. */
  readonly weighing?: TreeWeighing;
  /** By absolute error: the ranks of the targets, see rankTargets. */
  readonly ranks?: Uint32Array;
  readonly drawTable?: DrawTable;
}

const CLAIM_BYTES = 4;
const LINE_BYTES = 64;
const PAGE_BYTES = 4_096;
const MAX_DIGITS = 2_048;
const OUT_BYTES = 64;
/** Maps of 65,536 bits, and of their words. */
const MAP_BYTES = 8_192 + 128;
const STACK_ENTRY_BYTES = 24;
/** Leaves' values are taken when there are so many bytes of them. */
const VALUE_BYTES = 1_048_576;
/** Room for counts by code and class; where it does not suffice, keys are sorted. */
const CLASS_CELL_BYTES = 8_388_608;
/** Counts, or weights, by category, with the missing one, and class have to fit into that. */
export function mostClassesOfCategories(weighing: TreeWeighing): number {
  return CLASS_CELL_BYTES / (BIN_SLOTS * (weighing === 'counts' ? 4 : 8));
}
/** x ln x is kept for the whole numbers below: N_LOGS of trees-entropy.ts. */
const N_LOGS = 16_384;
/** Words of categories are taken when there are so many, or as many as one split has. */
const SET_WORDS = 65_536;
const SET_BYTES = BIN_SLOTS / 8;
/** What trees-median.ts keeps of each row of a node. */
const MEDIAN_BYTES = 36;
/** Columns up to this size stay in the second-level cache as they are; else blocks are made, see wasm/assembly/trees-block.ts. */
const MAX_CACHED_BYTES = 1_048_576;
/** Of a far block: what a core's second-level cache has or, with histograms beside it, a little more. */
const BLOCK_BYTES = 2_097_152;
const BLOCK_CODE_BYTES = 2;
/** The near block has a sixteenth of the far one's room. */
const NEAR_AND_FAR = 17 / 16;

/** A counter of bytes. */
function openLayout(from: number): { reserve(nBytes: number, alignment?: number): number; end(): number } {
  let at = from;
  return {
    reserve(nBytes, alignment = LINE_BYTES): number {
      at = Math.ceil(at / alignment) * alignment;
      const offset = at;
      at += nBytes;
      return offset;
    },
    end: () => Math.ceil(at / PAGE_BYTES) * PAGE_BYTES,
  };
}

/** How many rows a far block has room for; 0: the columns need none. */
function blockRowsOf({ nSamples, nFeatures }: CodedMatrix): number {
  const rowBytes = nFeatures * BLOCK_CODE_BYTES;
  return nSamples * rowBytes > MAX_CACHED_BYTES ? Math.floor(BLOCK_BYTES / rowBytes) : 0;
}

function layOutPlace(
  binned: CodedMatrix,
  { nClasses, weighing = 'counts', ranks }: TreeRows,
  blockRows: number,
): PlaceLayout {
  const { nSamples: nRows, nFeatures, nCategories } = binned;
  const mostCategories = nCategories.reduce((most, count) => Math.max(most, count), 0);
  const maxSetWords = mostCategories === 0 ? 0 : Math.max(SET_WORDS, Math.ceil(mostCategories / 32));
  const { reserve, end } = openLayout(0);
  const nCells = MAX_CODES + 1;
  const cellBytes = nClasses === 0 || weighing !== 'counts' ? 16 : 8;
  const histogramBytes = nClasses > 2 ? CLASS_CELL_BYTES : nCells * cellBytes;
  const maxNodes = 2 * nRows;
  const nOutputs = Math.max(1, nClasses);
  const maxValues = Math.max(1, Math.min(nRows, Math.floor(VALUE_BYTES / (8 * nOutputs))));
  const classes = Math.ceil(nClasses / 8) * 8;
  const place = {
    job: reserve(TREE_JOB_BYTES),
    out: reserve(OUT_BYTES + nOutputs * 8),
    elements: reserve((nRows + 1) * 8),
    targets: reserve(nClasses === 0 ? (nRows + 1) * 8 : 0),
    keys: reserve((nRows + 1) * 8),
    spare: reserve((nRows + 1) * 8),
    digits: reserve(MAX_DIGITS * 4),
    histogram: reserve(histogramBytes),
    rowCells: reserve(nCells * 4),
    occupied: reserve(MAP_BYTES),
    order: reserve((nCells + 1) * 4),
    totals: reserve(classes * 8),
    totals16: reserve(classes * 2),
    lefts: reserve(classes * 8),
    counts: reserve(nRows * 2),
    features: reserve(nFeatures * 4),
    constantSince: reserve(nFeatures * 4),
    constants: reserve(nFeatures * 4),
    stack: reserve((nRows + 1) * STACK_ENTRY_BYTES),
    nodeFeature: reserve(maxNodes * 4),
    nodeThreshold: reserve(maxNodes * 8),
    nodeLeft: reserve(maxNodes * 4),
    nodeFlags: reserve(maxNodes),
    importances: reserve(nFeatures * 8),
    values: reserve(maxValues * nOutputs * 8),
    ranks: reserve(BIN_SLOTS * 8),
    sets: reserve(SET_BYTES * 2),
    setWords: reserve(maxSetWords * 4),
    axes: reserve(nClasses * 28),
    rowWeights: reserve(weighing === 'trees' ? nRows * 8 : 0),
    medians: reserve(ranks === undefined ? 0 : (nRows + 2) * MEDIAN_BYTES),
    block: reserve(blockRows * nFeatures * BLOCK_CODE_BYTES * NEAR_AND_FAR),
  };
  return { ...place, blockRows, histogramBytes, maxValues, maxSetWords, nBytes: end() };
}

/**
 * Makes the memory and copies the training set in.
 * @param nPlaces trees that may grow at once; fewer when 32-bit offsets do not reach that far
 * @param blockRows how many rows a branch may have so that its codes are copied side by side; 0: none are
 * @returns undefined when not even one tree has room
 */
export function layOutTrees(
  binned: CodedMatrix,
  rows: TreeRows,
  nPlaces: number,
  blockRows = blockRowsOf(binned),
): TreeMemory | undefined {
  const { nSamples, nFeatures } = binned;
  const { nClasses, codes, targets, weights, drawTable, weighing = 'counts' } = rows;
  const place = layOutPlace(binned, rows, blockRows);
  const { reserve, end } = openLayout(0);
  reserve(nPlaces * CLAIM_BYTES);
  const columns = reserve(nFeatures * TREE_COLUMN_BYTES);
  const payloads = reserve(nSamples * 4);
  const rowTargets = reserve(nClasses === 0 ? nSamples * 8 : 0);
  const rowWeights = weighing === 'rows' ? reserve(nSamples * 8) : 0;
  const rowRanks = rows.ranks === undefined ? 0 : reserve(nSamples * 4);
  const logs = reserve(nClasses > 0 ? N_LOGS * 8 : 0);
  const table = drawTable && { sums: reserve(nSamples * 8), guide: reserve(nSamples * 4) };
  const records = Array.from({ length: nFeatures }, (_, j) => {
    const isWide = (binned.codeOffsets[j] as number) >= 0;
    const nCodes = binned.nBins[j] as number;
    const nCategories = binned.nCategories[j] as number;
    const bounds = boundsOf(binned, j);
    const codesAt = reserve(nSamples * (isWide ? 2 : 1));
    const lower = reserve(nCodes * 8);
    return {
      isWide,
      nCodes,
      codes: codesAt,
      bounds,
      lower,
      upper: bounds.isExact ? lower : reserve(nCodes * 8),
      nCategories,
      binOfCategory: reserve(nCategories),
    };
  });
  const firstPlace = end();
  const nFitting = Math.min(nPlaces, Math.floor((MAX_MEMORY_BYTES - firstPlace) / place.nBytes));
  if (nFitting < 1) return undefined;
  const memory = createSharedMemory(firstPlace + nFitting * place.nBytes);
  const { buffer } = memory;
  records.forEach((record, j) => {
    const at = columns + j * TREE_COLUMN_BYTES;
    new Uint32Array(buffer, at, 7).set([
      record.codes,
      record.isWide ? 1 : 0,
      record.nCodes,
      record.lower,
      record.upper,
      record.nCategories,
      record.binOfCategory,
    ]);
    const firstCategory = binned.categoryOffsets[j] as number;
    new Uint8Array(buffer, record.binOfCategory, record.nCategories).set(
      binned.binOfCategory.subarray(firstCategory, firstCategory + record.nCategories),
    );
    new Float64Array(buffer, record.lower, record.nCodes).set(record.bounds.lower);
    new Float64Array(buffer, record.upper, record.nCodes).set(record.bounds.upper);
    if (record.isWide) {
      const from = binned.codeOffsets[j] as number;
      new Uint16Array(buffer, record.codes, nSamples).set(binned.codes.subarray(from, from + nSamples));
    } else {
      const from = j * nSamples;
      new Uint8Array(buffer, record.codes, nSamples).set(binned.bins.subarray(from, from + nSamples));
    }
  });
  if (nClasses > 0) {
    const logOf = new Float64Array(buffer, logs, N_LOGS);
    for (let x = 1; x < N_LOGS; x++) logOf[x] = x * Math.log(x);
  }
  const payloadOf = new Uint32Array(buffer, payloads, nSamples);
  // A row that weighs nothing does not take part, whatever its weight's kind.
  payloadOf.set(weighing === 'counts' ? weights : weights.map((weight) => (weight > 0 ? 1 : 0)));
  if (weighing === 'rows') new Float64Array(buffer, rowWeights, nSamples).set(weights);
  if (rows.ranks !== undefined) new Uint32Array(buffer, rowRanks, nSamples).set(rows.ranks);
  if (nClasses > 0) {
    for (let i = 0; i < nSamples; i++) payloadOf[i] = (payloadOf[i] as number) | ((codes[i] as number) << 16);
  } else {
    new Float64Array(buffer, rowTargets, nSamples).set(targets);
  }
  if (drawTable !== undefined && table !== undefined) {
    new Float64Array(buffer, table.sums, nSamples).set(drawTable.sums);
    new Uint32Array(buffer, table.guide, nSamples).set(drawTable.guide);
  }
  return {
    memory,
    nPlaces: nFitting,
    firstPlace,
    columns,
    payloads,
    rowTargets,
    rowWeights,
    weighsTrees: weighing === 'trees',
    rowRanks,
    logs,
    drawTable: table,
    place,
  };
}

/** The values of a column's codes; `isExact`: of each the only one. */
function boundsOf(
  binned: CodedMatrix,
  j: number,
): { readonly lower: Float64Array; readonly upper: Float64Array; readonly isExact: boolean } {
  const isWide = (binned.codeOffsets[j] as number) >= 0;
  const first = isWide ? (binned.valueOffsets[j] as number) : j * BIN_SLOTS;
  const end = first + (binned.nBins[j] as number);
  const lower = (isWide ? binned.codeLower : binned.lower).subarray(first, end);
  const upper = (isWide ? binned.codeUpper : binned.upper).subarray(first, end);
  return { lower, upper, isExact: lower.every((value, code) => value === upper[code]) };
}
