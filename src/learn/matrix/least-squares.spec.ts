import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastSquares } from './least-squares.js';

const entry = fc.integer({ min: -9, max: 9 });

/** Aᵀ(A w - b): zero exactly where w fits best. */
function normalResiduals(columns: number[][], b: number[], w: Float64Array): number[] {
  const residuals = b.map((value, i) => columns.reduce((sum, column, j) => sum + column[i]! * w[j]!, -value));
  return columns.map((column) => column.reduce((sum, value, i) => sum + value * residuals[i]!, 0));
}

describe('leastSquares', () => {
  it('fits best, whatever the rank', () => {
    const system = fc
      .record({ n: fc.integer({ min: 1, max: 8 }), d: fc.integer({ min: 1, max: 5 }) })
      .chain(({ n, d }) =>
        fc.record({
          columns: fc.array(fc.array(entry, { minLength: n, maxLength: n }), { minLength: d, maxLength: d }),
          b: fc.array(entry, { minLength: n, maxLength: n }),
        }),
      );
    fc.assert(
      fc.property(system, ({ columns, b }) => {
        const { weights, rank } = leastSquares(
          Float64Array.from(columns.flat()),
          Float64Array.from(b),
          columns.length,
          () => {},
        );
        expect(rank).toBeLessThanOrEqual(Math.min(columns.length, b.length));
        for (const residual of normalResiduals(columns, b, weights))
          expect(Math.abs(residual)).toBeLessThan(1e-7);
      }),
    );
  });

  it('takes the shortest of equally good solutions', () => {
    const { weights, rank } = leastSquares(Float64Array.of(1, 2, 1, 2), Float64Array.of(4, 8), 2, () => {});
    expect(rank).toBe(1);
    expect(weights[0]).toBeCloseTo(2, 12);
    expect(weights[1]).toBeCloseTo(2, 12);
  });

  it('keeps its digits where the normal equations lose all of them', () => {
    const tiny = 1e-9;
    const { weights } = leastSquares(
      Float64Array.of(1, tiny, 0, 1, 0, tiny),
      Float64Array.of(3, tiny, 2 * tiny),
      2,
      () => {},
    );
    expect(weights[0]).toBeCloseTo(1, 6);
    expect(weights[1]).toBeCloseTo(2, 6);
  });
});
