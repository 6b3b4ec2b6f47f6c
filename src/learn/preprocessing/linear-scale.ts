import { presentCopy, quantileOfSorted } from './order-statistics.js';

/** x becomes (x - offset) / divisor; divisor > 0. */
export interface LinearScale {
  readonly offset: number;
  readonly divisor: number;
}

/** To 0..1. NaN is left out; without values or with one value only the divisor is 1. Cost: one pass. */
export function rangeScale(values: Float64Array): LinearScale {
  let minimum = Infinity;
  let maximum = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  if (minimum > maximum) return { offset: 0, divisor: 1 };
  return { offset: minimum, divisor: maximum > minimum ? maximum - minimum : 1 };
}

/** To mean 0 and deviation 1, over n, not n - 1. NaN is left out. Cost: three passes. */
export function standardScale(values: Float64Array): LinearScale {
  const range = rangeScale(values);
  // The mean of equal numbers need not be that number in floating point; a constant must become exactly 0.
  let n = 0;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    n++;
    sum += value - range.offset;
  }
  if (n === 0 || sum === 0) return { offset: range.offset, divisor: 1 };
  const mean = range.offset + sum / n;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isNaN(value)) squares += (value - mean) * (value - mean);
  }
  const deviation = Math.sqrt(squares / n);
  return { offset: mean, divisor: deviation > 0 ? deviation : 1 };
}

/**
 * To median 0 and interquartile range 1: a few wild values change neither. Where half of the values are equal
 * the range may be 0; then only the median is taken off. NaN is left out. Cost: one sorted copy.
 */
export function robustScale(values: Float64Array): LinearScale {
  const sorted = presentCopy(values).sort();
  if (sorted.length === 0) return { offset: 0, divisor: 1 };
  const range = quantileOfSorted(sorted, 3, 4) - quantileOfSorted(sorted, 1, 4);
  return { offset: quantileOfSorted(sorted, 1, 2), divisor: range > 0 ? range : 1 };
}
