import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Random } from '../../random.js';
import { findNearestOfMany } from './batch-search.js';
import { bruteForce } from './brute-force.js';
import { metricOf } from './distance.js';
import { NearestList } from './nearest-list.js';

it('finds the neighbours of brute force, to the bit and in its order', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 600 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      fc.integer(),
      (nRows, d, nQueries, k, isCoarse, seed) => {
        const random = new Random(Math.abs(seed));
        // Small integers make many ties.
        const draw = (): number => (isCoarse ? random.below(3) : random.normal());
        const rows = Float64Array.from({ length: nRows * d }, draw);
        const queries = Float64Array.from({ length: (nQueries + 1) * d }, draw);
        const lists = Array.from({ length: nQueries }, () => new NearestList(Math.min(k, nRows)));
        findNearestOfMany(rows, nRows, d, queries, d, nQueries, lists);
        const plain = bruteForce(rows, nRows, d, metricOf(2));
        for (const [i, list] of lists.entries()) {
          const expected = new NearestList(list.capacity);
          plain.find(queries, (i + 1) * d, expected);
          expect([...list.rows]).toEqual([...expected.rows]);
          expect([...list.distances]).toEqual([...expected.distances]);
        }
      },
    ),
  );
});
