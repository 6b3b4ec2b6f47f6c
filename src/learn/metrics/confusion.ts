/**
 * What can be read off a confusion matrix. The matrix is weighted: cell (actual, predicted) holds the weight of
 * the rows that fell there, so every number below knows sample weights without another word.
 * Formulas as in scikit-learn's model evaluation guide, section 3.4.4. A ratio of 0 to 0 is null.
 */
import type { Codes } from '../matrix/number-types.js';

/** Row-major nClasses * nClasses: weight of rows of class `actual` that were predicted as `predicted`. */
export interface ConfusionMatrix {
  readonly nClasses: number;
  readonly cells: Float64Array;
}

/** The counts of one class against all others. */
export interface ClassScores {
  /** Weight of the rows that are of this class. */
  readonly support: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  readonly jaccard: number | null;
}

/** @param actual, predicted length n, 0..nClasses-1. Cost: O(n + k²). */
export function confusionMatrix(
  actual: Codes,
  predicted: Codes,
  nClasses: number,
  sampleWeight?: Float64Array,
): ConfusionMatrix {
  const cells = new Float64Array(nClasses * nClasses);
  for (let i = 0; i < actual.length; i++) {
    cells[(actual[i] as number) * nClasses + (predicted[i] as number)]! += sampleWeight?.[i] ?? 1;
  }
  return { nClasses, cells };
}

interface Margins {
  readonly total: number;
  readonly correct: number;
  /** Row sums. */
  readonly actual: Float64Array;
  /** Column sums. */
  readonly predicted: Float64Array;
}

function margins({ nClasses, cells }: ConfusionMatrix): Margins {
  const actual = new Float64Array(nClasses);
  const predicted = new Float64Array(nClasses);
  let total = 0;
  let correct = 0;
  for (let a = 0; a < nClasses; a++) {
    for (let p = 0; p < nClasses; p++) {
      const weight = cells[a * nClasses + p] as number;
      actual[a]! += weight;
      predicted[p]! += weight;
      total += weight;
      if (a === p) correct += weight;
    }
  }
  return { total, correct, actual, predicted };
}

/** Share of the rows that were predicted right. */
export function accuracy(matrix: ConfusionMatrix): number | null {
  const { correct, total } = margins(matrix);
  return ratio(correct, total);
}

/** Mean recall over the classes that occur. */
export function balancedAccuracy(matrix: ConfusionMatrix): number | null {
  const recalls = classScores(matrix).flatMap(({ recall }) => (recall === null ? [] : [recall]));
  return ratio(
    recalls.reduce((sum, recall) => sum + recall, 0),
    recalls.length,
  );
}

/** Precision, recall, F1 and Jaccard index of each class against all others. */
export function classScores(matrix: ConfusionMatrix): ClassScores[] {
  const { actual, predicted } = margins(matrix);
  return Array.from({ length: matrix.nClasses }, (_, k) => {
    const hits = matrix.cells[k * matrix.nClasses + k] as number;
    const both = (actual[k] as number) + (predicted[k] as number);
    return {
      support: actual[k] as number,
      precision: ratio(hits, predicted[k] as number),
      recall: ratio(hits, actual[k] as number),
      f1: ratio(2 * hits, both),
      jaccard: ratio(hits, both - hits),
    };
  });
}

export type AveragedScore = 'precision' | 'recall' | 'f1' | 'jaccard';

/**
 * The average of a score over the classes that occur as label or as prediction. `macro`: each class counts the
 * same. `weighted`: as much as its support. An undefined score of such a class counts 0, as in scikit-learn.
 */
export function averageScore(
  scores: readonly ClassScores[],
  name: AveragedScore,
  average: 'macro' | 'weighted',
): number | null {
  let sum = 0;
  let total = 0;
  for (const score of scores) {
    // f1 is undefined only for a class that neither occurs nor is predicted.
    if (score.f1 === null) continue;
    const weight = average === 'macro' ? 1 : score.support;
    sum += weight * (score[name] ?? 0);
    total += weight;
  }
  return ratio(sum, total);
}

/** Matthews correlation coefficient, multiclass (Gorodkin 2004, doi:10.1016/j.compbiolchem.2004.09.006). */
export function matthewsCorrelation(matrix: ConfusionMatrix): number | null {
  const { total, correct, actual, predicted } = margins(matrix);
  const cross = dot(actual, predicted);
  const spread = (total * total - dot(predicted, predicted)) * (total * total - dot(actual, actual));
  return spread > 0 ? (correct * total - cross) / Math.sqrt(spread) : null;
}

/** Cohen's kappa (1960, doi:10.1177/001316446002000104): agreement beyond that of chance. */
export function cohenKappa(matrix: ConfusionMatrix): number | null {
  const { total, correct, actual, predicted } = margins(matrix);
  const chance = dot(actual, predicted) / total;
  return ratio(correct - chance, total - chance);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function ratio(numerator: number, denominator: number): number | null {
  const value = numerator / denominator;
  return Number.isFinite(value) ? value : null;
}
