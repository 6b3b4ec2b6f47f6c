import { LearnError } from '../errors.js';
import type { Target } from '../estimator.js';
import type { JsonObject } from '../json.js';
import type { Feature } from '../matrix/feature-matrix.js';
import type { Tensor } from '../tensor.js';
import type { CategorySlots } from './category-slots.js';
import type { TextColumnEncoder } from './column-encoder.js';
import { damaged } from './state-reader.js';

/**
 * A text column as what is known of the target where it has that category: for a regression the mean of the target, for
 * two classes the share of the second, for more a share a class (Micci-Barreca, SIGKDD Explorations 3 (2001) 27-32,
 * doi:10.1145/507533.507538; the empirical Bayes smoothing of scikit-learn's TargetEncoder, `smooth='auto'`).
 *
 * A category with n rows, mean m and variance v within the category, among targets with mean M and variance V, becomes w m + (1 - w) M with
 * w = V n / (V n + v): few rows, or rows that disagree, are drawn to the mean of all. A category without rows is M.
 *
 * The training rows must not see their own target through their category, or the estimator trusts the feature too
 * much. So they are cross-fitted: dealt to folds, and a row is encoded by what the other folds say (crossFit).
 * Predictions use all training rows.
 */
export class TargetEncoder implements TextColumnEncoder {
  readonly takes = 'text';
  readonly features: readonly Feature[];
  readonly isScaled: readonly boolean[];

  /** @param means nSlots x nOutputs, row-major, finite */
  constructor(
    readonly name: string,
    readonly slots: CategorySlots,
    readonly nOutputs: number,
    readonly means: Float64Array,
  ) {
    this.features = Array.from({ length: nOutputs }, (_, k) => ({
      name: nOutputs === 1 ? `${name}.target` : `${name}.target${k}`,
      column: name,
      kind: 'numeric',
    }));
    this.isScaled = this.features.map(() => true);
  }

  /**
   * @param slotOfRow for each training row its slot, or MISSING_SLOT
   * @throws LearnError numerical_failure when the targets are too large for a variance
   */
  static fit(name: string, slots: CategorySlots, slotOfRow: Int32Array, y: Target): TargetEncoder {
    const { nOutputs, targetAt } = targetValues(y, name);
    const means = targetMeans(slotOfRow, slots.nSlots, nOutputs, targetAt, null, -1);
    if (!means.every(Number.isFinite)) {
      throw new LearnError('numerical_failure', 'The values of the target are too large to be averaged.', {
        column: name,
      });
    }
    return new TargetEncoder(name, slots, nOutputs, means);
  }

  /**
   * Writes the features of the training rows, each by the means of the folds that it is not in.
   * @param foldOfRow as crossFitFolds gives them
   * @param out OUT column-major, from out[at], one column of slotOfRow.length an output
   */
  crossFit(
    slotOfRow: Int32Array,
    y: Target,
    foldOfRow: Uint8Array,
    out: Float64Array,
    at: number,
    checkpoint: () => void,
  ): void {
    const { nOutputs, slots } = this;
    const { targetAt } = targetValues(y, this.name);
    const nFolds = foldOfRow.reduce((most, fold) => Math.max(most, fold + 1), 0);
    for (let fold = 0; fold < nFolds; fold++) {
      checkpoint();
      const means = targetMeans(slotOfRow, slots.nSlots, nOutputs, targetAt, foldOfRow, fold);
      for (let i = 0; i < slotOfRow.length; i++) {
        if (foldOfRow[i] === fold)
          writeMeans(means, nOutputs, slotOfRow[i] as number, out, at + i, slotOfRow.length);
      }
    }
  }

  writeSlot(slot: number, out: Float64Array, at: number, featureStride: number): void {
    writeMeans(this.means, this.nOutputs, slot, out, at, featureStride);
  }

  writeMissing(out: Float64Array, at: number, featureStride: number): void {
    this.writeSlot(this.slots.missingSlot, out, at, featureStride);
  }

  toState(): JsonObject {
    return { encoding: 'target', isCategorical: false, ...this.slots.toState() };
  }

  toTensor(): Tensor {
    return { shape: [this.slots.nSlots, this.nOutputs], data: this.means };
  }

  /** @throws LearnError invalid_state */
  static fromState(
    tensor: Tensor | undefined,
    name: string,
    slots: CategorySlots,
    nOutputs: number,
    path: string,
  ): TargetEncoder {
    const means = tensor?.data;
    const isTable =
      tensor?.shape.length === 2 && tensor.shape[0] === slots.nSlots && tensor.shape[1] === nOutputs;
    if (!isTable || !(means instanceof Float64Array) || means.length !== slots.nSlots * nOutputs) {
      throw damaged(path, `a table of ${slots.nSlots} x ${nOutputs} 64-bit numbers`);
    }
    if (!means.every(Number.isFinite)) throw damaged(path, 'finite in every element');
    return new TargetEncoder(name, slots, nOutputs, means);
  }
}

/** How many features a category becomes: one but for three or more classes. */
export function targetOutputs(nClasses: number): number {
  return nClasses > 2 ? nClasses : 1;
}

/** The target as numbers to be averaged: for output k the value of row i. */
function targetValues(
  y: Target,
  column: string,
): { nOutputs: number; targetAt: (i: number, output: number) => number } {
  if (y.task === 'regression') return { nOutputs: 1, targetAt: (i) => y.values[i] as number };
  if (y.task === 'clustering') {
    throw new LearnError('invalid_parameters', 'Without a target no column can be encoded by it.', {
      column,
    });
  }
  const nOutputs = targetOutputs(y.nClasses);
  return nOutputs === 1
    ? { nOutputs, targetAt: (i) => (y.codes[i] === 1 ? 1 : 0) }
    : { nOutputs, targetAt: (i, output) => (y.codes[i] === output ? 1 : 0) };
}

/**
 * The smoothed means of each slot.
 * @param foldOfRow with `leftOut` the rows that do not count; null: all rows count
 * Cost: three passes an output; nSlots x nOutputs numbers.
 */
function targetMeans(
  slotOfRow: Int32Array,
  nSlots: number,
  nOutputs: number,
  targetAt: (i: number, output: number) => number,
  foldOfRow: Uint8Array | null,
  leftOut: number,
): Float64Array {
  const nRows = slotOfRow.length;
  const means = new Float64Array(nSlots * nOutputs);
  const counts = new Uint32Array(nSlots);
  const sums = new Float64Array(nSlots);
  const squares = new Float64Array(nSlots);
  for (let output = 0; output < nOutputs; output++) {
    counts.fill(0);
    sums.fill(0);
    squares.fill(0);
    let n = 0;
    let total = 0;
    for (let i = 0; i < nRows; i++) {
      if (foldOfRow !== null && foldOfRow[i] === leftOut) continue;
      const value = targetAt(i, output);
      const slot = slotOfRow[i] as number;
      n++;
      total += value;
      if (slot < 0) continue;
      counts[slot] = (counts[slot] as number) + 1;
      sums[slot] = (sums[slot] as number) + value;
    }
    const mean = total / n;
    let totalSquares = 0;
    for (let i = 0; i < nRows; i++) {
      if (foldOfRow !== null && foldOfRow[i] === leftOut) continue;
      const value = targetAt(i, output);
      const slot = slotOfRow[i] as number;
      totalSquares += (value - mean) * (value - mean);
      if (slot < 0) continue;
      const difference = value - (sums[slot] as number) / (counts[slot] as number);
      squares[slot] = (squares[slot] as number) + difference * difference;
    }
    const variance = totalSquares / n;
    for (let slot = 0; slot < nSlots; slot++) {
      const count = counts[slot] as number;
      const within = (squares[slot] as number) / count;
      const weight = (variance * count) / (variance * count + within);
      // Without a row, or where the target does not vary at all, there is nothing to weigh.
      means[slot * nOutputs + output] =
        count === 0 || variance === 0
          ? mean
          : weight * ((sums[slot] as number) / count) + (1 - weight) * mean;
    }
  }
  return means;
}

function writeMeans(
  means: Float64Array,
  nOutputs: number,
  slot: number,
  out: Float64Array,
  at: number,
  stride: number,
): void {
  for (let k = 0, to = at; k < nOutputs; k++, to += stride) {
    out[to] = slot < 0 ? Number.NaN : (means[slot * nOutputs + k] as number);
  }
}
