/**
 * Value and gradient of the weighted log loss of linear functions, over one piece of the rows. The rows are cut into
 * pieces of fixed size, whatever the number of threads, and the pieces' sums are added in their order: so the
 * result is the same to the bit with any number of threads.
 *
 * Within a piece the work goes through blocks of rows that fit into the cache: scores of the block column by
 * column, the residuals (probability less truth, times weight), then the gradient column by column.
 */
import type { Codes } from '../../matrix/number-types.js';
import type { KernelControl, KernelReference } from '../../parallel/thread-pool.js';

export interface LogLossInput {
  /** Column-major, in shared memory. */
  readonly values: Float64Array;
  readonly nSamples: number;
  readonly nFeatures: number;
  /** Class of each row. */
  readonly codes: Codes;
  readonly weights: Float64Array;
  /** 1 for two classes (logistic function), else the number of classes (softmax). */
  readonly nFunctions: number;
  /** Row-major nFunctions * nFeatures, then nFunctions intercepts. */
  readonly parameters: Float64Array;
}

export const LOG_LOSS_KERNEL: KernelReference = { module: import.meta.url, name: 'logLossPiece' };

export const ROWS_PER_PIECE = 16_384;
const ROWS_PER_BLOCK = 512;

/** @returns the gradient in the layout of `parameters`, and the value as its last element */
export function logLossPiece(input: LogLossInput, piece: number, control: KernelControl): Float64Array {
  const { values, nSamples, nFeatures, nFunctions, parameters } = input;
  const nWeights = nFunctions * nFeatures;
  const sums = new Float64Array(nWeights + nFunctions + 1);
  const scores = new Float64Array(ROWS_PER_BLOCK * nFunctions);
  const from = piece * ROWS_PER_PIECE;
  const to = Math.min(from + ROWS_PER_PIECE, nSamples);
  for (let start = from; start < to; start += ROWS_PER_BLOCK) {
    control.checkpoint((start - from) / ROWS_PER_PIECE);
    const nRows = Math.min(ROWS_PER_BLOCK, to - start);
    for (let f = 0; f < nFunctions; f++) {
      const block = scores.subarray(f * ROWS_PER_BLOCK, f * ROWS_PER_BLOCK + nRows);
      block.fill(parameters[nWeights + f] as number);
      for (let j = 0; j < nFeatures; j++) {
        const weight = parameters[f * nFeatures + j] as number;
        const base = j * nSamples + start;
        for (let i = 0; i < nRows; i++) block[i]! += weight * (values[base + i] as number);
      }
    }
    sums[nWeights + nFunctions]! +=
      nFunctions === 1
        ? logisticResiduals(input, scores, start, nRows)
        : softmaxResiduals(input, scores, start, nRows);
    for (let f = 0; f < nFunctions; f++) {
      const block = scores.subarray(f * ROWS_PER_BLOCK, f * ROWS_PER_BLOCK + nRows);
      for (let j = 0; j < nFeatures; j++) {
        const base = j * nSamples + start;
        let sum = 0;
        for (let i = 0; i < nRows; i++) sum += (block[i] as number) * (values[base + i] as number);
        sums[f * nFeatures + j]! += sum;
      }
      let sum = 0;
      for (let i = 0; i < nRows; i++) sum += block[i] as number;
      sums[nWeights + f]! += sum;
    }
  }
  return sums;
}

/** Turns scores into residuals in place and gives the loss. log(1 + e^z) is taken on the side that cannot overflow. */
function logisticResiduals(input: LogLossInput, scores: Float64Array, start: number, nRows: number): number {
  const { codes, weights } = input;
  let loss = 0;
  for (let i = 0; i < nRows; i++) {
    const z = scores[i] as number;
    const truth = codes[start + i] === 1 ? 1 : 0;
    const weight = weights[start + i] as number;
    const e = Math.exp(-Math.abs(z));
    const p = z >= 0 ? 1 / (1 + e) : e / (1 + e);
    loss += weight * (Math.max(z, 0) + Math.log1p(e) - truth * z);
    scores[i] = weight * (p - truth);
  }
  return loss;
}

function softmaxResiduals(input: LogLossInput, scores: Float64Array, start: number, nRows: number): number {
  const { codes, weights, nFunctions } = input;
  let loss = 0;
  for (let i = 0; i < nRows; i++) {
    const code = codes[start + i] as number;
    const weight = weights[start + i] as number;
    let largest = Number.NEGATIVE_INFINITY;
    for (let f = 0; f < nFunctions; f++)
      largest = Math.max(largest, scores[f * ROWS_PER_BLOCK + i] as number);
    const truth = scores[code * ROWS_PER_BLOCK + i] as number;
    let sum = 0;
    for (let f = 0; f < nFunctions; f++) {
      const e = Math.exp((scores[f * ROWS_PER_BLOCK + i] as number) - largest);
      scores[f * ROWS_PER_BLOCK + i] = e;
      sum += e;
    }
    loss += weight * (largest + Math.log(sum) - truth);
    for (let f = 0; f < nFunctions; f++) {
      const p = (scores[f * ROWS_PER_BLOCK + i] as number) / sum;
      scores[f * ROWS_PER_BLOCK + i] = weight * (p - (f === code ? 1 : 0));
    }
  }
  return loss;
}
