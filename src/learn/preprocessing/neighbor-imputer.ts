import { LearnError } from '../errors.js';
import type { EstimatorState } from '../estimator.js';
import { type FeatureMatrix, featureColumn } from '../matrix/feature-matrix.js';
import type { Random } from '../random.js';
import { type Tensors, vector } from '../tensor.js';
import { damaged, readFloat64Vector } from './state-reader.js';

/** How many neighbours are averaged when the request does not say (scikit-learn's default), and at most. */
export const DEFAULT_NEIGHBORS = 5;
export const MAX_NEIGHBORS = 100;
/**
 * The most training rows that are kept to look for neighbours among. A row with a gap costs a distance to each:
 * 2,000 keep it at some 100 microseconds, and the bundle at 16 KB a feature. What a mean of 5 neighbours is worth
 * hardly grows with more rows.
 */
export const MAX_DONORS = 2000;

/** A feature whose gaps are filled. */
export interface ImputedFeature {
  /** Its index among all features. */
  readonly feature: number;
  readonly nNeighbors: number;
}

/**
 * Fills gaps with the mean of the nearest training rows that have a value (Troyanskaya et al., Bioinformatics 17
 * (2001) 520-525, doi:10.1093/bioinformatics/17.6.520), as scikit-learn's KNNImputer with uniform weights does.
 *
 * It works on scaled features, so the request's normalization decides what is near. The distance of two rows is
 * taken over the watched features (those of the number and boolean columns) that both have: the sum of squares,
 * times the number of watched features, divided by the number of those. Rows that have nothing in common are no
 * neighbours; a gap without neighbours gets the mean of the feature. Of equally near rows the one kept first wins.
 * Every gap is filled from what was there before any was filled.
 *
 * Layout: donors are row-major, nDonors x nWatched, NaN where the donor has a gap. They are rows of the training data:
 * whoever has the bundle has them.
 */
export class NeighborImputer {
  private readonly nDonors: number;
  /** For each imputed feature its place among the watched. */
  private readonly placeOf: Int32Array;
  /** SCRATCH */
  private readonly distances: Float64Array;
  private readonly query: Float64Array;
  private readonly nearest: Float64Array;
  private readonly nearestDonors: Uint32Array;

  /**
   * @param watched indices of features, rising, with all imputed ones
   * @param fallback for each imputed feature what a gap without neighbours gets
   * @param donors nDonors x watched.length
   */
  constructor(
    readonly nFeatures: number,
    readonly watched: Uint32Array,
    readonly imputed: readonly ImputedFeature[],
    readonly fallback: Float64Array,
    readonly donors: Float64Array,
  ) {
    this.nDonors = donors.length / watched.length;
    this.placeOf = Int32Array.from(imputed, ({ feature }) => watched.indexOf(feature));
    this.distances = new Float64Array(this.nDonors);
    this.query = new Float64Array(watched.length);
    this.nearest = new Float64Array(MAX_NEIGHBORS);
    this.nearestDonors = new Uint32Array(MAX_NEIGHBORS);
  }

  /**
   * @param x IN the training rows, scaled, column-major
   * @param watched, imputed as the constructor takes them
   * @param random chooses the donors where there are more rows than MAX_DONORS
   * @throws LearnError numerical_failure when the values of a feature are too large for a mean
   */
  static fit(
    x: FeatureMatrix,
    watched: Uint32Array,
    imputed: readonly ImputedFeature[],
    random: Random,
  ): NeighborImputer {
    const chosen = Uint32Array.from({ length: x.nSamples }, (_, i) => i);
    if (x.nSamples > MAX_DONORS) random.shuffle(chosen);
    const rows = chosen.slice(0, MAX_DONORS).sort();
    const donors = new Float64Array(rows.length * watched.length);
    watched.forEach((j, place) => {
      const values = featureColumn(x, j);
      rows.forEach((row, k) => {
        donors[k * watched.length + place] = values[row] as number;
      });
    });
    const fallback = Float64Array.from(imputed, ({ feature }) => {
      const mean = meanOf(featureColumn(x, feature));
      if (Number.isFinite(mean)) return mean;
      throw new LearnError('numerical_failure', 'The values of this column are too large to be averaged.', {
        column: x.features[feature]?.column ?? '',
      });
    });
    return new NeighborImputer(x.nFeatures, watched, imputed, fallback, donors);
  }

  /**
   * Fills a column-major matrix in place.
   * @param checkpoint called every few milliseconds of work; may throw to stop
   */
  applyToMatrix(x: FeatureMatrix, checkpoint: (fraction: number) => void): void {
    const { values, nSamples } = x;
    for (let i = 0, nFilled = 0; i < nSamples; i++) {
      if (this.fill(values, i, nSamples) && ++nFilled % 256 === 0) checkpoint(i / nSamples);
    }
  }

  /** Fills nRows row-major rows in place. */
  applyToRows(rows: Float64Array, nRows: number): void {
    for (let i = 0; i < nRows; i++) this.fill(rows, i * this.nFeatures, 1);
  }

  /** Fills one row whose feature j is at values[at + j * stride]; says whether it had a gap. */
  private fill(values: Float64Array, at: number, stride: number): boolean {
    const { imputed, watched, query, placeOf } = this;
    let hasGap = false;
    for (let k = 0; k < imputed.length; k++) {
      if (Number.isNaN(values[at + (imputed[k] as ImputedFeature).feature * stride])) hasGap = true;
    }
    if (!hasGap) return false;
    for (let place = 0; place < watched.length; place++) {
      query[place] = values[at + (watched[place] as number) * stride] as number;
    }
    this.measure();
    for (let k = 0; k < imputed.length; k++) {
      const place = placeOf[k] as number;
      if (!Number.isNaN(query[place])) continue;
      const { feature, nNeighbors } = imputed[k] as ImputedFeature;
      values[at + feature * stride] = this.meanOfNearest(place, nNeighbors, this.fallback[k] as number);
    }
    return true;
  }

  /** The distance of the query to every donor; NaN where they have nothing in common. */
  private measure(): void {
    const { donors, query, distances, nDonors } = this;
    const nWatched = query.length;
    for (let donor = 0, base = 0; donor < nDonors; donor++, base += nWatched) {
      let squares = 0;
      let nCommon = 0;
      for (let place = 0; place < nWatched; place++) {
        const difference = (query[place] as number) - (donors[base + place] as number);
        if (Number.isNaN(difference)) continue;
        squares += difference * difference;
        nCommon++;
      }
      distances[donor] = nCommon === 0 ? Number.NaN : (squares / nCommon) * nWatched;
    }
  }

  private meanOfNearest(place: number, nNeighbors: number, fallback: number): number {
    const { donors, distances, nearest, nearestDonors, nDonors } = this;
    const nWatched = this.query.length;
    let n = 0;
    for (let donor = 0; donor < nDonors; donor++) {
      const distance = distances[donor] as number;
      if (Number.isNaN(distance) || Number.isNaN(donors[donor * nWatched + place])) continue;
      if (n === nNeighbors && distance >= (nearest[n - 1] as number)) continue;
      let at = n < nNeighbors ? n++ : n - 1;
      for (; at > 0 && distance < (nearest[at - 1] as number); at--) {
        nearest[at] = nearest[at - 1] as number;
        nearestDonors[at] = nearestDonors[at - 1] as number;
      }
      nearest[at] = distance;
      nearestDonors[at] = donor;
    }
    if (n === 0) return fallback;
    let mean = 0;
    // Each divided before it is added: a sum of values near the largest double would overflow.
    for (let k = 0; k < n; k++)
      mean += (donors[(nearestDonors[k] as number) * nWatched + place] as number) / n;
    return mean;
  }

  toState(): EstimatorState {
    const { nDonors, watched, imputed } = this;
    return {
      config: {},
      tensors: {
        watched: vector(watched),
        imputed: vector(Uint32Array.from(imputed, ({ feature }) => feature)),
        n_neighbors: vector(Uint32Array.from(imputed, ({ nNeighbors }) => nNeighbors)),
        fallback: vector(this.fallback),
        donors: { shape: [nDonors, watched.length], data: this.donors },
      },
    };
  }

  /** @throws LearnError invalid_state */
  static fromState(tensors: Tensors, nFeatures: number): NeighborImputer {
    const watched = readIndices(tensors, 'watched');
    const features = readIndices(tensors, 'imputed');
    const counts = readIndices(tensors, 'n_neighbors');
    if (!isRising(watched) || watched.some((j) => j >= nFeatures)) {
      throw damaged('tensor watched', 'rising indices of features');
    }
    if (features.length === 0 || !isRising(features) || features.some((j) => !watched.includes(j))) {
      throw damaged('tensor imputed', 'rising indices of watched features');
    }
    if (counts.length !== features.length || counts.some((n) => n < 1 || n > MAX_NEIGHBORS)) {
      throw damaged('tensor n_neighbors', `1 to ${MAX_NEIGHBORS} for each imputed feature`);
    }
    const imputed = [...features].map((feature, k) => ({ feature, nNeighbors: counts[k] as number }));
    const fallback = readFloat64Vector(tensors, 'fallback', features.length);
    const { shape, data } = tensors['donors'] ?? { shape: [], data: null };
    const nDonors = shape[0] ?? 0;
    const isTable =
      shape.length === 2 && nDonors >= 1 && nDonors <= MAX_DONORS && shape[1] === watched.length;
    if (!isTable || !(data instanceof Float64Array) || data.length !== nDonors * watched.length) {
      throw damaged('tensor donors', `1 to ${MAX_DONORS} rows of the watched features`);
    }
    if (data.some((value) => value === Infinity || value === -Infinity)) {
      throw damaged('tensor donors', 'without an infinity');
    }
    return new NeighborImputer(nFeatures, watched, imputed, fallback, data);
  }
}

function readIndices(tensors: Tensors, name: string): Uint32Array {
  const data = tensors[name]?.data;
  if (!(data instanceof Uint32Array)) throw damaged(`tensor ${name}`, 'a vector of unsigned integers');
  return data;
}

function isRising(indices: Uint32Array): boolean {
  return indices.every((j, k) => k === 0 || j > (indices[k - 1] as number));
}

/** The mean of what is present; 0 when nothing is. */
function meanOf(values: Float64Array): number {
  let n = 0;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    sum += value;
    n++;
  }
  return n === 0 ? 0 : sum / n;
}
