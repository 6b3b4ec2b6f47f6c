import { describe, expect, it } from 'vitest';
import { minimizeByNewton } from './newton.js';

const options = { maxIterations: 50, gradientTolerance: 1e-12, onStep: () => {} };

describe('minimizeByNewton', () => {
  it('ends a quadratic in one step', async () => {
    const found = await minimizeByNewton(
      async ([x = 0, y = 0]) => ({
        value: x * x + x * y + y * y - 3 * x,
        gradient: Float64Array.of(2 * x + y - 3, x + 2 * y),
        hessian: Float64Array.of(2, 1, 1, 2),
      }),
      Float64Array.of(10, -7),
      options,
    );
    expect(found).toMatchObject({ iterations: 1, converged: true, isSingular: false });
    expect([...found.point].map((x) => Math.round(x * 1e12) / 1e12)).toEqual([2, -1]);
  });

  it('shortens steps that would overshoot', async () => {
    // log cosh: from beyond 1.09 full Newton steps diverge.
    const found = await minimizeByNewton(
      async ([x = 0]) => ({
        value: Math.log(Math.cosh(x)),
        gradient: Float64Array.of(Math.tanh(x)),
        hessian: Float64Array.of(1 - Math.tanh(x) ** 2),
      }),
      Float64Array.of(3),
      options,
    );
    expect(found.converged).toBe(true);
    expect(Math.abs(found.point[0]!)).toBeLessThan(1e-12);
  });

  it('says where the Hessian has no inverse', async () => {
    const found = await minimizeByNewton(
      async ([x = 0, y = 0]) => ({
        value: (x + y) ** 2 / 2,
        gradient: Float64Array.of(x + y, x + y),
        hessian: Float64Array.of(1, 1, 1, 1 + 1e-14),
      }),
      Float64Array.of(1, 1),
      options,
    );
    expect(found).toMatchObject({ isSingular: true, converged: false, iterations: 0 });
  });

  it('stops after the allowed steps', async () => {
    const found = await minimizeByNewton(
      async ([x = 0]) => ({
        value: x ** 4,
        gradient: Float64Array.of(4 * x ** 3),
        hessian: Float64Array.of(12 * x * x),
      }),
      Float64Array.of(1),
      { ...options, maxIterations: 3 },
    );
    expect(found).toMatchObject({ converged: false, iterations: 3 });
  });
});
