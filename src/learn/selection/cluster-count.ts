/**
 * How many clusters rows seem to form, asked of methods that mean different things by a cluster:
 *
 * - k-means for 2 to 10 clusters, judged by the mean silhouette: round groups that are apart. Where even the best silhouette
 *   is below 0.25, nothing is apart: one.
 * - Gaussian mixtures of 1 to 10 components with full and with diagonal covariances, judged by the Bayesian information
 *   criterion: ellipsoids, which may overlap. Both shapes are scored; the one with the smallest criterion votes.
 * - Mean shift at several bandwidths: peaks of the density. It finds its number itself at each; the one with the largest
 *   silhouette votes, and again one where nothing is apart.
 *
 * The number that most of the three say is the likely one; where all differ, the one in the middle is. But where
 * one Gaussian describes the rows best and the silhouette is weak, there is one. How sure that is follows
 * from how many agree and from the silhouette: up to 0.5 a grouping may be an artefact (Kaufman and Rousseeuw 1990,
 * table 4).
 *
 * Every candidate carries its own number of clusters. All methods see the same standardized rows.
 */
import { type CovarianceShape, fitGaussianMixture } from '../estimators/cluster/gaussian-mixture.js';
import { type Clustering, lloyd } from '../estimators/cluster/lloyd.js';
import { meanShift, neighborDistance } from '../estimators/cluster/mean-shift.js';
import { plusPlusCentres, type WeightedRows } from '../estimators/cluster/seed-centres.js';
import { clusterAgreement } from '../metrics/cluster-agreement.js';
import { silhouette } from '../metrics/cluster-geometry.js';
import type { ThreadPool } from '../parallel/thread-pool.js';
import type { Random } from '../random.js';

export const MAX_CLUSTERS = 10;
const N_STARTS = 3;
const CLEAR_SILHOUETTE = 0.25;
const STRONG_SILHOUETTE = 0.5;
/** Silhouettes and mean shift cost the square of the rows. */
const MAX_SQUARED_ROWS = 1_000;
/** A full covariance costs the square of the features, and needs many times as many rows. */
const MAX_FULL_FEATURES = 16;
const BANDWIDTH_QUANTILES = [0.05, 0.1, 0.15, 0.2, 0.3];
const MEAN_SHIFT_STARTS = 300;
/** A peak that fewer rows are nearest to is a stray one. */
const MIN_PEAK_SHARE = 0.02;

export interface ClusterCountInput {
  /** Row-major nSamples * nFeatures in shared memory, finite, each feature with mean 0 and variance 1. */
  readonly rows: Float64Array;
  readonly nSamples: number;
  readonly nFeatures: number;
  /** Variance of what each value is off by without saying anything; length nFeatures, > 0. */
  readonly noise: Float64Array;
}

export type ClusterMethod = 'k_means' | 'gaussian_mixture_full' | 'gaussian_mixture_diagonal' | 'mean_shift';

export interface ClusterScore {
  readonly nClusters: number;
  /** By the criterion of the method; null where it is not defined. */
  readonly score: number | null;
  /** k-means: agreement of clusterings from other starts (adjusted Rand index); 1 when they are the same. */
  readonly stability?: number;
  /** Mean shift: in standard deviations. */
  readonly bandwidth?: number;
}

export interface ClusterVote {
  readonly method: ClusterMethod;
  /** Silhouette: larger is better, -1..1. BIC: smaller is better. */
  readonly criterion: 'silhouette' | 'bic';
  readonly nClusters: number;
  /** The vote is the largest number that was tried: there may be more. */
  readonly isAtLimit: boolean;
  /** Of the two mixtures only the better one is counted. */
  readonly isCounted: boolean;
  readonly scores: readonly ClusterScore[];
}

export interface ClusterCount {
  /** 1: no clear groups. */
  readonly likely: number;
  readonly certainty: 'high' | 'medium' | 'low';
  readonly votes: readonly ClusterVote[];
}

/**
 * @param input at least 3 rows, 1 feature; see ClusterCountInput
 * Deterministic for a seed. Cost for n rows, d features: k-means and mixtures O(n d²) an iteration, the rest O(m² d) with
 * m = min(n, 1000).
 */
export async function countClusters(
  input: ClusterCountInput,
  context: { readonly random: Random; readonly threads: ThreadPool; readonly checkpoint: () => void },
): Promise<ClusterCount> {
  const maximum = Math.min(MAX_CLUSTERS, input.nSamples - 1);
  const weights = new Float64Array(input.nSamples).fill(1);
  const clusterings: Clustering[][] = [];
  for (let nClusters = 1; nClusters <= maximum; nClusters++) {
    clusterings.push(await startSeveral({ ...input, weights }, nClusters, context));
  }
  const kMeans = voteOfKMeans(input, clusterings, context.random);
  const mixtures = voteOfMixtures(input, clusterings, context.checkpoint);
  const peaks = voteOfMeanShift(input, context);
  const votes = [kMeans, ...mixtures, peaks];
  return { ...decide(votes.filter(({ isCounted }) => isCounted)), votes };
}

/** The same number from several starts, the one with the least inertia first. */
async function startSeveral(
  data: WeightedRows,
  nClusters: number,
  { random, threads, checkpoint }: Parameters<typeof countClusters>[1],
): Promise<Clustering[]> {
  const runs: Clustering[] = [];
  for (let start = 0; start < (nClusters === 1 ? 1 : N_STARTS); start++) {
    const first = plusPlusCentres(data, nClusters, random.fork(nClusters * N_STARTS + start), checkpoint);
    const options = { maxIterations: 100, tolerance: 0, bounded: false };
    runs.push(await lloyd(data, first, options, { threads, checkpoint }));
  }
  return runs.sort((a, b) => a.inertia - b.inertia);
}

function voteOfKMeans(
  input: ClusterCountInput,
  clusterings: readonly (readonly Clustering[])[],
  random: Random,
): ClusterVote {
  const scores = clusterings.slice(1).map(([best, ...others], at): ClusterScore => {
    const nClusters = at + 2;
    const agreement = others.map(({ labels }) => clusterAgreement(best!.labels, labels).adjustedRand);
    return {
      nClusters,
      score: silhouetteOf(input, best!.labels, nClusters, random),
      stability: agreement.reduce((sum, value) => sum + value, 0) / agreement.length,
    };
  });
  return { method: 'k_means', criterion: 'silhouette', ...clearest(scores), isCounted: true, scores };
}

function voteOfMixtures(
  input: ClusterCountInput,
  clusterings: readonly (readonly Clustering[])[],
  checkpoint: () => void,
): ClusterVote[] {
  const shapes: CovarianceShape[] = input.nFeatures > MAX_FULL_FEATURES ? ['diagonal'] : ['full', 'diagonal'];
  const found = shapes.map((covariance) => {
    const scores = clusterings.map(([start], at): ClusterScore => {
      const nClusters = at + 1;
      const { labels } = start!;
      // Fewer different rows than components: there is nothing to fit.
      if (new Set(labels).size < nClusters) return { nClusters, score: null };
      const options = { covariance, labels, nComponents: nClusters, noise: input.noise };
      return { nClusters, score: fitGaussianMixture(input, options, checkpoint).bic };
    });
    const best = scores.reduce((a, b) => ((b.score ?? Infinity) < (a.score ?? Infinity) ? b : a));
    return { covariance, scores, best };
  });
  const winner = found.reduce((a, b) => ((b.best.score ?? Infinity) < (a.best.score ?? Infinity) ? b : a));
  return found.map((one) => ({
    method: `gaussian_mixture_${one.covariance}` as const,
    criterion: 'bic' as const,
    nClusters: one.best.nClusters,
    isAtLimit: one.best.nClusters === MAX_CLUSTERS,
    isCounted: one === winner,
    scores: one.scores,
  }));
}

function voteOfMeanShift(
  input: ClusterCountInput,
  { random, checkpoint }: Parameters<typeof countClusters>[1],
): ClusterVote {
  const { nFeatures } = input;
  const rows = thinned(input, random);
  const starts = drawn(rows.length / nFeatures, MEAN_SHIFT_STARTS, random);
  const scores = BANDWIDTH_QUANTILES.map((quantile): ClusterScore => {
    const bandwidth = neighborDistance(rows, nFeatures, quantile);
    if (!(bandwidth > 0)) return { nClusters: 1, score: null, bandwidth };
    const { labels, nClusters } = meanShift(rows, nFeatures, bandwidth, {
      starts,
      minClusterShare: MIN_PEAK_SHARE,
      checkpoint,
    });
    const score = silhouette({ rows, nFeatures, labels, nClusters }, random, MAX_SQUARED_ROWS);
    return { nClusters, score, bandwidth };
  });
  return { method: 'mean_shift', criterion: 'silhouette', ...clearest(scores), isCounted: true, scores };
}

/** The number with the largest silhouette; 1 when that is not clear. */
function clearest(scores: readonly ClusterScore[]): Pick<ClusterVote, 'nClusters' | 'isAtLimit'> {
  const best = scores.reduce((a, b) => ((b.score ?? -1) > (a.score ?? -1) ? b : a));
  const nClusters = (best.score ?? -1) >= CLEAR_SILHOUETTE ? best.nClusters : 1;
  return { nClusters, isAtLimit: nClusters === MAX_CLUSTERS && best.bandwidth === undefined };
}

/** @param votes k-means, the better mixture and mean shift, in this order */
export function decide(votes: readonly ClusterVote[]): Pick<ClusterCount, 'likely' | 'certainty'> {
  const isStrongAt = (wanted: number): boolean =>
    wanted === 1 ||
    (votes[0]!.scores.find(({ nClusters }) => nClusters === wanted)?.score ?? 0) >= STRONG_SILHOUETTE;
  // Of three numbers of which two are equal the middle one is their number.
  const middle = votes.map(({ nClusters }) => nClusters).sort((a, b) => a - b)[votes.length >> 1]!;
  // Halves of a long cloud have a silhouette too; a single Gaussian tells that it is one.
  const likely = votes[1]!.nClusters === 1 && !isStrongAt(middle) ? 1 : middle;
  const support = votes.filter(({ nClusters }) => nClusters === likely);
  const isStrong = isStrongAt(likely);
  if (support.length < 2 || support.some(({ isAtLimit }) => isAtLimit)) return { likely, certainty: 'low' };
  const isUnanimous = support.length === votes.length;
  if (isUnanimous && isStrong) return { likely, certainty: 'high' };
  return { likely, certainty: isUnanimous || isStrong ? 'medium' : 'low' };
}

function silhouetteOf(
  { rows, nFeatures }: ClusterCountInput,
  labels: Int32Array,
  nClusters: number,
  random: Random,
): number | null {
  // Every number is judged on the same rows.
  return silhouette({ rows, nFeatures, labels, nClusters }, random.fork(0), MAX_SQUARED_ROWS);
}

/** At most MAX_SQUARED_ROWS rows. */
function thinned({ rows, nSamples, nFeatures }: ClusterCountInput, random: Random): Float64Array {
  if (nSamples <= MAX_SQUARED_ROWS) return rows;
  const kept = new Float64Array(MAX_SQUARED_ROWS * nFeatures);
  for (const [to, row] of drawn(nSamples, MAX_SQUARED_ROWS, random).entries()) {
    kept.set(rows.subarray(row * nFeatures, (row + 1) * nFeatures), to * nFeatures);
  }
  return kept;
}

/** Row numbers in order, at random: every n-th row would meet a table that repeats itself. */
function drawn(nSamples: number, count: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: nSamples }, (_, i) => i);
  random.fork(-1).shuffle(order);
  return order.subarray(0, count).sort();
}
