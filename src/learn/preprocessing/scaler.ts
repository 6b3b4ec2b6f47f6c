import { LearnError } from '../errors.js';
import { type EstimatorState } from '../estimator.js';
import { type FeatureMatrix, featureColumn } from '../matrix/feature-matrix.js';
import { NORMALIZATIONS, type Normalization } from '../pipeline/spec.js';
import { vector } from '../tensor.js';
import { damaged, member, readChoice, readFloat64Vector } from './state-reader.js';

/**
 * Scales features to (x - offset) / divisor, learned from the training rows. NaN stays NaN and is left out of
 * the statistics; a constant feature becomes 0 (divisor 1, offset its value).
 *
 * What is scaled: numbers, dates, and category codes that the algorithm reads as numbers. What is not: booleans
 * and one-hot features, which are 0 or 1 already (dividing a rare category by its small deviation would make it
 * the loudest feature of all; it is also what a column-wise pipeline in scikit-learn does), and codes that the
 * algorithm reads as categories, which must stay codes.
 */
export class Scaler {
  /** The features whose values change. */
  private readonly active: Uint32Array;

  /** @param offset, divisor length nFeatures, finite, divisor > 0 */
  constructor(
    readonly kind: Normalization,
    readonly offset: Float64Array,
    readonly divisor: Float64Array,
  ) {
    this.active = Uint32Array.from(offset.keys()).filter((j) => offset[j] !== 0 || divisor[j] !== 1);
  }

  /**
   * @param x IN the training rows, encoded
   * @param isScaled for each feature whether it takes part
   * `std` divides by the deviation over n, not n - 1. Cost: two passes a feature, in 64 bit.
   * @throws LearnError numerical_failure when a feature's values are too large for a finite scale
   */
  static fit(x: FeatureMatrix, kind: Normalization, isScaled: readonly boolean[]): Scaler {
    const offset = new Float64Array(x.nFeatures);
    const divisor = new Float64Array(x.nFeatures).fill(1);
    for (let j = 0; j < x.nFeatures && kind !== 'none'; j++) {
      if (isScaled[j] !== true) continue;
      const scale = kind === 'std' ? standardScale(featureColumn(x, j)) : rangeScale(featureColumn(x, j));
      if (!Number.isFinite(scale.offset) || !Number.isFinite(scale.divisor)) {
        throw new LearnError('numerical_failure', 'The values of this column are too large to be scaled.', {
          column: x.features[j]?.column ?? '',
        });
      }
      offset[j] = scale.offset;
      divisor[j] = scale.divisor;
    }
    return new Scaler(kind, offset, divisor);
  }

  /** Scales a column-major matrix in place. */
  applyToMatrix(x: FeatureMatrix): void {
    for (const j of this.active) {
      const values = featureColumn(x, j);
      const offset = this.offset[j] as number;
      const divisor = this.divisor[j] as number;
      for (let i = 0; i < values.length; i++) values[i] = ((values[i] as number) - offset) / divisor;
    }
  }

  /** Scales nRows row-major rows in place. */
  applyToRows(rows: Float64Array, nRows: number): void {
    const { active, offset, divisor } = this;
    const nFeatures = offset.length;
    for (let i = 0, base = 0; i < nRows; i++, base += nFeatures) {
      for (let k = 0; k < active.length; k++) {
        const j = active[k] as number;
        rows[base + j] = ((rows[base + j] as number) - (offset[j] as number)) / (divisor[j] as number);
      }
    }
  }

  toState(): EstimatorState {
    return {
      config: { kind: this.kind },
      tensors: { offset: vector(this.offset), divisor: vector(this.divisor) },
    };
  }

  /** @throws LearnError invalid_state */
  static fromState(state: EstimatorState, nFeatures: number, path: string): Scaler {
    const kind = readChoice(member(state.config, 'kind'), NORMALIZATIONS, `${path}.kind`);
    const offset = readFloat64Vector(state.tensors, 'offset', nFeatures);
    const divisor = readFloat64Vector(state.tensors, 'divisor', nFeatures);
    if (!divisor.every((value) => value > 0)) throw damaged(`${path}.divisor`, 'greater than 0');
    if (kind === 'none' && !(offset.every((value) => value === 0) && divisor.every((value) => value === 1))) {
      throw damaged(`${path}.kind`, 'min_max or std where values are scaled');
    }
    return new Scaler(kind, offset, divisor);
  }
}

interface Scale {
  readonly offset: number;
  readonly divisor: number;
}

function rangeScale(values: Float64Array): Scale {
  let minimum = Infinity;
  let maximum = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  if (minimum > maximum) return { offset: 0, divisor: 1 };
  return { offset: minimum, divisor: maximum > minimum ? maximum - minimum : 1 };
}

function standardScale(values: Float64Array): Scale {
  const range = rangeScale(values);
  // The mean of equal numbers need not be that number in floating point; a constant must become exactly 0.
  let n = 0;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    n++;
    sum += value - range.offset;
  }
  if (n === 0 || sum === 0) return { offset: range.offset, divisor: 1 };
  const mean = range.offset + sum / n;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isNaN(value)) squares += (value - mean) * (value - mean);
  }
  const deviation = Math.sqrt(squares / n);
  return { offset: mean, divisor: deviation > 0 ? deviation : 1 };
}
