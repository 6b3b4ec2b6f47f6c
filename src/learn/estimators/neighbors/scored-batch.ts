/**
 * Blocks scored in 32 bit: scores tell which rows may be near enough, and only those are measured, in 64 bit and as a
 * plain loop does it. A score's rounding is bounded by the number of its terms and the lengths of both sides, and the
 * bound is on the side of measuring.
 *
 * A block holds the dense features feature by feature, and of the sparse ones lists, column by column, of the rows that
 * differ from the middle: work grows with what is not zero on both sides instead of with the features.
 */
import { scratchArrays } from '../../wasm/dense-kernels.js';
import { addSparse32, type SparseLists, scores32, selectBelow32 } from '../../wasm/nearby-kernels.js';
import type { NearestList } from './nearest-list.js';
import { type PointBlocks, ROWS_PER_BLOCK, squaredLengthOf } from './point-blocks.js';
import type { Asked, QueryBatch } from './query-batch.js';

/** The kernels take so many points, and so many queries, at a time. */
const POINTS_AT_ONCE = 8;
const QUERIES_AT_ONCE = 4;
/** Sums of numbers too small for 32 bit vanish; distances of that size are measured. */
const LEAST_ROOM = 1e-30;
/** Room for a threshold's own rounding to 32 bit. */
const THRESHOLD_ROOM = 2 ** -22;

export interface ScoredBlock {
  /** Which rows these are. */
  readonly rows: Uint32Array;
  /** nRows, rounded up; what fills up is farther than everything. */
  readonly width: number;
  /** Feature by feature, width wide. */
  readonly dense: Float32Array;
  readonly sparse: SparseLists;
  /** Squared lengths, less their rounding: length width. */
  readonly offsets: Float32Array;
}

/** How far a score may be off, as a share of the squared lengths of row and query: its sum has so many terms. */
function roundingShare(nFeatures: number): number {
  return 3 * (nFeatures + 8) * 2 ** -24;
}

export function scoredBlocks(rows: Float64Array, from: PointBlocks, look: () => void): ScoredBlock[] {
  return from.parts.map((own) => {
    look();
    return makeBlock(rows, own, from);
  });
}

function makeBlock(
  rows: Float64Array,
  own: Uint32Array,
  { nFeatures, middles, denseFeatures, sparseFeatures }: PointBlocks,
): ScoredBlock {
  const width = Math.ceil(own.length / POINTS_AT_ONCE) * POINTS_AT_ONCE;
  const dense = new Float32Array(denseFeatures.length * width);
  for (let k = 0; k < denseFeatures.length; k++) {
    const j = denseFeatures[k] as number;
    const middle = middles[j] as number;
    for (let p = 0; p < own.length; p++) {
      dense[k * width + p] = (rows[(own[p] as number) * nFeatures + j] as number) - middle;
    }
  }
  const starts = new Uint32Array(sparseFeatures.length + 1);
  const places: number[] = [];
  const values: number[] = [];
  for (let k = 0; k < sparseFeatures.length; k++) {
    const j = sparseFeatures[k] as number;
    const middle = middles[j] as number;
    for (let p = 0; p < own.length; p++) {
      const value = rows[(own[p] as number) * nFeatures + j] as number;
      if (value === middle) continue;
      places.push(p);
      values.push(value - middle);
    }
    starts[k + 1] = places.length;
  }
  const offsets = new Float32Array(width).fill(Number.POSITIVE_INFINITY);
  const kept = 1 - roundingShare(nFeatures);
  for (let p = 0; p < own.length; p++) {
    offsets[p] = squaredLengthOf(rows, (own[p] as number) * nFeatures, middles) * kept;
  }
  const sparse = { starts, places: Uint32Array.from(places), values: Float32Array.from(values) };
  return { rows: own, width, dense, sparse, offsets };
}

function thresholdOf({ limit }: NearestList, limits: Float64Array, i: number): number {
  const threshold = limit - (limits[i] as number) + LEAST_ROOM;
  return threshold + Math.abs(threshold) * THRESHOLD_ROOM;
}

/** The queries of a batch in the kernels' memory, with room for a block and its scores. */
export class ScoredBatch implements QueryBatch {
  readonly chosen: Uint32Array;
  private readonly scores: Float32Array;
  private readonly found: Uint32Array;
  private readonly queries: Float32Array;
  private readonly querySparse: SparseLists;
  private readonly thresholds: Float32Array;
  private readonly points: Float32Array;
  private readonly pointSparse: SparseLists;
  private readonly offsets: Float32Array;
  /** What is taken off a list's limit to compare it with scores: the query's squared length, less rounding. */
  private readonly limits: Float64Array;

  constructor(
    private readonly rows: Float64Array,
    private readonly from: PointBlocks,
    private readonly blocks: readonly ScoredBlock[],
    private readonly asked: Asked,
  ) {
    const nDense = from.denseFeatures.length;
    const nSparse = from.sparseFeatures.length;
    const { nQueries } = asked;
    const nLines = Math.ceil(nQueries / QUERIES_AT_ONCE) * QUERIES_AT_ONCE;
    const nEntries = blocks.reduce((most, { sparse }) => Math.max(most, sparse.places.length), 0);
    const parts = scratchArrays(
      [
        nQueries * nDense,
        nQueries + 1,
        nQueries * nSparse,
        nQueries * nSparse,
        nLines,
        nLines,
        nDense * ROWS_PER_BLOCK,
        nSparse + 1,
        nEntries,
        nEntries,
        ROWS_PER_BLOCK,
        nLines * ROWS_PER_BLOCK,
        nLines * ROWS_PER_BLOCK,
      ].map((length) => Math.ceil(length / 2)),
    ).values();
    const words = (): Uint32Array => {
      const { buffer, byteOffset, length } = parts.next().value as Float64Array;
      return new Uint32Array(buffer, byteOffset, length * 2);
    };
    const numbers = (): Float32Array => {
      const { buffer, byteOffset, length } = parts.next().value as Float64Array;
      return new Float32Array(buffer, byteOffset, length * 2);
    };
    this.queries = numbers();
    this.querySparse = { starts: words(), places: words(), values: numbers() };
    this.chosen = words();
    this.thresholds = numbers();
    this.points = numbers();
    this.pointSparse = { starts: words(), places: words(), values: numbers() };
    this.offsets = numbers();
    this.scores = numbers();
    this.found = words();
    const kept = 1 - roundingShare(from.nFeatures);
    this.limits = asked.lengths.map((length) => length * kept);
    this.takeQueries();
  }

  offer(b: number, nChosen: number): void {
    const block = this.blocks[b] as ScoredBlock;
    this.score(block, nChosen);
    const isFirst = this.limitOf(this.chosen[0] as number) === Number.POSITIVE_INFINITY;
    const nPrimed = isFirst ? this.prime(nChosen, block) : 0;
    this.measure(this.select(block, nChosen), block, nPrimed);
  }

  limitOf(i: number): number {
    return (this.asked.lists[i] as NearestList).limit;
  }

  /** There is no other. */
  isWasteful(): boolean {
    return false;
  }

  /** The lists were filled on the way. */
  finish(): void {}

  /** Times -2, so that a score is the squared distance less the query's squared length. */
  private takeQueries(): void {
    const { middles, denseFeatures, sparseFeatures, nFeatures } = this.from;
    const { queries, at, nQueries } = this.asked;
    const { starts, places, values } = this.querySparse;
    let to = 0;
    let nListed = 0;
    for (let i = 0, query = at; i < nQueries; i++, query += nFeatures) {
      for (let k = 0; k < denseFeatures.length; k++) {
        const j = denseFeatures[k] as number;
        this.queries[to++] = -2 * ((queries[query + j] as number) - (middles[j] as number));
      }
      starts[i] = nListed;
      for (let k = 0; k < sparseFeatures.length; k++) {
        const j = sparseFeatures[k] as number;
        const value = (queries[query + j] as number) - (middles[j] as number);
        if (value === 0) continue;
        places[nListed] = k;
        values[nListed++] = -2 * value;
      }
    }
    starts[nQueries] = nListed;
  }

  /** OUT scores, a line for each of the chosen queries. */
  private score({ width, dense, sparse, offsets }: ScoredBlock, nChosen: number): void {
    const { chosen, scores } = this;
    const nLines = Math.ceil(nChosen / QUERIES_AT_ONCE) * QUERIES_AT_ONCE;
    chosen.fill(0, nChosen, nLines);
    this.points.set(dense);
    this.offsets.set(offsets);
    const nDense = this.from.denseFeatures.length;
    scores32(nLines, width, nDense, this.queries, chosen, this.points, this.offsets, scores);
    if (sparse.places.length > 0) {
      this.pointSparse.starts.set(sparse.starts);
      this.pointSparse.places.set(sparse.places);
      this.pointSparse.values.set(sparse.values);
      addSparse32(nChosen, width, this.querySparse, chosen, this.pointSparse, scores);
    }
  }

  /** OUT found: the places of scores that the lists may need; gives how many they are. */
  private select({ width }: ScoredBlock, nChosen: number): number {
    const { chosen, thresholds, scores, found } = this;
    const { limits } = this;
    const { lists } = this.asked;
    for (let c = 0; c < nChosen; c++) {
      const i = chosen[c] as number;
      thresholds[c] = thresholdOf(lists[i] as NearestList, limits, i);
    }
    return selectBelow32(nChosen, width, scores, thresholds, found);
  }

  /**
   * Fills lists that are empty from the first rows of the block: while they are, every score would be let through. Of m
   * such rows, the scores let through some k / m of the others: the root of their product takes the fewest steps.
   * @returns how many rows are done
   */
  private prime(nChosen: number, { width, rows: own }: ScoredBlock): number {
    const { scores, chosen, limits } = this;
    const { lists } = this.asked;
    const { capacity } = lists[0] as NearestList;
    const nPrimed = Math.min(own.length, Math.ceil(Math.sqrt(capacity * own.length)));
    for (let c = 0; c < nChosen; c++) {
      const i = chosen[c] as number;
      const list = lists[i] as NearestList;
      let threshold = thresholdOf(list, limits, i);
      for (let p = 0; p < nPrimed; p++) {
        if ((scores[c * width + p] as number) > threshold) continue;
        this.measureRow(i, own[p] as number);
        threshold = thresholdOf(list, limits, i);
      }
    }
    return nPrimed;
  }

  /** Measures what the scores let through, but for the first rows of the block. */
  private measure(nFound: number, { width, rows: own }: ScoredBlock, nPrimed: number): void {
    const { found, scores, chosen, limits } = this;
    const { lists } = this.asked;
    let last = -1;
    let i = 0;
    let threshold = 0;
    for (let f = 0; f < nFound; f++) {
      const place = found[f] as number;
      const line = Math.floor(place / width);
      if (line !== last) {
        last = line;
        i = chosen[line] as number;
        threshold = thresholdOf(lists[i] as NearestList, limits, i);
      }
      const p = place - line * width;
      // The list has become stricter since the block was scored; and what fills up the block is no row.
      if ((scores[place] as number) > threshold || p < nPrimed || p >= own.length) continue;
      this.measureRow(i, own[p] as number);
      threshold = thresholdOf(lists[i] as NearestList, limits, i);
    }
  }

  /** Measures a row, as a plain loop does it. */
  private measureRow(i: number, row: number): void {
    const { rows } = this;
    const { nFeatures } = this.from;
    const { queries, at, lists } = this.asked;
    const list = lists[i] as NearestList;
    const query = at + i * nFeatures;
    let distance = 0;
    for (let j = 0, from = row * nFeatures; j < nFeatures; j++, from++) {
      const difference = (queries[query + j] as number) - (rows[from] as number);
      distance += difference * difference;
    }
    if (distance <= list.limit) list.offer(distance, row);
  }
}
