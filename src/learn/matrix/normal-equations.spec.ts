import { describe, expect, it } from 'vitest';
import { createThreadPool } from '../parallel/create-thread-pool.js';
import { Random } from '../random.js';
import type { FeatureMatrix } from './feature-matrix.js';
import { leastSquares } from './least-squares.js';
import { centredMoments, type Moments, momentPiece, solveNormalEquations } from './normal-equations.js';

const context = { threads: createThreadPool({ size: 1 }), checkpoint: () => {} };

function matrix(columns: number[][]): FeatureMatrix {
  return {
    nSamples: columns[0]!.length,
    nFeatures: columns.length,
    values: Float64Array.from(columns.flat()),
    features: columns.map((_, j) => ({ name: `x${j}`, column: `x${j}`, kind: 'numeric' as const })),
  };
}

function draw(nSamples: number, nFeatures: number, seed: number) {
  const random = new Random(seed);
  const columns = Array.from({ length: nFeatures }, (_, j) =>
    Array.from({ length: nSamples }, () => (random.normal() + j) * 10 ** j),
  );
  const target = Float64Array.from({ length: nSamples }, () => random.normal() + 5);
  const weights = Float64Array.from({ length: nSamples }, () => random.next());
  return { columns, target, weights };
}

async function moments(columns: number[][], target: Float64Array, weights?: Float64Array): Promise<Moments> {
  return centredMoments(
    matrix(columns),
    target,
    weights ?? new Float64Array(target.length).fill(1),
    true,
    context,
  );
}

describe('centredMoments', () => {
  it.each([1, 3, 4, 70])('of %d features are what plain sums give', async (nFeatures) => {
    const { columns, target, weights } = draw(700, nFeatures, nFeatures);
    const small = columns.map((column, j) => column.map((value) => value / 10 ** j));
    const found = await moments(small, target, weights);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const centred = [...small, [...target]].map((column) => {
      const mean = column.reduce((sum, value, i) => sum + weights[i]! * value, 0) / total;
      return column.map((value) => value - mean);
    });
    const product = (a: number[], b: number[]): number =>
      a.reduce((sum, value, i) => sum + weights[i]! * value * b[i]!, 0);
    for (let j = 0; j < nFeatures; j++) {
      for (let k = 0; k < nFeatures; k++) {
        const expected = product(centred[j]!, centred[k]!);
        expect(Math.abs(found.gram[j * nFeatures + k]! - expected)).toBeLessThan(1e-10);
      }
      expect(found.correlations[j]).toBeCloseTo(product(centred[j]!, centred[nFeatures]!), 10);
    }
    expect(found.targetSquared).toBeCloseTo(product(centred[nFeatures]!, centred[nFeatures]!), 10);
  });

  it('keep their digits where the rows that are looked at first say little of the mean', async () => {
    const random = new Random(5);
    // Every second row is looked at: those have no weight, or one value.
    const nSamples = 1024;
    const column = Array.from({ length: nSamples }, (_, i) => (i % 2 === 0 ? 0 : 1e9 + random.normal()));
    const target = Float64Array.from(column, (value) => value * 2);
    const weights = Float64Array.from(column, (_, i) => i % 2);
    const found = await moments([column, column.map(() => 0.1)], target, weights);
    const odd = column.filter((_, i) => i % 2 === 1);
    const mean = odd.reduce((sum, value) => sum + value - 1e9, 0) / odd.length + 1e9;
    const squared = odd.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    expect(found.totalWeight).toBe(odd.length);
    // The values themselves are known to 1e-7.
    expect(Math.abs(found.means[0]! - mean)).toBeLessThan(1e-6);
    expect(Math.abs(found.gram[0]! / squared - 1)).toBeLessThan(1e-10);
    expect(Math.abs(found.correlations[0]! / (2 * squared) - 1)).toBeLessThan(1e-10);
    expect([found.means[1], found.gram[3]]).toEqual([0.1, 0]);
  });

  it('do not depend on what an earlier block left in memory', async () => {
    const { columns, target, weights } = draw(700, 3, 9);
    const input = {
      values: Float64Array.from(columns.flat()),
      nSamples: 700,
      nFeatures: 3,
      target,
      weights,
      centres: new Float64Array(4),
    };
    const first = momentPiece(input, 0, context);
    momentPiece({ ...input, centres: Float64Array.of(1e9, 1e9, 1e9, 1e9) }, 0, context);
    expect([...momentPiece(input, 0, context)]).toEqual([...first]);
  });
});

describe('solveNormalEquations', () => {
  it('agrees with orthogonal transformations, over features of very different size', async () => {
    const { columns, target } = draw(300, 5, 2);
    const found = await moments(columns, target);
    const solved = solveNormalEquations(found, 0)!;
    const centred = columns.flatMap((column, j) => column.map((value) => value - found.means[j]!));
    const twin = leastSquares(
      Float64Array.from(centred),
      target.map((y) => y - found.targetMean),
      5,
      () => {},
    );
    for (let j = 0; j < 5; j++)
      expect(Math.abs(solved[j]! / twin.weights[j]! - 1), `weight ${j}`).toBeLessThan(1e-10);
  });

  it('leaves dependent, nearly dependent, constant and overflowing features to others', async () => {
    const { columns, target } = draw(300, 2, 3);
    const first = columns[0]!;
    for (const second of [
      first,
      first.map((value, i) => value + (i % 2) * 1e-5),
      first.map(() => 0.1),
      first.map((value) => value * 1e200),
    ]) {
      expect(solveNormalEquations(await moments([first, second], target), 0)).toBeNull();
    }
  });

  it('takes dependent features with a price', async () => {
    const { columns, target } = draw(300, 1, 4);
    const weights = solveNormalEquations(await moments([columns[0]!, columns[0]!], target), 1)!;
    expect(weights[0]).toBeCloseTo(weights[1]!, 10);
  });
});
