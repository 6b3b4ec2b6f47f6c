import type { ColumnType } from '../matrix/table.js';
import type { ParameterValues } from '../parameters.js';
import type { DatePart } from '../preprocessing/date-parts.js';

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

/**
 * What stands in for a missing value. `native`: the algorithm takes it as it is. `knn`: the mean of the nearest rows.
 * `error`: refuse the row.
 */
export const MISSING_POLICIES = [
  'native',
  'mean',
  'median',
  'most_frequent',
  'constant',
  'knn',
  'error',
] as const;
export type MissingPolicy = (typeof MISSING_POLICIES)[number];

/**
 * How texts become numbers. `ordinal`: one code. `one_hot`: a 0/1 feature a category. `target`: what is known of the
 * target where the category is. `hashing`: a fixed number of signed buckets.
 */
export const ENCODING_POLICIES = ['ordinal', 'one_hot', 'target', 'hashing'] as const;
export type EncodingPolicy = (typeof ENCODING_POLICIES)[number];

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
  /** For `missing: knn`: how many rows are averaged, 1 to 100; absent: 5. */
  readonly nNeighbors?: number;
  /** Whether a further feature says which values were missing. */
  readonly addIndicator?: boolean;
  /**
   * Categories of fewer rows share the bin of rare categories: a number of rows, 1 or more, or a share of the training
   * rows, below 1. Wants `unseen: rare`, which is then what is chosen.
   */
  readonly minFrequency?: number;
  /** The most categories that are kept apart, the bin of rare ones counted, 2 or more. As minFrequency. */
  readonly maxCategories?: number;
  /** For `encoding: hashing`: how many features there are, 2 to 4096; absent: 64. */
  readonly nBuckets?: number;
  /** For dates: the parts that become features; absent: those of the default parts that vary. */
  readonly dateParts?: readonly DatePart[];
}

/** Everything that decides what a training computes. Equal specs on equal data give equal bundles. */
export interface PipelineSpec {
  readonly algorithm: string;
  /** Complete: the defaults are filled in. */
  readonly parameters: ParameterValues;
  /** The column to learn; null for clustering (or named there to score the clusters against it). */
  readonly target: string | null;
  /** The column that says how much a row counts when the model is fitted and evaluated; it is not learned from. */
  readonly sampleWeight?: string;
  readonly dropColumns: readonly string[];
  readonly normalization: Normalization;
  readonly columns: Readonly<Record<string, ColumnPolicy>>;
  /** Share of the rows held out for evaluation, 0 < share < 1; 0: no hold-out (clustering). */
  readonly testShare: number;
  /** 0..2^53-1. */
  readonly seed: number;
}
