import { kMeans } from '../../learn/estimators/cluster/k-means.js';
import { clusterAgreement } from '../../learn/metrics/cluster-agreement.js';
import { type ClusteredRows, centroidsOf, silhouette } from '../../learn/metrics/cluster-geometry.js';
import { createThreadPool } from '../../learn/parallel/create-thread-pool.js';
import { Random } from '../../learn/random.js';
import { validateParameters } from '../../learn/validate-parameters.js';
import type { ClassCountEstimate } from './profile-types.js';
import type { SampleColumn } from './sample.js';

/** Rows that are clustered; silhouettes cost their square. */
export const CLASS_COUNT_ROWS = 2_000;
const MIN_ROWS = 10;
const MAX_CLUSTERS = 10;
const MAX_FEATURES = 64;
/** Below it, even the best grouping does not keep its rows apart (Kaufman and Rousseeuw 1990, table 4). */
const CLEAR_SILHOUETTE = 0.25;
const SEEDS = [1, 2] as const;

/**
 * The likely number of groups in unlabelled rows: k-means for 1 to 10 clusters on the standardized numbers, each
 * from two independent starts. Two criteria judge them: the Bayesian information criterion of round Gaussians of one
 * size (Pelleg and Moore 2000), which can also say "one", and the mean silhouette. They answer different questions; the
 * silhouette decides, unless nothing is clearly apart.
 *
 * @param columns numbers, booleans and dates; missing values count as the mean, constant columns are left out
 * @returns null when there is nothing to cluster: no such column, or fewer than 10 rows
 */
export async function estimateClassCount(
  columns: readonly SampleColumn[],
): Promise<ClassCountEstimate | null> {
  const used = columns.filter(({ isText, nLevels }) => !isText && nLevels > 1).slice(0, MAX_FEATURES);
  const nSamples = Math.min(CLASS_COUNT_ROWS, used[0]?.values.length ?? 0);
  if (nSamples < MIN_ROWS) return null;
  const standardized = standardize(used, nSamples);
  const candidates: ClassCountEstimate['candidates'][number][] = [];
  for (let nClusters = 1; nClusters <= Math.min(MAX_CLUSTERS, nSamples - 1); nClusters++) {
    const [first, second] = [
      await cluster(standardized, nClusters, SEEDS[0]),
      await cluster(standardized, nClusters, SEEDS[1]),
    ];
    candidates.push({
      nClusters,
      bic: bic(first),
      silhouette: nClusters === 1 ? null : silhouette(first, new Random(SEEDS[0]), 1_000),
      stability: nClusters === 1 ? null : clusterAgreement(first.labels, second.labels).adjustedRand,
    });
  }
  const best = [...candidates].sort((a, b) => (b.silhouette ?? -1) - (a.silhouette ?? -1))[0]!;
  const least = [...candidates].sort((a, b) => (a.bic ?? Infinity) - (b.bic ?? Infinity))[0]!;
  const isClear = (best.silhouette ?? -1) >= CLEAR_SILHOUETTE && least.nClusters > 1;
  return {
    likely: isClear ? best.nClusters : 1,
    bySilhouette: best.nClusters,
    byBic: least.nClusters,
    candidates,
    columns: used.map(({ name }) => name),
    nRowsUsed: nSamples,
  };
}

interface Standardized {
  readonly names: readonly string[];
  readonly nSamples: number;
  /** Column-major, mean 0 and variance 1. */
  readonly values: Float64Array;
  /** The same, row-major. */
  readonly rows: Float64Array;
}

/** Missing values become the mean: 0. */
function standardize(columns: readonly SampleColumn[], nSamples: number): Standardized {
  const nFeatures = columns.length;
  const values = new Float64Array(nSamples * nFeatures);
  const rows = new Float64Array(nSamples * nFeatures);
  for (const [j, column] of columns.entries()) {
    const present = column.values.subarray(0, nSamples).filter((value) => !Number.isNaN(value));
    const mean = present.reduce((sum, value) => sum + value, 0) / present.length;
    const variance = present.reduce((sum, value) => sum + (value - mean) ** 2, 0) / present.length;
    const scale = variance > 0 ? Math.sqrt(variance) : 1;
    for (let i = 0; i < nSamples; i++) {
      const value = column.values[i] as number;
      const standard = Number.isNaN(value) ? 0 : (value - mean) / scale;
      values[j * nSamples + i] = standard;
      rows[i * nFeatures + j] = standard;
    }
  }
  return { names: columns.map(({ name }) => name), nSamples, values, rows };
}

async function cluster(data: Standardized, nClusters: number, seed: number): Promise<ClusteredRows> {
  const { names, nSamples, values, rows } = data;
  const features = names.map((name) => ({ name, column: name, kind: 'numeric' as const }));
  const x = { nSamples, nFeatures: names.length, values, features };
  const context = {
    random: new Random(seed),
    threads: createThreadPool({ size: 1, inline: true }),
    checkpoint: () => undefined,
  };
  const { values: options } = validateParameters(kMeans, { nClusters });
  const predictor = await kMeans.fit({ x, y: { task: 'clustering' } }, options, context);
  const clusters = new Float64Array(nSamples);
  predictor.predictInto(rows, nSamples, clusters);
  return { rows, nFeatures: names.length, labels: Int32Array.from(clusters), nClusters };
}

/** -2 log likelihood + parameters * log n, of Gaussians that share one variance in all directions; smaller is better. */
function bic(clustered: ClusteredRows): number | null {
  const { nFeatures, labels, nClusters } = clustered;
  const n = labels.length;
  const { squared, sizes } = centroidsOf(clustered);
  const variance = squared.reduce((sum, value) => sum + value, 0) / (n * nFeatures);
  if (!(variance > 0)) return null;
  const mixing = sizes.reduce((sum, size) => sum + (size > 0 ? size * Math.log(size / n) : 0), 0);
  const logLikelihood = mixing - (n * nFeatures * (Math.log(2 * Math.PI * variance) + 1)) / 2;
  const nParameters = nClusters * nFeatures + nClusters;
  return -2 * logLikelihood + nParameters * Math.log(n);
}
