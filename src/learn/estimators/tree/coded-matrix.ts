/**
 * What trees learn from: bins for a column of at most 255 different values or categories, and for every other
 * column codes: the ranks of its values, two bytes a row. Ranks keep neighbours apart that quantile bins throw
 * together, which costs a tree accuracy where the answer hangs on a fine scale (of 100,000 flights, lateness by
 * the minute of departure: 1.1 points with 255 bins). Up to 65,535 different values a column's codes are exact;
 * beyond, they are that many quantiles. Forests that the kernels do not take stay with 255 bins (see fitTrees).
 *
 * A threshold lies in the middle between the largest value of the last code on the left and the smallest of the
 * first one on the right that occur at the node, so it is the same whether a column has bins or codes.
 *
 * Memory beside the bins: `codes` two bytes a row for each such column, `codeLower` and `codeUpper` 16 bytes a code.
 */
import type { FitContext } from '../../estimator.js';
import type { FeatureMatrix } from '../../matrix/feature-matrix.js';
import type { KernelControl } from '../../parallel/thread-pool.js';
import {
  type BinnedMatrix,
  binFeatureKernel,
  distinctCuts,
  emptyBins,
  MAX_BINS,
  midpoint,
} from './binned-matrix.js';

export const MAX_CODES = 65_535;
export const MISSING_CODE = 65_535;

export interface CodedMatrix extends BinnedMatrix {
  /** By feature: where its column begins in `codes`; -1: it has bins. */
  readonly codeOffsets: Float64Array;
  readonly codes: Uint16Array;
  /** By feature: where its codes begin in the next two. */
  readonly valueOffsets: Float64Array;
  /** The least and the largest value of each code. */
  readonly codeLower: Float64Array;
  readonly codeUpper: Float64Array;
}

/** One column that has codes. */
export interface CodedColumn {
  readonly codes: Uint16Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

interface CodingInput {
  readonly matrix: { readonly values: Float64Array };
  readonly binned: BinnedMatrix;
  readonly maxBins: number;
  readonly mayCode: boolean;
}

/**
 * Codes a matrix on the pool's threads, a piece of work a column.
 * @param mayCode false: columns of many values get 255 quantile bins, and none has codes
 * Cost: O(n d log n) where columns have more than 255 values, else O(n d).
 */
export async function codeMatrix(
  x: FeatureMatrix,
  context: FitContext,
  onProgress: (fraction: number) => void,
  mayCode = true,
): Promise<CodedMatrix> {
  const binned = emptyBins(x);
  const input: CodingInput = { matrix: { values: x.values }, binned, maxBins: MAX_BINS, mayCode };
  const columns = await context.threads.map<CodingInput, CodedColumn | undefined>(
    { module: import.meta.url, name: 'codeFeatureKernel' },
    input,
    x.nFeatures,
    onProgress,
  );
  return withCodes(binned, columns);
}

function withCodes(binned: BinnedMatrix, columns: readonly (CodedColumn | undefined)[]): CodedMatrix {
  const { nSamples, nFeatures } = binned;
  let nColumns = 0;
  let nValues = 0;
  for (const column of columns) {
    if (column === undefined) continue;
    nColumns++;
    nValues += column.lower.length;
  }
  const coded: CodedMatrix = {
    ...binned,
    codeOffsets: new Float64Array(new SharedArrayBuffer(nFeatures * 8)).fill(-1),
    codes: new Uint16Array(new SharedArrayBuffer(nColumns * nSamples * 2)),
    valueOffsets: new Float64Array(new SharedArrayBuffer(nFeatures * 8)),
    codeLower: new Float64Array(new SharedArrayBuffer(nValues * 8)),
    codeUpper: new Float64Array(new SharedArrayBuffer(nValues * 8)),
  };
  let at = 0;
  let valueAt = 0;
  columns.forEach((column, j) => {
    if (column === undefined) return;
    coded.codeOffsets[j] = at;
    coded.codes.set(column.codes, at);
    at += nSamples;
    coded.valueOffsets[j] = valueAt;
    coded.codeLower.set(column.lower, valueAt);
    coded.codeUpper.set(column.upper, valueAt);
    valueAt += column.lower.length;
  });
  return coded;
}

/** Kernel: bins or codes feature `piece`. @returns its codes; undefined where bins tell all of its values apart */
export function codeFeatureKernel(
  input: CodingInput,
  piece: number,
  control: KernelControl,
): CodedColumn | undefined {
  const { binned, matrix, maxBins, mayCode } = input;
  const column = matrix.values.subarray(piece * binned.nSamples, (piece + 1) * binned.nSamples);
  const isCategorical = (binned.nCategories[piece] as number) > 0;
  if (!mayCode || isCategorical || distinctCuts(column, maxBins) !== undefined) {
    binFeatureKernel(input, piece, control);
    return undefined;
  }
  const coded = codeColumn(column, control);
  binned.nBins[piece] = coded.lower.length;
  return coded;
}

function codeColumn(column: Float64Array, control: KernelControl): CodedColumn {
  const sorted = new Float64Array(column.length);
  let count = 0;
  for (let i = 0; i < column.length; i++) {
    const value = column[i] as number;
    if (!Number.isNaN(value)) sorted[count++] = value;
  }
  const known = sorted.subarray(0, count).sort();
  control.checkpoint(0.4);
  const { lower, upper } = boundsOf(known);
  const nCodes = lower.length;
  const cuts = new Float64Array(nCodes);
  for (let k = 0; k + 1 < nCodes; k++) cuts[k] = midpoint(upper[k] as number, lower[k + 1] as number);
  cuts[nCodes - 1] = Number.POSITIVE_INFINITY;
  const codes = new Uint16Array(column.length);
  for (let i = 0; i < column.length; i++) {
    const value = column[i] as number;
    if (Number.isNaN(value)) {
      codes[i] = MISSING_CODE;
      continue;
    }
    // The first code whose cut is not below the value. Invariant: the answer is in low..high.
    let low = 0;
    let high = nCodes - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= (cuts[middle] as number)) high = middle;
      else low = middle + 1;
    }
    codes[i] = low;
  }
  return { codes, lower, upper };
}

/** Bounds of the codes: one a distinct value, or MAX_CODES of about equal size where there are more. */
function boundsOf(sorted: Float64Array): { lower: Float64Array; upper: Float64Array } {
  let nDistinct = 1;
  for (let k = 1; k < sorted.length; k++) if (sorted[k] !== sorted[k - 1]) nDistinct++;
  const nCodes = Math.min(nDistinct, MAX_CODES);
  const lower = new Float64Array(nCodes);
  const upper = new Float64Array(nCodes);
  const isExact = nDistinct <= MAX_CODES;
  let code = 0;
  let inCode = 0;
  let distinctLeft = nDistinct;
  lower[0] = sorted[0] as number;
  for (let k = 1; k < sorted.length; k++) {
    const value = sorted[k] as number;
    inCode++;
    if (value === sorted[k - 1]) continue;
    distinctLeft--;
    const codesLeft = nCodes - 1 - code;
    // Closed when it has its share of what is left, or when each value that is left needs a code of its own.
    const share = (sorted.length - k + inCode) / (codesLeft + 1);
    if (isExact || (codesLeft > 0 && (inCode >= share || distinctLeft <= codesLeft))) {
      upper[code++] = sorted[k - 1] as number;
      lower[code] = value;
      inCode = 0;
    }
  }
  upper[code] = sorted[sorted.length - 1] as number;
  return { lower: lower.slice(0, code + 1), upper: upper.slice(0, code + 1) };
}
