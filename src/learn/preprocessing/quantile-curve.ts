import { type FeatureMatrix, featureColumn } from '../matrix/feature-matrix.js';
import type { Tensors } from '../tensor.js';
import { vector } from '../tensor.js';
import type { FeatureCurve } from './feature-curve.js';
import { inverseNormal } from './inverse-normal.js';
import { presentCopy, quantileOfSorted } from './order-statistics.js';
import { damaged, readFloat64Vector } from './state-reader.js';

/** As many landmarks as scikit-learn's QuantileTransformer has by default. */
export const MAX_QUANTILES = 1000;
/** Probabilities beyond this and 1 minus this are cut for the normal output, as scikit-learn does: 5.2 deviations. */
export const EDGE = 1e-7;
const SPACING_OF_ONE = 2 ** -52;
export const LOWEST = inverseNormal(EDGE - SPACING_OF_ONE);
export const HIGHEST = inverseNormal(1 - (EDGE - SPACING_OF_ONE));

/**
 * Values to their share among the training rows: 0 for the smallest, 1 for the largest, spread evenly between,
 * whatever the distribution was; for the normal output then through the inverse of the normal distribution.
 *
 * Learned are up to 1,000 quantiles a feature, of all training rows (scikit-learn takes 10,000 of them), and
 * values between two are interpolated linearly. A run of equal quantiles, which a frequent value makes, is
 * mapped to its middle: the mean of interpolating from the left and from the right (scikit-learn does the same).
 * Layout: nScaled x nQuantiles, row-major, rising in each row.
 */
export class QuantileCurve implements FeatureCurve {
  /** For each feature its row among the quantiles, or -1. */
  private readonly rowOf: Int32Array;
  private readonly nQuantiles: number;

  /** @param features the features that are mapped, rising */
  constructor(
    readonly features: Uint32Array,
    readonly quantiles: Float64Array,
    readonly toNormal: boolean,
    nFeatures: number,
  ) {
    this.rowOf = new Int32Array(nFeatures).fill(-1);
    features.forEach((j, row) => {
      this.rowOf[j] = row;
    });
    this.nQuantiles = features.length === 0 ? 0 : quantiles.length / features.length;
  }

  /** Cost: one sorted copy a feature. */
  static fit(
    x: FeatureMatrix,
    isScaled: readonly boolean[],
    toNormal: boolean,
    checkpoint: (fraction: number) => void,
  ): QuantileCurve {
    const features = Uint32Array.from(isScaled.keys()).filter((j) => isScaled[j] === true);
    const nQuantiles = Math.max(1, Math.min(MAX_QUANTILES, x.nSamples));
    const quantiles = new Float64Array(features.length * nQuantiles);
    features.forEach((j, row) => {
      checkpoint(row / features.length);
      const sorted = presentCopy(featureColumn(x, j)).sort();
      if (sorted.length === 0) return;
      const base = row * nQuantiles;
      for (let k = 0; k < nQuantiles; k++) {
        const quantile = quantileOfSorted(sorted, k, Math.max(1, nQuantiles - 1));
        // Interpolation may round a hair below the quantile before.
        quantiles[base + k] = k === 0 ? quantile : Math.max(quantile, quantiles[base + k - 1] as number);
      }
    });
    return new QuantileCurve(features, quantiles, toNormal, x.nFeatures);
  }

  isActive(j: number): boolean {
    return (this.rowOf[j] as number) >= 0;
  }

  map(j: number, value: number): number {
    const row = this.rowOf[j] as number;
    if (row < 0 || Number.isNaN(value)) return value;
    const share = this.shareOf(row * this.nQuantiles, value);
    return this.toNormal ? Math.min(Math.max(inverseNormal(share), LOWEST), HIGHEST) : share;
  }

  private shareOf(base: number, value: number): number {
    const { quantiles, nQuantiles } = this;
    const last = base + nQuantiles - 1;
    const lowest = quantiles[base] as number;
    const highest = quantiles[last] as number;
    const margin = this.toNormal ? EDGE : 0;
    // The lower edge wins: a constant feature is 0.
    if (this.toNormal ? value - margin < lowest : value <= lowest) return 0;
    if (this.toNormal ? value + margin > highest : value >= highest) return 1;
    // The last quantile <= value and the first >= value; equal ones between are a run.
    const below = this.countBelow(base, value, true) - 1;
    const above = this.countBelow(base, value, false);
    const steps = nQuantiles - 1;
    if ((quantiles[base + below] as number) === value) return (0.5 * (below + above)) / steps;
    const low = quantiles[base + below] as number;
    const high = quantiles[base + above] as number;
    const span = high - low;
    const t = span === Infinity ? (value / 2 - low / 2) / (high / 2 - low / 2) : (value - low) / span;
    return (below + t) / steps;
  }

  /** How many quantiles are < value, or <= value. */
  private countBelow(base: number, value: number, orEqual: boolean): number {
    const { quantiles } = this;
    let low = 0;
    let high = this.nQuantiles;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const quantile = quantiles[base + middle] as number;
      if (orEqual ? quantile <= value : quantile < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  toTensors(): Tensors {
    return {
      quantile_features: vector(this.features),
      quantiles: { shape: [this.features.length, this.nQuantiles], data: this.quantiles },
    };
  }

  /** @throws LearnError invalid_state */
  static fromTensors(tensors: Tensors, toNormal: boolean, nFeatures: number): QuantileCurve {
    const features = tensors['quantile_features']?.data;
    if (!(features instanceof Uint32Array) || features.some((j, k) => !isRising(features, k, j, nFeatures))) {
      throw damaged('tensor quantile_features', 'rising indices of features');
    }
    const shape = tensors['quantiles']?.shape ?? [];
    const nQuantiles = shape[1] ?? -1;
    if (shape.length !== 2 || shape[0] !== features.length || nQuantiles < (features.length === 0 ? 0 : 1)) {
      throw damaged('tensor quantiles', 'a row for each scaled feature');
    }
    const length = features.length * nQuantiles;
    const flat = { quantiles: { shape: [length], data: tensors['quantiles']?.data as Float64Array } };
    const quantiles = readFloat64Vector(flat, 'quantiles', length);
    for (let at = 1; at < length; at++) {
      if (at % nQuantiles !== 0 && (quantiles[at] as number) < (quantiles[at - 1] as number)) {
        throw damaged('tensor quantiles', 'rising in each row');
      }
    }
    return new QuantileCurve(features, quantiles, toNormal, nFeatures);
  }
}

function isRising(features: Uint32Array, k: number, j: number, nFeatures: number): boolean {
  return j < nFeatures && (k === 0 || j > (features[k - 1] as number));
}
