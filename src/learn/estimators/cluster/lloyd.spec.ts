import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createThreadPool } from '../../parallel/create-thread-pool.js';
import { Random } from '../../random.js';
import { assignPiece, nearestCentre } from './assign-kernel.js';
import { type Clustering, lloyd } from './lloyd.js';
import { plusPlusCentres, randomCentres } from './seed-centres.js';

function run(rows: number[], nFeatures: number, start: Float64Array, bounded: boolean): Promise<Clustering> {
  const nSamples = rows.length / nFeatures;
  const data = {
    rows: Float64Array.from(rows),
    nSamples,
    nFeatures,
    weights: new Float64Array(nSamples).fill(1),
  };
  const options = { maxIterations: 100, tolerance: 0, bounded };
  return lloyd(data, start, options, { threads: createThreadPool({ size: 1 }), checkpoint: () => {} });
}

describe('lloyd', () => {
  it('gives the same clusters with bounds and without', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 8, maxLength: 120 }),
        async (values) => {
          const rows = values.slice(0, values.length - (values.length % 2)).map((value) => value / 4);
          const start = Float64Array.from(rows.slice(0, 6));
          const plain = await run(rows, 2, start, false);
          const bounded = await run(rows, 2, start, true);
          expect([...bounded.labels]).toEqual([...plain.labels]);
          expect([...bounded.centres]).toEqual([...plain.centres]);
        },
      ),
    );
  });

  it('gives an empty cluster the row farthest from its centre', async () => {
    const found = await run([0, 1, 2, 10], 1, Float64Array.of(1, 1, 100), false);
    expect(new Set(found.labels).size).toBe(3);
    expect(found.converged).toBe(true);
  });

  it('stays finite with fewer distinct rows than clusters', async () => {
    const found = await run([3, 3, 3, 3], 1, Float64Array.of(3, 3, 3), true);
    expect([...found.centres]).toEqual([3, 3, 3]);
    expect(found.inertia).toBe(0);
  });
});

describe('assignPiece', () => {
  it('gives each row the centre that plain loops give it, whatever the number of rows', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 1000 }),
        (nSamples, nClusters, nFeatures, seed) => {
          const random = new Random(seed);
          const coarse = (length: number): Float64Array =>
            Float64Array.from({ length }, () => random.below(5));
          const rows = coarse(nSamples * nFeatures);
          const centres = coarse(nClusters * nFeatures);
          const labels = new Int32Array(nSamples).fill(-1);
          const weights = new Float64Array(nSamples).fill(1);
          const input = { rows, nSamples, nFeatures, weights, centres, nClusters, labels };
          const { nChanged } = assignPiece(input, 0, { checkpoint: () => {} });
          expect(nChanged).toBe(nSamples);
          for (let i = 0; i < nSamples; i++)
            expect(labels[i]).toBe(nearestCentre(rows, i * nFeatures, centres, nClusters, nFeatures));
        },
      ),
    );
  });
});

describe('first centres', () => {
  const rows = Float64Array.of(0, 0, 0, 50, 50, 100);
  const data = { rows, nSamples: 6, nFeatures: 1, weights: new Float64Array(6).fill(1) };

  it('are far from each other with k-means++', () => {
    for (let seed = 0; seed < 20; seed++) {
      expect([...plusPlusCentres(data, 3, new Random(seed), () => {})].sort((a, b) => a - b)).toEqual([
        0, 50, 100,
      ]);
    }
  });

  it('never are rows without weight', () => {
    const weights = Float64Array.of(0, 0, 0, 1, 1, 0);
    for (let seed = 0; seed < 20; seed++) {
      expect([...randomCentres({ ...data, weights }, 2, new Random(seed))]).toEqual([50, 50]);
    }
  });
});
