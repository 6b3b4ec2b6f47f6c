import { LearnError } from '../../errors.js';
import type { EstimatorState, OutputKind, Predictor, Task } from '../../estimator.js';
import type { JsonObject } from '../../json.js';
import { TreeEnsemble } from '../tree/tree-ensemble.js';
import { readCount, readTensors, type TreeTensors, toTensors } from '../tree/tree-tensors.js';
import { BatchScorer } from './batch-scorer.js';
import { type LossName, sigmoid } from './losses.js';

const MAX_TREES = 10_000_000;
const MAX_WIDTH = 1_000_000;
/**
 * A thread keeps the tables of one ensemble, so that of several which are asked in turn the one must make way for the
 * other. Rows walk the trees until as many have come as make that worth it.
 */
const MIN_ROWS_TO_LOAD = 32;

export interface BoostedTreesParts {
  /** One value a leaf; trees of an iteration one after the other, in the order of the scores. */
  readonly trees: TreeTensors;
  /** Length nScores. */
  readonly baseline: Float64Array;
  readonly loss: LossName;
  readonly facts?: JsonObject;
}

/**
 * Prediction by boosted trees: raw score k is `baseline[k]` plus the leaf values of the trees t with t % nScores = k.
 * Probabilities are the sigmoid of one score or the softmax of several; poisson and gamma predict exp(score).
 */
export class BoostedTrees implements Predictor {
  readonly nFeatures: number;
  readonly nOutputs: number;
  readonly outputKind: OutputKind;
  readonly featureImportances: Float64Array;
  readonly facts?: JsonObject;
  private readonly ensemble: TreeEnsemble;
  /** Made when first needed; null: these trees have to be walked. */
  private scorer: BatchScorer | null | undefined;
  /** Since the scorer was last asked. */
  private nWalked = 0;

  constructor(readonly parts: BoostedTreesParts) {
    const isClassifier = parts.loss === 'log_loss';
    this.ensemble = new TreeEnsemble(parts.trees, 'scores', 1);
    this.nFeatures = this.ensemble.nFeatures;
    this.nOutputs = isClassifier ? Math.max(2, parts.baseline.length) : 1;
    this.outputKind = isClassifier ? 'probabilities' : 'value';
    this.featureImportances = parts.trees.featureImportances;
    this.facts = parts.facts;
  }

  predictInto(rows: Float64Array, nRows: number, out: Float64Array): void {
    const { nOutputs } = this;
    const paysToLoad = this.nWalked + nRows >= MIN_ROWS_TO_LOAD;
    if (paysToLoad && this.scorer === undefined) {
      this.scorer = BatchScorer.open(this.parts.trees, this.parts.baseline) ?? null;
    }
    if (this.scorer && (paysToLoad || this.scorer.isLoaded)) {
      this.scorer.scoreInto(rows, nRows, out, nOutputs);
      this.nWalked = 0;
    } else {
      for (let row = 0; row < nRows; row++) this.walk(rows, row, out, row * nOutputs);
      this.nWalked += nRows;
    }
    for (let row = 0; row < nRows; row++) this.link(out, row * nOutputs);
  }

  /** OUT out: the raw scores of one row, from `at`. */
  private walk(rows: Float64Array, row: number, out: Float64Array, at: number): void {
    const { ensemble, nFeatures } = this;
    const { baseline } = this.parts;
    const nScores = baseline.length;
    for (let k = 0; k < nScores; k++) out[at + k] = baseline[k] as number;
    for (let tree = 0, k = 0; tree < ensemble.nTrees; tree++) {
      ensemble.addTree(tree, rows, row * nFeatures, out, at + k);
      k = k + 1 === nScores ? 0 : k + 1;
    }
  }

  /** Turns a row's raw scores into its prediction, in place. */
  private link(out: Float64Array, at: number): void {
    const { loss, baseline } = this.parts;
    if (loss === 'poisson' || loss === 'gamma') out[at] = Math.exp(out[at] as number);
    if (loss !== 'log_loss') return;
    if (baseline.length === 1) {
      const p = sigmoid(out[at] as number);
      out[at] = 1 - p;
      out[at + 1] = p;
      return;
    }
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < baseline.length; k++) largest = Math.max(largest, out[at + k] as number);
    let sum = 0;
    for (let k = 0; k < baseline.length; k++) {
      out[at + k] = Math.exp((out[at + k] as number) - largest);
      sum += out[at + k] as number;
    }
    for (let k = 0; k < baseline.length; k++) out[at + k] = (out[at + k] as number) / sum;
  }

  toState(): EstimatorState {
    const { trees, baseline, loss, facts } = this.parts;
    return {
      config: {
        nFeatures: this.nFeatures,
        nScores: baseline.length,
        nTrees: this.ensemble.nTrees,
        loss,
        ...(facts === undefined ? {} : { facts }),
      },
      tensors: { ...toTensors(trees, 1), baseline: { shape: [baseline.length], data: baseline } },
    };
  }
}

const LOSSES: Readonly<Record<Task, readonly LossName[]>> = {
  classification: ['log_loss'],
  regression: ['squared_error', 'absolute_error', 'quantile', 'poisson', 'gamma'],
  clustering: [],
};

/** @throws LearnError invalid_state */
export function restoreBoostedTrees(state: EstimatorState, task: Task): Predictor {
  const nFeatures = readCount(state, 'nFeatures', 1, MAX_WIDTH);
  const nScores = readCount(state, 'nScores', 1, task === 'classification' ? MAX_WIDTH : 1);
  const nTrees = readCount(state, 'nTrees', nScores, MAX_TREES);
  const loss = LOSSES[task].find((name) => name === state.config['loss']);
  const baseline = state.tensors['baseline']?.data;
  const isSound =
    loss !== undefined &&
    nTrees % nScores === 0 &&
    baseline instanceof Float64Array &&
    baseline.length === nScores &&
    baseline.every(Number.isFinite);
  if (!isSound) {
    throw new LearnError(
      'invalid_state',
      "The boosted trees' state is damaged: loss, baseline or count of trees.",
    );
  }
  const trees = readTensors(state, { nFeatures, nOutputs: 1, nTrees });
  const { facts } = state.config;
  const isObject = typeof facts === 'object' && facts !== null && !Array.isArray(facts);
  return new BoostedTrees({ trees, baseline, loss, facts: isObject ? facts : undefined });
}
