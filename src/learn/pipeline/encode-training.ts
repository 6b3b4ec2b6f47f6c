import { LearnError } from '../errors.js';
import type { Algorithm, Target } from '../estimator.js';
import { type Feature, type FeatureMatrix, sharedFloat64 } from '../matrix/feature-matrix.js';
import type { RowIndices } from '../matrix/number-types.js';
import type { Column, Table } from '../matrix/table.js';
import { bindColumn } from '../preprocessing/bound-column.js';
import { coerceColumn } from '../preprocessing/coerce-column.js';
import type { ColumnEncoder } from '../preprocessing/column-encoder.js';
import { hasUnsafeIntegers } from '../preprocessing/column-statistics.js';
import { crossFitFolds } from '../preprocessing/cross-fit-folds.js';
import type { Random } from '../random.js';
import { fitColumn } from './fit-column.js';
import type { FittedColumn } from './fitted-column.js';
import type { InputColumn } from './signature.js';
import type { PipelineSpec } from './spec.js';
import { presenceTest } from './training-target.js';

/** A column that is not learned from, and why. */
export interface DroppedColumn {
  readonly name: string;
  readonly reason: 'target' | 'sample_weight' | 'requested' | 'all_missing' | 'constant';
}

/** The columns of a table that a spec wants to learn from, in their effective types. */
export interface SelectedColumns {
  readonly columns: readonly Column[];
  readonly dropped: readonly DroppedColumn[];
}

/** @param warnings OUT: values that could not be read in the type that the request asked for, or exactly */
export function selectColumns(table: Table, spec: PipelineSpec, warnings: string[]): SelectedColumns {
  const dropNames = new Set(spec.dropColumns);
  const dropped: DroppedColumn[] = [];
  const columns: Column[] = [];
  for (const source of table.columns) {
    if (source.type === 'number' && !dropNames.has(source.name) && hasUnsafeIntegers(source.values)) {
      warnings.push(
        `Column "${source.name}" has whole numbers beyond 2^53; they are rounded to the nearest that 64 bit can say, and close ones are taken as equal. Drop the column or send texts if these are ids.`,
      );
    }
    const reason = whyDropped(source.name, spec, dropNames);
    if (reason !== null) {
      dropped.push({ name: source.name, reason });
      continue;
    }
    const type = spec.columns[source.name]?.type ?? source.type;
    const { column, nLost } = coerceColumn(source, type);
    if (nLost > 0) {
      warnings.push(
        `${nLost} values of column "${source.name}" cannot be read as ${type}; they count as missing.`,
      );
    }
    columns.push(column);
  }
  return { columns, dropped };
}

function whyDropped(
  name: string,
  { target, sampleWeight }: PipelineSpec,
  dropNames: ReadonlySet<string>,
): DroppedColumn['reason'] | null {
  if (name === target) return 'target';
  if (name === sampleWeight) return 'sample_weight';
  return dropNames.has(name) ? 'requested' : null;
}

/**
 * The rows that may be used at all: a column whose policy is `error` must have a value in each.
 * @param warnings OUT
 */
export function usableRows(
  all: RowIndices,
  columns: readonly Column[],
  spec: PipelineSpec,
  warnings: string[],
): RowIndices {
  let rows = all;
  for (const column of columns) {
    if (spec.columns[column.name]?.missing !== 'error') continue;
    const kept = rows.filter(presenceTest(column));
    if (kept.length < rows.length) {
      warnings.push(
        `${rows.length - kept.length} rows without a value in column "${column.name}" were left out, as its policy says.`,
      );
    }
    rows = kept;
  }
  return rows;
}

/** Fitted encoders and what they made of the training rows. */
export interface EncodedTraining {
  readonly encoders: readonly ColumnEncoder[];
  readonly inputs: readonly InputColumn[];
  readonly dropped: readonly DroppedColumn[];
  readonly x: FeatureMatrix;
}

/**
 * Fits an encoder for each column on the training rows and encodes these.
 * @param y the target of the training rows
 * @param random deals the rows to folds where an encoder looks at the target
 * @param onColumn called before each column is worked on, with the share that is done
 * @param warnings OUT
 * @throws LearnError no_usable_columns, column_all_missing, invalid_parameters, numerical_failure
 * Cost: two or three passes a column, 8 bytes a training row and feature.
 */
export function encodeTraining(
  columns: readonly Column[],
  rows: RowIndices,
  spec: PipelineSpec,
  algorithm: Algorithm,
  y: Target,
  random: Random,
  onColumn: (fraction: number) => void,
  warnings: string[],
): EncodedTraining {
  const kept: Column[] = [];
  const encoders: ColumnEncoder[] = [];
  const crossFits: CrossFit[] = [];
  const inputs: InputColumn[] = [];
  const dropped: DroppedColumn[] = [];
  for (const [k, column] of columns.entries()) {
    onColumn((0.5 * k) / columns.length);
    const fitted = fitColumn(column, rows, spec.columns[column.name], algorithm.input, y);
    if ('dropped' in fitted) {
      dropped.push({ name: column.name, reason: fitted.dropped });
      const what = fitted.dropped === 'constant' ? 'the same value in every training row' : 'no values';
      warnings.push(`Column "${column.name}" has ${what}; it was dropped.`);
      continue;
    }
    if (fitted.crossFit !== undefined) crossFits[encoders.length] = fitted.crossFit;
    kept.push(column);
    encoders.push(fitted.encoder);
    inputs.push(fitted.input);
    warnings.push(...fitted.warnings);
  }
  if (encoders.length === 0) {
    throw new LearnError(
      'no_usable_columns',
      'No column is left to learn from: each is dropped, empty or constant.',
    );
  }
  const features: Feature[] = encoders.flatMap((encoder) => encoder.features);
  const nSamples = rows.length;
  const values = sharedFloat64(nSamples * features.length);
  let feature = 0;
  let folds: Uint8Array | undefined;
  for (const [k, encoder] of encoders.entries()) {
    onColumn(0.5 + (0.5 * k) / encoders.length);
    bindColumn(encoder, kept[k] as Column).write(rows, 0, nSamples, values, feature * nSamples, 1, nSamples);
    const { encoder: target, slotOfRow } = crossFits[k] ?? {};
    if (target !== undefined && slotOfRow !== undefined) {
      // Over the features of the target; an indicator behind them stays.
      folds ??= crossFitFolds(y, nSamples, random);
      target.crossFit(slotOfRow, y, folds, values, feature * nSamples, () => onColumn(0.5));
    }
    feature += encoder.features.length;
  }
  return { encoders, inputs, dropped, x: { nSamples, nFeatures: features.length, values, features } };
}

/** For each feature whether the scaler works on it; scaler.ts says why. */
export function scaledFeatures(encoders: readonly ColumnEncoder[]): boolean[] {
  return encoders.flatMap((encoder) => encoder.isScaled);
}

type CrossFit = NonNullable<Extract<FittedColumn, { encoder: unknown }>['crossFit']>;
