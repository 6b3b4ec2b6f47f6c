/**
 * The nearest rows of many queries at once, in three steps. Blocks of rows whose box is too far from a query are left
 * out. Of the others, scores of few bits tell which rows may be near enough. Only those are measured, in 64 bit and as a
 * plain loop does it; where scores are rounded, so far that nothing is missed: so the neighbours, their distances and
 * their order are those of brute force, to the bit. Scores are of 16 bit where features are dense (rounded-blocks.ts),
 * of 32 where they are not, or where 16 bit tell too little (scored-batch.ts).
 *
 * Each query begins with the block that is nearest to it: after that it knows well how far the others may be.
 * Euclidean only.
 */
import { scratchArrays } from '../../wasm/dense-kernels.js';
import { boxDistances } from '../../wasm/nearby-kernels.js';
import { findNearestOfMany } from './batch-search.js';
import type { NearestList } from './nearest-list.js';
import { type PointBlocks, pointBlocks, squaredLengthOf } from './point-blocks.js';
import type { Asked, QueryBatch } from './query-batch.js';
import { RoundedBatch } from './rounded-batch.js';
import { roundedBlocks } from './rounded-blocks.js';
import { ScoredBatch, scoredBlocks } from './scored-batch.js';

/** Room for the rounding of a box's distance, which is a sum like the distances. */
const BOX_ROOM = 1e-10;

/** Rows made ready for queries. */
interface Prepared {
  readonly points: PointBlocks;
  readonly open: (asked: Asked) => QueryBatch;
}

export class FilteredSearch {
  /** null: 32 bit do not hold the rows. */
  private prepared: Prepared | null | undefined;

  /**
   * @param rows row-major, nRows * nFeatures
   * @param leavesOut whether boxes are looked at; else every row gets its score
   * @param look called often while rows are made ready and searched; may throw
   */
  constructor(
    private readonly rows: Float64Array,
    private readonly nRows: number,
    private readonly nFeatures: number,
    private readonly leavesOut: boolean,
    private readonly look: () => void = () => {},
  ) {}

  /**
   * Fills one list per query. The first call makes the rows ready.
   * @param queries IN row-major, from element `at` on; at most QUERIES_PER_BATCH of them
   * @param lists OUT at least nQueries cleared lists
   */
  find(queries: Float64Array, at: number, nQueries: number, lists: readonly NearestList[]): void {
    const { rows, nRows, nFeatures } = this;
    if (this.prepared === undefined) this.prepared = this.prepare();
    const { prepared } = this;
    const lengths = prepared === null ? undefined : lengthsOf(queries, at, nQueries, prepared.points.middles);
    if (prepared === null || lengths === undefined) {
      findNearestOfMany(rows, nRows, nFeatures, queries, at, nQueries, lists, this.look);
      return;
    }
    const asked = { queries, at, nQueries, lengths, lists };
    if (this.search(prepared, asked)) return;
    this.prepared = this.prepareScored(prepared.points);
    this.search(this.prepared, asked);
  }

  /** @returns false when too much was measured; then the lists are as they were */
  private search({ points, open }: Prepared, asked: Asked): boolean {
    const { nQueries } = asked;
    const toBoxes = this.leavesOut ? measureBoxes(points, asked) : undefined;
    const batch = open(asked);
    const { chosen } = batch;
    // How far a box may be: what each query has found so far, with room for the rounding of such sums.
    const reach = new Float64Array(nQueries).fill(Number.POSITIVE_INFINITY);
    const offer = (b: number, nChosen: number): void => {
      this.look();
      batch.offer(b, nChosen);
      for (let c = 0; c < nChosen; c++) {
        const i = chosen[c] as number;
        reach[i] = batch.limitOf(i) * (1 + BOX_ROOM);
      }
    };
    for (const [b, own] of toBoxes?.homes.entries() ?? []) {
      chosen.set(own);
      if (own.length > 0) offer(b, own.length);
    }
    for (let b = 0; b < points.parts.length; b++) {
      let nChosen = 0;
      for (let i = 0; i < nQueries; i++) {
        if (toBoxes === undefined || isNear(toBoxes, b, i, reach)) chosen[nChosen++] = i;
      }
      if (nChosen > 0) offer(b, nChosen);
      if (batch.isWasteful()) return false;
    }
    batch.finish();
    return true;
  }

  private prepare(): Prepared | null {
    const { rows, nRows, nFeatures, look } = this;
    const points = pointBlocks(rows, nRows, nFeatures, look);
    if (points === undefined) return null;
    const rounded = roundedBlocks(rows, points, look);
    if (rounded === undefined) return this.prepareScored(points);
    return { points, open: (asked) => new RoundedBatch(rows, points, rounded, asked) };
  }

  private prepareScored(points: PointBlocks): Prepared {
    const { rows, look } = this;
    const blocks = scoredBlocks(rows, points, look);
    return { points, open: (asked) => new ScoredBatch(rows, points, blocks, asked) };
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
  { parts, boxes, denseFeatures, nFeatures }: PointBlocks,
  { queries, at, nQueries }: Asked,
): BoxDistances {
  const nDense = denseFeatures.length;
  const width = nQueries + (nQueries & 1);
  const [lows, highs, asked, turned, out, places] = scratchArrays([
    parts.length * nDense,
    parts.length * nDense,
    nQueries * nDense,
    width * (nDense + 1),
    parts.length * width,
    Math.ceil(nQueries / 2),
  ]);
  lows.set(boxes.lows);
  highs.set(boxes.highs);
  if (nDense === nFeatures) {
    asked.set(queries.subarray(at, at + nQueries * nFeatures));
  } else {
    for (let i = 0, to = 0; i < nQueries; i++) {
      for (let k = 0; k < nDense; k++) {
        asked[to++] = queries[at + i * nFeatures + (denseFeatures[k] as number)] as number;
      }
    }
  }
  const nearest = new Uint32Array(places.buffer, places.byteOffset, nQueries);
  boxDistances(parts.length, nQueries, nDense, lows, highs, asked, turned, out, nearest);
  const homes = parts.map((): number[] => []);
  for (let i = 0; i < nQueries; i++) homes[nearest[i] as number]?.push(i);
  return { distances: out.slice(), width, homes };
}

/** Undefined where 32 bit do not hold one of the queries. */
function lengthsOf(
  queries: Float64Array,
  at: number,
  nQueries: number,
  middles: Float64Array,
): Float64Array | undefined {
  const lengths = new Float64Array(nQueries);
  for (let i = 0; i < nQueries; i++) {
    const length = squaredLengthOf(queries, at + i * middles.length, middles);
    if (length === Number.POSITIVE_INFINITY) return undefined;
    lengths[i] = length;
  }
  return lengths;
}
