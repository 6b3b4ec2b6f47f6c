import { readFileSync } from 'node:fs';
import type { FeatureMatrix } from '../../matrix/feature-matrix.js';
import type { Normalization } from '../../pipeline/spec.js';
import type { DatePart } from '../date-parts.js';

type Row = readonly (number | null)[];

/** What scikit-learn gave: test/fixtures/oracles/preprocessing.py. null is a missing value. */
export interface PreprocessingOracle {
  readonly scalers: readonly {
    readonly name: string;
    readonly values: Row;
    readonly unseen: Row;
    readonly outputs: Partial<
      Record<Normalization, { readonly train: Row; readonly unseen: Row; readonly lambda?: number }>
    >;
  }[];
  readonly neighbors: {
    readonly x: readonly Row[];
    readonly newRows: readonly Row[];
    readonly cases: readonly {
      readonly normalization: Normalization;
      readonly nNeighbors: number;
      readonly train: readonly Row[];
      readonly unseen: readonly Row[];
    }[];
  };
  readonly indicator: { readonly values: Row; readonly output: readonly Row[] };
  readonly targetMeans: {
    readonly x: readonly string[];
    readonly categories: readonly string[];
    readonly folds: readonly number[];
    readonly cases: readonly {
      readonly task: 'binary' | 'multiclass' | 'regression';
      readonly y: readonly number[];
      readonly transform: readonly Row[];
      readonly crossFitted: readonly Row[];
    }[];
  };
  readonly hashed: readonly {
    readonly nBuckets: number;
    readonly texts: readonly string[];
    readonly output: readonly Row[];
  }[];
  readonly grouped: {
    readonly counts: Readonly<Record<string, number>>;
    readonly cases: readonly {
      readonly minFrequency?: number;
      readonly maxCategories?: number;
      readonly rare: readonly string[];
      readonly output: readonly Row[];
    }[];
  };
  /** Of numbers, or of texts. */
  readonly imputed: readonly {
    readonly name: string;
    readonly policy: 'mean' | 'median' | 'most_frequent' | 'constant';
    readonly values?: Row;
    readonly texts?: readonly (string | null)[];
    readonly output: readonly (number | string)[];
  }[];
  readonly coded: {
    readonly counts: Readonly<Record<string, number>>;
    readonly asked: readonly string[];
    readonly ordinal: Row;
    readonly oneHot: readonly Row[];
  };
  readonly dates: readonly { readonly epochMs: number; readonly parts: Readonly<Record<DatePart, number>> }[];
}

export const ORACLE = JSON.parse(
  readFileSync(new URL('../../../../test/fixtures/oracles/preprocessing.json', import.meta.url), 'utf8'),
) as PreprocessingOracle;

export function numbers(row: Row): Float64Array {
  return Float64Array.from(row, (value) => value ?? Number.NaN);
}

/** Columns as a column-major matrix of numeric features. */
export function matrixOf(...columns: readonly ArrayLike<number>[]): FeatureMatrix {
  const nSamples = columns[0]?.length ?? 0;
  const values = new Float64Array(nSamples * columns.length);
  columns.forEach((column, j) => {
    values.set(column, j * nSamples);
  });
  const features = columns.map((_, j) => ({ name: `f${j}`, column: `f${j}`, kind: 'numeric' as const }));
  return { nSamples, nFeatures: columns.length, values, features };
}

/** The largest distance, relative to the larger of 1 and the expected value; Infinity where one is missing and one is not. */
export function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i] as number, expected[i] as number];
    if (Number.isNaN(a) && Number.isNaN(e)) continue;
    const difference = Math.abs(a - e) / Math.max(1, Math.abs(e));
    largest = Number.isNaN(difference) ? Infinity : Math.max(largest, difference);
  }
  return largest;
}
