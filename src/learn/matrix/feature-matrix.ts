import type { FeatureValues } from './number-types.js';

/**
 * What one column of a feature matrix means.
 * `categorical`: values are the codes 0..nCategories-1 (NaN is missing) without an order; an estimator that
 * cannot split on sets treats them as numbers.
 */
export interface Feature {
  /** Name after encoding: `age`, or `workclass=Private` for a one-hot column. */
  readonly name: string;
  /** The input column that it was made from. */
  readonly column: string;
  readonly kind: 'numeric' | 'categorical';
  /** For `categorical`: how many codes there are. */
  readonly nCategories?: number;
}

/**
 * Encoded and scaled features for fitting, column-major: element (row i, feature j) is at
 * `values[j * nSamples + i]`. NaN is "missing" and occurs only where the algorithm said that it takes it.
 * The values lie in shared memory when they were made by the pipeline, so threads read them without a copy.
 * (Predicting takes rows instead: see Predictor in estimator.ts.)
 */
export interface FeatureMatrix {
  readonly nSamples: number;
  readonly nFeatures: number;
  /** Length nSamples * nFeatures. */
  readonly values: FeatureValues;
  /** Length nFeatures. */
  readonly features: readonly Feature[];
}

/** A zeroed 64-bit array in shared memory. */
export function sharedFloat64(length: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT));
}

/** The same values in shared memory, so that threads see them without a copy each. */
export function inSharedMemory(values: Float64Array): Float64Array {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const shared = sharedFloat64(values.length);
  shared.set(values);
  return shared;
}

/** The column of feature j: a view, not a copy. */
export function featureColumn(matrix: FeatureMatrix, j: number): Float64Array {
  return matrix.values.subarray(j * matrix.nSamples, (j + 1) * matrix.nSamples);
}

/**
 * The same values row by row: element (i, j) at `i * nFeatures + j`. Cost: one pass, one copy.
 * @param poll called before each feature
 */
export function toRowMajor(matrix: FeatureMatrix, poll?: (fraction: number) => void): Float64Array {
  const { nSamples, nFeatures, values } = matrix;
  const rows = new Float64Array(nSamples * nFeatures);
  for (let j = 0; j < nFeatures; j++) {
    poll?.(0);
    const base = j * nSamples;
    for (let i = 0, at = j; i < nSamples; i++, at += nFeatures) rows[at] = values[base + i] as number;
  }
  return rows;
}
