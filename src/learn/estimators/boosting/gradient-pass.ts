import { type BoostingKernels, integerScale, openBoostingKernels } from '../../wasm/boosting-kernels.js';
import type { BoostMemory } from './boost-memory.js';
import type { Units } from './gain-search.js';
import { type Loss, type LossArrays, writeGradients } from './losses.js';
import { countBlocks, ROWS_PER_BLOCK } from './row-blocks.js';

/** Bits of a signed 64-bit integer for its magnitude. */
const MAGNITUDE_BITS = 62;
/** Blocks between two looks at the cancel flag: a few milliseconds with ten classes. */
const BLOCKS_PER_POLL = 8;

export interface GradientInput {
  readonly memory: BoostMemory;
  readonly loss: Loss;
  readonly arrays: LossArrays;
  readonly trainRows: Uint32Array;
}

/**
 * The gradients of an iteration, on one thread: those of its blocks of rows. First as 64-bit floats, with the sum of
 * their sizes by block; once all threads have those, as integers. The scale follows from the sums of all blocks in
 * order, so it is the same on all threads and with any number of them: the power of two at which no sum of gradients
 * can leave its integer. With a million rows that keeps 41 bits of the mean gradient's size; hessians share their
 * integer with the count and keep 22.
 */
export class GradientPass {
  private readonly kernels: BoostingKernels;
  private readonly nBlocks: number;
  private readonly countShift: number;

  /** @param blockTotals shared, see createBlockTotals */
  constructor(
    private readonly input: GradientInput,
    private readonly member: number,
    private readonly size: number,
    private readonly blockTotals: Float64Array,
  ) {
    const nRows = input.trainRows.length;
    this.kernels = openBoostingKernels(input.memory.memory);
    this.nBlocks = countBlocks(nRows);
    this.countShift = MAGNITUDE_BITS + 1 - Math.ceil(Math.log2(nRows + 1));
  }

  /** Shared: a gradient's and a hessian's sum by block, score after score. */
  static createBlockTotals(nRows: number, nScores: number): Float64Array {
    return new Float64Array(new SharedArrayBuffer(countBlocks(nRows) * nScores * 16));
  }

  /** OUT the pairs of this thread's blocks and their totals. All threads meet before `toIntegers`. */
  write(poll: () => void): void {
    const { input, member, size, nBlocks } = this;
    const { loss, arrays, trainRows } = input;
    for (let block = member, n = 0; block < nBlocks; block += size, n++) {
      if (n % BLOCKS_PER_POLL === 0) poll();
      const from = block * ROWS_PER_BLOCK;
      const to = Math.min(trainRows.length, from + ROWS_PER_BLOCK);
      writeGradients(loss, arrays, trainRows, from, to);
      for (let score = 0; score < loss.nScores; score++) this.addUp(score, block, from, to);
    }
  }

  private addUp(score: number, block: number, from: number, to: number): void {
    const { arrays, trainRows } = this.input;
    const { pairs } = arrays;
    const base = 2 * score * arrays.nSamples;
    let gradient = 0;
    let hessian = 0;
    for (let k = from; k < to; k++) {
      const at = base + 2 * (trainRows[k] as number);
      gradient += Math.abs(pairs[at] as number);
      hessian += pairs[at + 1] as number;
    }
    const total = 2 * (score * this.nBlocks + block);
    this.blockTotals[total] = gradient;
    this.blockTotals[total + 1] = hessian;
  }

  /** INOUT the pairs of this thread's blocks. @returns by score: what the integers of all pairs mean */
  toIntegers(poll: () => void): Units[] {
    const { input, kernels, member, size, nBlocks, countShift, blockTotals } = this;
    const { memory, loss, arrays, trainRows } = input;
    return Array.from({ length: loss.nScores }, (_, score) => {
      let gradient = 0;
      let hessian = 0;
      for (let total = 2 * score * nBlocks; total < 2 * (score + 1) * nBlocks; total += 2) {
        gradient += blockTotals[total] as number;
        hessian += blockTotals[total + 1] as number;
      }
      const nRows = trainRows.length;
      const gradientScale = integerScale(gradient, nRows, MAGNITUDE_BITS);
      const hessianScale = integerScale(hessian, nRows, countShift);
      const pairs = memory.pairs + score * arrays.nSamples * 16;
      poll();
      for (let block = member; block < nBlocks; block += size) {
        const from = block * ROWS_PER_BLOCK;
        const n = Math.min(ROWS_PER_BLOCK, nRows - from);
        const place = memory.trainRows + from * 4;
        kernels.toIntegers(pairs, place, n, gradientScale, hessianScale, BigInt(countShift));
      }
      return { gradient: 1 / gradientScale, hessian: 1 / hessianScale, countShift };
    });
  }
}
