import { describe, expect, it } from 'vitest';
import { Random } from '../../random.js';
import { KERNELS, likeness } from './kernel-function.js';
import { KernelRows } from './kernel-rows.js';

const DRAWS: Record<string, (random: Random) => number> = {
  dense: (random) => random.normal(),
  sparse: (random) => (random.below(5) === 0 ? 2 * random.normal() : 0),
  'mostly one value': (random) => (random.below(5) === 0 ? 1.5 : -0.3),
  'far from zero': (random) => 100 + random.normal(),
};

describe.each(KERNELS)('rows of the kernel matrix: %s', (kernel) => {
  it.each([1, 7, 1030])('of %d rows are the likeness of each pair, kept or computed anew', (nRows) => {
    const random = new Random(nRows);
    const draws = Object.values(DRAWS);
    const nFeatures = draws.length;
    const rows = Float64Array.from({ length: nRows * nFeatures }, (_, at) =>
      (draws[at % nFeatures] as (random: Random) => number)(random),
    );
    const shape = { kernel, gamma: 0.1, degree: 3, coef0: 0.5 };
    // Room for two rows: the third evicts the first.
    const kernelRows = new KernelRows(rows, nRows, nFeatures, shape, 0, []);
    for (const i of [0, nRows - 1, Math.floor(nRows / 2), 0]) {
      const found = kernelRows.row(i);
      for (let k = 0; k < nRows; k++) {
        const expected = likeness(shape, rows, i * nFeatures, rows, k * nFeatures, nFeatures);
        // A squared distance loses some 1e-16 of the squared lengths, which are below 1e2 here.
        expect(Math.abs(found[k]! - expected)).toBeLessThanOrEqual(1e-13 * Math.max(1, Math.abs(expected)));
      }
    }
  });
});

it('takes numbers whose squares are infinite', () => {
  const rows = Float64Array.of(1e300, -1e300, 0, 1e300);
  const kernelRows = new KernelRows(rows, 4, 1, { kernel: 'rbf', gamma: 1, degree: 3, coef0: 0 }, 0, []);
  expect([...kernelRows.row(0).subarray(0, 4)]).toEqual([1, 0, 0, 1]);
});
