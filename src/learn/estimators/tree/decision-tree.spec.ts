import { DecisionTreeClassifier as OracleClassifier } from 'ml-cart';
import { describe, expect, it } from 'vitest';
import { Random } from '../../random.js';
import { decisionTreeClassifier, decisionTreeRegressor } from './decision-tree.js';
import {
  classes,
  dataOf,
  fitWith,
  numbers,
  predictData,
  predictRows,
  randomRows,
} from './testing/fit-helpers.js';

const random = new Random(21);
const rows = randomRows(random, 120, 4, 40, 0.1);
const codes = rows.map((row) => ((row[0] || 0) + (row[1] || 0) > 40 ? 1 : (row[2] || 0) > 30 ? 2 : 0));
const values = rows.map((row) => (row[0] || 0) * 3 + (row[3] || 0));

/** Rows that are equal share a target, so that a full tree can learn all of it. */
const distinct = rows.map((row, i) => [...row, i]);

describe('a full tree', () => {
  it('learns its training set by heart, both tasks', async () => {
    const classifier = await fitWith(decisionTreeClassifier, dataOf(distinct, classes(codes)));
    expect(predictData(classifier, dataOf(distinct, classes(codes))).map((p) => p.indexOf(1))).toEqual(codes);
    for (const criterion of ['squared_error', 'friedman_mse', 'absolute_error']) {
      const data = dataOf(distinct, numbers(values));
      const regressor = await fitWith(decisionTreeRegressor, data, { criterion });
      const predicted = predictData(regressor, data).flat();
      predicted.forEach((value, i) => {
        expect(value).toBeCloseTo(values[i] as number, 9);
      });
    }
  });

  it.each(['squared_error', 'poisson', 'absolute_error'])(
    'learns steps of many equal numbers by heart, by %s',
    async (criterion) => {
      const steps = Array.from({ length: 300 }, (_, i) => 1 + Math.floor(i / 100) ** 2);
      const data = dataOf(
        steps.map((_, i) => [i, i % 7]),
        numbers(steps),
      );
      const regressor = await fitWith(decisionTreeRegressor, data, { criterion });
      expect(regressor.facts).toMatchObject({ nLeaves: 3 });
      expect(predictData(regressor, data).flat()).toEqual(steps);
    },
  );

  it('puts thresholds in the middle and predicts as an independent implementation does', async () => {
    const x = Array.from({ length: 60 }, (_, i) => [i * 1.5, (i * 7) % 13]);
    const y = x.map(([a, b]) => ((a as number) > 40 ? 2 : (b as number) > 6 ? 1 : 0));
    const ours = await fitWith(decisionTreeClassifier, dataOf(x, classes(y)));
    const oracle = new OracleClassifier({ gainFunction: 'gini', maxDepth: 10, minNumSamples: 1 });
    oracle.train(x, y);
    const probes = Array.from({ length: 200 }, (_, i) => [(i * 0.611) % 90, (i * 0.37) % 13]);
    expect(predictRows(ours, probes).map((p) => p.indexOf(1))).toEqual(oracle.predict(probes));
  });
});

const smaller: Record<string, number>[] = [
  { maxDepth: 3 },
  { maxLeafNodes: 5 },
  { minSamplesLeaf: 10 },
  { minSamplesLeaf: 0.1 },
  { minSamplesSplit: 40 },
  { minImpurityDecrease: 0.02 },
  { ccpAlpha: 0.01 },
];

it.each(smaller)('%o makes a smaller tree', async (options) => {
  const data = dataOf(rows, classes(codes));
  const full = await fitWith(decisionTreeClassifier, data);
  const small = await fitWith(decisionTreeClassifier, data, options);
  expect(Number(small.facts?.['nLeaves'])).toBeLessThan(Number(full.facts?.['nLeaves']));
  expect(Number(small.facts?.['nLeaves'])).toBeGreaterThan(1);
});

it('honours its limits', async () => {
  const data = dataOf(rows, classes(codes));
  expect((await fitWith(decisionTreeClassifier, data, { maxDepth: 3 })).facts).toMatchObject({ depth: 3 });
  expect((await fitWith(decisionTreeClassifier, data, { maxLeafNodes: 5 })).facts).toMatchObject({
    nLeaves: 5,
  });
});

it('splits on wherever a cut is allowed, whichever feature it looks at first', async () => {
  // The flag varies in every node, and can never be cut.
  const flagged = Array.from({ length: 120 }, (_, i) => [i, i % 40 === 0 ? 1 : 0]);
  const targets = numbers(flagged.map(([i]) => 1 + Math.floor((i as number) / 15) ** 2));
  for (const criterion of ['squared_error', 'poisson', 'absolute_error']) {
    for (let seed = 1; seed <= 12; seed++) {
      const options = { criterion, minSamplesLeaf: 15 };
      const tree = await fitWith(decisionTreeRegressor, dataOf(flagged, targets), options, { seed });
      expect(tree.facts, `${criterion}, seed ${seed}`).toMatchObject({ nLeaves: 8 });
    }
  }
});

it('grows the same tree best first as depth first when no limit is reached', async () => {
  // One feature: of several that tie, the seed picks one in the order in which nodes are opened.
  const data = dataOf(
    rows.map((row) => row.slice(0, 1)),
    numbers(values),
  );
  const deep = await fitWith(decisionTreeRegressor, data);
  const best = await fitWith(decisionTreeRegressor, data, { maxLeafNodes: 10_000 });
  expect(best.toState().tensors).toEqual(deep.toState().tensors);
});

it('learns to which side missing values go, and sends unseen ones with the majority', async () => {
  const withMissing = dataOf([[1], [2], [3], [Number.NaN], [Number.NaN]], classes([0, 0, 1, 1, 1]));
  expect(predictRows(await fitWith(decisionTreeClassifier, withMissing), [[Number.NaN], [1]])).toEqual([
    [0, 1],
    [1, 0],
  ]);
  const onlyMissingDiffers = dataOf([[1], [2], [Number.NaN]], classes([0, 0, 1]));
  expect(
    predictRows(await fitWith(decisionTreeClassifier, onlyMissingDiffers), [[Number.NaN], [99]]),
  ).toEqual([
    [0, 1],
    [1, 0],
  ]);
  const withoutMissing = dataOf([[1], [2], [3]], classes([0, 1, 1]));
  expect(predictRows(await fitWith(decisionTreeClassifier, withoutMissing), [[Number.NaN]])).toEqual([
    [0, 1],
  ]);
});

it('splits categories as a set where thresholds need many splits', async () => {
  const x = Array.from({ length: 300 }, (_, i) => [i % 30]);
  const data = classes(x.map(([code]) => (code as number) % 2));
  const asSet = await fitWith(decisionTreeClassifier, dataOf(x, data, [30]));
  const asNumber = await fitWith(decisionTreeClassifier, dataOf(x, data));
  expect(asSet.facts).toMatchObject({ nLeaves: 2, depth: 1 });
  expect(asNumber.facts).toMatchObject({ nLeaves: 30 });
  expect(predictRows(asSet, [[28], [29]])).toEqual([
    [1, 0],
    [0, 1],
  ]);
});

it('takes 10,000 categories: the rare ones share a bin', async () => {
  const x = Array.from({ length: 11_000 }, (_, i) => [i < 10_000 ? i : i % 100]);
  const y = x.map(([code]) => ((code as number) < 100 ? (code as number) % 2 : 0));
  const model = await fitWith(decisionTreeClassifier, dataOf(x, classes(y), [10_000]));
  expect(predictRows(model, [[3], [4], [9_999], [10_000], [-1]]).map((p) => p.indexOf(1))).toEqual([
    1, 0, 0, 0, 0,
  ]);
});

it('gives a row of weight 2 the pull of two rows', async () => {
  const some = rows.slice(0, 60);
  const twice = some.map((_, i) => i % 3 === 0);
  const doubled = some.flatMap((row, i) => (twice[i] ? [row, row] : [row]));
  const pick = <T>(from: T[]) =>
    some.flatMap((_, i) => (twice[i] ? [from[i] as T, from[i] as T] : [from[i] as T]));
  const sampleWeight = Float64Array.from(twice, (isTwice) => (isTwice ? 2 : 1));
  for (const criterion of ['gini', 'entropy']) {
    const weighted = { ...dataOf(some, classes(codes.slice(0, 60), 3)), sampleWeight };
    const a = await fitWith(decisionTreeClassifier, weighted, { criterion });
    const b = await fitWith(decisionTreeClassifier, dataOf(doubled, classes(pick(codes), 3)), { criterion });
    expect(predictRows(a, rows)).toEqual(predictRows(b, rows));
  }
  const weighted = { ...dataOf(some, numbers(values.slice(0, 60))), sampleWeight };
  const a = await fitWith(decisionTreeRegressor, weighted, { maxDepth: 3 });
  const b = await fitWith(decisionTreeRegressor, dataOf(doubled, numbers(pick(values))), { maxDepth: 3 });
  predictRows(a, rows).forEach(([value], i) => {
    expect(value).toBeCloseTo(predictRows(b, rows)[i]?.[0] as number, 9);
  });
});

it('ignores rows of weight 0, and refuses a set that has no others', async () => {
  const sampleWeight = Float64Array.from(rows, (_, i) => (i < 60 ? 1 : 0));
  const a = await fitWith(decisionTreeClassifier, { ...dataOf(rows, classes(codes)), sampleWeight });
  const b = await fitWith(decisionTreeClassifier, dataOf(rows.slice(0, 60), classes(codes.slice(0, 60), 3)));
  expect(predictRows(a, rows)).toEqual(predictRows(b, rows));
  const none = { ...dataOf(rows, classes(codes)), sampleWeight: new Float64Array(rows.length) };
  await expect(fitWith(decisionTreeClassifier, none)).rejects.toMatchObject({ code: 'not_enough_rows' });
});

it('weighs classes by name, and refuses a name that is no class', async () => {
  const data = { ...dataOf([[1], [1], [1]], classes([0, 0, 1])), classNames: ['no', 'yes'] };
  const weighted = await fitWith(decisionTreeClassifier, data, { classWeight: { yes: 6 } });
  expect(predictRows(weighted, [[1]])).toEqual([[0.25, 0.75]]);
  const balanced = await fitWith(decisionTreeClassifier, data, { classWeight: 'balanced' });
  expect(predictRows(balanced, [[1]])[0]?.[0]).toBeCloseTo(0.5, 12);
  await expect(fitWith(decisionTreeClassifier, data, { classWeight: { maybe: 2 } })).rejects.toMatchObject({
    code: 'invalid_parameters',
    place: { parameter: 'classWeight' },
  });
});

it('learns from one row, and from columns that do not vary', async () => {
  expect(predictRows(await fitWith(decisionTreeRegressor, dataOf([[5]], numbers([7]))), [[0]])).toEqual([
    [7],
  ]);
  const constant = await fitWith(decisionTreeClassifier, dataOf([[5], [5], [5], [5]], classes([0, 1, 1, 1])));
  expect(predictRows(constant, [[5]])).toEqual([[0.25, 0.75]]);
  expect(constant.featureImportances).toEqual(Float64Array.of(0));
});

it('has importances that sum to 1 and find the column that matters', async () => {
  const model = await fitWith(decisionTreeRegressor, dataOf(rows, numbers(values)));
  const shares = Array.from(model.featureImportances ?? []);
  expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  expect(Math.max(...shares)).toBe(shares[0]);
});

it('keeps its digits with values near the largest double and targets far from zero', async () => {
  const huge = await fitWith(decisionTreeRegressor, dataOf([[-1.7e308], [1.7e308]], numbers([1, 2])));
  expect(predictRows(huge, [[-1], [1], [1.7e308]]).flat()).toEqual([1, 2, 2]);
  const far = Array.from({ length: 40 }, (_, i) => 1e9 + (i < 20 ? 0 : 1e-3));
  const model = await fitWith(
    decisionTreeRegressor,
    dataOf(
      far.map((_, i) => [i]),
      numbers(far),
    ),
    { maxDepth: 1 },
  );
  expect(predictRows(model, [[19], [20]]).flat()).toEqual([1e9, 1e9 + 1e-3]);
});
