import { describe, expect, it } from 'vitest';
import { Random } from '../../random.js';
import { descendTubePlainly, fitTube, separateClass } from './dual-coordinate-kernel.js';
import type { DualInput } from './dual-problem.js';

const control = { checkpoint: () => {} };
const nSamples = 40;

/** The same rows with as many features of zero as make Newton's method unfit. */
function inputOf(nZeros: number): DualInput {
  const random = new Random(2);
  const rows = Array.from({ length: nSamples }, () => [
    ...Array.from({ length: 3 }, () => random.normal()),
    ...new Array<number>(nZeros).fill(0),
  ]);
  return {
    rows: Float64Array.from(rows.flat()),
    nSamples,
    nFeatures: 3 + nZeros,
    fitIntercept: true,
    costs: Float64Array.from({ length: nSamples }, (_, i) => (i % 4) / 2),
    squared: true,
    maxIterations: 100_000,
    tolerance: 1e-11,
    seed: 1,
    stream: 0,
  };
}

describe('squared errors', () => {
  it('separate alike by Newton on the primal and by coordinates of the dual', () => {
    const codes = Int32Array.from({ length: nSamples }, (_, i) => (i * 7) % 3);
    const [newton, dual] = [0, 60].map((nZeros) => {
      const input = inputOf(nZeros);
      const ownCosts = input.costs.map((cost) => cost * 3);
      return separateClass({ ...input, ownCosts, codes, classes: [0, 1, 2] }, 1, control);
    });
    expect(dual?.iterations).toBeGreaterThan(newton?.iterations as number);
    for (let j = 0; j < 3; j++) expect(dual?.weights[j]).toBeCloseTo(newton?.weights[j] as number, 8);
    expect(dual?.weights.at(-1)).toBeCloseTo(newton?.weights.at(-1) as number, 8);
  });

  it('fit alike by both', () => {
    const targets = Float64Array.from({ length: nSamples }, (_, i) => Math.sin(i) * 3 + 1);
    const [newton, dual] = [0, 60].map((nZeros) =>
      fitTube({ ...inputOf(nZeros), targets, epsilon: 0.5 }, control),
    );
    for (let j = 0; j < 3; j++) expect(dual?.weights[j]).toBeCloseTo(newton?.weights[j] as number, 8);
    expect(dual?.weights.at(-1)).toBeCloseTo(newton?.weights.at(-1) as number, 8);
  });
});

describe('absolute errors', () => {
  it.each([
    [0, true],
    [1, true],
    [0, false],
    [1, false],
  ])('fit in the kernel as plainly, with %i features of zero and intercept %s', (nZeros, fitIntercept) => {
    const targets = Float64Array.from({ length: nSamples }, (_, i) => Math.sin(i) * 3 + 1);
    const input = {
      ...inputOf(nZeros),
      squared: false,
      fitIntercept,
      tolerance: 1e-6,
      targets,
      epsilon: 0.25,
    };
    const plain = descendTubePlainly(input, control);
    const kernel = fitTube(input, control);
    expect(kernel.converged).toBe(true);
    expect(kernel.iterations).toBe(plain.iterations);
    for (const [j, weight] of plain.weights.entries()) expect(kernel.weights[j]).toBeCloseTo(weight, 10);
  });
});
