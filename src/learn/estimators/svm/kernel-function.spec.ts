import { describe, expect, it } from 'vitest';
import { Random } from '../../random.js';
import { KERNELS, KernelRows, likeness } from './kernel-function.js';

describe.each(KERNELS)('rows of the kernel matrix: %s', (kernel) => {
  it.each([1, 7, 1030])('of %d rows are the likeness of each pair, kept or computed anew', (nRows) => {
    const random = new Random(nRows);
    const nFeatures = 3;
    const rows = Float64Array.from({ length: nRows * nFeatures }, () => random.normal());
    const shape = { kernel, gamma: 0.7, degree: 3, coef0: 0.5 };
    // Room for two rows: the third evicts the first.
    const kernelRows = new KernelRows(rows, nRows, nFeatures, shape, 0);
    for (const i of [0, nRows - 1, Math.floor(nRows / 2), 0]) {
      const found = kernelRows.row(i);
      for (let k = 0; k < nRows; k++) {
        const expected = likeness(shape, rows, i * nFeatures, rows, k * nFeatures, nFeatures);
        expect(Math.abs(found[k]! - expected)).toBeLessThanOrEqual(1e-15 * Math.abs(expected));
      }
    }
  });
});
