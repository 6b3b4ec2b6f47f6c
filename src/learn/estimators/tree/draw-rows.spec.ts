import { describe, expect, it } from 'vitest';
import { Random } from '../../random.js';
import { type Bootstrap, drawCounts, drawTableOf } from './draw-rows.js';

const draws = (nDraws: number | null): Bootstrap => ({ nDraws, balanceClasses: false });

/** Looks through all sums for each draw. */
function drawNaively(weights: Float64Array, nDraws: number, random: Random): number[] {
  const sums: number[] = [];
  let total = 0;
  for (const weight of weights) {
    total += weight;
    sums.push(total);
  }
  const counts = new Array<number>(weights.length).fill(0);
  for (let k = 0; k < nDraws; k++) {
    const wanted = random.next() * total;
    counts[sums.findIndex((sum) => sum > wanted)]!++;
  }
  return counts;
}

describe('weighted draws', () => {
  const random = new Random(5);
  const cases: [string, number[]][] = [
    ['a few', [3, 0, 1, 0.5, 0, 2]],
    ['nothing at either end', [0, 0, 1, 2, 0]],
    ['one heavy row', Array.from({ length: 300 }, (_, i) => (i === 200 ? 1e9 : i % 2))],
    ['one row that weighs', [0, 0, 0, 4]],
    ['many', Array.from({ length: 1000 }, () => (random.next() < 0.3 ? 0 : random.next()))],
  ];

  it.each(cases)('are those of a plain search: %s', (_, list) => {
    const weights = Float64Array.from(list);
    const counts = drawCounts(weights.length, draws(5000), drawTableOf(weights), new Random(2));
    expect([...(counts ?? [])]).toEqual(drawNaively(weights, 5000, new Random(2)));
    expect(list.every((weight, i) => weight > 0 || counts?.[i] === 0)).toBe(true);
  });

  it('need no table where all rows weigh the same, and none are drawn where every row counts', () => {
    expect(drawTableOf(new Float64Array(9).fill(0.5))).toBeUndefined();
    expect(drawCounts(9, draws(null), undefined, new Random(1))).toBeUndefined();
    const counts = drawCounts(9, draws(90), undefined, new Random(1));
    expect(counts?.reduce((sum, times) => sum + times, 0)).toBe(90);
  });
});
