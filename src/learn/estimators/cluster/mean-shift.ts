/**
 * Mean shift with a flat kernel (Fukunaga and Hostetler 1975; Comaniciu and Meer 2002, doi:10.1109/34.1000236): from
 * every row, move to the mean of the rows within the bandwidth until nothing moves; the places where this ends are the
 * peaks of the density. Peaks within a bandwidth of a higher one are the same one. The number of clusters follows from the
 * bandwidth alone.
 *
 * Rows are row-major n * d. Cost: O(n² d) a step, some ten steps; memory O(n).
 */
import { squaredDistance } from '../../matrix/squared-distance.js';
import { nearestCentre } from './assign-kernel.js';

export interface MeanShiftResult {
  /** Row-major, one peak a cluster, the most rows within the bandwidth first. */
  readonly centres: Float64Array;
  readonly nClusters: number;
  /** The nearest peak of each row. */
  readonly labels: Int32Array;
}

const MAX_STEPS = 300;
/** A peak has been reached when a step is shorter than this share of the bandwidth. */
const STOP_SHARE = 1e-3;

export interface MeanShiftOptions {
  /** The rows to climb from; default all. */
  readonly starts?: Iterable<number>;
  /** Peaks that a smaller share of the rows is nearest to are left out; default 0. */
  readonly minClusterShare?: number;
  readonly checkpoint?: () => void;
}

/** @param bandwidth > 0, in the units of the rows */
export function meanShift(
  rows: Float64Array,
  nFeatures: number,
  bandwidth: number,
  { starts, minClusterShare = 0, checkpoint }: MeanShiftOptions = {},
): MeanShiftResult {
  const nSamples = rows.length / nFeatures;
  const peaks = new Map<string, { place: Float64Array; nWithin: number }>();
  for (const row of starts ?? Array(nSamples).keys()) {
    checkpoint?.();
    const peak = climb(rows, nFeatures, row, bandwidth);
    if (peak.nWithin > 0) peaks.set(peak.place.join(), peak);
  }
  const sorted = [...peaks.values()].sort((a, b) => b.nWithin - a.nWithin || comparePlaces(b.place, a.place));
  const kept: Float64Array[] = [];
  for (const { place } of sorted) {
    const isNew = kept.every(
      (other) => squaredDistance(place, 0, other, 0, nFeatures) > bandwidth * bandwidth,
    );
    if (isNew) kept.push(place);
  }
  const labels = nearestOf(rows, nFeatures, kept);
  const sizes = new Uint32Array(kept.length);
  for (const label of labels) sizes[label]! += 1;
  const large = kept.filter((_, k) => (sizes[k] as number) >= minClusterShare * nSamples);
  return {
    centres: flat(large, nFeatures),
    nClusters: large.length,
    labels: large.length === kept.length ? labels : nearestOf(rows, nFeatures, large),
  };
}

/**
 * The mean distance of a row to the one of the given rank among its neighbours, the row itself being the first.
 * @param quantile 0..1, the rank as a share of the rows
 * Cost: O(n² (d + log n)).
 */
export function neighborDistance(rows: Float64Array, nFeatures: number, quantile: number): number {
  const nSamples = rows.length / nFeatures;
  const rank = Math.max(1, Math.floor(nSamples * quantile));
  const squared = new Float64Array(nSamples);
  let total = 0;
  for (let i = 0; i < nSamples; i++) {
    for (let other = 0; other < nSamples; other++) {
      squared[other] = squaredDistance(rows, i * nFeatures, rows, other * nFeatures, nFeatures);
    }
    total += Math.sqrt(squared.sort()[rank - 1] as number);
  }
  return total / nSamples;
}

function climb(
  rows: Float64Array,
  nFeatures: number,
  from: number,
  bandwidth: number,
): { place: Float64Array; nWithin: number } {
  const nSamples = rows.length / nFeatures;
  const reach = bandwidth * bandwidth;
  const stop = STOP_SHARE * bandwidth;
  let place = rows.slice(from * nFeatures, (from + 1) * nFeatures);
  let next = new Float64Array(nFeatures);
  let nWithin = 0;
  for (let step = 0; ; step++) {
    nWithin = 0;
    next.fill(0);
    for (let i = 0; i < nSamples; i++) {
      if (squaredDistance(rows, i * nFeatures, place, 0, nFeatures) > reach) continue;
      nWithin++;
      for (let j = 0; j < nFeatures; j++) next[j]! += rows[i * nFeatures + j] as number;
    }
    if (nWithin === 0) break;
    for (let j = 0; j < nFeatures; j++) next[j]! /= nWithin;
    const moved = Math.sqrt(squaredDistance(place, 0, next, 0, nFeatures));
    [place, next] = [next, place];
    if (moved <= stop || step === MAX_STEPS) break;
  }
  return { place, nWithin };
}

function comparePlaces(a: Float64Array, b: Float64Array): number {
  for (let j = 0; j < a.length; j++) {
    if (a[j] !== b[j]) return (a[j] as number) - (b[j] as number);
  }
  return 0;
}

function flat(places: readonly Float64Array[], nFeatures: number): Float64Array {
  const all = new Float64Array(places.length * nFeatures);
  for (const [k, place] of places.entries()) all.set(place, k * nFeatures);
  return all;
}

function nearestOf(rows: Float64Array, nFeatures: number, places: readonly Float64Array[]): Int32Array {
  const centres = flat(places, nFeatures);
  return Int32Array.from({ length: rows.length / nFeatures }, (_, i) =>
    nearestCentre(rows, i * nFeatures, centres, places.length, nFeatures),
  );
}
