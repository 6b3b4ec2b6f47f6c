import { describe, expect, it } from 'vitest';
import { createThreadPool } from '../../parallel/create-thread-pool.js';
import { Random } from '../../random.js';
import { ClassSplitSearch } from './class-split-search.js';
import { codeMatrix } from './coded-matrix.js';
import type { GrowOptions } from './grow-options.js';
import { MeanSplitSearch } from './mean-split-search.js';
import { MedianSplitSearch } from './median-split-search.js';
import { PoissonSplitSearch } from './poisson-split-search.js';
import type { SplitSearch } from './split-search.js';
import { classes, dataOf, randomRows } from './testing/fit-helpers.js';

/** The naive twin: impurity from its definition, every partition of the rows that a feature allows. */
type Criterion = GrowOptions['criterion'];

function impurity(criterion: Criterion, targets: number[], weights: number[]): number {
  const total = weights.reduce((a, b) => a + b, 0);
  if (criterion === 'gini' || criterion === 'entropy') {
    const shares = [...new Set(targets)].map(
      (code) => targets.reduce((sum, t, i) => sum + (t === code ? (weights[i] as number) : 0), 0) / total,
    );
    return criterion === 'gini'
      ? 1 - shares.reduce((sum, p) => sum + p * p, 0)
      : -shares.reduce((sum, p) => sum + p * Math.log2(p), 0);
  }
  if (criterion === 'squared_error') {
    const mean = targets.reduce((sum, t, i) => sum + t * (weights[i] as number), 0) / total;
    return targets.reduce((sum, t, i) => sum + (weights[i] as number) * (t - mean) ** 2, 0) / total;
  }
  if (criterion === 'poisson') {
    const mean = targets.reduce((sum, t, i) => sum + t * (weights[i] as number), 0) / total;
    if (mean === 0) return Number.POSITIVE_INFINITY;
    const deviance = (t: number): number => (t > 0 ? t * Math.log(t / mean) : 0) - t + mean;
    return targets.reduce((sum, t, i) => sum + (weights[i] as number) * deviance(t), 0) / total;
  }
  // The least weighted sum of distances is reached at one of the targets.
  const costs = targets.map((m) =>
    targets.reduce((sum, t, i) => sum + (weights[i] as number) * Math.abs(t - m), 0),
  );
  return Math.min(...costs) / total;
}

function cost(criterion: Criterion, rows: number[], y: number[], w: number[]): number {
  if (rows.length === 0) return 0;
  const weights = rows.map((i) => w[i] as number);
  return (
    impurity(
      criterion,
      rows.map((i) => y[i] as number),
      weights,
    ) * weights.reduce((a, b) => a + b, 0)
  );
}

function* partitions(column: number[], nCategories: number): Generator<boolean[]> {
  const present = [...new Set(column)].sort((a, b) => a - b);
  if (nCategories > 0) {
    for (let mask = 1; mask < 2 ** present.length - 1; mask++) {
      yield column.map((x) => ((mask >> present.findIndex((p) => Object.is(p, x))) & 1) === 1);
    }
    return;
  }
  const hasMissing = column.some(Number.isNaN);
  for (const cut of present.filter((x) => !Number.isNaN(x))) {
    for (const missingLeft of hasMissing ? [true, false] : [false]) {
      yield column.map((x) => (Number.isNaN(x) ? missingLeft : x <= cut));
    }
  }
}

function bestGain(
  c: Criterion,
  rows: number[][],
  j: number,
  nCategories: number,
  y: number[],
  w: number[],
  minLeaf: number,
) {
  const all = rows.map((_, i) => i);
  const parent = cost(c, all, y, w);
  let best = Number.NEGATIVE_INFINITY;
  for (const side of partitions(
    rows.map((row) => row[j] as number),
    nCategories,
  )) {
    const left = all.filter((i) => side[i]);
    const right = all.filter((i) => !side[i]);
    if (left.length < minLeaf || right.length < minLeaf) continue;
    best = Math.max(best, parent - cost(c, left, y, w) - cost(c, right, y, w));
  }
  return best;
}

const OPTIONS: GrowOptions = {
  criterion: 'gini',
  splitter: 'best',
  maxDepth: 1,
  minSamplesSplit: 2,
  minSamplesLeaf: 1,
  minWeightFractionLeaf: 0,
  maxLeafNodes: 0,
  maxFeatures: 1,
  minImpurityDecrease: 0,
  ccpAlpha: 0,
};

async function search(
  rows: number[][],
  nCategories: number,
  y: number[],
  w: number[],
  options: GrowOptions,
  nOpened = rows.length,
): Promise<SplitSearch> {
  const data = dataOf(
    rows,
    classes(
      y.map(() => 0),
      1,
    ),
    [nCategories],
  );
  const context = { random: new Random(1), threads: createThreadPool({ size: 1 }), checkpoint: () => {} };
  const binned = await codeMatrix(data.x, context, () => {});
  const weights = Float64Array.from(w);
  const random = new Random(7);
  const all = Uint32Array.from(rows.keys()).slice(0, nOpened);
  const nClasses = Math.max(...y) + 1;
  const open = (): SplitSearch => {
    if (options.criterion === 'squared_error') {
      return new MeanSplitSearch(binned, options, random, all, Float64Array.from(y), 0, weights);
    }
    if (options.criterion === 'poisson') {
      return new PoissonSplitSearch(binned, options, random, all, Float64Array.from(y), 0, weights);
    }
    if (options.criterion === 'absolute_error') {
      return new MedianSplitSearch(binned, options, random, all, Float64Array.from(y), 0, weights);
    }
    return new ClassSplitSearch(binned, options, random, all, Int32Array.from(y), nClasses, weights);
  };
  const found = open();
  found.openNode(0, nOpened);
  return found;
}

const cases = (['gini', 'entropy', 'squared_error', 'absolute_error', 'poisson'] as const).flatMap(
  (criterion) => [2, 5].flatMap((levels) => [1, 3].map((minLeaf) => ({ criterion, levels, minLeaf }))),
);

describe.each(cases)('$criterion, $levels targets, leaves of $minLeaf', ({ criterion, levels, minLeaf }) => {
  it('finds the gain of the exhaustive search on numbers, with and without missing values', async () => {
    const random = new Random(11);
    for (let trial = 0; trial < 60; trial++) {
      const n = 2 + random.below(trial < 50 ? 14 : 300);
      const rows = randomRows(random, n, 1, 2 + random.below(9), trial % 2 === 0 ? 0 : 0.3);
      const y = rows.map(() => random.below(levels));
      // A Poisson node of nothing but zeros does not arise.
      if (criterion === 'poisson') y[0] = 1;
      const w = rows.map(() => 1 + random.below(3));
      const found = await search(rows, 0, y, w, { ...OPTIONS, criterion, minSamplesLeaf: minLeaf });
      expect(found.impurity).toBeCloseTo(found.isPure ? 0 : cost(criterion, [...rows.keys()], y, w), 8);
      found.search(0);
      const expected = bestGain(criterion, rows, 0, 0, y, w, minLeaf);
      if (expected === Number.NEGATIVE_INFINITY) expect(found.split.feature).toBe(-1);
      else expect(found.split.gain).toBeCloseTo(expected, 8);
    }
  });
});

describe.each([
  { criterion: 'gini' as const, levels: 2 },
  { criterion: 'entropy' as const, levels: 2 },
  { criterion: 'squared_error' as const, levels: 9 },
])('$criterion on categories', ({ criterion, levels }) => {
  it('finds the best of all groupings, missing values being one more category', async () => {
    const random = new Random(5);
    for (let trial = 0; trial < 40; trial++) {
      const rows = randomRows(random, 4 + random.below(20), 1, 5, trial % 2 === 0 ? 0 : 0.2);
      const y = rows.map(() => random.below(levels));
      const w = rows.map(() => 1 + random.below(3));
      const found = await search(rows, 5, y, w, { ...OPTIONS, criterion });
      found.search(0);
      const expected = bestGain(criterion, rows, 0, 5, y, w, 1);
      if (expected === Number.NEGATIVE_INFINITY) expect(found.split.feature).toBe(-1);
      else expect(found.split.gain).toBeCloseTo(expected, 8);
    }
  });
});

it.each(['gini', 'entropy', 'squared_error'] as const)(
  'finds the best cut between neighbours of a column with more values than bins, by %s',
  async (criterion) => {
    const random = new Random(17);
    for (const missingRate of [0, 0.1]) {
      const all = randomRows(random, 1_500, 1, 1_000_000, missingRate);
      const y = all.map(([value]) => ((value as number) > 400_000 && (value as number) < 440_000 ? 1 : 0));
      const w = all.map(() => 1 + random.below(3));
      // A node deep in the tree: 200 rows of a column that has 1,500 values.
      const found = await search(all, 0, y, w, { ...OPTIONS, criterion }, 200);
      found.search(0);
      const some = all.slice(0, 200);
      const expected = bestGain(criterion, some, 0, 0, y, w, 1);
      expect(found.split.gain).toBeCloseTo(found.isPure ? 0 : expected, 8);
    }
  },
);

it('comes near to the best grouping for many classes', async () => {
  const random = new Random(3);
  let found = 0;
  let best = 0;
  for (let trial = 0; trial < 50; trial++) {
    const rows = randomRows(random, 60, 1, 6);
    const y = rows.map((row) => ((row[0] as number) % 3) + (random.next() < 0.3 ? 1 : 0));
    const w = rows.map(() => 1);
    const searched = await search(rows, 6, y, w, OPTIONS);
    searched.search(0);
    found += searched.split.gain;
    best += bestGain('gini', rows, 0, 6, y, w, 1);
  }
  expect(found / best).toBeGreaterThan(0.97);
});

it('says when a feature is constant, and leaves nothing behind for the next one', async () => {
  const found = await search([[3], [3], [3]], 0, [0, 1, 1], [1, 1, 1], OPTIONS);
  expect(found.search(0)).toBe(false);
  expect(found.search(0)).toBe(false);
  expect(found.split.feature).toBe(-1);
});
