import { describe, expect, it } from 'vitest';
import { LearnError } from '../../errors.js';
import type { JsonObject } from '../../json.js';
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
import { histGradientBoostingClassifier, histGradientBoostingRegressor } from './hist-gradient-boosting.js';

const random = new Random(6);
const rows = randomRows(random, 600, 5, 400, 0.05).map((row, i) => [...row, i % 8]);
const kinds = [0, 0, 0, 0, 0, 8];
const binary = rows.map((row) => ((row[0] || 0) > 200 !== (row[5] as number) % 2 > 0 ? 1 : 0));
const ternary = rows.map((row) => ((row[0] || 0) > 200 ? 2 : (row[1] || 0) > 200 ? 1 : 0));
const values = rows.map((row) => Math.sin((row[0] || 0) / 60) * 5 + (row[5] as number) + (row[2] || 0) / 100);
const small = { maxIter: 15, minSamplesLeaf: 10 };

/** So many that four threads pay, early stopping's share left out. */
const manyRows = randomRows(random, 60_000, 19, 400, 0.05).map((row, i) => [...row, i % 8]);
const manyKinds = [...new Array<number>(19).fill(0), 8];
const manyValues = manyRows.map((row) => (row[0] || 0) / 50 + ((row[19] as number) % 3) * (row[1] || 0));

describe('equal bytes on 1, 2 and 4 threads', () => {
  it.each([
    ['two classes', histGradientBoostingClassifier, classes(manyValues.map((v) => (v > 200 ? 1 : 0))), {}],
    [
      'two classes of drawn rows, stopping early',
      histGradientBoostingClassifier,
      classes(manyValues.map((v) => (v > 200 ? 1 : 0))),
      { subsample: 0.6, earlyStopping: true },
    ],
    [
      'three classes, stopping early',
      histGradientBoostingClassifier,
      classes(manyValues.map((v) => (v > 200 ? (v > 400 ? 2 : 1) : 0))),
      { earlyStopping: true },
    ],
    [
      'whole trees on each thread',
      histGradientBoostingClassifier,
      classes(manyValues.map((v, i) => (v > 200 ? 2 : 0) + (i % 2))),
      { maxFeatures: 0.5, subsample: 0.7, earlyStopping: true },
    ],
    [
      'drawn features',
      histGradientBoostingRegressor,
      numbers(manyValues),
      { maxFeatures: 0.5, earlyStopping: true },
    ],
    [
      'medians of drawn rows',
      histGradientBoostingRegressor,
      numbers(manyValues),
      { loss: 'absolute_error', maxDepth: 3, subsample: 0.5 },
    ],
  ] as const)('for %s', async (_, algorithm, y, options) => {
    const data = dataOf(manyRows, y, manyKinds);
    const fit = { ...small, maxIter: 3, ...options };
    const [one, two, four] = await Promise.all(
      [1, 2, 4].map(async (threads) => (await fitWith(algorithm, data, fit, { threads })).toState()),
    );
    expect(two).toEqual(one);
    expect(four).toEqual(one);
  });
});

it.each([
  ['targets', 1e60, 1],
  ['weights', 1, 1e60],
])('refuses %s that 32 bit cannot hold, on any number of threads', async (_, size, weight) => {
  const y = numbers(rows.map((row) => (row[0] || 0) * size));
  const sampleWeight = new Float64Array(rows.length).fill(weight);
  for (const threads of [1, 2]) {
    const data = { ...dataOf(rows, y, kinds), sampleWeight };
    await expect(fitWith(histGradientBoostingRegressor, data, small, { threads })).rejects.toMatchObject({
      code: 'numerical_failure',
    });
  }
});

/** The naive twin: one tree of one split by exhaustive search on squared error. */
it('makes the split and the leaf values of an exhaustive search', async () => {
  const x = rows.slice(0, 60).map((row) => [row[0] || 0, row[1] || 0]);
  const y = values.slice(0, 60);
  const mean = (part: number[]) => part.reduce((a, b) => a + b, 0) / part.length;
  const overall = mean(y);
  let best = { gain: -1, left: [] as boolean[] };
  for (const j of [0, 1]) {
    for (const cut of new Set(x.map((row) => row[j] as number))) {
      const left = x.map((row) => (row[j] as number) <= cut);
      const sides = [true, false].map((side) => y.filter((_, i) => left[i] === side));
      if (sides.some((side) => side.length < 5)) continue;
      const gain = sides.reduce((sum, side) => sum + side.length * (mean(side) - overall) ** 2, 0);
      if (gain > best.gain + 1e-9) best = { gain, left };
    }
  }
  const options = { maxIter: 1, maxLeafNodes: 2, minSamplesLeaf: 5, learningRate: 0.5 };
  const model = await fitWith(histGradientBoostingRegressor, dataOf(x, numbers(y)), options);
  predictRows(model, x).forEach(([predicted], i) => {
    const side = y.filter((_, k) => best.left[k] === best.left[i]);
    // Gradients are 32 bits wide: 6e-8 of the largest target.
    expect(predicted).toBeCloseTo(overall + 0.5 * (mean(side) - overall), 5);
  });
});

it('learns what it is shown, both tasks', async () => {
  const two = await fitWith(histGradientBoostingClassifier, dataOf(rows, classes(binary), kinds));
  const right = predictData(two, dataOf(rows, classes(binary), kinds)).filter(
    (p, i) => p.indexOf(Math.max(...p)) === binary[i],
  );
  expect(right.length / rows.length).toBeGreaterThan(0.98);
  const data = dataOf(rows, numbers(values), kinds);
  const regressor = await fitWith(histGradientBoostingRegressor, data);
  const errors = predictData(regressor, data).map(([predicted], i) =>
    Math.abs((predicted as number) - (values[i] as number)),
  );
  expect(errors.reduce((a, b) => a + b, 0) / errors.length).toBeLessThan(0.5);
  expect(Array.from(regressor.featureImportances ?? []).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
});

it('gives probabilities that sum to 1, and restores to the bit', async () => {
  const model = await fitWith(histGradientBoostingClassifier, dataOf(rows, classes(ternary), kinds), small);
  const probabilities = predictRows(model, rows);
  for (const p of probabilities) expect(p.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  const restored = histGradientBoostingClassifier.restore(model.toState());
  expect(predictRows(restored, rows)).toEqual(probabilities);
  expect(restored.toState()).toEqual(model.toState());
  rows.slice(0, 20).forEach((row, i) => {
    expect(predictRows(model, [row])).toEqual([probabilities[i]]);
  });
});

it('refuses a damaged state', async () => {
  const state = (
    await fitWith(histGradientBoostingRegressor, dataOf(rows, numbers(values), kinds), small)
  ).toState();
  const damages: JsonObject[] = [
    { loss: 'log_loss' },
    { loss: 3 },
    { nScores: 2 },
    { nTrees: 3 },
    { nFeatures: 0 },
  ];
  for (const config of damages) {
    expect(() =>
      histGradientBoostingRegressor.restore({ ...state, config: { ...state.config, ...config } }),
    ).toThrow(expect.objectContaining({ code: 'invalid_state' }));
  }
  for (const baseline of [new Float64Array(0), Float64Array.of(Number.NaN), Float32Array.of(1)]) {
    const tensors = { ...state.tensors, baseline: { shape: [baseline.length], data: baseline } };
    expect(() => histGradientBoostingRegressor.restore({ ...state, tensors })).toThrow('damaged');
  }
});

it('stops early on pure noise', async () => {
  const noise = dataOf(rows, classes(rows.map((_, i) => (Math.imul(i, 2654435761) >>> 16) % 2)));
  const model = await fitWith(histGradientBoostingClassifier, noise, { maxIter: 300, earlyStopping: true });
  expect(model.facts).toMatchObject({ stoppedEarly: true });
  expect(Number(model.facts?.['nIterations'])).toBeLessThan(200);
});

it('keeps predictions monotonic where it is told to', async () => {
  const x = rows.map((row) => [row[0] || 0, row[1] || 0]);
  const options = { monotonicCst: { f0: 1 } };
  const model = await fitWith(histGradientBoostingRegressor, dataOf(x, numbers(values)), options);
  for (const other of [10, 200, 390]) {
    const line = predictRows(
      model,
      Array.from({ length: 400 }, (_, v) => [v, other]),
    ).flat();
    for (let v = 1; v < line.length; v++) expect(line[v]).toBeGreaterThanOrEqual(line[v - 1] as number);
  }
  const wrong: Record<string, number>[] = [{ nothing: 1 }, { f0: 2 }];
  for (const monotonicCst of wrong) {
    await expect(
      fitWith(histGradientBoostingRegressor, dataOf(x, numbers(values)), { monotonicCst }),
    ).rejects.toMatchObject({
      place: { parameter: 'monotonicCst' },
    });
  }
});

it('predicts the asked quantile', async () => {
  const x = rows.map((_, i) => [i % 3]);
  const y = rows.map((_, i) => (i * 7919) % 100);
  const model = await fitWith(histGradientBoostingRegressor, dataOf(x, numbers(y)), {
    loss: 'quantile',
    quantile: 0.9,
  });
  const below = predictRows(model, x).filter(([q], i) => (y[i] as number) <= (q as number)).length;
  expect(below / y.length).toBeGreaterThan(0.87);
  expect(below / y.length).toBeLessThan(0.93);
  const defaults = Object.fromEntries(
    histGradientBoostingRegressor.parameters.map((p) => [p.name, p.default]),
  );
  expect(histGradientBoostingRegressor.conflicts?.({ ...defaults, loss: 'quantile' })).toHaveLength(1);
});

it('predicts positive numbers for counts and amounts, and refuses targets that are none', async () => {
  const counts = values.map((value) => Math.max(0, Math.round(value)));
  for (const loss of ['poisson', 'gamma']) {
    const y = numbers(counts.map((count) => (loss === 'gamma' ? count + 1 : count)));
    const model = await fitWith(histGradientBoostingRegressor, dataOf(rows, y, kinds), { ...small, loss });
    expect(Math.min(...predictRows(model, rows).flat())).toBeGreaterThan(0);
    const bad = dataOf(rows, numbers(values.map((value) => value - 100)), kinds);
    await expect(fitWith(histGradientBoostingRegressor, bad, { loss })).rejects.toMatchObject({
      code: 'target_out_of_domain',
    });
  }
});

it.each([1, 2])('stops when canceled, on %i threads', async (threads) => {
  const checkpoint = (fraction: number): void => {
    if (fraction > 0.06) throw new LearnError('canceled', 'The job was canceled.');
  };
  const fit = fitWith(
    histGradientBoostingClassifier,
    dataOf(rows, classes(ternary), kinds),
    { maxIter: 5000 },
    { threads, checkpoint },
  );
  await expect(fit).rejects.toMatchObject({ code: 'canceled' });
});

it('learns from one row', async () => {
  const model = await fitWith(histGradientBoostingRegressor, dataOf([[1]], numbers([4])));
  expect(predictRows(model, [[9]])).toEqual([[4]]);
});
