/**
 * How compact and how separate clusters are, without any labels. Rows are row-major, n * nFeatures; distances are
 * Euclidean. Every metric but the inertia needs 2 <= clusters < rows and is null otherwise.
 */
import type { Codes } from '../matrix/number-types.js';
import { squaredDistance } from '../matrix/squared-distance.js';
import type { Random } from '../random.js';

export interface ClusteredRows {
  readonly rows: Float64Array;
  readonly nFeatures: number;
  /** The cluster of each row, 0..nClusters-1; clusters may be empty. */
  readonly labels: Codes;
  readonly nClusters: number;
}

interface Centroids {
  /** Row-major, nClusters * nFeatures. */
  readonly centres: Float64Array;
  readonly sizes: Float64Array;
  /** Squared distance of each row to the centroid of its cluster. */
  readonly squared: Float64Array;
  readonly nOccupied: number;
}

/** The mean of each cluster and each row's squared distance to its own. Cost: O(n d). */
export function centroidsOf({ rows, nFeatures, labels, nClusters }: ClusteredRows): Centroids {
  const centres = new Float64Array(nClusters * nFeatures);
  const sizes = new Float64Array(nClusters);
  for (let i = 0; i < labels.length; i++) {
    const cluster = labels[i] as number;
    sizes[cluster]! += 1;
    for (let j = 0; j < nFeatures; j++)
      centres[cluster * nFeatures + j]! += rows[i * nFeatures + j] as number;
  }
  let nOccupied = 0;
  for (let k = 0; k < nClusters; k++) {
    if (sizes[k] === 0) continue;
    nOccupied++;
    for (let j = 0; j < nFeatures; j++) centres[k * nFeatures + j]! /= sizes[k] as number;
  }
  const squared = Float64Array.from(labels, (cluster, i) =>
    squaredDistance(rows, i * nFeatures, centres, cluster * nFeatures, nFeatures),
  );
  return { centres, sizes, squared, nOccupied };
}

/** Sum of squared distances to the cluster's mean. */
export function inertia(clustered: ClusteredRows): number {
  return sum(centroidsOf(clustered).squared);
}

/** Between-cluster over within-cluster variance (Calinski and Harabasz 1974); larger is better. */
export function calinskiHarabasz(clustered: ClusteredRows): number | null {
  const { rows, nFeatures, labels, nClusters } = clustered;
  const { centres, sizes, squared, nOccupied } = centroidsOf(clustered);
  const nSamples = labels.length;
  if (nOccupied < 2 || nOccupied >= nSamples) return null;
  const mean = new Float64Array(nFeatures);
  for (let i = 0; i < nSamples; i++) {
    for (let j = 0; j < nFeatures; j++) mean[j]! += (rows[i * nFeatures + j] as number) / nSamples;
  }
  let between = 0;
  for (let k = 0; k < nClusters; k++) {
    if (sizes[k] !== 0)
      between += (sizes[k] as number) * squaredDistance(centres, k * nFeatures, mean, 0, nFeatures);
  }
  const within = sum(squared);
  // Clusters that are single points: scikit-learn says 1.
  if (within === 0) return 1;
  return finite((between * (nSamples - nOccupied)) / (within * (nOccupied - 1)));
}

/** Mean likeness of each cluster to the one most like it (Davies and Bouldin 1979); smaller is better. */
export function daviesBouldin(clustered: ClusteredRows): number | null {
  const { nFeatures, labels, nClusters } = clustered;
  const { centres, sizes, squared, nOccupied } = centroidsOf(clustered);
  if (nOccupied < 2 || nOccupied >= labels.length) return null;
  const spread = new Float64Array(nClusters);
  for (let i = 0; i < labels.length; i++) {
    const cluster = labels[i] as number;
    spread[cluster]! += Math.sqrt(squared[i] as number) / (sizes[cluster] as number);
  }
  let total = 0;
  for (let k = 0; k < nClusters; k++) {
    if (sizes[k] === 0) continue;
    let worst = 0;
    for (let other = 0; other < nClusters; other++) {
      if (other === k || sizes[other] === 0) continue;
      const apart = Math.sqrt(squaredDistance(centres, k * nFeatures, centres, other * nFeatures, nFeatures));
      // Two clusters on the same spot say nothing; scikit-learn leaves them out as well.
      if (apart > 0) worst = Math.max(worst, ((spread[k] as number) + (spread[other] as number)) / apart);
    }
    total += worst;
  }
  return finite(total / nOccupied);
}

/**
 * Mean silhouette (Rousseeuw 1987, doi:10.1016/0377-0427(87)90125-7): for each row, how much nearer its own cluster
 * is than the next one, -1..1. A row alone in its cluster counts 0.
 * Cost: O(n² d), so above `maxRows` a random sample of that size stands for the whole.
 */
export function silhouette(clustered: ClusteredRows, random: Random, maxRows = 2000): number | null {
  const { rows, nFeatures, labels, nClusters } = sampled(clustered, random, maxRows);
  const nSamples = labels.length;
  const sizes = new Float64Array(nClusters);
  for (const label of labels) sizes[label]! += 1;
  const nOccupied = sizes.filter((size) => size > 0).length;
  if (nOccupied < 2 || nOccupied >= nSamples) return null;
  const reach = new Float64Array(nClusters);
  let total = 0;
  for (let i = 0; i < nSamples; i++) {
    const own = labels[i] as number;
    if (sizes[own] === 1) continue;
    reach.fill(0);
    for (let other = 0; other < nSamples; other++) {
      reach[labels[other] as number]! += Math.sqrt(
        squaredDistance(rows, i * nFeatures, rows, other * nFeatures, nFeatures),
      );
    }
    const within = (reach[own] as number) / ((sizes[own] as number) - 1);
    let next = Number.POSITIVE_INFINITY;
    for (let k = 0; k < nClusters; k++) {
      if (k !== own && sizes[k] !== 0) next = Math.min(next, (reach[k] as number) / (sizes[k] as number));
    }
    const larger = Math.max(within, next);
    if (larger > 0) total += (next - within) / larger;
  }
  return finite(total / nSamples);
}

function sampled(clustered: ClusteredRows, random: Random, maxRows: number): ClusteredRows {
  const { rows, nFeatures, labels, nClusters } = clustered;
  if (labels.length <= maxRows) return clustered;
  const order = Uint32Array.from({ length: labels.length }, (_, i) => i);
  random.shuffle(order);
  const chosen = order.subarray(0, maxRows).sort();
  const kept = new Float64Array(maxRows * nFeatures);
  for (let i = 0; i < maxRows; i++) {
    const at = (chosen[i] as number) * nFeatures;
    kept.set(rows.subarray(at, at + nFeatures), i * nFeatures);
  }
  return {
    rows: kept,
    nFeatures,
    labels: Int32Array.from(chosen, (row) => labels[row] as number),
    nClusters,
  };
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
