import type { ColumnType } from '../matrix/table.js';
import type { ParameterValues } from '../parameters.js';

/**
 * How numeric features are scaled. `std`: to mean 0 and variance 1. `min_max`: to 0..1. `robust`: to median 0 and
 * interquartile range 1. `quantile_uniform`, `quantile_normal`: by rank, to an even or a normal distribution.
 * `power`: by the power of Yeo and Johnson that makes them most normal, then as `std`.
 */
export const NORMALIZATIONS = [
  'none',
  'min_max',
  'std',
  'robust',
  'quantile_uniform',
  'quantile_normal',
  'power',
] as const;
export type Normalization = (typeof NORMALIZATIONS)[number];

/** What stands in for a missing value. `native`: the algorithm takes it as it is. `error`: refuse the row. */
export type MissingPolicy = 'native' | 'mean' | 'median' | 'most_frequent' | 'constant' | 'error';
export const MISSING_POLICIES: readonly MissingPolicy[] = [
  'native',
  'mean',
  'median',
  'most_frequent',
  'constant',
  'error',
];

export type EncodingPolicy = 'ordinal' | 'one_hot';
export const ENCODING_POLICIES: readonly EncodingPolicy[] = ['ordinal', 'one_hot'];

/** What becomes of a category that training did not see. `rare`: it joins the bin of rare categories. */
export type UnseenPolicy = 'error' | 'missing' | 'rare';
export const UNSEEN_POLICIES: readonly UnseenPolicy[] = ['error', 'missing', 'rare'];

/** What a request may say of one column; what it leaves out is chosen from the data and the algorithm. */
export interface ColumnPolicy {
  /** Overrides the inferred type. */
  readonly type?: ColumnType;
  readonly encoding?: EncodingPolicy;
  readonly unseen?: UnseenPolicy;
  readonly missing?: MissingPolicy;
  /** For `missing: constant`. */
  readonly fillValue?: number | string;
}

/** Everything that decides what a training computes. Equal specs on equal data give equal bundles. */
export interface PipelineSpec {
  readonly algorithm: string;
  /** Complete: the defaults are filled in. */
  readonly parameters: ParameterValues;
  /** The column to learn; null for clustering (or named there to score the clusters against it). */
  readonly target: string | null;
  readonly dropColumns: readonly string[];
  readonly normalization: Normalization;
  readonly columns: Readonly<Record<string, ColumnPolicy>>;
  /** Share of the rows held out for evaluation, 0 < share < 1; 0: no hold-out (clustering). */
  readonly testShare: number;
  /** 0..2^53-1. */
  readonly seed: number;
}
