import { describe, expect, it } from 'vitest';
import { halfToNumber, numberToHalf } from './half-floats.js';

describe('numbers of 16 bits', () => {
  it('come back from every pattern of bits', () => {
    for (let half = 0; half < 0x10000; half++) {
      const value = halfToNumber(half);
      if (Number.isNaN(value)) expect(numberToHalf(value)).toBe(0x7e00);
      else if (value !== 0 || half === 0) expect(numberToHalf(value)).toBe(half);
    }
  });

  it.each([
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519, 0x7bff],
    [65520, 0x7c00],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2 ** -24, 1],
    [2 ** -26, 0],
  ])('%d is the nearest of them', (value, half) => {
    expect(numberToHalf(value)).toBe(half);
  });
});
