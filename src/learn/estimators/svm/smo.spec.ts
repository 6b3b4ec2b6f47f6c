import { expect, it } from 'vitest';
import { Random } from '../../random.js';
import { solveSmo } from './smo.js';

const random = new Random(4);
const N_ROWS = 60;
const rows = Float64Array.from({ length: 2 * N_ROWS }, () => random.normal());

it.each([
  ['linear', 100],
  ['rbf', 1],
  ['rbf', 1e4],
] as const)('ends where a tolerance of 0 asks for more than rounding allows: %s, cost %d', (kernel, cost) => {
  const problem = {
    signs: Int8Array.from({ length: N_ROWS }, (_, i) =>
      (rows[2 * i] as number) + random.normal() > 0 ? 1 : -1,
    ),
    linear: new Float64Array(N_ROWS).fill(-1),
    costs: new Float64Array(N_ROWS).fill(cost),
    nRows: N_ROWS,
  };
  const space = { rows, nFeatures: 2, cacheBytes: 1e6, kernel: { kernel, gamma: 0.5, degree: 3, coef0: 0 } };
  let nSteps = 0;
  const exact = solveSmo(problem, space, 0, -1, () => {
    if (++nSteps > 2e6) throw new Error('It never ends.');
  });
  expect(exact.converged).toBe(true);
  const near = solveSmo(problem, space, 1e-6, -1, () => {});
  expect(Math.abs(exact.offset - near.offset)).toBeLessThan(1e-4);
});
