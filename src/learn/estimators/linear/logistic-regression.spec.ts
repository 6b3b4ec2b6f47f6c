import { expect, it } from 'vitest';
import type { Predictor } from '../../estimator.js';
import { createThreadPool } from '../../parallel/create-thread-pool.js';
import type { ParameterValue } from '../../parameters.js';
import { Random } from '../../random.js';
import { predict } from '../../testing/conformance-data.js';
import { validateParameters } from '../../validate-parameters.js';
import { logisticRegression } from './logistic-regression.js';

function learn(
  rows: readonly number[][],
  codes: readonly number[],
  sent: Record<string, ParameterValue>,
  sampleWeight?: Float64Array,
): Promise<Predictor> {
  const nFeatures = (rows[0] as number[]).length;
  const names = Array.from({ length: nFeatures }, (_, j) => `x${j}`);
  const data = {
    x: {
      nSamples: rows.length,
      nFeatures,
      values: Float64Array.from(names.flatMap((_, j) => rows.map((row) => row[j] as number))),
      features: names.map((name) => ({ name, column: name, kind: 'numeric' as const })),
    },
    y: { task: 'classification' as const, codes: Int32Array.from(codes), nClasses: Math.max(...codes) + 1 },
    ...(sampleWeight === undefined ? {} : { sampleWeight }),
  };
  const { values, problems } = validateParameters(logisticRegression, sent);
  expect(problems).toEqual([]);
  const threads = createThreadPool({ size: 1 });
  return logisticRegression.fit(data, values, { random: new Random(0), threads, checkpoint: () => {} });
}

const random = new Random(3);
const ROWS = Array.from({ length: 40 }, () => [random.normal(), random.normal()]);
const codesOf = (nClasses: number) =>
  ROWS.map(([a, b]) => Math.floor(Math.abs((a as number) + (b as number) + random.normal()) * 2) % nClasses);

it.each([2, 3])('learns nothing from a feature that is constant where rows count: %i classes', async (k) => {
  const codes = codesOf(k);
  // Its weighted mean is not that value to the bit, and the rows that weigh nothing have something else.
  const weights = Float64Array.from(ROWS, (_, i) => (i % 7 === 0 ? 0 : 0.1 + random.next()));
  const widened = ROWS.map((row, i) => [...row, i % 7 === 0 ? 5 : 1e6 / 3]);
  const options = { penalty: 'none', tol: 1e-9, maxIter: 1000 };
  const without = await learn(ROWS, codes, options, weights);
  const beside = await learn(widened, codes, options, weights);
  expect(beside.facts).toMatchObject({ converged: true });
  for (let f = 0; f < (without.linear?.intercepts.length ?? 0); f++) {
    expect(Math.abs(beside.linear?.coefficients[3 * f + 2] as number)).toBeLessThan(1e-6);
  }
  for (const [i, row] of ROWS.entries()) {
    if (i % 7 === 0) continue;
    const expected = predict(without, [row]).flat();
    const found = predict(beside, [widened[i] as number[]]).flat();
    for (const [c, p] of expected.entries()) expect(found[c]).toBeCloseTo(p, 6);
  }
});

it('is quick where the penalty curves the objective more than small features do', async () => {
  const mixed = ROWS.map(([a, b]) => [
    (a as number) * 1e-3,
    (b as number) * 1e3,
    (a as number) * (b as number),
  ]);
  const model = await learn(mixed, codesOf(3), { C: 1e-3, tol: 1e-9, maxIter: 100 });
  expect(model.facts).toMatchObject({ converged: true });
  expect(model.warnings).toEqual([]);
});
