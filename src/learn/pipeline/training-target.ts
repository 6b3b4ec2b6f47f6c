import { LearnError } from '../errors.js';
import type { Task } from '../estimator.js';
import type { Codes, FeatureValues, RowIndices } from '../matrix/number-types.js';
import type { Column, ColumnType, Table } from '../matrix/table.js';
import { coerceColumn, columnOf } from '../preprocessing/coerce-column.js';
import { LabelEncoder } from '../preprocessing/label-encoder.js';
import { requireModestTarget } from './magnitudes.js';
import type { PipelineSpec } from './spec.js';

/** More classes than this is a mistake about the target more often than a task; every row gets this many numbers. */
export const MAX_CLASSES = 1000;

/** The target of the rows that have one. `rows` are table rows, rising; codes and values run along with them. */
export type TrainingTarget =
  | {
      readonly task: 'classification';
      readonly rows: RowIndices;
      readonly labels: LabelEncoder;
      readonly codes: Codes;
    }
  | {
      readonly task: 'regression';
      readonly rows: RowIndices;
      readonly values: FeatureValues;
      readonly type: ColumnType;
    }
  | {
      readonly task: 'clustering';
      readonly rows: RowIndices;
      /** Known groups to score the clusters against, when the request names a target. */
      readonly labels: LabelEncoder | null;
      readonly codes: Codes | null;
    };

/**
 * Reads the target and leaves out the rows that have none.
 * @param rows the rows that may be used
 * @param warnings OUT
 * @throws LearnError unknown_column, missing_target_values, target_not_numeric, constant_target,
 *   target_all_unique, too_many_classes, numerical_failure (beyond magnitudes.ts), invalid_parameters (no target where the task needs one)
 */
export function readTarget(
  table: Table,
  rows: RowIndices,
  task: Task,
  spec: PipelineSpec,
  warnings: string[],
): TrainingTarget {
  if (spec.target === null) {
    if (task === 'clustering') return { task, rows, labels: null, codes: null };
    throw new LearnError('invalid_parameters', `A ${task} needs a target column.`, { parameter: 'target' });
  }
  const name = spec.target;
  const source = columnOf(table, name);
  const { column } = coerceColumn(source, spec.columns[name]?.type ?? source.type);
  if (task === 'regression' && column.type !== 'number') {
    throw new LearnError('target_not_numeric', `A regression needs a number column, not ${column.type}.`, {
      column: name,
    });
  }
  if (task === 'clustering') {
    // Groups only score the clusters: a row without one is clustered like any other (code -1).
    const { encoder: labels, codes } = LabelEncoder.fit(column, rows);
    return { task, rows, labels, codes };
  }
  const present = rows.filter(presenceTest(column));
  if (present.length === 0) {
    throw new LearnError('missing_target_values', 'Every row lacks a value in the target column.', {
      column: name,
    });
  }
  if (present.length < rows.length) {
    warnings.push(`${rows.length - present.length} rows without a value in the target were left out.`);
  }
  if (task === 'regression' && column.type !== 'text') return regressionTarget(column.values, present, name);
  const { encoder: labels, codes } = LabelEncoder.fit(column, present);
  checkClasses(labels.classes.length, present.length, name);
  return { task: 'classification', rows: present, labels, codes };
}

function regressionTarget(column: FeatureValues, rows: RowIndices, name: string): TrainingTarget {
  const values = Float64Array.from(rows, (row) => column[row] as number);
  if (values.every((value) => value === values[0])) {
    throw new LearnError('constant_target', 'The target has the same value in every row.', { column: name });
  }
  requireModestTarget(values, rows, name);
  return { task: 'regression', rows, values, type: 'number' };
}

function checkClasses(nClasses: number, nRows: number, column: string): void {
  if (nClasses === 1) {
    throw new LearnError('constant_target', 'The target has the same value in every row.', { column });
  }
  if (nClasses === nRows) {
    throw new LearnError('target_all_unique', 'Every row has a class of its own.', { column });
  }
  if (nClasses > MAX_CLASSES) {
    throw new LearnError('too_many_classes', `A target may have ${MAX_CLASSES} classes, not ${nClasses}.`, {
      column,
    });
  }
}

/** Whether a row has a value; the empty text is none. */
export function presenceTest(column: Column): (row: number) => boolean {
  if (column.type !== 'text') return (row) => !Number.isNaN(column.values[row]);
  const blank = column.dictionary.indexOf('');
  return (row) => {
    const code = column.codes[row] as number;
    return code >= 0 && code !== blank;
  };
}
