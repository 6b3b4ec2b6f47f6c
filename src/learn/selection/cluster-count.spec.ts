import { describe, expect, it } from 'vitest';
import { createThreadPool } from '../parallel/create-thread-pool.js';
import { Random } from '../random.js';
import { type ClusterVote, countClusters, decide } from './cluster-count.js';

/** Standardized rows, in shared memory. */
function table(nSamples: number, nFeatures: number, row: (i: number) => readonly number[]) {
  const rows = new Float64Array(new SharedArrayBuffer(nSamples * nFeatures * 8));
  for (let i = 0; i < nSamples; i++) rows.set(row(i), i * nFeatures);
  for (let j = 0; j < nFeatures; j++) {
    const column = Array.from({ length: nSamples }, (_, i) => rows[i * nFeatures + j]!);
    const mean = column.reduce((sum, value) => sum + value, 0) / nSamples;
    const deviation = Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / nSamples);
    for (let i = 0; i < nSamples; i++) rows[i * nFeatures + j] = (column[i]! - mean) / deviation;
  }
  return { rows, nSamples, nFeatures, noise: new Float64Array(nFeatures).fill(1e-6) };
}

const count = (input: ReturnType<typeof table>, seed = 1) =>
  countClusters(input, {
    random: new Random(seed),
    threads: createThreadPool({ size: 1, inline: true }),
    checkpoint: () => undefined,
  });

function blobs(nClusters: number, nSamples: number, seed: number) {
  const random = new Random(seed);
  return table(nSamples, 2, (i) => {
    // Not along an axis: two groups and a feature of pure noise are hard for everyone.
    const angle = (2 * Math.PI * (i % nClusters)) / nClusters + 0.7;
    return [12 * Math.cos(angle) + random.normal(), 12 * Math.sin(angle) + random.normal()];
  });
}

describe('countClusters', () => {
  it.each([2, 3, 5, 7])('finds %i groups that are apart, by every method', async (nClusters) => {
    const found = await count(blobs(nClusters, 60 * nClusters, nClusters));
    expect(found).toMatchObject({ likely: nClusters, certainty: 'high' });
    expect(found.votes.filter(({ isCounted }) => isCounted).map((vote) => vote.nClusters)).toEqual([
      nClusters,
      nClusters,
      nClusters,
    ]);
  });

  it('says that there are no groups in one cloud, round or long', async () => {
    const random = new Random(11);
    const found = await count(
      table(600, 3, () => {
        const first = random.normal();
        return [first, first + random.normal() / 2, random.normal()];
      }),
    );
    expect(found.likely).toBe(1);
  });

  it('scores every number under that number, and votes for the best of its scores', async () => {
    const { votes } = await count(blobs(4, 200, 3));
    expect(votes.map(({ method }) => method)).toEqual([
      'k_means',
      'gaussian_mixture_full',
      'gaussian_mixture_diagonal',
      'mean_shift',
    ]);
    const [kMeans, full, diagonal, peaks] = votes as [ClusterVote, ClusterVote, ClusterVote, ClusterVote];
    expect(kMeans.scores.map(({ nClusters }) => nClusters)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(full.scores.map(({ nClusters }) => nClusters)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const { criterion, nClusters, scores } of [kMeans, full, diagonal, peaks]) {
      const all = scores.map(({ score }) => score!);
      const best = criterion === 'bic' ? Math.min(...all) : Math.max(...all);
      expect(scores.find(({ score }) => score === best)!.nClusters).toBe(nClusters);
    }
    expect(kMeans.scores[2]!.stability).toBe(1);
    expect([full, diagonal].filter(({ isCounted }) => isCounted)).toHaveLength(1);
    const bandwidths = peaks.scores.map(({ bandwidth }) => bandwidth!);
    expect(bandwidths).toEqual([...bandwidths].sort((a, b) => a - b));
  });

  it('finds overlapping ellipsoids by the mixtures where k-means cuts them', async () => {
    const random = new Random(2);
    const { votes } = await count(
      table(800, 2, (i) =>
        i % 2 === 0 ? [random.normal() * 6, random.normal() / 3] : [random.normal() / 3, random.normal() * 6],
      ),
    );
    expect(votes.find(({ isCounted, criterion }) => isCounted && criterion === 'bic')!.nClusters).toBe(2);
  });

  it('takes few rows, equal rows and many features', async () => {
    for (const input of [
      table(3, 1, (i) => [i]),
      table(12, 2, (i) => [i % 2, i % 2]),
      table(40, 20, (i) => Array.from({ length: 20 }, (_, j) => Math.sin(i * 7 + j))),
    ]) {
      const { likely, votes } = await count(input);
      expect(likely).toBeGreaterThanOrEqual(1);
      expect(votes.some(({ method }) => method === 'gaussian_mixture_full')).toBe(input.nFeatures <= 16);
    }
  });

  it('says the same for the same seed', async () => {
    const input = blobs(3, 90, 8);
    expect(await count(input, 5)).toEqual(await count(input, 5));
  });
});

describe('the decision', () => {
  const vote = (nClusters: number, isAtLimit = false, score = 0.6): ClusterVote => ({
    method: 'k_means',
    criterion: 'silhouette',
    nClusters,
    isAtLimit,
    isCounted: true,
    scores: [{ nClusters, score }],
  });

  it.each([
    ['all agree', [vote(3), vote(3), vote(3)], 3, 'high'],
    ['all agree on a weak grouping', [vote(3, false, 0.3), vote(3), vote(3)], 3, 'medium'],
    ['two agree', [vote(3), vote(4), vote(3)], 3, 'medium'],
    ['two agree against k-means', [vote(3), vote(4), vote(4)], 4, 'low'],
    ['none agree', [vote(8), vote(2), vote(3)], 3, 'low'],
    ['one Gaussian says more than weak halves', [vote(2, false, 0.4), vote(1), vote(2)], 1, 'low'],
    ['the halves are apart', [vote(2), vote(1), vote(2)], 2, 'medium'],
    ['all say one', [vote(1), vote(1), vote(1)], 1, 'high'],
    ['two are at their limit', [vote(10, true), vote(10, true), vote(4)], 10, 'low'],
  ] as const)('when %s', (_name, votes, likely, certainty) => {
    expect(decide(votes)).toEqual({ likely, certainty });
  });
});
