import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Random } from '../../random.js';
import { bruteForce } from './brute-force.js';
import { metricOf } from './distance.js';
import { FilteredSearch } from './filtered-search.js';
import { NearestList } from './nearest-list.js';

/** How one feature is drawn: what the filter treats differently, and what rounds badly. */
const DRAWS: readonly ((random: Random) => number)[] = [
  (random) => random.normal(),
  // Small integers make many ties.
  (random) => random.below(3),
  // A category's column: mostly one value.
  (random) => (random.below(10) === 0 ? 7.3 : -0.2),
  (random) => (random.below(4) === 0 ? random.normal() : 0),
  // A spread far below the values.
  (random) => 1e6 + 1e-3 * random.normal(),
  (random) => 1e-22 * random.normal(),
  () => 5,
  // Beyond 32 bit.
  (random) => 1e200 * random.normal(),
];

function agree(rows: Float64Array, queries: Float64Array, d: number, k: number): void {
  const nRows = rows.length / d;
  const nQueries = queries.length / d - 1;
  const plain = bruteForce(rows, nRows, d, metricOf(2));
  for (const leavesOut of [false, true]) {
    const lists = Array.from({ length: nQueries }, () => new NearestList(Math.min(k, nRows)));
    new FilteredSearch(rows, nRows, d, leavesOut).find(queries, d, nQueries, lists);
    for (const [i, list] of lists.entries()) {
      const expected = new NearestList(list.capacity);
      plain.find(queries, (i + 1) * d, expected);
      expect([...list.rows]).toEqual([...expected.rows]);
      expect([...list.distances]).toEqual([...expected.distances]);
    }
  }
}

it('finds the neighbours of brute force, to the bit and in its order', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 700 }),
      fc.array(fc.integer({ min: 0, max: DRAWS.length - 2 }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      fc.nat(),
      (nRows, kinds, nQueries, k, isBeyond, seed) => {
        const random = new Random(seed);
        const columns = isBeyond ? [...kinds, DRAWS.length - 1] : kinds;
        const d = columns.length;
        const draw = (_: unknown, at: number): number =>
          (DRAWS[columns[at % d] as number] as (random: Random) => number)(random);
        agree(
          Float64Array.from({ length: nRows * d }, draw),
          Float64Array.from({ length: (nQueries + 1) * d }, draw),
          d,
          k,
        );
      },
    ),
    { numRuns: 150 },
  );
});

it('finds them for queries that 32 bit do not hold', () => {
  const random = new Random(1);
  const rows = Float64Array.from({ length: 3000 }, () => random.normal());
  const queries = Float64Array.from({ length: 30 }, (_, at) => (at === 7 ? 1e160 : random.normal()));
  agree(rows, queries, 3, 5);
});

it('finds them among equal rows, the first ones first', () => {
  agree(new Float64Array(1200).fill(2), new Float64Array(12).fill(2), 2, 7);
});

it('tells rows apart that differ in what 32 bit leave out', () => {
  const rows = Float64Array.from({ length: 600 }, (_, i) => 1 + i * 1e-12);
  agree(rows, Float64Array.of(0, 1 + 300.4e-12, 1 + 17.6e-12, 1.5, 0.5), 1, 4);
});
