import type { ColumnType } from '../../learn/matrix/table.js';
import type { ClusterCount } from '../../learn/selection/cluster-count.js';

/** What is kept of every version; older profiles are read as they are, so a change of meaning raises this. */
export const PROFILE_VERSION = 1;

export interface Histogram<Edge> {
  /** One more than counts; a bin holds its lower edge, the last one its upper edge too. */
  readonly edges: readonly Edge[];
  readonly counts: readonly number[];
}

/** Linear interpolation between the two nearest ranks, as numpy and DuckDB's quantile_cont have it. */
export const QUANTILES = { p01: 0.01, p05: 0.05, p25: 0.25, p50: 0.5, p75: 0.75, p95: 0.95, p99: 0.99 };
export type QuantileName = keyof typeof QUANTILES;

export interface NumberStatistics {
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number | null;
  /** Of the sample: divided by n - 1. Null for a single value. */
  readonly standardDeviation: number | null;
  readonly quantiles: Readonly<Record<QuantileName, number>>;
  readonly histogram: Histogram<number>;
  /** Values more than three interquartile ranges outside of the quartiles; 0 where the quartiles are equal. */
  readonly nOutliers: number;
}

export interface DateStatistics {
  readonly earliest: string;
  readonly latest: string;
  readonly median: string;
  readonly histogram: Histogram<string>;
  readonly order: 'ascending' | 'descending' | 'constant' | 'none';
  /** Rows that are earlier than the row before them. */
  readonly nBackwards: number;
}

export interface TextStatistics {
  /** In characters. */
  readonly lengths: { readonly minimum: number; readonly mean: number; readonly maximum: number };
  /** Values that are spelt like a number, with group separators, a percent or a currency sign or leading zeros. */
  readonly nNumeric: number;
}

export interface TopValue {
  readonly value: string | number | boolean;
  readonly count: number;
}

export interface ColumnProfile {
  readonly name: string;
  readonly type: ColumnType;
  readonly integer?: boolean;
  readonly nMissing: number;
  readonly nDistinct: number;
  /** The most frequent first, then by value; empty for columns of numbers and dates that hardly ever repeat. */
  readonly topValues: readonly TopValue[];
  readonly numbers?: NumberStatistics;
  readonly dates?: DateStatistics;
  readonly texts?: TextStatistics;
}

/** How two columns go together; which measures there are depends on their types. */
export interface Association {
  readonly columns: readonly [string, string];
  /** -1..1, between numbers, dates and booleans. */
  readonly pearson?: number;
  readonly spearman?: number;
  /** 0..1, between texts. */
  readonly cramersV?: number;
  /** 0..1: the share of the spread of the number that the text explains, as a root. */
  readonly correlationRatio?: number;
}

export interface Associations {
  readonly pairs: readonly Association[];
  readonly nRowsUsed: number;
  readonly isSampled: boolean;
  /** Columns that were not compared: constant, too many different texts, or beyond the limit. */
  readonly leftOut: readonly string[];
}

export const WARNING_CODES = [
  'constant',
  'id_like',
  'leaks_target',
  'high_cardinality',
  'mixed_types',
  'outliers',
  'class_imbalance',
  'dates_out_of_order',
  'numbers_stored_as_text',
] as const;

/** How a column says the target. */
export type LeakReason =
  | 'copy'
  | 'renamed'
  | 'decides'
  | 'order'
  | 'presence'
  | 'monotone'
  | 'associated'
  | 'formula'
  | 'by_group'
  | 'group_mean';

export interface ProfileWarning {
  readonly code: (typeof WARNING_CODES)[number];
  readonly column: string;
  /** leaks_target: the column that it does so with. */
  readonly otherColumn?: string;
  /** Of leaks_target. */
  readonly reason?: LeakReason;
  /** For people; names no value. */
  readonly message: string;
  /** The share of the rows concerned, or the strength of what was found, 0..1. */
  readonly share?: number;
}

/** What a table holds. Its top values are the owner's data: it is for those who may read the data set. */
export interface TableProfile {
  readonly profileVersion: number;
  readonly nRows: number;
  readonly nColumns: number;
  readonly duplicateRows: { readonly count: number; readonly isEstimate: boolean };
  readonly columns: readonly ColumnProfile[];
  readonly associations: Associations;
  /** The first 500, in the order of the columns. */
  readonly warnings: readonly ProfileWarning[];
  readonly nWarningsLeftOut: number;
}

/** What is asked about one column as the target. */
export interface TargetProfile {
  readonly column: string;
  readonly kind: 'classes' | 'values';
  /** For classes, the most frequent first; at most 100. */
  readonly classes?: readonly TopValue[];
  /** Every column that was compared with it, the strongest first. */
  readonly associations: readonly Association[];
  readonly warnings: readonly ProfileWarning[];
}

/** How many groups there seem to be. */
export interface ClassCountEstimate extends ClusterCount {
  readonly columns: readonly string[];
  readonly nRowsUsed: number;
}
