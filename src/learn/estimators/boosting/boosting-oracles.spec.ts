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
}

const { cases } = readOracles<Oracles>('boosting.json');
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
