import type { JsonObject } from './json.js';
import type { FeatureMatrix } from './matrix/feature-matrix.js';
import type { Codes, FeatureValues, RowIndices } from './matrix/number-types.js';
import type { ThreadPool } from './parallel/thread-pool.js';
import type { ParameterProblem, ParameterTable, ParameterValues } from './parameters.js';
import type { Random } from './random.js';
import type { Tensors } from './tensor.js';

export type Task = 'classification' | 'regression' | 'clustering';

/** The label side of a training set, as the estimator sees it. */
export type Target =
  | {
      readonly task: 'classification' /** Length nSamples, 0..nClasses-1. */;
      readonly codes: Codes;
      readonly nClasses: number;
    }
  | { readonly task: 'regression' /** Length nSamples, finite. */; readonly values: FeatureValues }
  | { readonly task: 'clustering' };

export interface TrainingData {
  readonly x: FeatureMatrix;
  readonly y: Target;
  /** Length nSamples, >= 0, finite, sum > 0. Absent: every row weighs 1. */
  readonly sampleWeight?: Float64Array;
  /** The class labels in code order, for parameters that name them (class weights). */
  readonly classNames?: readonly string[];
}

/** What a fit may use beside its data. */
export interface FitContext {
  readonly random: Random;
  readonly threads: ThreadPool;
  /**
   * Say how far the fit is (0..1) and ask whether to go on: throws LearnError('canceled') once the job is
   * canceled. Call it from the inner loop, at least every 50 ms of work; a call costs about 20 ns.
   */
  readonly checkpoint: (fraction: number) => void;
}

/** The learned state of an estimator in a form that a bundle can hold and any language can read. */
export interface EstimatorState {
  readonly config: JsonObject;
  readonly tensors: Tensors;
}

/** How to read a predictor's numbers: per row nOutputs of them. */
export type OutputKind =
  /** One probability per class, summing to 1. */
  | 'probabilities'
  /** One decision value per class; the largest wins. */
  | 'scores'
  /** One number: the predicted value. */
  | 'value'
  /** One number: the index of the nearest cluster. */
  | 'cluster';

/** A fitted estimator. Pure and re-entrant but for its own scratch buffers: never shared between threads. */
export interface Predictor {
  readonly nFeatures: number;
  readonly nOutputs: number;
  readonly outputKind: OutputKind;
  /**
   * Predicts `nRows` rows.
   * @param rows IN row-major, nRows * nFeatures (may be longer), encoded and scaled like the training data
   * @param out OUT row-major, nRows * nOutputs (may be longer); every element is overwritten
   * Allocates nothing that grows with the model. A row's result depends on no other row.
   */
  predictInto(rows: Float64Array, nRows: number, out: Float64Array): void;
  /** The state that `Algorithm.restore` turns back into an equal predictor, to the bit. */
  toState(): EstimatorState;
  /** One number per feature, >= 0, summing to 1 (or all 0), where the algorithm has such a notion. */
  readonly featureImportances?: Float64Array;
  /**
   * Present where every output is a linear function of the features, or is made of one by a link function: a row of
   * coefficients (nFeatures) and an intercept a function; a single function of two classes speaks for the second.
   */
  readonly linear?: { readonly coefficients: Float64Array; readonly intercepts: Float64Array };
  /** Facts worth showing in the report: iterations, depth, out-of-bag score, convergence. */
  readonly facts?: JsonObject;
  /** Sentences for the person who trained: "did not converge in 100 iterations". */
  readonly warnings?: readonly string[];
}

/** How the pipeline should prepare features when the request does not say. */
export interface InputPreference {
  /** `ordinal`: codes 0..k-1 marked categorical. `one_hot`: one 0/1 column per category. */
  readonly categories: 'ordinal' | 'one_hot';
  /** `native`: the kernel takes NaN itself. `impute`: the pipeline fills before. */
  readonly missing: 'native' | 'impute';
  /** Whether the algorithm depends on the scale of its features; the default normalisation follows. */
  readonly scaleSensitive: boolean;
}

/** One algorithm: everything that the service knows about it. A new one is one folder and one line in the registry. */
export interface Algorithm {
  /** snake_case, stable for ever: bundles name it. */
  readonly name: string;
  readonly title: string;
  readonly task: Task;
  /** One or two sentences for a person who chooses. */
  readonly summary: string;
  readonly parameters: ParameterTable;
  readonly input: InputPreference;
  /** Contradictions between legal values, which a single rule cannot see. */
  conflicts?(options: ParameterValues): ParameterProblem[];
  /**
   * Peak bytes that a fit needs beyond its input matrix; an estimate that errs upwards.
   * `nThreads`: how many pieces run at once, where that is known.
   */
  estimateFitBytes(
    shape: { nSamples: number; nFeatures: number; nClasses: number; nThreads?: number },
    options: ParameterValues,
  ): number;
  /**
   * Learns from `data`. Does not change it. The same data, options and seed give the same state, to the byte,
   * with any number of threads.
   */
  fit(data: TrainingData, options: ParameterValues, context: FitContext): Promise<Predictor>;
  /** Rebuilds a predictor; checks every length and range first and throws LearnError('invalid_state'). */
  restore(state: EstimatorState): Predictor;
}

/** A subset of rows, as indices into the whole. */
export type RowSelection = RowIndices;
