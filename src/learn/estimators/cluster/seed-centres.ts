import { squaredDistance } from '../../matrix/squared-distance.js';
import type { Random } from '../../random.js';

/** Rows to cluster; row-major, n * nFeatures. */
export interface WeightedRows {
  readonly rows: Float64Array;
  readonly nSamples: number;
  readonly nFeatures: number;
  /** Length n, >= 0, sum > 0. */
  readonly weights: Float64Array;
}

/** Distinct rows, drawn by their weight. */
export function randomCentres(data: WeightedRows, nClusters: number, random: Random): Float64Array {
  const chances = Float64Array.from(data.weights);
  const centres = new Float64Array(nClusters * data.nFeatures);
  for (let k = 0; k < nClusters; k++) {
    const row = draw(chances, random);
    chances[row] = 0;
    copyRow(data, row, centres, k);
  }
  return centres;
}

/**
 * Greedy k-means++ (Arthur and Vassilvitskii 2007): each centre is drawn with a chance in proportion to the squared
 * distance to the centres that there are; of 2 + ln k candidates the one that leaves the least inertia is taken.
 * Cost: O(n d k log k).
 */
export function plusPlusCentres(
  data: WeightedRows,
  nClusters: number,
  random: Random,
  checkpoint: () => void,
): Float64Array {
  const { rows, nSamples, nFeatures, weights } = data;
  const centres = new Float64Array(nClusters * nFeatures);
  const nTrials = 2 + Math.floor(Math.log(nClusters));
  let nearest = new Float64Array(nSamples).fill(Number.POSITIVE_INFINITY);
  const chances = Float64Array.from(weights);
  for (let k = 0; k < nClusters; k++) {
    let best: { row: number; nearest: Float64Array<ArrayBuffer>; inertia: number } | undefined;
    for (let trial = 0; trial < (k === 0 ? 1 : nTrials); trial++) {
      checkpoint();
      const row = draw(chances, random);
      const candidate = new Float64Array(nSamples);
      let inertia = 0;
      for (let i = 0; i < nSamples; i++) {
        const distance = squaredDistance(rows, i * nFeatures, rows, row * nFeatures, nFeatures);
        candidate[i] = Math.min(nearest[i] as number, distance);
        inertia += (weights[i] as number) * (candidate[i] as number);
      }
      if (best === undefined || inertia < best.inertia) best = { row, nearest: candidate, inertia };
    }
    if (best === undefined) break;
    copyRow(data, best.row, centres, k);
    nearest = best.nearest;
    for (let i = 0; i < nSamples; i++) chances[i] = (weights[i] as number) * (nearest[i] as number);
  }
  return centres;
}

/** An index with a chance in proportion to its entry. Where all are 0 (only duplicates are left) every index is as likely. */
function draw(chances: Float64Array, random: Random): number {
  let total = 0;
  for (const chance of chances) total += chance;
  if (!(total > 0)) return random.below(chances.length);
  let rest = random.next() * total;
  let last = 0;
  for (let i = 0; i < chances.length; i++) {
    const chance = chances[i] as number;
    if (chance === 0) continue;
    last = i;
    rest -= chance;
    if (rest < 0) break;
  }
  return last;
}

function copyRow({ rows, nFeatures }: WeightedRows, row: number, centres: Float64Array, k: number): void {
  centres.set(rows.subarray(row * nFeatures, (row + 1) * nFeatures), k * nFeatures);
}
