/**
 * Number types by role, with the reason for each width. A kernel names the role, not the width.
 *
 * - Feature values: 64 bit. Ids, epoch milliseconds and money do not survive 24 bits of mantissa.
 * - Category codes and class codes: signed 32 bit, -1 is "missing".
 * - Bins of a histogram: 8 bit. 255 quantile bins lose less than the noise of a split, and a row of bins
 *   then fits into a cache line.
 * - Gradients: 32 bit. They are summed in 64 bit, so only their own rounding (6e-8) remains.
 * - Sums: 64 bit, always: a sum over millions of rows in 32 bit drifts.
 * - Row indices: unsigned 32 bit: 4 billion rows are enough for one process.
 */
export type FeatureValues = Float64Array;
export type Codes = Int32Array;
export type Bins = Uint8Array;
export type Gradients = Float32Array;
export type Sums = Float64Array;
export type RowIndices = Uint32Array;
