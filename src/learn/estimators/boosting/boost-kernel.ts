/**
 * The boosting loop, on several threads in step. Every thread runs the whole loop and keeps its own copy of the tree.
 * What is divided is the heavy work:
 *
 *   gradients, histograms, raw scores   by blocks of rows: each thread keeps the order of its own rows
 *   adding histograms up, splits        by features: each thread posts the best split of its features, and all take
 *                                       the same best of these (largest gain, then lowest feature)
 *
 * A split costs two barriers and no message. No number depends on how many threads there are: sums are of integers, and
 * what is drawn is drawn by block. Trees grow leaf by leaf, the largest gain first. Rows that a tree is not grown
 * on (held out for early stopping, or not drawn) are carried down it, so that no tree is ever walked.
 *
 * With many classes an iteration grows a tree a class, and these do not depend on each other: then each thread grows
 * whole trees, and meets the others twice an iteration instead of at each split.
 */

import { type BarrierState, waitForAll } from '../../parallel/barrier.js';
import type { KernelControl, KernelReference } from '../../parallel/thread-pool.js';
import { compileBoostingKernels } from '../../wasm/boosting-kernels.js';
import type { GrownTree } from '../tree/grown-tree.js';
import type { ThreadPlaces } from './boost-memory.js';
import { BoostedTreeGrower } from './boosted-tree-grower.js';
import type { Units } from './gain-search.js';
import { GradientPass } from './gradient-pass.js';
import type { GrowerShared, Team } from './grower-types.js';
import { lossOfRow } from './losses.js';
import { SplitExchange } from './split-exchange.js';

export interface BoostInput extends GrowerShared {
  /** Rows that early stopping looks at; empty: none. */
  readonly scoredRows: Uint32Array;
  readonly maxIter: number;
  readonly nIterNoChange: number;
  readonly tol: number;
  readonly barrier: BarrierState;
  /** Shared: see SplitExchange. */
  readonly exchange: Float64Array;
  /** Shared: see GradientPass. */
  readonly blockTotals: Float64Array;
  /** Shared, one number a block of scored rows. */
  readonly blockLosses: Float64Array;
}

export interface BoostResult {
  /** The trees that this thread answers for, iteration by iteration, in the order of their scores. */
  readonly trees: GrownTree[];
  readonly stoppedEarly: boolean;
}

export const ROWS_PER_LOSS_BLOCK = 2048;

export const BOOST_KERNEL: KernelReference = { module: import.meta.url, name: 'boostKernel' };

/** A run of it, a piece a thread, brings the module and what it imports to the threads. */
export const ARRIVE_KERNEL: KernelReference = { module: import.meta.url, name: 'arriveKernel' };

/** Kernel: compiles the inner loops as well; the engine keeps what it compiled for all threads. */
export function arriveKernel(): void {
  compileBoostingKernels();
}

/** Whether each thread grows whole trees: only where that leaves no thread idle for long. */
export function growsWholeTrees(nScores: number, parties: number): boolean {
  return nScores > 1 && (nScores % parties === 0 || nScores >= 4 * parties);
}

/** The trees of all threads in the order of the ensemble. */
export function inOrder(results: readonly BoostResult[], nScores: number): GrownTree[] {
  const parties = results.length;
  if (!growsWholeTrees(nScores, parties)) return results[0]?.trees ?? [];
  const nTrees = results.reduce((sum, { trees }) => sum + trees.length, 0);
  const taken = new Int32Array(parties);
  return Array.from({ length: nTrees }, (_, tree) => {
    const party = (tree % nScores) % parties;
    const at = taken[party] as number;
    taken[party] = at + 1;
    return results[party]?.trees[at] as GrownTree;
  });
}

/** Kernel: thread `piece` of `input.barrier.parties`. */
export function boostKernel(input: BoostInput, piece: number, control: KernelControl): BoostResult {
  const { loss, maxIter, barrier, memory } = input;
  const { parties } = barrier;
  let iteration = 0;
  const poll = (): void => control.checkpoint(iteration / maxIter);
  const meet = (): void => waitForAll(barrier, poll);
  const isAlone = growsWholeTrees(loss.nScores, parties);
  const places = memory.places[piece] as ThreadPlaces;
  const exchange = new SplitExchange(input.exchange, parties);
  const team: Team = isAlone
    ? { size: 1, member: 0, places, exchange, meet: () => {}, poll }
    : { size: parties, member: piece, places, exchange, meet, poll };
  const gradients = new GradientPass(input, piece, parties, input.blockTotals);
  const grower = new BoostedTreeGrower(input, team);
  const trees: GrownTree[] = [];
  const losses: number[] = [];
  let stoppedEarly = false;
  for (; iteration < maxIter && !stoppedEarly; iteration++) {
    poll();
    gradients.write(poll);
    meet();
    const units = gradients.units();
    for (let score = isAlone ? piece : 0; score < loss.nScores; score += isAlone ? parties : 1) {
      const tree = grower.grow(iteration, score, units[score] as Units);
      if (isAlone || piece === 0) trees.push(tree);
    }
    meet();
    if (input.scoredRows.length > 0) {
      losses.push(scoredLoss(input, piece, meet));
      stoppedEarly = hasStalled(losses, input.nIterNoChange, input.tol);
    }
  }
  return { trees, stoppedEarly };
}

/** The mean loss of the scored rows: blocks by thread, summed in the order of the blocks. */
function scoredLoss(input: BoostInput, piece: number, meet: () => void): number {
  const { scoredRows, loss, arrays, blockLosses, barrier } = input;
  for (let block = piece; block < blockLosses.length; block += barrier.parties) {
    const start = block * ROWS_PER_LOSS_BLOCK;
    const end = Math.min(scoredRows.length, start + ROWS_PER_LOSS_BLOCK);
    let sum = 0;
    for (let k = start; k < end; k++) {
      const row = scoredRows[k] as number;
      sum += (arrays.weights[row] as number) * lossOfRow(loss, arrays, row);
    }
    blockLosses[block] = sum;
  }
  meet();
  let total = 0;
  for (const sum of blockLosses) total += sum;
  return total / scoredRows.length;
}

/** Whether none of the last `nIterNoChange` losses is below the one before them by more than `tol`. */
function hasStalled(losses: readonly number[], nIterNoChange: number, tol: number): boolean {
  if (losses.length < nIterNoChange + 1) return false;
  const reference = losses[losses.length - nIterNoChange - 1] as number;
  return losses.slice(-nIterNoChange).every((loss) => loss >= reference - tol);
}
