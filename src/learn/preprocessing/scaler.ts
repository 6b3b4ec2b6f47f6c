import { LearnError } from '../errors.js';
import { type EstimatorState } from '../estimator.js';
import { type FeatureMatrix, featureColumn } from '../matrix/feature-matrix.js';
import { NORMALIZATIONS, type Normalization } from '../pipeline/spec.js';
import { type Tensors, vector } from '../tensor.js';
import type { FeatureCurve } from './feature-curve.js';
import { type LinearScale, rangeScale, robustScale, standardScale } from './linear-scale.js';
import { PowerCurve } from './power-curve.js';
import { QuantileCurve } from './quantile-curve.js';
import { damaged, member, readChoice, readFloat64Vector } from './state-reader.js';

/**
 * No scaled value lies beyond this. A value far outside of what training saw could overflow, and an estimator that
 * squares it would give NaN; the square of this bound is still a double. Training rows never come near.
 */
export const MAX_SCALED = 1e150;

/**
 * Scales features to (curve(x) - offset) / divisor, learned from the training rows. `min_max`, `std` and `robust`
 * have no curve; `quantile_*` and `power` have one. NaN stays NaN and is left out of the statistics; a constant
 * feature becomes 0 (divisor 1, offset its value; `quantile_normal`: its lowest value).
 *
 * What is scaled: numbers, dates, target means, and category codes that the algorithm reads as numbers. What is not:
 * booleans and one-hot, hashed and indicator features, which are 0 or ±1 already (dividing a rare category by its
 * small deviation would make it the loudest feature of all; it is also what a column-wise pipeline in scikit-learn
 * does), and codes that the algorithm reads as categories, which must stay codes.
 */
export class Scaler {
  /** The features whose values change. */
  private readonly active: Uint32Array;

  /** @param offset, divisor length nFeatures, finite, divisor > 0 */
  constructor(
    readonly kind: Normalization,
    readonly offset: Float64Array,
    readonly divisor: Float64Array,
    readonly curve: FeatureCurve | null = null,
  ) {
    this.active = Uint32Array.from(offset.keys()).filter(
      (j) => offset[j] !== 0 || divisor[j] !== 1 || curve?.isActive(j) === true,
    );
  }

  /**
   * @param x IN the training rows, encoded
   * @param isScaled for each feature whether it takes part
   * @param checkpoint called between passes with the share that is done; may throw to stop
   * `std` divides by the deviation over n, not n - 1. Cost: a few passes a feature, in 64 bit; `robust` and
   * `quantile_*` sort a copy, `power` makes some 40 passes with an exponential.
   * @throws LearnError numerical_failure when a feature's values are too large for a finite scale
   */
  static fit(
    x: FeatureMatrix,
    kind: Normalization,
    isScaled: readonly boolean[],
    checkpoint: (fraction: number) => void = () => undefined,
  ): Scaler {
    const offset = new Float64Array(x.nFeatures);
    const divisor = new Float64Array(x.nFeatures).fill(1);
    const curve = fitCurve(x, kind, isScaled, checkpoint);
    const scaleOf = LINEAR_SCALES[kind];
    for (let j = 0; j < x.nFeatures && scaleOf !== null; j++) {
      if (isScaled[j] !== true) continue;
      checkpoint(curve === null ? j / x.nFeatures : 1);
      const values = featureColumn(x, j);
      const scale = scaleOf(curve === null ? values : values.map((value) => curve.map(j, value)));
      if (!Number.isFinite(scale.offset) || !Number.isFinite(scale.divisor)) {
        throw new LearnError('numerical_failure', 'The values of this column are too large to be scaled.', {
          column: x.features[j]?.column ?? '',
        });
      }
      offset[j] = scale.offset;
      divisor[j] = scale.divisor;
    }
    return new Scaler(kind, offset, divisor, curve);
  }

  /** Scales a column-major matrix in place. */
  applyToMatrix(x: FeatureMatrix): void {
    for (const j of this.active) {
      const values = featureColumn(x, j);
      for (let i = 0; i < values.length; i++) values[i] = this.scaled(j, values[i] as number);
    }
  }

  /** Scales nRows row-major rows in place. */
  applyToRows(rows: Float64Array, nRows: number): void {
    const { active } = this;
    const nFeatures = this.offset.length;
    for (let i = 0, base = 0; i < nRows; i++, base += nFeatures) {
      for (let k = 0; k < active.length; k++) {
        const j = active[k] as number;
        rows[base + j] = this.scaled(j, rows[base + j] as number);
      }
    }
  }

  private scaled(j: number, value: number): number {
    const mapped = this.curve === null ? value : this.curve.map(j, value);
    const result = (mapped - (this.offset[j] as number)) / (this.divisor[j] as number);
    return Math.min(Math.max(result, -MAX_SCALED), MAX_SCALED);
  }

  toState(): EstimatorState {
    return {
      config: { kind: this.kind },
      tensors: {
        offset: vector(this.offset),
        divisor: vector(this.divisor),
        ...(this.curve === null ? {} : this.curve.toTensors()),
      },
    };
  }

  /** @throws LearnError invalid_state */
  static fromState(state: EstimatorState, nFeatures: number, path: string): Scaler {
    const kind = readChoice(member(state.config, 'kind'), NORMALIZATIONS, `${path}.kind`);
    const offset = readFloat64Vector(state.tensors, 'offset', nFeatures);
    const divisor = readFloat64Vector(state.tensors, 'divisor', nFeatures);
    if (!divisor.every((value) => value > 0)) throw damaged(`${path}.divisor`, 'greater than 0');
    if (kind === 'none' && !(offset.every((value) => value === 0) && divisor.every((value) => value === 1))) {
      throw damaged(`${path}.kind`, 'another than none where values are scaled');
    }
    return new Scaler(kind, offset, divisor, readCurve(state.tensors, kind, nFeatures));
  }
}

/** What is taken off and divided by after the curve; null where nothing is. */
const LINEAR_SCALES: Readonly<Record<Normalization, ((values: Float64Array) => LinearScale) | null>> = {
  none: null,
  min_max: rangeScale,
  std: standardScale,
  robust: robustScale,
  quantile_uniform: null,
  quantile_normal: null,
  power: standardScale,
};

function fitCurve(
  x: FeatureMatrix,
  kind: Normalization,
  isScaled: readonly boolean[],
  checkpoint: (fraction: number) => void,
): FeatureCurve | null {
  switch (kind) {
    case 'quantile_uniform':
    case 'quantile_normal':
      return QuantileCurve.fit(x, isScaled, kind === 'quantile_normal', checkpoint);
    case 'power':
      return PowerCurve.fit(x, isScaled, checkpoint);
    default:
      return null;
  }
}

function readCurve(tensors: Tensors, kind: Normalization, nFeatures: number): FeatureCurve | null {
  switch (kind) {
    case 'quantile_uniform':
    case 'quantile_normal':
      return QuantileCurve.fromTensors(tensors, kind === 'quantile_normal', nFeatures);
    case 'power':
      return PowerCurve.fromTensors(tensors, nFeatures);
    default:
      return null;
  }
}
