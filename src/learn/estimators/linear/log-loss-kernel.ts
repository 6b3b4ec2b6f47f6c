/**
 * Value, gradient and (for two classes) curvature of the weighted log loss of linear functions, over one piece of the
 * rows. The rows are cut into pieces of fixed size, whatever the number of threads, and the pieces' sums are added in
 * their order: so the result is the same to the bit with any number of threads.
 *
 * Within a piece the work goes through blocks of rows that fit into the cache. A block is standardised while it is
 * copied to the dense kernels' memory, with a row of ones below the features for the intercepts; then come the scores
 * (a product of matrices), the residuals (probability less truth, times weight), and the sums (inner products
 * along the rows).
 */
import type { Codes } from '../../matrix/number-types.js';
import type { KernelControl, KernelReference } from '../../parallel/thread-pool.js';
import {
  dots,
  gemm,
  logisticRows,
  multiplyRows,
  scratchArrays,
  softmaxColumns,
} from '../../wasm/dense-kernels.js';

export interface LogLossInput {
  /** Column-major, in shared memory. */
  readonly values: Float64Array;
  readonly nSamples: number;
  readonly nFeatures: number;
  /** What is taken off each feature, and what the rest is multiplied by. */
  readonly means: Float64Array;
  readonly factors: Float64Array;
  /** Class of each row. */
  readonly codes: Codes;
  readonly weights: Float64Array;
  /** 1 for two classes (logistic function), else the number of classes (softmax). */
  readonly nFunctions: number;
  /** Row-major nFunctions * (nFeatures + 1): weights of standardised features, then the intercept. */
  readonly parameters: Float64Array;
  /** Whether the second derivatives are wanted, too; one function only. */
  readonly withHessian: boolean;
}

export interface LogLossSums {
  value: number;
  /** Like `parameters`. */
  readonly gradient: Float64Array;
  /** Row-major (nFeatures + 1)², or empty. */
  readonly hessian: Float64Array;
}

export const LOG_LOSS_KERNEL: KernelReference = { module: import.meta.url, name: 'logLossPiece' };

export const ROWS_PER_PIECE = 8192;
const ROWS_PER_BLOCK = 256;

/** A block's arrays in the memory of the kernels. */
interface Block {
  readonly features: Float64Array;
  readonly parameters: Float64Array;
  /** One row a function, padded to a multiple of four rows with zeros: scores, then residuals. */
  readonly scores: Float64Array;
  /** 1 where the row is of the second of two classes; several classes: the score of its own. */
  readonly truths: Float64Array;
  readonly weights: Float64Array;
  /** Second derivatives of each row's loss; several classes: sums of exponentials. */
  readonly curvatures: Float64Array;
  readonly largest: Float64Array;
  readonly scaled: Float64Array;
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
}

export function logLossPiece(input: LogLossInput, piece: number, control: KernelControl): LogLossSums {
  const { nSamples, nFeatures, nFunctions, parameters, withHessian } = input;
  const nInputs = nFeatures + 1;
  const width = roundUp(nInputs, 4);
  const block = takeBlock(width, nFunctions, parameters.length, withHessian);
  block.parameters.set(parameters);
  for (const array of [block.features, block.scores, block.gradient, block.hessian]) array.fill(0);
  let value = 0;
  const from = piece * ROWS_PER_PIECE;
  const to = Math.min(from + ROWS_PER_PIECE, nSamples);
  for (let start = from; start < to; start += ROWS_PER_BLOCK) {
    control.checkpoint((start - from) / ROWS_PER_PIECE);
    const nRows = Math.min(ROWS_PER_BLOCK, to - start);
    loadBlock(input, block, start, nRows);
    const rows = { data: block.parameters, rowStep: nInputs, columnStep: 1 };
    gemm(nFunctions, ROWS_PER_BLOCK, nInputs, rows, block.features, block.scores, false);
    value +=
      nFunctions === 1
        ? logisticRows(ROWS_PER_BLOCK, block.scores, block.truths, block.weights, block.curvatures)
        : softmaxResiduals(input, block, start, nRows);
    const nPadded = roundUp(nFunctions, 4);
    dots(nPadded, width, ROWS_PER_BLOCK, block.scores, block.features, block.gradient, false);
    if (!withHessian) continue;
    multiplyRows(nInputs, ROWS_PER_BLOCK, block.features, block.curvatures, block.scaled);
    dots(width, width, ROWS_PER_BLOCK, block.scaled, block.features, block.hessian, true);
  }
  const gradient = new Float64Array(parameters.length);
  for (let f = 0; f < nFunctions; f++) {
    gradient.set(block.gradient.subarray(f * width, f * width + nInputs), f * nInputs);
  }
  const hessian = new Float64Array(withHessian ? nInputs * nInputs : 0);
  for (let j = 0; j < nInputs && withHessian; j++) {
    hessian.set(block.hessian.subarray(j * width, j * width + nInputs), j * nInputs);
  }
  return { value, gradient, hessian };
}

function takeBlock(width: number, nFunctions: number, nParameters: number, withHessian: boolean): Block {
  const nPadded = roundUp(nFunctions, 4);
  const hessianWidth = withHessian ? width : 0;
  const [features, parameters, scores, truths, weights, curvatures, largest, scaled, gradient, hessian] =
    scratchArrays([
      width * ROWS_PER_BLOCK,
      nParameters,
      nPadded * ROWS_PER_BLOCK,
      ROWS_PER_BLOCK,
      ROWS_PER_BLOCK,
      ROWS_PER_BLOCK,
      ROWS_PER_BLOCK,
      hessianWidth * ROWS_PER_BLOCK,
      nPadded * width,
      hessianWidth * width,
    ]);
  scaled.fill(0);
  return { features, parameters, scores, truths, weights, curvatures, largest, scaled, gradient, hessian };
}

/** Rows behind the last one weigh nothing. */
function loadBlock(input: LogLossInput, block: Block, start: number, nRows: number): void {
  const { values, nSamples, nFeatures, means, factors, codes, weights } = input;
  const { features, truths } = block;
  if (nRows < ROWS_PER_BLOCK) features.fill(0);
  for (let j = 0; j < nFeatures; j++) {
    const mean = means[j] as number;
    const factor = factors[j] as number;
    const base = j * nSamples + start;
    const at = j * ROWS_PER_BLOCK;
    for (let i = 0; i < nRows; i++) features[at + i] = ((values[base + i] as number) - mean) * factor;
  }
  features.fill(1, nFeatures * ROWS_PER_BLOCK, nFeatures * ROWS_PER_BLOCK + nRows);
  for (let i = 0; i < nRows; i++) truths[i] = codes[start + i] === 1 ? 1 : 0;
  block.weights.fill(0);
  block.weights.set(weights.subarray(start, start + nRows));
}

/** Turns scores into residuals in place and gives the loss: log Σ exp(score) less the score of the truth. */
function softmaxResiduals(
  { codes, nFunctions }: LogLossInput,
  { scores, weights, truths, curvatures: sums, largest }: Block,
  start: number,
  nRows: number,
): number {
  for (let i = 0; i < nRows; i++) {
    truths[i] = scores[(codes[start + i] as number) * ROWS_PER_BLOCK + i] as number;
  }
  softmaxColumns(nFunctions, ROWS_PER_BLOCK, scores, largest, sums);
  let loss = 0;
  for (let i = 0; i < nRows; i++) {
    const logSum = (largest[i] as number) + Math.log(sums[i] as number);
    loss += (weights[i] as number) * (logSum - (truths[i] as number));
    scores[(codes[start + i] as number) * ROWS_PER_BLOCK + i]! -= 1;
  }
  multiplyRows(nFunctions, ROWS_PER_BLOCK, scores, weights, scores);
  return loss;
}

function roundUp(count: number, step: number): number {
  return Math.ceil(count / step) * step;
}
