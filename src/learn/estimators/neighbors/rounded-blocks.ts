/**
 * Blocks of rows in 16 bit: what is left of a row without the middles is rounded to whole steps, the same step for all
 * features. Whole numbers have exact squared distances, and by the triangle inequality the true distance is off by no
 * more than both sides were moved: so a search that looks as far as that misses nothing, and rows and queries that lie
 * outside of 16 bit may simply be moved to their border.
 */
import type { PointBlocks } from './point-blocks.js';

/** The kernel takes so many points at a time. */
const POINTS_AT_ONCE = 8;
/** Queries count twice, so a whole number may have 15 bits. */
const MOST_STEPS = 16_383;
/** A score is at most three squared lengths, and sums must fit into 31 bits with some room. */
const MOST_SCORE = 2 ** 31 - 100;
/** Farther than every score: what fills up a block. */
const NO_SCORE = 2 ** 31 - 1;

/** Rounds rows to whole steps, at most `most` of them to either side. */
export class Rounding {
  /** Of the row that was rounded last, in steps: its squared length, and the square of how far it was moved. */
  squaredLength = 0;
  squaredMove = 0;

  constructor(
    private readonly middles: Float64Array,
    readonly perStep: number,
    private readonly most: number,
  ) {}

  /**
   * @param rows IN row-major; the row begins at element `at`
   * @param factor what the whole numbers are multiplied by
   * @param out OUT features in pairs, the first at `to`, a pair every `stride` elements
   */
  round(rows: Float64Array, at: number, factor: number, out: Int16Array, to: number, stride: number): void {
    const { middles, perStep, most } = this;
    let length = 0;
    let move = 0;
    for (let j = 0; j < middles.length; j++) {
      const exact = ((rows[at + j] as number) - (middles[j] as number)) * perStep;
      const whole = Math.max(-most, Math.min(most, Math.round(exact)));
      length += whole * whole;
      move += (exact - whole) * (exact - whole);
      out[to + (j >> 1) * stride + (j & 1)] = factor * whole;
    }
    this.squaredLength = length;
    this.squaredMove = move;
  }
}

export interface RoundedBlock {
  /** nRows, rounded up; what fills up is farther than everything. */
  readonly width: number;
  /** Pair of features by pair, width pairs wide. */
  readonly pairs: Int16Array;
  /** Squared lengths in steps: length width. */
  readonly offsets: Int32Array;
}

export interface RoundedBlocks {
  readonly rounding: Rounding;
  readonly nPairs: number;
  /** The square of how far a row was moved at most, in steps. */
  readonly squaredMove: number;
  readonly blocks: readonly RoundedBlock[];
}

/**
 * Cost: O(n d); memory: 2 bytes an element.
 * @param rows row-major
 * @param look called once a block; may throw
 * @returns undefined where features are sparse
 */
export function roundedBlocks(
  rows: Float64Array,
  { nFeatures, middles, sparseFeatures, parts }: PointBlocks,
  look: () => void,
): RoundedBlocks | undefined {
  if (sparseFeatures.length > 0) return undefined;
  const most = Math.min(MOST_STEPS, Math.floor(Math.sqrt(MOST_SCORE / (3 * nFeatures))));
  let largest = 0;
  for (const own of parts) {
    look();
    for (const row of own) {
      const at = row * nFeatures;
      for (let j = 0; j < nFeatures; j++) {
        largest = Math.max(largest, Math.abs((rows[at + j] as number) - (middles[j] as number)));
      }
    }
  }
  const rounding = new Rounding(middles, most / largest, most);
  const nPairs = Math.ceil(nFeatures / 2);
  let squaredMove = 0;
  const blocks = parts.map((own): RoundedBlock => {
    look();
    const width = Math.ceil(own.length / POINTS_AT_ONCE) * POINTS_AT_ONCE;
    const pairs = new Int16Array(nPairs * width * 2);
    const offsets = new Int32Array(width).fill(NO_SCORE);
    for (let p = 0; p < own.length; p++) {
      rounding.round(rows, (own[p] as number) * nFeatures, 1, pairs, p * 2, width * 2);
      offsets[p] = rounding.squaredLength;
      squaredMove = Math.max(squaredMove, rounding.squaredMove);
    }
    return { width, pairs, offsets };
  });
  return { rounding, nPairs, squaredMove, blocks };
}
