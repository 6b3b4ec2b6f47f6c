import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createThreadPool } from '../parallel/create-thread-pool.js';
import { Random } from '../random.js';
import { solveDependentFeatures } from './dependent-features.js';
import type { FeatureMatrix } from './feature-matrix.js';
import { leastSquares } from './least-squares.js';
import { centredMoments } from './normal-equations.js';

const context = { threads: createThreadPool({ size: 1 }), checkpoint: () => {} };

function matrix(columns: readonly number[][]): FeatureMatrix {
  return {
    nSamples: columns[0]!.length,
    nFeatures: columns.length,
    values: Float64Array.from(columns.flat()),
    features: columns.map((_, j) => ({ name: `x${j}`, column: `x${j}`, kind: 'numeric' as const })),
  };
}

async function solve(columns: readonly number[][], target: Float64Array) {
  const x = matrix(columns);
  const moments = await centredMoments(x, target, undefined, true, context);
  return { found: solveDependentFeatures(x, moments, () => {}), moments };
}

/** Orthogonal transformations of the centred rows. */
function twin(columns: readonly number[][], target: Float64Array, means: Float64Array, targetMean: number) {
  const centred = columns.flatMap((column, j) => column.map((value) => value - means[j]!));
  return leastSquares(
    Float64Array.from(centred),
    target.map((y) => y - targetMean),
    columns.length,
    () => {},
  );
}

describe('solveDependentFeatures', () => {
  it('finds the shortest solution over categories beside numbers, as orthogonal transformations do', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 2, max: 5 }), async (seed, nCategories) => {
        const random = new Random(seed);
        const nSamples = 400;
        const codes = [0, 1].map(() => Array.from({ length: nSamples }, () => random.below(nCategories)));
        const columns = [
          Array.from({ length: nSamples }, () => random.normal() * 1000 + 5),
          Array.from({ length: nSamples }, () => 7),
          ...codes.flatMap((own) =>
            Array.from({ length: nCategories }, (_, c) => own.map((code) => (code === c ? 1 : 0))),
          ),
        ];
        const target = Float64Array.from({ length: nSamples }, (_, i) => random.normal() + codes[0]![i]!);
        const { found, moments } = await solve(columns, target);
        const expected = twin(columns, target, moments.means, moments.targetMean);
        expect(found?.rank).toBe(expected.rank);
        expect(found?.rank).toBe(1 + 2 * (nCategories - 1));
        for (let j = 0; j < columns.length; j++) {
          expect(Math.abs(found!.weights[j]! - expected.weights[j]!), `weight ${j}`).toBeLessThan(1e-11);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('leaves features that only nearly depend on others to those who can tell', async () => {
    const random = new Random(1);
    const first = Array.from({ length: 300 }, () => random.normal());
    const target = Float64Array.from({ length: 300 }, () => random.normal());
    for (const size of [1e-4, 1e-6, 1e-8, 1e-10, 1e-12]) {
      const second = first.map((value) => value + size * random.normal());
      expect((await solve([first, second], target)).found, `${size}`).toBeNull();
    }
    expect((await solve([first, first.map((value) => 3 * value)], target)).found?.rank).toBe(1);
  });

  it('leaves squares that overflow to others', async () => {
    const column = [1e200, 2e200, 4e200, 5e200];
    expect((await solve([column, column], Float64Array.of(1, 2, 3, 4))).found).toBeNull();
  });
});
