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

/**
 * The values of function `f` for all rows, each summed as `evaluate` does it. Four rows at a time: a sum that grows number by number
 * waits for each addition, and four of them wait together.
 * @param rows row-major nRows * nFeatures. OUT out: row i at i * stride + f
 */
function evaluateRows(
  functions: LinearFunctions,
  f: number,
  rows: Float64Array,
  nRows: number,
  out: Float64Array,
  stride: number,
): void {
  const { coefficients, intercepts, nFeatures } = functions;
  const base = f * nFeatures;
  const intercept = intercepts[f] as number;
  const nInFours = nRows - (nRows % 4);
  for (let i = 0; i < nInFours; i += 4) {
    let at0 = i * nFeatures;
    let at1 = at0 + nFeatures;
    let at2 = at1 + nFeatures;
    let at3 = at2 + nFeatures;
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    for (let j = base; j < base + nFeatures; j++) {
      const coefficient = coefficients[j] as number;
      sum0 += coefficient * (rows[at0++] as number);
      sum1 += coefficient * (rows[at1++] as number);
      sum2 += coefficient * (rows[at2++] as number);
      sum3 += coefficient * (rows[at3++] as number);
    }
    const to = i * stride + f;
    out[to] = sum0 + intercept;
    out[to + stride] = sum1 + intercept;
    out[to + 2 * stride] = sum2 + intercept;
    out[to + 3 * stride] = sum3 + intercept;
  }
  for (let i = nInFours; i < nRows; i++) out[i * stride + f] = evaluate(functions, f, rows, i * nFeatures);
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
      evaluateRows(functions, 0, rows, nRows, out, 1);
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
      for (let f = 0; f < nFunctions; f++) evaluateRows(functions, f, rows, nRows, out, nOutputs);
      for (let i = 0; i < nRows; i++) {
        const base = i * nOutputs;
        if (nFunctions === 1) {
          const z = out[base] as number;
          out[base] = 1 / (1 + Math.exp(z));
          out[base + 1] = 1 / (1 + Math.exp(-z));
          continue;
        }
        let largest = Number.NEGATIVE_INFINITY;
        for (let k = 0; k < nOutputs; k++) {
          const z = out[base + k] as number;
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
