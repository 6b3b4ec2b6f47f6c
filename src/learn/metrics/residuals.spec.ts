import { describe, expect, it } from 'vitest';
import { residuals } from './residuals.js';

const of = (actual: number[], predicted: number[]) =>
  residuals({ actual: Float64Array.from(actual), predicted: Float64Array.from(predicted) });

describe('residuals', () => {
  it('counts every row, those far away in the end bins', () => {
    const predicted = Array.from({ length: 1000 }, () => 0);
    const actual = predicted.map((_, i) => i / 1000);
    actual[0] = -1e6;
    actual[999] = 1e6;
    const { histogram } = of(actual, predicted)!;
    expect(histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(1000);
    expect(histogram.edges).toHaveLength(31);
    expect(histogram.edges[0]).toBeCloseTo(0.009, 10);
    expect(histogram.edges[30]).toBeCloseTo(0.99, 10);
    expect(Math.max(...histogram.counts)).toBeLessThan(50);
  });

  it('gives the means of groups of equal size, by rising prediction', () => {
    const predicted = Array.from({ length: 40 }, (_, i) => (i * 7) % 40);
    const { groups } = of(
      predicted.map((value) => value + 3),
      predicted,
    )!;
    expect(groups.predicted).toEqual(Array.from({ length: 20 }, (_, k) => 2 * k + 0.5));
    groups.actual.forEach((mean, k) => {
      expect(mean).toBeCloseTo((groups.predicted[k] as number) + 3, 12);
    });
  });

  it('shows errors that are all alike, and one row', () => {
    const { histogram, groups } = of([5], [3])!;
    expect(histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(histogram.edges[0]).toBeLessThan(2);
    expect(histogram.edges[30]).toBeGreaterThan(2);
    expect(groups).toEqual({ predicted: [3], actual: [5] });
  });

  it('is null without rows, and where differences overflow', () => {
    expect(of([], [])).toBeNull();
    expect(of([1e308, 1], [-1e308, 1])).toBeNull();
  });
});
