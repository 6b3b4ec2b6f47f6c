import { expect, it } from 'vitest';
import type { ParameterValue } from '../../parameters.js';
import { readOracles } from '../../testing/read-oracles.js';
import { classes, dataOf, fitWith, numbers, predictRows } from '../tree/testing/fit-helpers.js';
import { histGradientBoostingClassifier, histGradientBoostingRegressor } from './hist-gradient-boosting.js';

interface Oracles {
  cases: {
    name: string;
    /** 0: a regression. */
    classes: number;
    rows: (number | null)[][];
    target: number[];
    sampleWeight: number[] | null;
    /** Of the last column; 0: it is a number. */
    categories: number;
    options: Record<string, ParameterValue>;
    /** Of the first rows. */
    outputs: number[][] | number[];
    nIterations: number;
  }[];
  nDrawn: number;
  drawn: {
    rows: number[][];
    target: number[];
    options: Record<string, ParameterValue>;
    /** Of the first rows. */
    means: number[];
    /** Of a single model. */
    deviations: number[];
  }[];
}

const { cases, drawn, nDrawn } = readOracles<Oracles>('boosting.json');
const withNaN = (rows: (number | null)[][]): number[][] =>
  rows.map((row) => row.map((value) => value ?? Number.NaN));

// The same splits, so the same leaves. scikit-learn keeps gradients in 32 bit, and what that leaves of a leaf's value adds up
// over the iterations.
const TOLERANCE = 2e-6;

it.each(cases)('boosts as scikit-learn does: $name', async (oracle) => {
  const isClassifier = oracle.classes > 0;
  const y = isClassifier ? classes(oracle.target, oracle.classes) : numbers(oracle.target);
  const model = await fitWith(
    isClassifier ? histGradientBoostingClassifier : histGradientBoostingRegressor,
    {
      ...dataOf(withNaN(oracle.rows), y, [0, 0, 0, oracle.categories]),
      ...(oracle.sampleWeight === null ? {} : { sampleWeight: Float64Array.from(oracle.sampleWeight) }),
      classNames: Array.from({ length: oracle.classes }, (_, code) => String(code)),
    },
    oracle.options,
  );
  expect(model.facts).toMatchObject({ nIterations: oracle.nIterations });
  const predicted = predictRows(model, withNaN(oracle.rows.slice(0, oracle.outputs.length)));
  const worst = predicted.flatMap((row, i) => {
    const expected = [oracle.outputs[i] as number | number[]].flat();
    return row.map((value, c) => {
      const wanted = expected[c] as number;
      return Math.abs(value - wanted) / Math.max(1, Math.abs(wanted));
    });
  });
  expect(Math.max(...worst)).toBeLessThan(TOLERANCE);
});

/** Of 80 comparisons none should be further off than this by chance. */
const STANDARD_ERRORS = 4.5;
const OUR_MODELS = 400;

it.each(drawn)('predicts on average what scikit-learn does where it draws: $options', async (oracle) => {
  const data = dataOf(oracle.rows, numbers(oracle.target));
  const asked = oracle.rows.slice(0, oracle.means.length);
  const sums = new Float64Array(asked.length);
  for (let seed = 1; seed <= OUR_MODELS; seed++) {
    const model = await fitWith(histGradientBoostingRegressor, data, oracle.options, { seed });
    predictRows(model, asked).forEach(([value], i) => {
      sums[i] = (sums[i] as number) + (value as number);
    });
  }
  const standardError = Math.sqrt(1 / OUR_MODELS + 1 / nDrawn);
  for (const [i, sum] of sums.entries()) {
    const room = STANDARD_ERRORS * (oracle.deviations[i] as number) * standardError;
    expect(Math.abs(sum / OUR_MODELS - (oracle.means[i] as number)), `query ${i}`).toBeLessThan(room + 1e-6);
  }
});
