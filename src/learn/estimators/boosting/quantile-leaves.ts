import { type Loss, type LossArrays, weightedQuantile } from './losses.js';

/** Shared arrays by which threads divide the leaves of a tree whose values are quantiles of residuals. */
export interface QuantileLeaves {
  /** Length nSamples: the leaf of a row that the tree was grown on, or -1. */
  readonly leafOfRow: Int32Array;
  /** By leaf. */
  readonly values: Float64Array;
}

export function createQuantileLeaves(nSamples: number, mostLeaves: number): QuantileLeaves {
  return {
    leafOfRow: new Int32Array(new SharedArrayBuffer(nSamples * 4)),
    values: new Float64Array(new SharedArrayBuffer(mostLeaves * 8)),
  };
}

/** OUT values of the leaves that are `member`'s. Rows come in ascending order, whoever grew on them. */
export function findQuantiles(
  { leafOfRow, values }: QuantileLeaves,
  nLeaves: number,
  rows: Uint32Array,
  { y, raw, weights }: LossArrays,
  loss: Loss,
  member: number,
  size: number,
): void {
  const ends = new Uint32Array(nLeaves + 1);
  const isMine = (leaf: number): boolean => leaf >= 0 && leaf % size === member;
  for (const row of rows) {
    const leaf = leafOfRow[row] as number;
    if (isMine(leaf)) ends[leaf + 1] = (ends[leaf + 1] as number) + 1;
  }
  for (let leaf = 0; leaf < nLeaves; leaf++) {
    ends[leaf + 1] = (ends[leaf + 1] as number) + (ends[leaf] as number);
  }
  const residuals = new Float64Array(ends[nLeaves] as number);
  const ownWeights = new Float64Array(residuals.length);
  const next = ends.slice();
  for (const row of rows) {
    const leaf = leafOfRow[row] as number;
    if (!isMine(leaf)) continue;
    const at = next[leaf] as number;
    next[leaf] = at + 1;
    residuals[at] = (y[row] as number) - (raw[row] as number);
    ownWeights[at] = weights[row] as number;
  }
  const quantile = loss.name === 'quantile' ? loss.quantile : 0.5;
  for (let leaf = member; leaf < nLeaves; leaf += size) {
    const start = ends[leaf] as number;
    const end = ends[leaf + 1] as number;
    values[leaf] = weightedQuantile(
      residuals.subarray(start, end),
      ownWeights.subarray(start, end),
      quantile,
    );
  }
}
