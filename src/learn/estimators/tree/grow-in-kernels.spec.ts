import { describe, expect, it } from 'vitest';
import { createThreadPool } from '../../parallel/create-thread-pool.js';
import { Random } from '../../random.js';
import { openTreeKernels, TREE_KERNEL_MODES } from '../../wasm/tree-kernels.js';
import { ClassSplitSearch } from './class-split-search.js';
import { codeMatrix } from './coded-matrix.js';
import { drawCounts, drawTableOf } from './draw-rows.js';
import { growInKernels } from './grow-in-kernels.js';
import type { GrowOptions } from './grow-options.js';
import { TreeGrower } from './grow-tree.js';
import { KernelSearch } from './kernel-search.js';
import { MeanSplitSearch } from './mean-split-search.js';
import { classes, dataOf, randomRows } from './testing/fit-helpers.js';
import { layOutTrees } from './tree-memory.js';
import { configurePlace, placeAt, type TreeSettings } from './tree-places.js';
import { balancedWeights, treeRandom } from './tree-sample.js';

const N = 700;
const control = { checkpoint: () => {} };
const seed = { seed: 6, stream: 2 };

async function layOut(
  nClasses: number,
  levels: number,
  more: Partial<GrowOptions>,
  /** Absent: classes are balanced in each tree. */
  scaleOne: number | undefined,
  nCategories = 0,
) {
  const random = new Random(12);
  const rows = randomRows(random, N, 5, levels, 0.1);
  const y = rows.map((row) => {
    const noisy = ((row[0] || 0) / levels) * 2 + random.next();
    // Of few bits: sums are exact in any order, and so two columns that do equally well tie in both twins.
    return nClasses === 0
      ? Math.floor(noisy * 1_024) / 1_024
      : Math.min(nClasses - 1, Math.floor((noisy / 3) * nClasses));
  });
  const { x } = dataOf(rows, classes(rows.map(() => 0)), [nCategories, 0, nCategories]);
  const context = { random, threads: createThreadPool({ size: 1 }), checkpoint: () => {} };
  const binned = await codeMatrix(x, context, () => {});
  const weights = Float64Array.from({ length: N }, () => random.below(3));
  const drawTable = drawTableOf(weights);
  const targets = Float64Array.from(y);
  const memory = layOutTrees(
    binned,
    { nClasses, codes: Int32Array.from(y), targets, weights: weights.slice().fill(1), drawTable },
    1,
  );
  if (memory === undefined) throw new Error('The memory must be large enough.');
  const options: GrowOptions = {
    criterion: nClasses > 0 ? 'gini' : 'squared_error',
    splitter: 'best',
    maxDepth: 2 ** 31 - 1,
    minSamplesSplit: 2,
    minSamplesLeaf: 1,
    minWeightFractionLeaf: 0,
    maxLeafNodes: 0,
    maxFeatures: 2,
    minImpurityDecrease: 0,
    ccpAlpha: 0,
    ...more,
  };
  const settings: TreeSettings = {
    isEntropy: options.criterion === 'entropy' ? 1 : 0,
    isRandom: options.splitter === 'random' ? 1 : 0,
    mode: TREE_KERNEL_MODES[nClasses === 0 ? 'numbers' : nClasses === 2 ? 'twoClasses' : 'classes'],
    nClasses,
    minRows: options.minSamplesLeaf,
    minSplit: options.minSamplesSplit,
    maxDepth: options.maxDepth,
    nFeatures: 5,
    maxFeatures: options.maxFeatures,
    nSamples: N,
    minDecrease: options.minImpurityDecrease,
    center: 3,
    scaleZero: 1,
    scaleOne: scaleOne ?? 1,
    balances: scaleOne === undefined ? 1 : 0,
  };
  return { binned, memory, options, settings, drawTable, y };
}

const limits: Partial<GrowOptions>[] = [
  {},
  { maxDepth: 4, minSamplesSplit: 9 },
  { minSamplesLeaf: 5 },
  { minWeightFractionLeaf: 0.03, minImpurityDecrease: 0.001 },
  { criterion: 'entropy' as const },
];
const cases = [
  { nClasses: 2, scaleOne: 1 },
  { nClasses: 2, scaleOne: 0.37 },
  { nClasses: 2, scaleOne: undefined },
  { nClasses: 3, scaleOne: 1 },
  { nClasses: 60, scaleOne: 1 },
  { nClasses: 0, scaleOne: 1 },
].flatMap((one) =>
  [
    { levels: 6, nCategories: 0 },
    { levels: 100_000, nCategories: 0 },
    { levels: 40, nCategories: 45 },
    { levels: 700, nCategories: 500 },
  ].flatMap((columns) =>
    limits
      .filter(({ criterion }) => one.nClasses > 0 || criterion === undefined)
      .map((more) => ({ ...one, ...columns, more })),
  ),
);

describe.each(cases)(
  '$nClasses classes by $scaleOne, $levels values, $nCategories categories, $more',
  (one) => {
    it('grows the tree that its twin grows node by node', async () => {
      const { binned, memory, options, settings, drawTable } = await layOut(
        one.nClasses,
        one.levels,
        one.more,
        one.scaleOne,
        one.nCategories,
      );
      const share = options.minWeightFractionLeaf;
      const whole = growInKernels(
        { ...seed, memory, settings, nDraws: N, minWeightShare: share },
        3,
        control,
      );
      const random = treeRandom(seed, 3);
      const counts = drawCounts(N, { nDraws: N, balanceClasses: false }, drawTable, random);
      const search = new KernelSearch(binned, memory, 0, settings, counts, share, random);
      const twin = new TreeGrower(binned, options, search, one.nClasses, random, control).grow();
      expect(whole.feature.length).toBeGreaterThan(5);
      const { importances, values, ...rest } = whole;
      const { importances: expectedImportances, values: expectedValues, ...expected } = twin;
      expect(rest).toEqual(expected);
      expect(values).toEqual(expectedValues);
      importances.forEach((share, j) => {
        expect(share).toBeCloseTo(expectedImportances[j] as number, 8);
      });
    });
  },
);

const randomCases = [2, 3, 60, 0].flatMap((nClasses) =>
  [
    { levels: 6, nCategories: 0 },
    { levels: 200, nCategories: 0 },
    { levels: 40, nCategories: 45 },
    { levels: 700, nCategories: 500 },
  ].flatMap((columns) => [{}, { minSamplesLeaf: 5 }].map((more) => ({ nClasses, ...columns, more }))),
);

describe.each(randomCases)('$nClasses classes, $levels values, $nCategories categories, $more', (one) => {
  it('draws the cuts of its twin in plain JavaScript', async () => {
    const more = { ...one.more, splitter: 'random' as const };
    const laidOut = await layOut(one.nClasses, one.levels, more, 1, one.nCategories);
    const { binned, memory, options, settings, drawTable, y } = laidOut;
    const whole = growInKernels({ ...seed, memory, settings, nDraws: N, minWeightShare: 0 }, 7, control);
    const random = treeRandom(seed, 7);
    const counts = drawCounts(N, { nDraws: N, balanceClasses: false }, drawTable, random) as Uint16Array;
    const weights = Float64Array.from(counts);
    const rows = Uint32Array.from(y.keys()).filter((row) => (counts[row] as number) > 0);
    const search =
      one.nClasses > 0
        ? new ClassSplitSearch(binned, options, random, rows, Int32Array.from(y), one.nClasses, weights)
        : new MeanSplitSearch(binned, options, random, rows, Float64Array.from(y), settings.center, weights);
    const twin = new TreeGrower(binned, options, search, one.nClasses, random, control).grow();
    expect(whole.feature.length).toBeGreaterThan(5);
    expect(whole.feature).toEqual(twin.feature);
    expect(whole.left).toEqual(twin.left);
    expect(whole.flags).toEqual(twin.flags);
    expect(whole.categoryBits).toEqual(twin.categoryBits);
    expect(whole.threshold).toEqual(twin.threshold);
    whole.values.forEach((value, k) => {
      expect(value).toBeCloseTo(twin.values[k] as number, 10);
    });
  });
});

it.each(['gini', 'entropy'] as const)(
  'balances two classes in each tree as the twin in plain JavaScript does, by %s',
  async (criterion) => {
    const more = { criterion, maxDepth: 4, minSamplesLeaf: 9, minWeightFractionLeaf: 0.01 };
    const laidOut = await layOut(2, 200, more, undefined, 45);
    const { binned, memory, options, settings, drawTable, y } = laidOut;
    const share = options.minWeightFractionLeaf;
    const whole = growInKernels({ ...seed, memory, settings, nDraws: N, minWeightShare: share }, 3, control);
    const random = treeRandom(seed, 3);
    const counts = drawCounts(N, { nDraws: N, balanceClasses: true }, drawTable, random) as Uint16Array;
    const codes = Int32Array.from(y);
    const balance = balancedWeights(codes, 2, counts);
    const weights = Float64Array.from(
      counts,
      (count, row) => count * (balance[codes[row] as number] as number),
    );
    const rows = Uint32Array.from(y.keys()).filter((row) => (counts[row] as number) > 0);
    const search = new ClassSplitSearch(binned, options, random, rows, codes, 2, weights);
    const twin = new TreeGrower(binned, options, search, 2, random, control).grow();
    expect(whole.feature.length).toBeGreaterThan(10);
    expect(whole.feature).toEqual(twin.feature);
    expect(whole.threshold).toEqual(twin.threshold);
    expect(whole.categoryBits).toEqual(twin.categoryBits);
    whole.values.forEach((value, k) => {
      expect(value).toBeCloseTo(twin.values[k] as number, 10);
    });
  },
);

it.each([true, false])('draws the rows that JavaScript draws, by weight: %s', async (isWeighted) => {
  const { memory, settings, drawTable } = await layOut(2, 10, {}, 1);
  const kernels = openTreeKernels(memory.memory);
  configurePlace(kernels, memory, 0, settings);
  const random = treeRandom(seed, 1);
  kernels.setRandom(...random.state());
  const table = memory.drawTable as { sums: number; guide: number };
  if (isWeighted) kernels.drawRowsByWeight(500, table.sums, table.guide);
  else kernels.drawRows(500);
  const at = placeAt(memory, 0) + memory.place.counts;
  expect(new Uint16Array(memory.memory.buffer, at, N).slice()).toEqual(
    drawCounts(N, { nDraws: 500, balanceClasses: false }, isWeighted ? drawTable : undefined, random),
  );
});
