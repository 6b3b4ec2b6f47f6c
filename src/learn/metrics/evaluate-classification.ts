import type { Json, JsonObject } from '../json.js';
import type { Codes } from '../matrix/number-types.js';
import {
  type AveragedScore,
  accuracy,
  averageScore,
  balancedAccuracy,
  classScores,
  cohenKappa,
  confusionMatrix,
  matthewsCorrelation,
} from './confusion.js';
import { brierScore, calibrationCurve, calibrationError, logLoss } from './probability.js';
import {
  averagePrecision,
  precisionRecallCurve,
  rocAuc,
  rocCurve,
  type ThresholdCounts,
  thresholdCounts,
} from './ranking.js';

export interface ClassificationOutcome {
  /** Length n, 0..nClasses-1. */
  readonly actual: Codes;
  /** Row-major n * nClasses: probabilities, or decision scores of which the largest wins. */
  readonly outputs: Float64Array;
  readonly outputKind: 'probabilities' | 'scores';
  /** The labels in code order. */
  readonly classes: readonly string[];
  readonly sampleWeight?: Float64Array;
}

/** Beyond these a matrix or a curve per class is too large to send and to look at. */
const MAX_CLASSES_IN_MATRIX = 100;
const MAX_CLASSES_WITH_CURVES = 20;

const AVERAGED: readonly AveragedScore[] = ['precision', 'recall', 'f1', 'jaccard'];

/**
 * Everything a report says about a classifier, as finite JSON; what is undefined is null. `rocAuc` and
 * `averagePrecision` are those of the second class when there are two, else the mean over the classes that occur,
 * each against the rest. Names without a suffix are macro averages; `Weighted` averages weigh by support.
 * Cost: O(k n log n) for k classes.
 */
export function evaluateClassification(outcome: ClassificationOutcome): JsonObject {
  const { actual, outputs, classes, sampleWeight } = outcome;
  const nClasses = classes.length;
  const predicted = winners(outputs, actual.length, nClasses);
  const matrix = confusionMatrix(actual, predicted, nClasses, sampleWeight);
  const scores = classScores(matrix);
  const metrics: JsonObject = {
    accuracy: accuracy(matrix),
    balancedAccuracy: balancedAccuracy(matrix),
  };
  for (const name of AVERAGED) metrics[name] = averageScore(scores, name, 'macro');
  for (const name of AVERAGED) metrics[`${name}Weighted`] = averageScore(scores, name, 'weighted');
  metrics['matthewsCorrelation'] = matthewsCorrelation(matrix);
  metrics['cohenKappa'] = cohenKappa(matrix);

  const ranked = rankClasses(outcome);
  Object.assign(metrics, ranked.metrics);
  let calibration: Json = null;
  if (outcome.outputKind === 'probabilities') {
    const input = { actual, probabilities: outputs, nClasses, sampleWeight };
    metrics['logLoss'] = logLoss(input);
    metrics['brierScore'] = brierScore(input);
    metrics['calibrationError'] = calibrationError(input);
    calibration = calibrationCurve(input) as Json;
  }
  return {
    nSamples: actual.length,
    metrics,
    perClass: classes.map((label, code): Json => ({ label, ...scores[code] })),
    confusionMatrix:
      nClasses > MAX_CLASSES_IN_MATRIX
        ? null
        : {
            labels: [...classes],
            cells: classes.map((_, code) => [
              ...matrix.cells.subarray(code * nClasses, (code + 1) * nClasses),
            ]),
          },
    curves: ranked.curves,
    calibration,
  };
}

/** The class of the largest output of each row; the first of equal ones. */
export function winners(outputs: Float64Array, nRows: number, nClasses: number): Int32Array {
  const codes = new Int32Array(nRows);
  for (let i = 0; i < nRows; i++) {
    let best = 0;
    for (let k = 1; k < nClasses; k++) {
      if ((outputs[i * nClasses + k] as number) > (outputs[i * nClasses + best] as number)) best = k;
    }
    codes[i] = best;
  }
  return codes;
}

function rankClasses(outcome: ClassificationOutcome): { metrics: JsonObject; curves: Json } {
  const { classes } = outcome;
  const ranked = classes.length === 2 ? [1] : classes.map((_, code) => code);
  const aucs: number[] = [];
  const precisions: number[] = [];
  const curves: Json[] = [];
  for (const code of ranked) {
    const counts = countsOf(outcome, code);
    const auc = rocAuc(counts);
    const precision = averagePrecision(counts);
    if (auc !== null) aucs.push(auc);
    if (precision !== null) precisions.push(precision);
    if (classes.length > MAX_CLASSES_WITH_CURVES) continue;
    curves.push({
      label: classes[code] as string,
      rocAuc: auc,
      averagePrecision: precision,
      roc: rocCurve(counts) as Json,
      precisionRecall: precisionRecallCurve(counts) as Json,
    });
  }
  return { metrics: { rocAuc: meanOf(aucs), averagePrecision: meanOf(precisions) }, curves };
}

function countsOf(outcome: ClassificationOutcome, code: number): ThresholdCounts {
  const { actual, outputs, classes, sampleWeight } = outcome;
  const isPositive = Uint8Array.from(actual, (label) => (label === code ? 1 : 0));
  const scores = Float64Array.from(actual, (_, i) => outputs[i * classes.length + code] as number);
  return thresholdCounts(isPositive, scores, sampleWeight);
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
