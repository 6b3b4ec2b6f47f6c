import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../random.js';
import {
  addRows,
  distances,
  dots,
  expAll,
  gemm,
  lessRows,
  logisticRows,
  multiplyRows,
  reluAll,
  reluSlopes,
  scratchArrays,
  softmaxColumns,
} from './dense-kernels.js';

const size = fc.integer({ min: 1, max: 13 });
const seed = fc.integer({ min: 0, max: 1_000_000 });

function fill(values: Float64Array, random: Random): void {
  for (let i = 0; i < values.length; i++) values[i] = random.normal();
}

describe('gemm', () => {
  it('gives the bits of a plain loop, whatever the sizes and strides', () => {
    fc.assert(
      fc.property(size, size, size, fc.boolean(), fc.boolean(), seed, (m, n, k, turned, accumulate, s) => {
        const [a, b, c] = scratchArrays([m * k, k * n, m * n]);
        const random = new Random(s);
        for (const values of [a, b, c]) fill(values, random);
        const [rowStep, columnStep] = turned ? [1, m] : [k, 1];
        const expected = Array.from({ length: m * n }, (_, at) => {
          const i = Math.floor(at / n);
          let sum = accumulate ? c[at]! : 0;
          for (let l = 0; l < k; l++) sum += a[i * rowStep + l * columnStep]! * b[l * n + (at % n)]!;
          return sum;
        });
        gemm(m, n, k, { data: a, rowStep, columnStep }, b, c, accumulate);
        expect([...c]).toEqual(expected);
      }),
    );
  });
});

describe('addRows and lessRows', () => {
  it('give the bits of plain loops', () => {
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 21 }), seed, (m, length, s) => {
        const [x, out, less] = scratchArrays([m * length, length, m]);
        const random = new Random(s);
        for (const values of [x, out, less]) fill(values, random);
        const expected = Array.from(out, (first, k) => {
          let sum = first;
          for (let i = 0; i < m; i++) sum += x[i * length + k]!;
          return sum;
        });
        addRows(m, length, x, out);
        expect([...out]).toEqual(expected);
        if (length % 2 !== 0) return;
        const reduced = Array.from(x, (value, at) => value - less[Math.floor(at / length)]!);
        lessRows(m, length, x, less);
        expect([...x]).toEqual(reduced);
      }),
    );
  });
});

describe('dots', () => {
  it('adds inner products of rows, and with `lower` those on and under the diagonal at least', () => {
    fc.assert(
      fc.property(size, size, size, fc.boolean(), seed, (m4, n2, half, lower, s) => {
        const [m, n, length] = [4 * m4, 2 * n2, 2 * half];
        const [a, b, c] = scratchArrays([m * length, n * length, m * n]);
        const random = new Random(s);
        fill(a, random);
        fill(b, random);
        c.fill(1);
        dots(m, n, length, a, b, c, lower);
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < (lower ? Math.min(i + 1, n) : n); j++) {
            let sum = 1;
            for (let r = 0; r < length; r++) sum += a[i * length + r]! * b[j * length + r]!;
            expect(Math.abs(c[i * n + j]! - sum)).toBeLessThan(1e-12);
          }
        }
      }),
    );
  });
});

describe('distances', () => {
  it('gives the bits of a plain loop, and the least of each query', () => {
    fc.assert(
      fc.property(size, size, size, seed, (nQueries, blocks, d, s) => {
        const nPoints = 4 * blocks;
        const [q, x, out, least] = scratchArrays([nQueries * d, nPoints * d, nQueries * nPoints, nQueries]);
        const random = new Random(s);
        fill(q, random);
        fill(x, random);
        distances(nQueries, nPoints, d, q, x, out, least);
        for (let i = 0; i < nQueries; i++) {
          const expected = Array.from({ length: nPoints }, (_, p) => {
            let sum = 0;
            for (let j = 0; j < d; j++) {
              const difference = q[i * d + j]! - x[j * nPoints + p]!;
              sum += difference * difference;
            }
            return sum;
          });
          expect([...out.subarray(i * nPoints, (i + 1) * nPoints)]).toEqual(expected);
          expect(least[i]).toBe(Math.min(...expected));
        }
      }),
    );
  });
});

describe('exponentials', () => {
  it('are those of the platform to 3 units of the last place', () => {
    fc.assert(
      fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (value) => {
        const [x] = scratchArrays([2]);
        x.fill(value);
        expAll(2, x, 1);
        const expected = Math.exp(value);
        expect(Math.abs(x[0]! - expected)).toBeLessThanOrEqual(3 * Number.EPSILON * expected);
        expect(x[1]).toBe(x[0]);
      }),
    );
  });

  it('take a factor, and end near 0 far to the left', () => {
    const [x] = scratchArrays([2]);
    x.set([2, 1e9]);
    expAll(2, x, -0.5);
    expect(x[0]).toBeCloseTo(Math.exp(-1), 15);
    expect(x[1]).toBeLessThan(1e-300);
  });
});

describe('logisticRows', () => {
  it('gives loss, residuals and curvatures', () => {
    const score = fc.double({ min: -600, max: 600, noNaN: true });
    fc.assert(
      fc.property(score, fc.boolean(), fc.double({ min: 0, max: 9, noNaN: true }), (value, truth, weight) => {
        const [z, truths, weights, curvatures] = scratchArrays([2, 2, 2, 2]);
        z.set([value, 0]);
        truths.set([truth ? 1 : 0, 0]);
        weights.set([weight, 0]);
        const loss = logisticRows(2, z, truths, weights, curvatures);
        const p = 1 / (1 + Math.exp(-value));
        const expected = weight * (truth ? Math.log1p(Math.exp(-value)) : Math.log1p(Math.exp(value)));
        expect(Math.abs(loss - expected)).toBeLessThanOrEqual(1e-12 * Math.max(1, expected));
        expect(z[0]).toBeCloseTo(weight * (p - (truth ? 1 : 0)), 13);
        expect(curvatures[0]).toBeCloseTo(weight * p * (1 - p), 13);
      }),
    );
  });
});

describe('softmaxColumns', () => {
  it('gives probabilities and what the loss is made of', () => {
    const [z, most, sums] = scratchArrays([6, 2, 2]);
    z.set([1, 1000, 2, 999, 3, -1000]);
    softmaxColumns(3, 2, z, most, sums);
    const total = Math.exp(-2) + Math.exp(-1) + 1;
    expect(z[0]).toBeCloseTo(Math.exp(-2) / total, 14);
    expect(z[4]).toBeCloseTo(1 / total, 14);
    expect(z[1]).toBeCloseTo(1 / (1 + Math.exp(-1)), 14);
    expect([...most]).toEqual([3, 1000]);
    expect(sums[0]).toBeCloseTo(total, 14);
  });
});

describe('element by element', () => {
  it('multiplies rows, cuts at zero and stops slopes', () => {
    const [x, factors, out] = scratchArrays([4, 2, 4]);
    x.set([1, -2, 3, 4]);
    factors.set([2, -1]);
    multiplyRows(2, 2, x, factors, out);
    expect([...out]).toEqual([2, 2, 6, -4]);
    reluAll(4, out);
    expect([...out]).toEqual([2, 2, 6, 0]);
    reluSlopes(4, x, out);
    expect([...x]).toEqual([1, -2, 3, 0]);
  });
});
