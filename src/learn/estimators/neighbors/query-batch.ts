import type { NearestList } from './nearest-list.js';

/** A batch of queries that are asked for their nearest rows. */
export interface Asked {
  /** Row-major, from element `at` on. */
  readonly queries: Float64Array;
  readonly at: number;
  readonly nQueries: number;
  /** Squared length of each, less the middles. */
  readonly lengths: Float64Array;
  /** OUT at least nQueries, cleared. */
  readonly lists: readonly NearestList[];
}

/** Such a batch on its way through the blocks. It lies in the kernels' memory, so one is open at a time. */
export interface QueryBatch {
  /** IN the queries to which the next block is offered; room for all of them. */
  readonly chosen: Uint32Array;
  /** Offers block b to the first nChosen queries of `chosen`; each block once to each query. */
  offer(b: number, nChosen: number): void;
  /** What a squared distance must not exceed to be of use to query i. */
  limitOf(i: number): number;
  /** Whether so much is measured that another kind of score would do better. */
  isWasteful(): boolean;
  /** The lists are complete after it. */
  finish(): void;
}
