import { LearnError } from '../../errors.js';
import { type BoostingKernels, integerScale, openBoostingKernels } from '../../wasm/boosting-kernels.js';
import type { BoostMemory, ThreadPlaces } from './boost-memory.js';
import type { Units } from './gain-search.js';
import { type Loss, type LossArrays, writeRegressionPairs } from './losses.js';
import { countBlocks, ROWS_PER_BLOCK } from './row-blocks.js';

/** Magnitudes that the kernels turn from a float into an integer exactly rounded. */
const MAGNITUDE_BITS = 51;
/** Pairs are kept in 32 bit: while their sum fits, each of them does. */
const MAX_TOTAL = 3e38;
/** Blocks between two looks at the cancel flag: a few milliseconds with ten classes. */
const BLOCKS_PER_POLL = 8;

export interface GradientInput {
  readonly memory: BoostMemory;
  readonly loss: Loss;
  readonly arrays: LossArrays;
  readonly trainRows: Uint32Array;
}

/**
 * The gradients of an iteration, on one thread: those of its blocks of rows, with the sum of their sizes by block. Once
 * all threads have those, the scale at which they become integers follows from the sums of all blocks in order, so it
 * is the same on all threads and with any number of them: the power of two at which no sum can leave its
 * integer. With a million rows that keeps 30 bits of the mean gradient's size; hessians share their integer
 * with the count and keep 22.
 */
export class GradientPass {
  private readonly kernels: BoostingKernels;
  private readonly nBlocks: number;
  private readonly places: ThreadPlaces;
  private readonly totals: Float64Array;

  /** @param blockTotals shared, see createBlockTotals */
  constructor(
    private readonly input: GradientInput,
    private readonly member: number,
    private readonly size: number,
    private readonly blockTotals: Float64Array,
  ) {
    const { memory, loss, trainRows } = input;
    this.kernels = openBoostingKernels(memory.memory);
    this.nBlocks = countBlocks(trainRows.length);
    this.places = memory.places[member] as ThreadPlaces;
    this.totals = new Float64Array(memory.memory.buffer, this.places.totals, 2 * loss.nScores);
  }

  /** Shared: by block, the sums of gradients' sizes and of hessians, score after score. */
  static createBlockTotals(nRows: number, nScores: number): Float64Array {
    return new Float64Array(new SharedArrayBuffer(countBlocks(nRows) * nScores * 16));
  }

  /** OUT the pairs of this thread's blocks and their totals. All threads meet before `units`. */
  write(poll: () => void): void {
    const { member, size, nBlocks, totals, blockTotals } = this;
    const nRows = this.input.trainRows.length;
    for (let block = member, n = 0; block < nBlocks; block += size, n++) {
      if (n % BLOCKS_PER_POLL === 0) poll();
      const from = block * ROWS_PER_BLOCK;
      this.writePairs(from, Math.min(nRows, from + ROWS_PER_BLOCK));
      blockTotals.set(totals, block * totals.length);
    }
  }

  private writePairs(from: number, to: number): void {
    const { kernels, places } = this;
    const { memory, loss, arrays, trainRows } = this.input;
    const { raw, y, weights, pairs } = memory;
    const rows = memory.trainRows + from * 4;
    const n = to - from;
    if (loss.name !== 'log_loss') {
      writeRegressionPairs(loss, arrays, trainRows, from, to, this.totals);
    } else if (loss.nScores === 1) {
      kernels.sigmoidPairs(rows, n, raw, y, weights, pairs, places.totals);
    } else {
      const classBytes = arrays.nSamples * 8;
      const { totals, integers } = places;
      kernels.softmaxPairs(rows, n, loss.nScores, classBytes, raw, y, weights, pairs, totals, integers);
    }
  }

  /**
   * By score: how its pairs become integers.
   * @throws LearnError numerical_failure where pairs may not have fit into 32 bit
   */
  units(): Units[] {
    const { loss, trainRows } = this.input;
    const nRows = trainRows.length;
    const countShift = 63 - Math.ceil(Math.log2(nRows + 1));
    const sums = new Float64Array(2 * loss.nScores);
    for (let at = 0; at < this.blockTotals.length; at++) {
      const k = at % sums.length;
      sums[k] = (sums[k] as number) + (this.blockTotals[at] as number);
    }
    if (!sums.every((sum) => sum < MAX_TOTAL)) {
      throw new LearnError(
        'numerical_failure',
        'The errors times the weights are too large to boost by: divide all targets, or all weights, by the same number.',
      );
    }
    return Array.from({ length: loss.nScores }, (_, score) => ({
      gradient: 1 / integerScale(sums[2 * score] as number, nRows, MAGNITUDE_BITS),
      hessian: 1 / integerScale(sums[2 * score + 1] as number, nRows, Math.min(MAGNITUDE_BITS, countShift)),
      countShift,
    }));
  }
}
