import { describe, expect, it } from 'vitest';
import { Random } from '../random.js';
import { encodeBins, findDistinct, sortDistinct } from './binning-kernels.js';

const random = new Random(5);
const ODD = [0, -0, 1, -1, Number.MIN_VALUE, -Number.MIN_VALUE, 1e308, -1e308, Infinity, -Infinity, 2 ** 53];

function numbersOf(n: number, draw: () => number): Float64Array {
  return Float64Array.from({ length: n }, draw);
}

const columns: readonly (readonly [string, Float64Array])[] = [
  ['nothing', new Float64Array(0)],
  ['one value', Float64Array.of(-3.5)],
  ['one value many times', new Float64Array(20_000).fill(7)],
  ['odd values', numbersOf(300, () => ODD[random.below(ODD.length)] as number)],
  ['whole numbers', numbersOf(20_000, () => random.below(200) - 100)],
  ['numbers of both signs', numbersOf(20_000, () => random.normal() * 1e6)],
  ['numbers of all sizes', numbersOf(9000, () => random.normal() * 10 ** (random.below(600) - 300))],
];

function distinctOf(column: Float64Array): number[] {
  const known = column.filter((value) => !Number.isNaN(value));
  return [...new Set(known)].sort((a, b) => a - b);
}

function withHoles(column: Float64Array): Float64Array {
  return column.map((value) => (random.below(10) === 0 ? Number.NaN : value));
}

describe.each(columns)('of %s', (_, column) => {
  it('sorts distinct values and counts them', () => {
    const { values, counts } = sortDistinct(column);
    const counted = new Map<number, number>();
    for (const value of column) counted.set(value, (counted.get(value) ?? 0) + 1);
    expect(Array.from(values)).toEqual(distinctOf(column));
    expect(Array.from(counts)).toEqual(distinctOf(column).map((value) => counted.get(value)));
  });

  it('finds distinct values as far as there are few', () => {
    const holes = withHoles(column);
    const all = distinctOf(holes);
    for (const most of [1, 2, 11, 199, 255]) {
      const found = findDistinct(holes, most);
      expect(found && Array.from(found)).toEqual(all.length > most ? undefined : all);
    }
  });

  it.each([0, 1, 2, 15, 128, 254])('bins between %d cuts, and keeps the ends of each bin', (nCuts) => {
    const holes = withHoles(column);
    const all = distinctOf(column);
    const cuts = all.slice(0, -1).filter((value, k) => Number.isFinite(value) && k % 3 === 0);
    const chosen = Float64Array.from(cuts.slice(0, nCuts));
    const bins = new Uint8Array(holes.length);
    const [lower, upper] = [new Float64Array(256), new Float64Array(256)];
    encodeBins(holes, chosen, bins, lower, upper);
    const least = new Float64Array(256).fill(Infinity);
    const largest = new Float64Array(256).fill(-Infinity);
    const expected = Array.from(holes, (value) => {
      if (Number.isNaN(value)) return 255;
      const bin = chosen.filter((cut) => cut < value).length;
      least[bin] = Math.min(least[bin] as number, value);
      largest[bin] = Math.max(largest[bin] as number, value);
      return bin;
    });
    expect(bins).toEqual(Uint8Array.from(expected));
    expect(lower).toEqual(least);
    expect(upper).toEqual(largest);
  });
});
