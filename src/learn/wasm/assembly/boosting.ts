/**
 * The inner loops of boosting, over one memory that all threads of a training share. See ../boosting-kernels.ts for what
 * each kernel means and how its operands lie.
 */

export { findCuts } from './boosting-cuts';
export { sigmoidPairs, softmaxPairs } from './boosting-gradients';
export { addRows, clear, mergeCells, subtractCells, sumCells } from './boosting-histograms';
export { addToRows, partition } from './boosting-rows';
