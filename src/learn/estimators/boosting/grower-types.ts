import type { BinnedMatrix } from '../tree/binned-matrix.js';
import type { BoostMemory, ThreadPlaces } from './boost-memory.js';
import type { Loss, LossArrays } from './losses.js';
import type { QuantileLeaves } from './quantile-leaves.js';
import type { SplitExchange } from './split-exchange.js';

export interface BoostingGrowOptions {
  readonly learningRate: number;
  readonly maxLeafNodes: number;
  readonly maxDepth: number;
  readonly minSamplesLeaf: number;
  readonly l2Regularization: number;
  /** Features drawn for each split, 1..nFeatures. */
  readonly maxFeatures: number;
  /** The share of rows that each iteration grows on, 0..1. */
  readonly subsample: number;
  readonly monotonic: Int8Array;
}

export interface GrowerShared {
  /** Without its bins: these are in the memory. */
  readonly binned: BinnedMatrix;
  readonly memory: BoostMemory;
  readonly loss: Loss;
  readonly arrays: LossArrays;
  readonly trainRows: Uint32Array;
  readonly heldOutRows: Uint32Array;
  readonly options: BoostingGrowOptions;
  /** For losses whose leaves are quantiles. */
  readonly quantileLeaves?: QuantileLeaves;
  readonly seed: number;
  readonly stream: number;
}

/** The threads that grow one tree together, seen by one of them. */
export interface Team {
  readonly size: number;
  /** Which one this is, 0..size-1. */
  readonly member: number;
  readonly places: ThreadPlaces;
  /** Of size > 1: in shared memory. */
  readonly exchange: SplitExchange;
  /** Waits for the other members. */
  readonly meet: () => void;
  /** Asks whether to go on. */
  readonly poll: () => void;
}
