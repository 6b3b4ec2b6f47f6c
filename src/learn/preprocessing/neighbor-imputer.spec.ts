import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../random.js';
import { MAX_DONORS, NeighborImputer } from './neighbor-imputer.js';
import { Scaler } from './scaler.js';
import { distance, matrixOf, numbers, ORACLE } from './testing/oracle.js';

const proceed = () => undefined;
const indices = (n: number): Uint32Array => Uint32Array.from({ length: n }, (_, i) => i);

function columnsOf(rows: readonly ArrayLike<number>[]): Float64Array[] {
  return Array.from(rows[0] ?? [], (_, j) => Float64Array.from(rows, (row) => row[j] as number));
}

describe('NeighborImputer', () => {
  const { x, newRows, cases } = ORACLE.neighbors;
  /** A mean in another order, and what the scaler may differ. */
  it.each(cases)('fills as scikit-learn does: $nNeighbors neighbours, $normalization', (oracle) => {
    const matrix = matrixOf(...columnsOf(x.map(numbers)));
    const { nFeatures, nSamples } = matrix;
    const scaler = Scaler.fit(
      matrix,
      oracle.normalization,
      matrix.features.map(() => true),
    );
    scaler.applyToMatrix(matrix);
    const imputed = [...indices(nFeatures)].map((feature) => ({ feature, nNeighbors: oracle.nNeighbors }));
    const imputer = NeighborImputer.fit(matrix, indices(nFeatures), imputed, new Random(1));
    imputer.applyToMatrix(matrix, proceed);
    oracle.train.forEach((expected, i) => {
      const row = Float64Array.from(
        { length: nFeatures },
        (_, j) => matrix.values[j * nSamples + i] as number,
      );
      expect(distance(row, numbers(expected))).toBeLessThan(1e-10);
    });
    const rows = Float64Array.from(newRows.flatMap((row) => [...numbers(row)]));
    scaler.applyToRows(rows, newRows.length);
    imputer.applyToRows(rows, newRows.length);
    expect(distance(rows, numbers(oracle.unseen.flat()))).toBeLessThan(1e-10);
  });

  const cell = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(Number.NaN));
  const table = fc.array(fc.tuple(cell, cell, cell, cell), { minLength: 2, maxLength: 25 });

  it('agrees with a naive search; rows and matrix agree to the bit; state survives', () => {
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 4 }), (rows, nNeighbors) => {
        const matrix = matrixOf(...columnsOf(rows));
        // Feature 3 is neither watched nor filled, feature 1 is watched only.
        const imputed = [0, 2].map((feature) => ({ feature, nNeighbors }));
        const fitted = NeighborImputer.fit(matrix, indices(3), imputed, new Random(1));
        const imputer = NeighborImputer.fromState(fitted.toState().tensors, 4);
        expect(imputer).toEqual(fitted);
        imputer.applyToMatrix(matrix, proceed);
        const flat = Float64Array.from(rows.flat());
        imputer.applyToRows(flat, rows.length);
        rows.forEach((row, i) => {
          for (let j = 0; j < 4; j++) expect(flat[i * 4 + j]).toBe(matrix.values[j * rows.length + i]);
          for (const j of [0, 2]) {
            expect(flat[i * 4 + j]).toBeCloseTo(naive(rows, row, j, nNeighbors), 12);
          }
        });
      }),
      { numRuns: 150 },
    );
  });

  function naive(rows: readonly number[][], row: readonly number[], j: number, k: number): number {
    if (!Number.isNaN(row[j])) return row[j] as number;
    const apart = (other: readonly number[]): number => {
      const squares = [0, 1, 2].map((f) => ((row[f] as number) - (other[f] as number)) ** 2);
      const common = squares.filter((square) => !Number.isNaN(square));
      return (common.reduce((sum, square) => sum + square, 0) / common.length) * 3;
    };
    const present = rows.filter((other) => !Number.isNaN(other[j]));
    const near = present.filter((other) => !Number.isNaN(apart(other)));
    near.sort((a, b) => apart(a) - apart(b));
    const chosen = near.length > 0 ? near.slice(0, k) : present;
    return chosen.length === 0
      ? 0
      : chosen.reduce((sum, other) => sum + (other[j] as number), 0) / chosen.length;
  }

  it('keeps a bounded number of rows, the same for a seed', () => {
    const column = Float64Array.from({ length: MAX_DONORS + 500 }, (_, i) => i);
    const fitFor = (seed: number) =>
      NeighborImputer.fit(matrixOf(column), indices(1), [{ feature: 0, nNeighbors: 5 }], new Random(seed));
    expect(fitFor(1).donors).toHaveLength(MAX_DONORS);
    expect(fitFor(1).donors).toEqual(fitFor(1).donors);
    expect(fitFor(1).donors).not.toEqual(fitFor(2).donors);
    expect(fitFor(1).fallback[0]).toBe((MAX_DONORS + 499) / 2);
  });

  it('stays finite near the largest double, or refuses', () => {
    const large = matrixOf([1e308, -1e308, 1e308, 5], [NaN, 1e308, 1, 2]);
    const imputed = [{ feature: 1, nNeighbors: 2 }];
    const imputer = NeighborImputer.fit(large, indices(2), imputed, new Random(1));
    imputer.applyToMatrix(large, proceed);
    expect(large.values.every(Number.isFinite)).toBe(true);
    const tooLarge = matrixOf([1.7e308, 1.7e308, NaN]);
    expect(() =>
      NeighborImputer.fit(tooLarge, indices(1), [{ feature: 0, nNeighbors: 2 }], new Random(1)),
    ).toThrowError(expect.objectContaining({ code: 'numerical_failure', place: { column: 'f0' } }));
  });

  it.each([
    ['watched', Uint32Array.of(0, 5)],
    ['watched', Uint32Array.of(1, 0)],
    ['imputed', Uint32Array.of(1)],
    ['n_neighbors', Uint32Array.of(0)],
    ['fallback', Float64Array.of(NaN)],
    ['donors', Float64Array.of(1, 2, 3)],
    ['donors', Float64Array.of(1, 2, 3, Infinity)],
  ])('refuses damaged %s', (name, data) => {
    const imputer = NeighborImputer.fit(
      matrixOf([1, NaN], [1, 3], [0, 0]),
      Uint32Array.of(0, 2),
      [{ feature: 0, nNeighbors: 2 }],
      new Random(1),
    );
    const { tensors } = imputer.toState();
    const shape = name === 'donors' ? [2, 2] : [data.length];
    expect(() => NeighborImputer.fromState({ ...tensors, [name]: { shape, data } }, 3)).toThrowError(
      expect.objectContaining({ code: 'invalid_state' }),
    );
  });
});
