import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../random.js';
import { bruteForce } from './brute-force.js';
import { metricOf } from './distance.js';
import { FilteredSearch } from './filtered-search.js';
import { NearestList } from './nearest-list.js';
import { type PointBlocks, pointBlocks } from './point-blocks.js';
import { RoundedBatch } from './rounded-batch.js';
import { type RoundedBlocks, Rounding, roundedBlocks } from './rounded-blocks.js';

const look = (): void => {};

function isRounded(rows: Float64Array, d: number): boolean {
  const points = pointBlocks(rows, rows.length / d, d, look);
  return points !== undefined && roundedBlocks(rows, points, look) !== undefined;
}

function agree(rows: Float64Array, queries: Float64Array, d: number, k: number): void {
  const nRows = rows.length / d;
  const nQueries = queries.length / d;
  const plain = bruteForce(rows, nRows, d, metricOf(2));
  for (const leavesOut of [false, true]) {
    const lists = Array.from({ length: nQueries }, () => new NearestList(Math.min(k, nRows)));
    new FilteredSearch(rows, nRows, d, leavesOut).find(queries, 0, nQueries, lists);
    for (const [i, list] of lists.entries()) {
      const expected = new NearestList(list.capacity);
      plain.find(queries, i * d, expected);
      expect([...list.rows]).toEqual([...expected.rows]);
      expect([...list.distances]).toEqual([...expected.distances]);
      expect(list.limit).toBe(expected.limit);
    }
  }
}

const KINDS: Record<string, (random: Random) => number> = {
  normal: (random) => random.normal(),
  'far from zero': (random) => 1e9 + random.normal(),
  small: (random) => 1e-9 * random.normal(),
  // Many ties.
  'small integers': (random) => random.below(5),
  // Every number at one of its borders: scores are as large as they become.
  corners: (random) => (random.below(2) === 0 ? -3 : 3),
  // Steps hide what tells rows apart.
  'nearly two points': (random) => (random.below(2) === 0 ? 1 : 2) + 1e-7 * random.normal(),
};

describe.each(Object.entries(KINDS))('%s', (_, kind) => {
  it('finds the neighbours of brute force, to the bit and in its order', () => {
    let nRounded = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 700 }),
        fc.integer({ min: 1, max: 37 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 300 }),
        fc.nat(),
        (nRows, d, nQueries, k, seed) => {
          const random = new Random(seed);
          const rows = Float64Array.from({ length: nRows * d }, () => kind(random));
          const queries = Float64Array.from({ length: nQueries * d }, () => kind(random));
          // One lies on a row, and one outside of what rows are rounded to.
          queries.set(rows.subarray(0, d));
          if (nQueries > 1) queries[queries.length - 1]! += 1e4;
          agree(rows, queries, d, k);
          if (isRounded(rows, d)) nRounded++;
        },
      ),
      { numRuns: 40 },
    );
    expect(nRounded).toBeGreaterThan(20);
  });
});

it('holds the scores of many features', () => {
  const random = new Random(3);
  const draw = (): number => (random.below(2) === 0 ? -1 : 1);
  const rows = Float64Array.from({ length: 300 * 1001 }, draw);
  expect(isRounded(rows, 1001)).toBe(true);
  agree(rows, Float64Array.from({ length: 5 * 1001 }, draw), 1001, 5);
});

it('takes 32 bit where the largest number leaves 16 too few digits', () => {
  const random = new Random(4);
  const rows = Float64Array.from({ length: 40_000 }, () => random.normal());
  rows[777] = 1e6;
  agree(rows, rows.slice(0, 400), 4, 3);
  const points = pointBlocks(rows, 10_000, 4, look) as PointBlocks;
  const lists = Array.from({ length: 100 }, () => new NearestList(3));
  const lengths = new Float64Array(100);
  const asked = { queries: rows, at: 0, nQueries: 100, lengths, lists };
  const blocks = roundedBlocks(rows, points, look) as RoundedBlocks;
  const batch = new RoundedBatch(rows, points, blocks, asked);
  batch.chosen.set(Array.from({ length: 100 }, (_, i) => i));
  batch.offer(0, 100);
  expect(batch.isWasteful()).toBe(true);
});

it('knows how far it moved a row, at its borders too', () => {
  const rounding = new Rounding(Float64Array.of(1, 0, 0), 10, 100);
  const out = new Int16Array(8);
  rounding.round(Float64Array.of(9, 9, 1.12, -3.04, 50), 2, -2, out, 1, 4);
  expect([...out]).toEqual([0, -2, 60, 0, 0, -200, 0, 0]);
  expect(rounding.squaredLength).toBe(1 + 900 + 10_000);
  expect(rounding.squaredMove).toBeCloseTo(0.2 ** 2 + 0.4 ** 2 + 400 ** 2, 6);
});

it('looks whether to go on while blocks are made and while they are searched', () => {
  const random = new Random(5);
  const nRows = 30_000;
  const rows = Float64Array.from({ length: nRows * 3 }, () => random.normal());
  let nLooks = 0;
  const search = new FilteredSearch(rows, nRows, 3, false, () => {
    nLooks++;
  });
  const find = (): number => {
    nLooks = 0;
    search.find(rows, 0, 1, [new NearestList(2)]);
    return nLooks;
  };
  const nBlocks = nRows / 256;
  // Lengths, halving, boxes, the step and the rounding: each at least once a block.
  expect(find()).toBeGreaterThan(4 * nBlocks);
  expect(find()).toBeGreaterThan(nBlocks);
});

it('stops where looking throws', () => {
  const rows = Float64Array.from({ length: 600 }, (_, i) => (i * 7919) % 601);
  const lists = [new NearestList(2)];
  const stop = (): void => {
    throw new Error('stop');
  };
  expect(() => new FilteredSearch(rows, 300, 2, false, stop).find(rows, 0, 1, lists)).toThrow('stop');
});
