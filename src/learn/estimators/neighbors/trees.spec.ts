import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ballTree } from './ball-tree.js';
import { bruteForce } from './brute-force.js';
import { metricOf } from './distance.js';
import { kdTree } from './kd-tree.js';
import { NearestList } from './nearest-list.js';

/** Small integers make many ties; the doubles make none. */
const coordinate = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double({ min: -1e3, max: 1e3, noNaN: true }));

const TREES = [
  ['k-d tree', kdTree],
  ['ball tree', ballTree],
] as const;

describe.each(TREES)('a %s', (_, tree) => {
  it('finds the neighbours of brute force, to the bit and in its order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }).chain((d) =>
          fc.record({
            d: fc.constant(d),
            rows: fc.array(fc.array(coordinate, { minLength: d, maxLength: d }), {
              minLength: 1,
              maxLength: 60,
            }),
            query: fc.array(coordinate, { minLength: d, maxLength: d }),
          }),
        ),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom(1, 2, 3.5),
        ({ d, rows, query }, leafSize, k, p) => {
          const points = Float64Array.from(rows.flat());
          const metric = metricOf(p);
          const nearest = new NearestList(Math.min(k, rows.length));
          const expected = new NearestList(nearest.capacity);
          tree(points, rows.length, d, leafSize, metric).find(Float64Array.from(query), 0, nearest);
          bruteForce(points, rows.length, d, metric).find(Float64Array.from(query), 0, expected);
          expect([...nearest.rows]).toEqual([...expected.rows]);
          expect([...nearest.distances]).toEqual([...expected.distances]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('takes the earlier of equally distant rows', () => {
    const points = Float64Array.of(1, -1, 1, -1);
    const nearest = new NearestList(3);
    tree(points, 4, 1, 1, metricOf(2)).find(Float64Array.of(0), 0, nearest);
    expect([...nearest.rows]).toEqual([0, 1, 2]);
  });

  it('finds rows whose distances are infinite', () => {
    const points = Float64Array.of(1e300, -1e300, 0, 5, -1e300, 2);
    const metric = metricOf(2);
    const [nearest, expected] = [new NearestList(6), new NearestList(6)];
    tree(points, 6, 1, 1, metric).find(Float64Array.of(1), 0, nearest);
    bruteForce(points, 6, 1, metric).find(Float64Array.of(1), 0, expected);
    expect([...nearest.rows]).toEqual([...expected.rows]);
  });
});
