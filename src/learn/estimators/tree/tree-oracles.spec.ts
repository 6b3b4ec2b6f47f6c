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
  nRandom: number;
  random: {
    task: 'classification' | 'regression';
    classes: number;
    rows: number[][];
    queries: number;
    target: number[];
    options: Record<string, ParameterValue>;
    means: number[][];
    /** Of a single tree. */
    deviations: number[][];
  }[];
}

const { tables, cases, random, nRandom } = readOracles<Oracles>('trees.json');
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

/** Of some 80 comparisons none should be further off than this by chance. */
const STANDARD_ERRORS = 4.5;
const OUR_TREES = 400;

it.each(random)('cuts at random as scikit-learn does, on average: $options', async (oracle) => {
  const isClassifier = oracle.task === 'classification';
  const data = dataOf(
    oracle.rows,
    isClassifier ? classes(oracle.target, oracle.classes) : numbers(oracle.target),
  );
  const queries = tables[oracle.queries] as number[][];
  const sums = queries.map((_, i) => new Float64Array((oracle.means[i] as number[]).length));
  for (let seed = 1; seed <= OUR_TREES; seed++) {
    const options = { ...oracle.options, splitter: 'random' };
    const algorithm = isClassifier ? decisionTreeClassifier : decisionTreeRegressor;
    const tree = await fitWith(algorithm, data, options, { seed });
    predictRows(tree, queries).forEach((row, i) => {
      row.forEach((value, c) => {
        sums[i]![c]! += value;
      });
    });
  }
  const standardError = Math.sqrt(1 / OUR_TREES + 1 / nRandom);
  for (const [i, row] of sums.entries()) {
    for (const [c, sum] of row.entries()) {
      const room = STANDARD_ERRORS * (oracle.deviations[i]?.[c] as number) * standardError;
      const wanted = oracle.means[i]?.[c] as number;
      expect(Math.abs(sum / OUR_TREES - wanted), `query ${i}, output ${c}`).toBeLessThan(room + 1e-6);
    }
  }
});
