/**
 * The nearest rows of many queries at once, in three steps. Blocks of rows whose box is too far from a query are left
 * out. Of the others, scores in 32 bit tell which rows may be near enough. Only those are measured, in 64 bit and as a
 * plain loop does it. A score's rounding is bounded by the number of its terms and the lengths of both sides, and the
 * bound is on the side of measuring: so the neighbours, their distances and their order are those of brute force, to
 * the bit.
 *
 * Each query begins with the block that is nearest to it: after that it knows well how far the others may be.
 * Euclidean only.
 */
import { scratchArrays } from '../../wasm/dense-kernels.js';
import {
  addSparse32,
  boxDistances,
  type SparseLists,
  scores32,
  selectBelow32,
} from '../../wasm/nearby-kernels.js';
import { findNearestOfMany } from './batch-search.js';
import type { NearestList } from './nearest-list.js';
import {
  type PointBlock,
  type PointBlocks,
  pointBlocks,
  ROWS_PER_BLOCK,
  roundingShare,
  squaredLengthOf,
} from './point-blocks.js';

/** Queries are taken by so many. */
const LANES = 4;
/** Sums of numbers too small for 32 bit vanish; distances of that size are measured. */
const LEAST_ROOM = 1e-30;
/** Room for a threshold's own rounding to 32 bit. */
const THRESHOLD_ROOM = 2 ** -22;
/** Room for the rounding of a box's distance, which is a sum like the distances. */
const BOX_ROOM = 1e-10;

export class FilteredSearch {
  /** null: 32 bit do not hold the rows. */
  private points: PointBlocks | null | undefined;

  /**
   * @param rows row-major, nRows * nFeatures
   * @param leavesOut whether boxes are looked at; else every row gets its score
   */
  constructor(
    private readonly rows: Float64Array,
    private readonly nRows: number,
    private readonly nFeatures: number,
    private readonly leavesOut: boolean,
  ) {}

  /**
   * Fills one list per query. The first call makes the rows ready.
   * @param queries IN row-major, from element `at` on; at most QUERIES_PER_BATCH of them
   * @param lists OUT at least nQueries cleared lists
   */
  find(queries: Float64Array, at: number, nQueries: number, lists: readonly NearestList[]): void {
    const { rows, nRows, nFeatures } = this;
    if (this.points === undefined) this.points = pointBlocks(rows, nRows, nFeatures) ?? null;
    const { points } = this;
    const limits = points === null ? undefined : limitsOf(queries, at, nQueries, points.middles);
    if (points === null || limits === undefined) {
      findNearestOfMany(rows, nRows, nFeatures, queries, at, nQueries, lists);
      return;
    }
    const asked = { queries, at, nQueries, lists, limits };
    const toBoxes = this.leavesOut ? measureBoxes(points, asked) : undefined;
    const batch = new Batch(points, asked);
    // How far a box may be: what each query has found so far, with room for the rounding of such sums.
    const reach = new Float64Array(nQueries).fill(Number.POSITIVE_INFINITY);
    const visit = (b: number, nChosen: number): void => {
      const block = points.blocks[b] as PointBlock;
      batch.score(block, nChosen);
      const isFirst = (lists[batch.chosen[0] as number] as NearestList).limit === Number.POSITIVE_INFINITY;
      const nPrimed = isFirst ? this.prime(batch, nChosen, block, asked) : 0;
      this.measure(batch, batch.select(block, nChosen), block, nPrimed, asked);
      for (let c = 0; c < nChosen; c++) {
        const i = batch.chosen[c] as number;
        reach[i] = (lists[i] as NearestList).limit * (1 + BOX_ROOM);
      }
    };
    for (const [b, own] of toBoxes?.homes.entries() ?? []) {
      batch.chosen.set(own);
      if (own.length > 0) visit(b, own.length);
    }
    for (let b = 0; b < points.blocks.length; b++) {
      let nChosen = 0;
      for (let i = 0; i < nQueries; i++) {
        if (toBoxes === undefined || isNear(toBoxes, b, i, reach)) batch.chosen[nChosen++] = i;
      }
      if (nChosen > 0) visit(b, nChosen);
    }
  }

  /**
   * Fills lists that are empty from the first rows of the block: while they are, every score would be let through. Of m
   * such rows, the scores let through some k / m of the others: the root of their product takes the fewest steps.
   * @returns how many rows are done
   */
  private prime(
    { scores, chosen }: Batch,
    nChosen: number,
    { width, rows: own }: PointBlock,
    asked: Asked,
  ): number {
    const { lists, limits } = asked;
    const { capacity } = lists[0] as NearestList;
    const nPrimed = Math.min(own.length, Math.ceil(Math.sqrt(capacity * own.length)));
    for (let c = 0; c < nChosen; c++) {
      const i = chosen[c] as number;
      const list = lists[i] as NearestList;
      let threshold = thresholdOf(list, limits, i);
      for (let p = 0; p < nPrimed; p++) {
        if ((scores[c * width + p] as number) > threshold) continue;
        this.offer(asked, i, own[p] as number);
        threshold = thresholdOf(list, limits, i);
      }
    }
    return nPrimed;
  }

  /** Measures what the scores let through, but for the first rows of the block. */
  private measure(
    { found, scores, chosen }: Batch,
    nFound: number,
    { width, rows: own }: PointBlock,
    nPrimed: number,
    asked: Asked,
  ): void {
    const { lists, limits } = asked;
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
      this.offer(asked, i, own[p] as number);
      threshold = thresholdOf(lists[i] as NearestList, limits, i);
    }
  }

  /** Measures a row, as a plain loop does it. */
  private offer({ queries, at, lists }: Asked, i: number, row: number): void {
    const { rows, nFeatures } = this;
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

interface BoxDistances {
  /** A block a row, `width` queries wide; Infinity where a query is at home. */
  readonly distances: Float64Array;
  readonly width: number;
  /** By block: the queries to which it is the nearest. */
  readonly homes: readonly number[][];
}

function isNear({ distances, width }: BoxDistances, b: number, i: number, reach: Float64Array): boolean {
  const distance = distances[b * width + i] as number;
  return distance <= (reach[i] as number) && distance !== Number.POSITIVE_INFINITY;
}

function measureBoxes(
  { blocks, boxes, denseFeatures, nFeatures }: PointBlocks,
  { queries, at, nQueries }: Asked,
): BoxDistances {
  const nDense = denseFeatures.length;
  const width = nQueries + (nQueries & 1);
  const [lows, highs, turned, out] = scratchArrays([
    blocks.length * nDense,
    blocks.length * nDense,
    width * nDense,
    blocks.length * width,
  ]);
  lows.set(boxes.lows);
  highs.set(boxes.highs);
  for (let k = 0; k < nDense; k++) {
    const feature = at + (denseFeatures[k] as number);
    for (let i = 0; i < nQueries; i++) turned[k * width + i] = queries[feature + i * nFeatures] as number;
  }
  boxDistances(blocks.length, width, nDense, lows, highs, turned, out);
  const distances = out.slice();
  const nearest = new Uint32Array(nQueries);
  const least = distances.slice(0, nQueries);
  for (let b = 1; b < blocks.length; b++) {
    for (let i = 0, from = b * width; i < nQueries; i++, from++) {
      if ((distances[from] as number) >= (least[i] as number)) continue;
      least[i] = distances[from] as number;
      nearest[i] = b;
    }
  }
  const homes = blocks.map((): number[] => []);
  for (const [i, b] of nearest.entries()) {
    homes[b]?.push(i);
    distances[b * width + i] = Number.POSITIVE_INFINITY;
  }
  return { distances, width, homes };
}

interface Asked {
  readonly queries: Float64Array;
  readonly at: number;
  readonly nQueries: number;
  readonly lists: readonly NearestList[];
  /** What is taken off a list's limit to compare it with scores: the query's squared length, less rounding. */
  readonly limits: Float64Array;
}

function thresholdOf({ limit }: NearestList, limits: Float64Array, i: number): number {
  const threshold = limit - (limits[i] as number) + LEAST_ROOM;
  return threshold + Math.abs(threshold) * THRESHOLD_ROOM;
}

/** Undefined where 32 bit do not hold one of the queries. */
function limitsOf(
  queries: Float64Array,
  at: number,
  nQueries: number,
  middles: Float64Array,
): Float64Array | undefined {
  const kept = 1 - roundingShare(middles.length);
  const limits = new Float64Array(nQueries);
  for (let i = 0; i < nQueries; i++) {
    const length = squaredLengthOf(queries, at + i * middles.length, middles);
    if (length === Number.POSITIVE_INFINITY) return undefined;
    limits[i] = length * kept;
  }
  return limits;
}

/** The queries of a batch in the kernels' memory, with room for a block and its scores. */
class Batch {
  /** The queries that the next block is scored for. */
  readonly chosen: Uint32Array;
  readonly scores: Float32Array;
  readonly found: Uint32Array;
  private readonly queries: Float32Array;
  private readonly querySparse: SparseLists;
  private readonly thresholds: Float32Array;
  private readonly points: Float32Array;
  private readonly pointSparse: SparseLists;
  private readonly offsets: Float32Array;

  constructor(
    private readonly from: PointBlocks,
    private readonly asked: Asked,
  ) {
    const nDense = from.denseFeatures.length;
    const nSparse = from.sparseFeatures.length;
    const { nQueries } = asked;
    const nLines = Math.ceil(nQueries / LANES) * LANES;
    const nEntries = from.blocks.reduce((most, { sparse }) => Math.max(most, sparse.places.length), 0);
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
    this.takeQueries();
  }

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
  score({ width, dense, sparse, offsets }: PointBlock, nChosen: number): void {
    const { chosen, scores } = this;
    const nLines = Math.ceil(nChosen / LANES) * LANES;
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
  select({ width }: PointBlock, nChosen: number): number {
    const { chosen, thresholds, scores, found } = this;
    const { lists, limits } = this.asked;
    for (let c = 0; c < nChosen; c++) {
      const i = chosen[c] as number;
      thresholds[c] = thresholdOf(lists[i] as NearestList, limits, i);
    }
    return selectBelow32(nChosen, width, scores, thresholds, found);
  }
}
