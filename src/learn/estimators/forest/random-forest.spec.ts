import { describe, expect, it } from 'vitest';
import { LearnError } from '../../errors.js';
import { Random } from '../../random.js';
import {
  classes,
  dataOf,
  fitWith,
  numbers,
  predictData,
  predictRows,
  randomRows,
} from '../tree/testing/fit-helpers.js';
import {
  extraTreesClassifier,
  extraTreesRegressor,
  randomForestClassifier,
  randomForestRegressor,
} from './random-forest.js';

const random = new Random(8);
const rows = randomRows(random, 400, 6, 300, 0.05).map((row, i) => [...row, i % 9]);
const codes = rows.map((row) => ((row[0] || 0) > 150 ? 1 : 0) + ((row[6] as number) % 2 === 0 ? 1 : 0));
const values = rows.map((row) => Math.sin((row[0] || 0) / 50) * 10 + (row[6] as number));
const kinds = [0, 0, 0, 0, 0, 0, 9];
const classified = dataOf(rows, classes(codes), kinds);
const halved = dataOf(rows, classes(codes.map((code) => Math.min(code, 1))), kinds);
const measured = dataOf(rows, numbers(values), kinds);
const counted = dataOf(rows, numbers(values.map((value) => Math.round(Math.abs(value)))), kinds);
const sampleWeight = Float64Array.from(rows, () => random.next());
const weighed = { ...classified, sampleWeight };

describe('the same seed', () => {
  it.each([
    ['classifier', randomForestClassifier, classified, { oobScore: true, classWeight: 'balanced_subsample' }],
    [
      'classifier of drawn weights',
      randomForestClassifier,
      classified,
      { oobScore: true, classWeight: 'balanced' },
    ],
    [
      'classifier of two classes',
      randomForestClassifier,
      halved,
      { classWeight: 'balanced_subsample', criterion: 'entropy' },
    ],
    ['classifier by entropy', randomForestClassifier, classified, { criterion: 'entropy' }],
    ['regressor', randomForestRegressor, measured, { oobScore: true, maxFeatures: 0.5 }],
    [
      'regressor by median',
      randomForestRegressor,
      measured,
      { criterion: 'absolute_error', maxSamples: 0.5 },
    ],
    ['set of extra trees', extraTreesRegressor, measured, {}],
    ['set of classifying extra trees', extraTreesClassifier, classified, {}],
    ['set of extra trees of balanced classes', extraTreesClassifier, classified, { classWeight: 'balanced' }],
    ['set of extra trees of weights', extraTreesClassifier, weighed, { criterion: 'entropy' }],
    ['classifier of weights', randomForestClassifier, weighed, { bootstrap: false, ccpAlpha: 0.002 }],
    ['set of extra trees of weighed numbers', extraTreesRegressor, { ...measured, sampleWeight }, {}],
    ['regressor of counts', randomForestRegressor, counted, { criterion: 'poisson', maxFeatures: 3 }],
    ['set of extra trees that end at 20 leaves', extraTreesClassifier, halved, { maxLeafNodes: 20 }],
  ] as const)('gives a %s of equal bytes on 1, 2 and 4 threads', async (_, algorithm, data, options) => {
    const sized = { nEstimators: 12, ...options };
    const [one, two, four] = await Promise.all(
      [1, 2, 4].map(async (threads) => (await fitWith(algorithm, data, sized, { threads })).toState()),
    );
    expect(two).toEqual(one);
    expect(four).toEqual(one);
  });

  it('gives another forest than another seed', async () => {
    const a = await fitWith(randomForestClassifier, classified, { nEstimators: 3 }, { seed: 1 });
    const b = await fitWith(randomForestClassifier, classified, { nEstimators: 3 }, { seed: 2 });
    expect(a.toState()).not.toEqual(b.toState());
  });
});

it('predicts better out of the bag than one class for all', async () => {
  const forest = await fitWith(randomForestClassifier, classified, { nEstimators: 40, oobScore: true });
  expect(Number(forest.facts?.['oobScore'])).toBeGreaterThan(0.9);
  const regressor = await fitWith(randomForestRegressor, measured, { nEstimators: 40, oobScore: true });
  expect(Number(regressor.facts?.['oobScore'])).toBeGreaterThan(0.85);
});

it('gives probabilities that sum to 1, and importances too', async () => {
  const forest = await fitWith(randomForestClassifier, classified, { nEstimators: 10 });
  for (const probabilities of predictData(forest, classified)) {
    expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  }
  expect(Array.from(forest.featureImportances ?? []).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
});

it('is the mean of its trees, in batches of any size', async () => {
  const forest = await fitWith(randomForestRegressor, measured, { nEstimators: 7 });
  const whole = predictRows(forest, rows);
  rows.slice(0, 100).forEach((row, i) => {
    expect(predictRows(forest, [row])).toEqual([whole[i]]);
  });
  const restored = randomForestRegressor.restore(forest.toState());
  expect(predictRows(restored, rows)).toEqual(whole);
});

it('grows equal trees without a bootstrap when no two features can tie', async () => {
  const options = { nEstimators: 2, bootstrap: false, maxFeatures: null };
  const narrow = dataOf(
    rows.map((row) => row.slice(0, 1)),
    classes(codes),
  );
  const state = (await fitWith(randomForestClassifier, narrow, options)).toState();
  const offsets = state.tensors['treeOffsets']?.data as Uint32Array;
  const feature = state.tensors['feature']?.data as Int32Array;
  expect(feature.slice(0, offsets[1])).toEqual(feature.slice(offsets[1]));
});

it('lets the seed decide between features that do equally well', async () => {
  const twice = dataOf(
    rows.map((row) => [row[0] || 0, row[0] || 0]),
    classes(codes),
  );
  const options = { nEstimators: 20, bootstrap: false, maxFeatures: null, maxDepth: 1 };
  const state = (await fitWith(randomForestClassifier, twice, options)).toState();
  const roots = Array.from(state.tensors['feature']?.data as Int32Array).filter((feature) => feature >= 0);
  expect(new Set(roots)).toEqual(new Set([0, 1]));
});

it('learns from one row', async () => {
  const forest = await fitWith(randomForestClassifier, dataOf([[1, 2]], classes([0], 2)), { nEstimators: 5 });
  expect(predictRows(forest, [[9, Number.NaN]])).toEqual([[1, 0]]);
});

it.each([1, 2])('stops in the middle when canceled, on %i threads', async (threads) => {
  let nCalls = 0;
  const checkpoint = (fraction: number): void => {
    nCalls++;
    if (fraction > 0.11) throw new LearnError('canceled', 'The job was canceled.');
  };
  const wide = dataOf(
    randomRows(new Random(2), 20_000, 10, 1_000),
    numbers(Array.from({ length: 20_000 }, (_, i) => (i * 7919) % 1009)),
  );
  const fit = fitWith(randomForestRegressor, wide, { nEstimators: 400 }, { threads, checkpoint });
  await expect(fit).rejects.toMatchObject({ code: 'canceled' });
  expect(nCalls).toBeGreaterThan(1);
});

it('names parameters that contradict each other', () => {
  const defaults = Object.fromEntries(randomForestClassifier.parameters.map((p) => [p.name, p.default]));
  expect(randomForestClassifier.conflicts?.(defaults)).toEqual([]);
  const sent = { ...defaults, bootstrap: false, oobScore: true, maxSamples: 0.5 };
  expect(randomForestClassifier.conflicts?.(sent)?.map((problem) => problem.parameter)).toEqual([
    'oobScore',
    'maxSamples',
  ]);
});

it('estimates more memory for more rows and for more trees', () => {
  const options = Object.fromEntries(randomForestClassifier.parameters.map((p) => [p.name, p.default]));
  const estimate = (nSamples: number, nEstimators: number) =>
    randomForestClassifier.estimateFitBytes(
      { nSamples, nFeatures: 14, nClasses: 2 },
      { ...options, nEstimators },
    );
  expect(estimate(20_000, 100)).toBeGreaterThan(estimate(10_000, 100));
  expect(estimate(10_000, 200)).toBeGreaterThan(estimate(10_000, 100));
});

it('draws thresholds between the extremes of a node: extra trees learn by heart, and differ from each other', async () => {
  const forest = await fitWith(extraTreesClassifier, classified, { nEstimators: 5, maxFeatures: null });
  expect(predictData(forest, classified).map((p) => p.indexOf(Math.max(...p)))).toEqual(codes);
  const state = forest.toState();
  const offsets = state.tensors['treeOffsets']?.data as Uint32Array;
  const threshold = state.tensors['threshold']?.data as Float64Array;
  expect(threshold[offsets[0] as number]).not.toBe(threshold[offsets[1] as number]);
});
