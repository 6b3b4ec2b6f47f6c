import type { Task } from '../../learn/estimator.js';
import type { ActualCount, ErrorSums } from './prediction-log.repository.js';

/** How well a version predicts rows whose truth has become known. Same names as in its report. */
export interface LiveMetrics {
  readonly [name: string]: number | null;
}

/** Accuracy, and the mean of the classes' recalls over those classes that were true at least once. */
export function classificationMetrics(
  counts: readonly ActualCount[],
  classes: readonly (string | number | boolean)[],
): LiveMetrics {
  let nRows = 0;
  let nRight = 0;
  const byClass = new Map<string | number | boolean, { nRows: number; nRight: number }>();
  for (const { decision, actual, count } of counts) {
    const isRight = decision !== null && classes[decision] === actual;
    const known = byClass.get(actual) ?? { nRows: 0, nRight: 0 };
    known.nRows += count;
    nRows += count;
    if (isRight) {
      known.nRight += count;
      nRight += count;
    }
    byClass.set(actual, known);
  }
  if (nRows === 0) return { accuracy: null, balancedAccuracy: null };
  const recalls = [...byClass.values()].map((known) => known.nRight / known.nRows);
  return {
    accuracy: nRight / nRows,
    balancedAccuracy: recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length,
  };
}

/** R² is null where all true values are equal. */
export function regressionMetrics(sums: ErrorSums | undefined): LiveMetrics {
  if (sums === undefined || sums.count === 0) {
    return { meanAbsoluteError: null, rootMeanSquaredError: null, r2: null };
  }
  const { count, absolute, squared, actual, actualSquared } = sums;
  const spread = actualSquared - (actual * actual) / count;
  return {
    meanAbsoluteError: absolute / count,
    rootMeanSquaredError: Math.sqrt(squared / count),
    r2: spread > 0 ? 1 - squared / spread : null,
  };
}

/** Whether a true value of this kind can be known of the task. */
export function hasActuals(task: Task): boolean {
  return task !== 'clustering';
}
