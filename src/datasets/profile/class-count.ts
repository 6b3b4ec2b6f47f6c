import { createThreadPool } from '../../learn/parallel/create-thread-pool.js';
import { Random } from '../../learn/random.js';
import { type ClusterCountInput, countClusters } from '../../learn/selection/cluster-count.js';
import type { ClassCountEstimate } from './profile-types.js';
import type { SampleColumn } from './sample.js';

/** Rows that are clustered. */
export const CLASS_COUNT_ROWS = 2_000;
const MIN_ROWS = 10;
const MAX_FEATURES = 64;
const SEED = 1;
/** Of a standardized feature: below it nothing is told apart. */
const LEAST_NOISE = 1e-6;

/**
 * The likely number of groups in unlabelled rows, of the standardized numbers; see countClusters.
 *
 * @param columns numbers, booleans and dates; missing values count as the mean, constant columns are left out
 * @returns null when there is nothing to cluster: no such column, or fewer than 10 rows
 */
export async function estimateClassCount(
  columns: readonly SampleColumn[],
): Promise<ClassCountEstimate | null> {
  const used = columns.filter(({ isText, nLevels }) => !isText && nLevels > 1).slice(0, MAX_FEATURES);
  const nSamples = used[0]?.values.length ?? 0;
  if (nSamples < MIN_ROWS) return null;
  const found = await countClusters(standardize(used, nSamples), {
    random: new Random(SEED),
    threads: createThreadPool({ size: 1, inline: true }),
    checkpoint: () => undefined,
  });
  return { ...found, columns: used.map(({ name }) => name), nRowsUsed: nSamples };
}

/** Missing values become the mean: 0. */
function standardize(columns: readonly SampleColumn[], nSamples: number): ClusterCountInput {
  const nFeatures = columns.length;
  const nBytes = nSamples * nFeatures * Float64Array.BYTES_PER_ELEMENT;
  const rows = new Float64Array(new SharedArrayBuffer(nBytes));
  const noise = new Float64Array(nFeatures);
  for (const [j, { values }] of columns.entries()) {
    const present = values.filter((value) => !Number.isNaN(value)).sort();
    const mean = present.reduce((sum, value) => sum + value, 0) / present.length;
    const variance = present.reduce((sum, value) => sum + (value - mean) ** 2, 0) / present.length;
    const scale = variance > 0 ? Math.sqrt(variance) : 1;
    noise[j] = Math.max(LEAST_NOISE, (usualStep(present) / scale) ** 2 / 12);
    for (let i = 0; i < nSamples; i++) {
      const value = values[i] as number;
      rows[i * nFeatures + j] = Number.isNaN(value) ? 0 : (value - mean) / scale;
    }
  }
  return { rows, nSamples, nFeatures, noise };
}

/**
 * The median distance between neighbouring values. A number that is known in steps is off by up to half of one, with a
 * variance of step² / 12: whole numbers and booleans are no peaks of their own.
 */
function usualStep(sorted: Float64Array): number {
  const steps = new Float64Array(Math.max(0, sorted.length - 1));
  let nSteps = 0;
  for (let i = 1; i < sorted.length; i++) {
    const step = (sorted[i] as number) - (sorted[i - 1] as number);
    if (step > 0) steps[nSteps++] = step;
  }
  return nSteps === 0 ? 0 : (steps.subarray(0, nSteps).sort()[nSteps >> 1] as number);
}
