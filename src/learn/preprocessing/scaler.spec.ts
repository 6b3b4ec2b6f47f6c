import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NORMALIZATIONS, type Normalization } from '../pipeline/spec.js';
import { inverseNormal } from './inverse-normal.js';
import { minimizeBounded } from './minimize-bounded.js';
import { quantileOfSorted } from './order-statistics.js';
import { fitLambda, PowerCurve, yeoJohnson } from './power-curve.js';
import { MAX_SCALED, Scaler } from './scaler.js';
import { distance, matrixOf, numbers, ORACLE } from './testing/oracle.js';

/**
 * Sums in another order, and an interpolation that is written in another way: 1e-9. The power transform is
 * allowed 1e-6, since the place of its optimum is known to about the root of the machine precision only.
 */
const TOLERANCE: Partial<Record<Normalization, number>> = { power: 1e-6 };

describe('Scaler, against scikit-learn', () => {
  const cases = ORACLE.scalers.flatMap(({ name, values, unseen, outputs }) =>
    Object.entries(outputs).map(([kind, output]) => ({
      kind: kind as Normalization,
      name,
      values: numbers(values),
      unseen: numbers(unseen),
      output,
    })),
  );

  it.each(cases)('$kind scales "$name"', ({ kind, values, unseen, output }) => {
    const tolerance = TOLERANCE[kind] ?? 1e-9;
    const x = matrixOf(values);
    const scaler = Scaler.fit(x, kind, [true]);
    scaler.applyToMatrix(x);
    expect(distance(x.values, numbers(output.train))).toBeLessThan(tolerance);
    const rows = unseen.slice();
    scaler.applyToRows(rows, rows.length);
    expect(distance(rows, numbers(output.unseen))).toBeLessThan(tolerance);
    if (scaler.curve instanceof PowerCurve) {
      expect(distance(scaler.curve.lambda, [output.lambda as number])).toBeLessThan(tolerance);
    }
  });

  it('knows the quantiles of the normal distribution', () => {
    // statistics.NormalDist().inv_cdf of Python 3.
    const known: [number, number][] = [
      [1e-7 - 2 ** -52, -5.199337582605575],
      [0.001, -3.090232306167813],
      [0.05, -1.6448536269514729],
      [0.3, -0.5244005127080409],
      [0.5, 0],
      [0.93, 1.475791028179171],
    ];
    for (const [probability, place] of known) expect(inverseNormal(probability)).toBeCloseTo(place, 12);
    expect([inverseNormal(0), inverseNormal(1)]).toEqual([-Infinity, Infinity]);
  });
});

describe('Scaler', () => {
  const kinds = NORMALIZATIONS.filter((kind) => kind !== 'none');
  const value = fc.oneof(
    fc.integer({ min: -4, max: 4 }),
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    fc.constant(Number.NaN),
  );
  const columns = fc.array(value, { minLength: 2, maxLength: 40 });

  it.each(kinds)('%s: rows and matrix agree to the bit, state survives, order is kept', (kind) => {
    fc.assert(
      fc.property(columns, columns, (first, second) => {
        const x = matrixOf(
          first,
          first.map((_, i) => second[i % second.length] as number),
        );
        const rows = Float64Array.from({ length: 2 * x.nSamples }, (_, at) => {
          return x.values[(at % 2) * x.nSamples + (at >> 1)] as number;
        });
        const scaler = Scaler.fit(x, kind, [true, false]);
        const restored = Scaler.fromState(throughJson(scaler), 2, 'scaler');
        expect(restored).toEqual(scaler);
        const untouched = x.values.slice(x.nSamples);
        scaler.applyToMatrix(x);
        restored.applyToRows(rows, x.nSamples);
        expect(rows).toEqual(
          Float64Array.from(rows, (_, at) => x.values[(at % 2) * x.nSamples + (at >> 1)] as number),
        );
        expect(x.values.subarray(x.nSamples)).toEqual(untouched);
        const order = [...first.keys()].filter((i) => !Number.isNaN(first[i]));
        order.sort((a, b) => (first[a] as number) - (first[b] as number));
        for (let k = 1; k < order.length; k++) {
          const [before, after] = [x.values[order[k - 1] as number], x.values[order[k] as number]];
          expect(before as number).toBeLessThanOrEqual((after as number) + 1e-12);
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each(kinds)('%s: a constant feature stays finite, and so does anything unseen', (kind) => {
    const x = matrixOf([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]);
    const scaler = Scaler.fit(x, kind, [true]);
    scaler.applyToMatrix(x);
    expect(new Set(x.values).size).toBe(1);
    const rows = Float64Array.of(-1.7e308, 1.7e308, 5e-324, NaN);
    scaler.applyToRows(rows, 4);
    for (const scaled of rows.subarray(0, 3)) expect(Math.abs(scaled)).toBeLessThanOrEqual(MAX_SCALED);
    expect(rows[3]).toBeNaN();
  });

  it.each(kinds)('%s: values near the largest double are scaled or refused', (kind) => {
    const x = matrixOf([-1.7e308, 1.7e308, 1, 2, 3, 1.6e308, NaN]);
    let scaler: Scaler;
    try {
      scaler = Scaler.fit(x, kind, [true]);
    } catch (error) {
      expect(error).toMatchObject({ code: 'numerical_failure', place: { column: 'f0' } });
      return;
    }
    scaler.applyToMatrix(x);
    for (const scaled of x.values.subarray(0, 6)) expect(Number.isFinite(scaled)).toBe(true);
    expect(x.values[6]).toBeNaN();
  });

  it('can be stopped', () => {
    const stop = () => {
      throw new Error('stopped');
    };
    for (const kind of kinds)
      expect(() => Scaler.fit(matrixOf([1, 2]), kind, [true], stop)).toThrow('stopped');
  });

  it.each([
    ['a fall', 'quantiles', Float64Array.of(1, 0, 2)],
    ['a gap', 'quantiles', Float64Array.of(0, NaN, 2)],
    ['another feature', 'quantile_features', Uint32Array.of(1)],
    ['lambdas', 'lambda', Float64Array.of(NaN)],
  ])('refuses %s in its state', (_, name, data) => {
    const kind = name === 'lambda' ? 'power' : 'quantile_uniform';
    const { config, tensors } = Scaler.fit(matrixOf([1, 2, 3]), kind, [true]).toState();
    const shape = tensors[name]?.shape as number[];
    expect(() =>
      Scaler.fromState({ config, tensors: { ...tensors, [name]: { shape, data } } }, 1, 's'),
    ).toThrowError(expect.objectContaining({ code: 'invalid_state' }));
  });

  function throughJson(scaler: Scaler) {
    const { config, tensors } = scaler.toState();
    return { config: JSON.parse(JSON.stringify(config)), tensors };
  }
});

describe('the parts of the scalers', () => {
  it('finds a quantile as a naive count does', () => {
    const sorted = Float64Array.of(1, 2, 4, 8);
    expect([0, 4, 6, 9, 12].map((step) => quantileOfSorted(sorted, step, 12))).toEqual([1, 2, 3, 5, 8]);
    expect(quantileOfSorted(Float64Array.of(-1.7e308, 1.7e308), 1, 2)).toBe(0);
  });

  it('maps a run of equal values to its middle', () => {
    const x = matrixOf([0, 5, 5, 5, 9]);
    Scaler.fit(x, 'quantile_uniform', [true]).applyToMatrix(x);
    expect([...x.values]).toEqual([0, 0.5, 0.5, 0.5, 1]);
  });

  it('finds a lambda that no other of a fine grid beats', () => {
    const values = Float64Array.from({ length: 60 }, (_, i) => Math.exp(i / 10) - 5 + Math.sin(i));
    const likelihood = (lambda: number): number => {
      const mapped = [...values].map((value) => yeoJohnson(value, lambda));
      const mean = mapped.reduce((sum, value) => sum + value, 0) / mapped.length;
      const variance = mapped.reduce((sum, value) => sum + (value - mean) ** 2, 0) / mapped.length;
      const slope = values.reduce((sum, value) => sum + Math.sign(value) * Math.log1p(Math.abs(value)), 0);
      return (-mapped.length / 2) * Math.log(variance) + (lambda - 1) * slope;
    };
    const best = likelihood(fitLambda(values, () => undefined));
    for (let lambda = -3; lambda < 4; lambda += 0.01) expect(best).toBeGreaterThanOrEqual(likelihood(lambda));
  });

  it('finds the minimum of a polynomial and of a kink', () => {
    expect(minimizeBounded((x) => (x - 2) ** 2 * (x + 5), 0, 10, 1e-9)).toBeCloseTo(2, 6);
    expect(minimizeBounded((x) => Math.abs(x - 0.3), -1, 7, 1e-9)).toBeCloseTo(0.3, 6);
  });
});
