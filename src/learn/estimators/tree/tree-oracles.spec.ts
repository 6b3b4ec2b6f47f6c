import { expect, it } from 'vitest';
import type { ParameterValue } from '../../parameters.js';
import { readOracles } from '../../testing/read-oracles.js';
import { decisionTreeClassifier, decisionTreeRegressor } from './decision-tree.js';
import { classes, dataOf, fitWith, numbers, predictRows } from './testing/fit-helpers.js';

interface Oracles {
  tables: (number | null)[][][];
  cases: {
    task: 'classification' | 'regression';
    /** 0: a regression. */
    classes: number;
    /** Of `tables`. */
    rows: (number | null)[][];
    queries: number;
    target: number[];
    sampleWeight: number[] | null;
    options: Record<string, ParameterValue>;
    outputs: number[][] | number[];
    importances: number[];
    meanAbsoluteError: number;
    nLeaves: number;
    depth: number;
  }[];
}

const { tables, cases } = readOracles<Oracles>('trees.json');
const withNaN = (rows: (number | null)[][]): number[][] =>
  rows.map((row) => row.map((value) => value ?? Number.NaN));

// One tree has one answer where no cuts tie: the same splits, so the same leaves, up to the rounding of their means. By
// absolute error cuts do tie, and the least error is the one answer.
it.each(
  cases.map((oracle) => ({
    oracle,
    name: JSON.stringify({
      classes: oracle.classes,
      ...oracle.options,
      weighted: oracle.sampleWeight !== null,
      missing: oracle.rows.flat().includes(null),
    }),
  })),
)('grows the tree of scikit-learn: $name', async ({ oracle }) => {
  const isClassifier = oracle.task === 'classification';
  const y = isClassifier ? classes(oracle.target, oracle.classes) : numbers(oracle.target);
  const model = await fitWith(
    isClassifier ? decisionTreeClassifier : decisionTreeRegressor,
    {
      ...dataOf(withNaN(oracle.rows), y),
      sampleWeight: oracle.sampleWeight === null ? undefined : Float64Array.from(oracle.sampleWeight),
      classNames: Array.from({ length: oracle.classes }, (_, code) => String(code)),
    },
    oracle.options,
  );
  expect(model.facts).toMatchObject({ nLeaves: oracle.nLeaves, depth: oracle.depth });
  if (oracle.options['criterion'] === 'absolute_error') {
    const weights = oracle.sampleWeight ?? oracle.target.map(() => 1);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const errors = predictRows(model, withNaN(oracle.rows)).map(
      ([value], i) => (weights[i] as number) * Math.abs((value as number) - (oracle.target[i] as number)),
    );
    expect(errors.reduce((sum, error) => sum + error, 0) / total).toBeCloseTo(oracle.meanAbsoluteError, 9);
    return;
  }
  const predicted = predictRows(model, withNaN(tables[oracle.queries] as (number | null)[][]));
  predicted.forEach((row, i) => {
    const expected = [oracle.outputs[i] as number | number[]].flat();
    row.forEach((value, c) => {
      expect(value, `query ${i}`).toBeCloseTo(expected[c] as number, 9);
    });
  });
  oracle.importances.forEach((share, j) => {
    expect(model.featureImportances?.[j]).toBeCloseTo(share, 9);
  });
});
