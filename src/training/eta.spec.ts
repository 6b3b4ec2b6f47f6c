import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { etaSeconds, expectedSeconds } from './eta.js';

const SIZE = { nRows: 32_561, nColumns: 15 };

describe('expectedSeconds', () => {
  it('says a few seconds for a census when nothing was measured', () => {
    const seconds = expectedSeconds(SIZE, []);
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThan(10);
  });

  it('says what equal trainings took, unmoved by one outlier', () => {
    const past = [7, 7, 7, 700].map((seconds) => ({ seconds, ...SIZE }));
    expect(expectedSeconds(SIZE, past)).toBeCloseTo(7, 6);
  });

  it('grows with the size', () => {
    const past = [{ seconds: 7, ...SIZE }];
    expect(expectedSeconds({ nRows: 325_610, nColumns: 15 }, past)).toBeGreaterThan(20);
  });

  it('listens to similar sizes more than to many others', () => {
    const tiny = Array.from({ length: 3 }, () => ({ seconds: 0.1, nRows: 10, nColumns: 2 }));
    expect(expectedSeconds(SIZE, [...tiny, { seconds: 60, ...SIZE }])).toBeGreaterThan(30);
  });
});

describe('etaSeconds', () => {
  it('begins with the expectation and ends with nothing', () => {
    expect(etaSeconds(10, 0, 0)).toBe(10);
    expect(etaSeconds(10, 99, 1)).toBe(0);
  });

  it('follows what was measured as the work goes on', () => {
    // Expected 10 s, but 90 s have brought it to nine tenths: some 10 s are left.
    expect(etaSeconds(10, 90, 0.9)).toBeCloseTo(9.1, 6);
  });

  it('is never negative and always finite', () => {
    const inputs = [
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
    ] as const;
    fc.assert(
      fc.property(...inputs, fc.double({ min: 0, max: 1, noNaN: true }), (expected, elapsed, progress) => {
        const eta = etaSeconds(expected, elapsed, progress);
        expect(eta).toBeGreaterThanOrEqual(0);
        expect(eta).toBeLessThan(Number.POSITIVE_INFINITY);
      }),
    );
  });
});
