import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LearnError } from '../../errors.js';
import { Random } from '../../random.js';
import { readOracles } from '../../testing/read-oracles.js';
import { type CovarianceShape, fitGaussianMixture, type GaussianMixture } from './gaussian-mixture.js';
import { meanShift, neighborDistance } from './mean-shift.js';

interface Oracles {
  noise: number;
  mixtures: {
    covariance: CovarianceShape;
    nComponents: number;
    rows: number[][];
    start: number[];
    weights: number[];
    means: number[][];
    covariances: number[][][] | number[][];
    labels: number[];
    meanLogLikelihood: number;
    bic: number;
    iterations: number;
  }[];
  meanShifts: {
    rows: number[][];
    quantile: number;
    bandwidth: number;
    centres: number[][];
    labels: number[];
  }[];
}

const oracles = readOracles<Oracles>('clusters.json');
const close = (found: ArrayLike<number>, wanted: readonly number[], digits: number): void => {
  expect(found.length).toBe(wanted.length);
  for (const [i, value] of wanted.entries()) expect(found[i]).toBeCloseTo(value, digits);
};

/** What the factors stand for. */
function covariancesOf({ factors }: GaussianMixture, d: number, shape: CovarianceShape): number[] {
  if (shape === 'diagonal') return Array.from(factors, (deviation) => deviation ** 2);
  const found: number[] = [];
  for (let at = 0; at < factors.length; at += d * d) {
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        let sum = 0;
        for (let t = 0; t <= Math.min(i, j); t++) sum += factors[at + i * d + t]! * factors[at + j * d + t]!;
        found.push(sum);
      }
    }
  }
  return found;
}

/** log of the density of a row, from the determinant and the inverse by elimination. */
function naiveLogDensity(x: number[], mean: number[], covariance: number[][]): number {
  const d = x.length;
  const work = covariance.map((line, i) => [...line, x[i]! - mean[i]!]);
  let logDeterminant = 0;
  for (let i = 0; i < d; i++) {
    logDeterminant += Math.log(work[i]![i]!);
    for (let r = i + 1; r < d; r++) {
      const share = work[r]![i]! / work[i]![i]!;
      for (let c = i; c <= d; c++) work[r]![c]! -= share * work[i]![c]!;
    }
  }
  const solved: number[] = new Array(d).fill(0);
  for (let i = d - 1; i >= 0; i--) {
    let sum = work[i]![d]!;
    for (let c = i + 1; c < d; c++) sum -= work[i]![c]! * solved[c]!;
    solved[i] = sum / work[i]![i]!;
  }
  const squared = solved.reduce((sum, value, i) => sum + value * (x[i]! - mean[i]!), 0);
  return -(d * Math.log(2 * Math.PI) + logDeterminant + squared) / 2;
}

describe('fitGaussianMixture', () => {
  it.each(oracles.mixtures.map((one) => [`${one.covariance} ${one.nComponents}`, one] as const))(
    'says of %s components what scikit-learn says',
    (_name, one) => {
      const { rows, covariance, nComponents } = one;
      const nFeatures = rows[0]!.length;
      const found = fitGaussianMixture(
        { rows: Float64Array.from(rows.flat()), nSamples: rows.length, nFeatures },
        {
          covariance,
          nComponents,
          labels: Int32Array.from(one.start),
          noise: new Float64Array(nFeatures).fill(oracles.noise),
          maxIterations: 500,
          tolerance: 1e-6,
        },
      );
      expect(found.iterations).toBe(one.iterations);
      close(found.weights, one.weights, 8);
      close(found.means, one.means.flat(), 7);
      close(covariancesOf(found, nFeatures, covariance), one.covariances.flat(2), 7);
      expect([...found.labels]).toEqual(one.labels);
      expect(found.meanLogLikelihood).toBeCloseTo(one.meanLogLikelihood, 9);
      expect(found.bic).toBeCloseTo(one.bic, 6);
    },
  );

  it('agrees with a naive density, and its likelihood never falls', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1000 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom<CovarianceShape>('full', 'diagonal'),
        (seed, nFeatures, nComponents, covariance) => {
          const random = new Random(seed);
          const nSamples = 30;
          const rows = Float64Array.from({ length: nSamples * nFeatures }, () => random.normal() * 3);
          const options = {
            covariance,
            nComponents,
            labels: Int32Array.from({ length: nSamples }, (_, i) => i % nComponents),
            noise: new Float64Array(nFeatures).fill(0.1),
            tolerance: 0,
          };
          const data = { rows, nSamples, nFeatures };
          let before = Number.NEGATIVE_INFINITY;
          for (const maxIterations of [1, 2, 5]) {
            const { meanLogLikelihood } = fitGaussianMixture(data, { ...options, maxIterations });
            // The noise is no part of the likelihood: it may cost a little.
            expect(meanLogLikelihood).toBeGreaterThan(before - 0.01);
            before = meanLogLikelihood;
          }
          const found = fitGaussianMixture(data, { ...options, maxIterations: 5 });
          const flat = covariancesOf(found, nFeatures, covariance);
          let total = 0;
          for (let i = 0; i < nSamples; i++) {
            const x = [...rows.subarray(i * nFeatures, (i + 1) * nFeatures)];
            let density = 0;
            for (let k = 0; k < nComponents; k++) {
              const mean = [...found.means.subarray(k * nFeatures, (k + 1) * nFeatures)];
              const matrix = mean.map((_, r) =>
                mean.map((__, c) =>
                  covariance === 'full'
                    ? flat[k * nFeatures ** 2 + r * nFeatures + c]!
                    : r === c
                      ? flat[k * nFeatures + r]!
                      : 0,
                ),
              );
              density += found.weights[k]! * Math.exp(naiveLogDensity(x, mean, matrix));
            }
            total += Math.log(density);
          }
          expect(found.meanLogLikelihood).toBeCloseTo(total / nSamples, 8);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('stays finite where rows are equal, and refuses what has no spread at all', () => {
    const rows = Float64Array.of(1, 1, 1, 1, 5, 5);
    const data = { rows, nSamples: 6, nFeatures: 1 };
    const options = { covariance: 'full' as const, nComponents: 2, labels: Int32Array.of(0, 0, 0, 0, 1, 1) };
    const found = fitGaussianMixture(data, { ...options, noise: Float64Array.of(1e-6) });
    close(found.means, [1, 5], 12);
    expect(Number.isFinite(found.bic)).toBe(true);
    const zeros = { rows: new Float64Array(6), nSamples: 6, nFeatures: 1 };
    const noise = Float64Array.of(0);
    expect(() => fitGaussianMixture(zeros, { ...options, noise })).toThrow(LearnError);
  });
});

describe('meanShift', () => {
  it.each(oracles.meanShifts.map((one) => [one.quantile, one] as const))(
    'at the quantile %s finds what scikit-learn finds',
    (_name, { rows, quantile, bandwidth, centres, labels }) => {
      const flat = Float64Array.from(rows.flat());
      const nFeatures = rows[0]!.length;
      expect(neighborDistance(flat, nFeatures, quantile)).toBeCloseTo(bandwidth, 12);
      const found = meanShift(flat, nFeatures, bandwidth);
      close(found.centres, centres.flat(), 9);
      expect([...found.labels]).toEqual(labels);
    },
  );

  it('finds the groups by hand, and leaves stray rows to the nearest when told', () => {
    const rows = Float64Array.of(0, 0.1, 0.2, 5, 5.1, 5.2, 100);
    expect(meanShift(rows, 1, 1).nClusters).toBe(3);
    const found = meanShift(rows, 1, 1, { minClusterShare: 0.2, starts: [0, 4, 6] });
    expect([...found.centres].map((value) => Math.round(value * 10) / 10).sort()).toEqual([0.1, 5.1]);
    expect(found.labels[6]).toBe(found.labels[5]);
  });
});
