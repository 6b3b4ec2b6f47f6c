import type { EstimatorState, Predictor } from '../../estimator.js';
import type { JsonObject } from '../../json.js';
import {
  damaged,
  readChoice,
  readFinite,
  readFloat64Vector,
  readObject,
} from '../../preprocessing/state-reader.js';
import { readCount, readFloat64Matrix } from '../read-state.js';
import { DecisionFunctions, type DecisionModel } from './decision-functions.js';
import { KERNELS, type KernelFunction } from './kernel-function.js';

/** Decision functions that share their support vectors: value f is Σ coefficients[f, s] K(vector s, x) - offsets[f]. */
export interface SupportVectors extends DecisionModel {
  /** 0: regression, a single function. Else function f separates a pair of the classes that occurred, in order. */
  readonly nClasses: number;
  /** classification: the codes of the classes that occurred in training, ascending. */
  readonly present: readonly number[];
}

/** Rows are answered by so many, to bound the room for their decisions. */
const ROWS_PER_BATCH = 256;

/**
 * Predicts a value, or decision values of one class against one other, turned into one score per class: the votes it
 * won, and within equal votes the sum of its margins (squeezed into -1/3..1/3), as scikit-learn does. A class that
 * never occurred cannot win.
 */
export function supportVectorPredictor(
  model: SupportVectors,
  facts?: JsonObject,
  warnings?: readonly string[],
): Predictor {
  const { nFeatures, offsets, nClasses, present } = model;
  const pairs = present.flatMap((_, first) =>
    present.slice(first + 1).map((_, after) => [first, first + 1 + after] as const),
  );
  const functions = new DecisionFunctions(model, nClasses === 0 ? undefined : pairs);
  const decisions = new Float64Array(ROWS_PER_BATCH * offsets.length);
  const nOutputs = Math.max(nClasses, 1);
  return {
    nFeatures,
    nOutputs,
    outputKind: nClasses === 0 ? 'value' : 'scores',
    predictInto(rows, nRows, out) {
      for (let from = 0; from < nRows; from += ROWS_PER_BATCH) {
        const count = Math.min(ROWS_PER_BATCH, nRows - from);
        functions.evaluate(rows, from * nFeatures, count, decisions);
        for (let i = 0; i < count; i++) {
          const own = decisions.subarray(i * offsets.length, (i + 1) * offsets.length);
          if (nClasses === 0) out[from + i] = own[0] as number;
          else scoreClasses(own, present, nClasses, out, (from + i) * nClasses);
        }
      }
    },
    toState: () => supportVectorState(model),
    facts,
    warnings,
  };
}

function scoreClasses(
  decisions: Float64Array,
  present: readonly number[],
  nClasses: number,
  out: Float64Array,
  at: number,
): void {
  out.fill(-nClasses, at, at + nClasses);
  if (present.length === 2 && nClasses === 2) {
    out[at] = -(decisions[0] as number);
    out[at + 1] = decisions[0] as number;
    return;
  }
  const margins = new Float64Array(present.length);
  for (const code of present) out[at + code] = 0;
  for (let first = 0, f = 0; first < present.length; first++) {
    for (let second = first + 1; second < present.length; second++, f++) {
      const margin = decisions[f] as number;
      margins[first]! -= margin;
      margins[second]! += margin;
      out[at + (present[margin > 0 ? second : first] as number)]! += 1;
    }
  }
  for (const [k, code] of present.entries()) {
    const margin = margins[k] as number;
    out[at + code]! += margin / (3 * (Math.abs(margin) + 1));
  }
}

function supportVectorState(model: SupportVectors): EstimatorState {
  const { kernel, vectors, nVectors, nFeatures, coefficients, offsets, nClasses, present } = model;
  return {
    config: { ...kernel, nClasses, present: [...present] },
    tensors: {
      vectors: { shape: [nVectors, nFeatures], data: vectors },
      coefficients: { shape: [offsets.length, nVectors], data: coefficients },
      offsets: { shape: [offsets.length], data: offsets },
    },
  };
}

/** @throws LearnError invalid_state */
export function readSupportVectors(state: EstimatorState, isClassifier: boolean): SupportVectors {
  const config = readObject(state.config, 'config');
  const nClasses = readCount(config.nClasses, isClassifier ? 1 : 0, isClassifier ? 1_000_000 : 0, 'nClasses');
  const list = Array.isArray(config.present) ? config.present : [];
  const present = list.map((code, i) => readCount(code, 0, nClasses - 1, `present[${i}]`));
  if (present.some((code, i) => i > 0 && code <= (present[i - 1] as number)))
    throw damaged('present', 'ascending');
  if (isClassifier && present.length === 0) throw damaged('present', 'a list of at least one class');
  const nFunctions = isClassifier ? (present.length * (present.length - 1)) / 2 : 1;
  const { nRows: nVectors, nColumns: nFeatures, data: vectors } = readFloat64Matrix(state.tensors, 'vectors');
  const { data: coefficients } = readFloat64Matrix(state.tensors, 'coefficients', nFunctions, nVectors);
  const kernel: KernelFunction = {
    kernel: readChoice(config.kernel, KERNELS, 'kernel'),
    gamma: readFinite(config.gamma, 'gamma'),
    degree: readCount(config.degree, 0, 1000, 'degree'),
    coef0: readFinite(config.coef0, 'coef0'),
  };
  const offsets = readFloat64Vector(state.tensors, 'offsets', nFunctions);
  return { kernel, vectors, nVectors, nFeatures, coefficients, offsets, nClasses, present };
}
