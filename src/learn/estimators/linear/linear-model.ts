import type { EstimatorState, Predictor } from '../../estimator.js';
import type { JsonObject } from '../../json.js';
import { damaged, readFloat64Vector } from '../../preprocessing/state-reader.js';
import { readFloat64Matrix } from '../read-state.js';

/** Learned weights: one row of coefficients and one intercept per linear function. */
export interface LinearFunctions {
  /** Row-major nFunctions * nFeatures. */
  readonly coefficients: Float64Array;
  /** Length nFunctions. */
  readonly intercepts: Float64Array;
  readonly nFeatures: number;
}

export interface FitNotes {
  readonly facts?: JsonObject;
  readonly warnings?: readonly string[];
}

/** The value of function `f` for the row that starts at `at`. Sums in the order of the features. */
export function evaluate(functions: LinearFunctions, f: number, rows: Float64Array, at: number): number {
  const { coefficients, intercepts, nFeatures } = functions;
  const base = f * nFeatures;
  let sum = 0;
  for (let j = 0; j < nFeatures; j++) sum += (coefficients[base + j] as number) * (rows[at + j] as number);
  return sum + (intercepts[f] as number);
}

export function linearState({ coefficients, intercepts, nFeatures }: LinearFunctions): EstimatorState {
  return {
    config: {},
    tensors: {
      coefficients: { shape: [intercepts.length, nFeatures], data: coefficients },
      intercepts: { shape: [intercepts.length], data: intercepts },
    },
  };
}

/** @throws LearnError invalid_state */
export function readLinearFunctions({ tensors }: EstimatorState): LinearFunctions {
  const matrix = readFloat64Matrix(tensors, 'coefficients');
  if (matrix.nRows < 1) throw damaged('tensor coefficients', 'a matrix of at least one row');
  const intercepts = readFloat64Vector(tensors, 'intercepts', matrix.nRows);
  return { coefficients: matrix.data, intercepts, nFeatures: matrix.nColumns };
}

/** Predicts the value of a single linear function. */
export function linearRegressor(functions: LinearFunctions, notes: FitNotes = {}): Predictor {
  const { nFeatures } = functions;
  return {
    nFeatures,
    nOutputs: 1,
    outputKind: 'value',
    predictInto(rows, nRows, out) {
      for (let i = 0; i < nRows; i++) out[i] = evaluate(functions, 0, rows, i * nFeatures);
    },
    linear: functions,
    toState: () => linearState(functions),
    ...notes,
  };
}

/**
 * Predicts probabilities: by the logistic function of a single linear function (two classes; the function speaks for
 * the second), or by the softmax of one function per class.
 */
export function softmaxClassifier(functions: LinearFunctions, notes: FitNotes = {}): Predictor {
  const { nFeatures, intercepts } = functions;
  const nFunctions = intercepts.length;
  const nOutputs = Math.max(nFunctions, 2);
  return {
    nFeatures,
    nOutputs,
    outputKind: 'probabilities',
    predictInto(rows, nRows, out) {
      for (let i = 0; i < nRows; i++) {
        const base = i * nOutputs;
        if (nFunctions === 1) {
          const z = evaluate(functions, 0, rows, i * nFeatures);
          out[base] = 1 / (1 + Math.exp(z));
          out[base + 1] = 1 / (1 + Math.exp(-z));
          continue;
        }
        let largest = Number.NEGATIVE_INFINITY;
        for (let k = 0; k < nOutputs; k++) {
          const z = evaluate(functions, k, rows, i * nFeatures);
          out[base + k] = z;
          if (z > largest) largest = z;
        }
        let sum = 0;
        for (let k = 0; k < nOutputs; k++) {
          const e = Math.exp((out[base + k] as number) - largest);
          out[base + k] = e;
          sum += e;
        }
        for (let k = 0; k < nOutputs; k++) out[base + k]! /= sum;
      }
    },
    linear: functions,
    toState: () => linearState(functions),
    ...notes,
  };
}
