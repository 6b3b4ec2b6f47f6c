import { scratchArrays } from '../../wasm/dense-kernels.js';
import { offerRounded, openRounded, type RoundedPlaces } from '../../wasm/nearby-kernels.js';
import type { NearestList } from './nearest-list.js';
import { type PointBlocks, ROWS_PER_BLOCK } from './point-blocks.js';
import type { Asked, QueryBatch } from './query-batch.js';
import type { RoundedBlock, RoundedBlocks } from './rounded-blocks.js';

/** The kernel takes so many queries at a time. */
const QUERIES_AT_ONCE = 4;
/** Room for the rounding of a slack, which is a root of sums of squares, and of what was rounded to steps, in steps. */
const SLACK_SHARE = 1 + 1e-9;
const SLACK_ROOM = 1e-6;
const EVERY_SCORE = 2 ** 31 - 2;
const NO_SCORE = -(2 ** 31);

/** Where more is measured than this share of what is scored, and so many rows a neighbour, scores of 32 bit cost less. */
const MAX_MEASURED_SHARE = 1 / 16;
const MEASURED_A_NEIGHBOR = 16;

/** All rows are copied once a batch when they are at most so many numbers; else block by block. */
const MAX_WHOLE = 131_072;

/** Scores, measures and keeps lists in the kernels' memory: see wasm/assembly/rounded.ts. */
export class RoundedBatch implements QueryBatch {
  readonly chosen: Uint32Array;
  private readonly places: RoundedPlaces;
  private readonly rounded: Int16Array;
  private readonly pairs: Int16Array;
  private readonly offsets: Int32Array;
  private readonly isWhole: boolean;
  private nScored = 0;
  private nMeasured = 0;

  constructor(
    private readonly rows: Float64Array,
    private readonly points: PointBlocks,
    private readonly from: RoundedBlocks,
    private readonly asked: Asked,
  ) {
    const { nFeatures } = points;
    const { nQueries, lists } = asked;
    const { capacity } = lists[0] as NearestList;
    this.isWhole = rows.length <= MAX_WHOLE;
    const halves = (length: number): number => Math.ceil(length / 2);
    const parts = scratchArrays([
      nQueries * nFeatures,
      this.isWhole ? rows.length : ROWS_PER_BLOCK * nFeatures,
      nQueries * capacity,
      nQueries,
      nQueries,
      nQueries,
      halves(ROWS_PER_BLOCK),
      halves(nQueries * capacity),
      halves(nQueries + 1),
      halves(nQueries + QUERIES_AT_ONCE),
      halves((nQueries + 1) * from.nPairs),
      halves(ROWS_PER_BLOCK * from.nPairs),
      halves(ROWS_PER_BLOCK),
      halves(ROWS_PER_BLOCK),
    ]);
    const words = ({ buffer, byteOffset, length }: Float64Array): Uint32Array =>
      new Uint32Array(buffer, byteOffset, length * 2);
    const whole = ({ buffer, byteOffset, length }: Float64Array): Int32Array =>
      new Int32Array(buffer, byteOffset, length * 2);
    const short = ({ buffer, byteOffset, length }: Float64Array): Int16Array =>
      new Int16Array(buffer, byteOffset, length * 4);
    const [queries, exact, distances, limits, lengths, slacks] = parts;
    const ids = words(parts[6]);
    this.places = {
      queries,
      points: exact,
      lines: this.isWhole ? ids : words(parts[13]),
      rows: ids,
      listDistances: distances,
      listRows: words(parts[7]),
      limits,
      thresholds: whole(parts[8]),
      lengths,
      slacks,
    };
    this.chosen = words(parts[9]);
    this.rounded = short(parts[10]);
    this.pairs = short(parts[11]);
    this.offsets = whole(parts[12]);
    if (this.isWhole) exact.set(rows);
    else for (let p = 0; p < ROWS_PER_BLOCK; p++) this.places.lines[p] = p;
    this.takeQueries();
    openRounded(nFeatures, capacity, from.rounding.perStep, this.places);
  }

  private takeQueries(): void {
    const { rounding, nPairs, squaredMove } = this.from;
    const { nFeatures } = this.points;
    const { queries: from, at, nQueries } = this.asked;
    const { queries, listDistances, listRows, limits, thresholds, lengths, slacks } = this.places;
    queries.set(from.subarray(at, at + nQueries * nFeatures));
    listDistances.fill(Number.POSITIVE_INFINITY);
    listRows.fill(2 ** 32 - 1);
    limits.fill(Number.POSITIVE_INFINITY);
    thresholds.fill(EVERY_SCORE);
    // The one behind the last, which fills up what is chosen, takes nothing.
    thresholds[nQueries] = NO_SCORE;
    this.rounded.fill(0);
    const pointsMove = Math.sqrt(squaredMove);
    for (let i = 0; i < nQueries; i++) {
      rounding.round(from, at + i * nFeatures, -2, this.rounded, i * nPairs * 2, 2);
      lengths[i] = rounding.squaredLength;
      slacks[i] = (Math.sqrt(rounding.squaredMove) + pointsMove) * SLACK_SHARE + SLACK_ROOM;
    }
  }

  offer(b: number, nChosen: number): void {
    const { chosen } = this;
    const own = this.points.parts[b] as Uint32Array;
    const { width, pairs, offsets } = this.from.blocks[b] as RoundedBlock;
    this.pairs.set(pairs);
    this.offsets.set(offsets);
    this.places.rows.set(own);
    if (!this.isWhole) this.copyRows(own);
    const nLines = Math.ceil(nChosen / QUERIES_AT_ONCE) * QUERIES_AT_ONCE;
    chosen.fill(this.asked.nQueries, nChosen, nLines);
    this.nScored += nChosen * own.length;
    this.nMeasured += offerRounded(
      nLines,
      width,
      this.from.nPairs,
      this.rounded,
      chosen,
      this.pairs,
      this.offsets,
    );
  }

  private copyRows(own: Uint32Array): void {
    const { rows } = this;
    const { nFeatures } = this.points;
    const { points } = this.places;
    for (let p = 0, to = 0; p < own.length; p++) {
      const from = (own[p] as number) * nFeatures;
      for (let j = 0; j < nFeatures; j++) points[to++] = rows[from + j] as number;
    }
  }

  isWasteful(): boolean {
    const { nQueries, lists } = this.asked;
    const expected = MEASURED_A_NEIGHBOR * nQueries * (lists[0] as NearestList).capacity;
    return this.nMeasured > expected + MAX_MEASURED_SHARE * this.nScored;
  }

  limitOf(i: number): number {
    return this.places.limits[i] as number;
  }

  finish(): void {
    const { nQueries, lists } = this.asked;
    const { listDistances, listRows } = this.places;
    for (let i = 0; i < nQueries; i++) (lists[i] as NearestList).takeOver(listDistances, listRows, i);
  }
}
