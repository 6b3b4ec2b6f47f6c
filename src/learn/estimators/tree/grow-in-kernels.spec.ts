import { describe, expect, it } from 'vitest';
import { createThreadPool } from '../../parallel/create-thread-pool.js';
import { Random } from '../../random.js';
import { openTreeKernels } from '../../wasm/tree-kernels.js';
import { ClassSplitSearch } from './class-split-search.js';
import { codeMatrix } from './coded-matrix.js';
import { drawCounts, drawTableOf } from './draw-rows.js';
import { growInKernels } from './grow-in-kernels.js';
import type { GrowOptions } from './grow-options.js';
import { TreeGrower } from './grow-tree.js';
import { KernelSearch, kernelMode } from './kernel-search.js';
import { MeanSplitSearch } from './mean-split-search.js';
import { MedianSplitSearch } from './median-split-search.js';
import { PoissonSplitSearch } from './poisson-split-search.js';
import { rankTargets } from './rank-targets.js';
import { classes, dataOf, randomRows } from './testing/fit-helpers.js';
import { layOutTrees, type TreeWeighing } from './tree-memory.js';
import { configurePlace, placeAt, type TreeSettings } from './tree-places.js';
import { balancedWeights, treeRandom } from './tree-sample.js';

const N = 700;
/** Less than a tree has, and near blocks of some more than are worth one. */
const BLOCK_ROWS = 300;
const control = { checkpoint: () => {} };
const seed = { seed: 6, stream: 2 };

async function layOut(
  nClasses: number,
  levels: number,
  more: Partial<GrowOptions>,
  /** Absent: classes are balanced in each tree. */
  scaleOne: number | undefined,
  nCategories = 0,
  weighing: TreeWeighing = 'counts',
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
  const drawTable = drawTableOf(Float64Array.from({ length: N }, () => random.below(3)));
  const nDraws = weighing === 'rows' ? null : N;
  // Of few bits, as the targets.
  const weights = Float64Array.from({ length: N }, () => (nDraws === null ? random.below(20) / 8 : 1));
  const codes = Int32Array.from(y);
  const targets = Float64Array.from(y);
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
  const ranks = rankTargets(targets, () => {});
  const kept = { nClasses, codes, targets, weights, weighing, drawTable, ranks };
  const memory = layOutTrees(binned, kept, 1, BLOCK_ROWS);
  if (memory === undefined) throw new Error('The memory must be large enough.');
  const settings: TreeSettings = {
    isEntropy: options.criterion === 'entropy' ? 1 : 0,
    isPoisson: options.criterion === 'poisson' ? 1 : 0,
    isMedian: options.criterion === 'absolute_error' ? 1 : 0,
    isRandom: options.splitter === 'random' ? 1 : 0,
    mode: kernelMode(nClasses, weighing),
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
    balances: scaleOne === undefined || weighing === 'trees' ? 1 : 0,
  };
  return { binned, memory, options, settings, drawTable, y, weights, nDraws };
}

const limits: Partial<GrowOptions>[] = [
  {},
  { maxDepth: 4, minSamplesSplit: 9 },
  { minSamplesLeaf: 5 },
  { minWeightFractionLeaf: 0.03, minImpurityDecrease: 0.001 },
  { criterion: 'entropy' as const },
  { criterion: 'poisson' as const },
  { criterion: 'absolute_error' as const },
];
const cases = [
  { nClasses: 2, scaleOne: 1, weighing: 'counts' as const },
  { nClasses: 2, scaleOne: 0.37, weighing: 'counts' as const },
  { nClasses: 2, scaleOne: undefined, weighing: 'counts' as const },
  { nClasses: 2, scaleOne: 1, weighing: 'rows' as const },
  { nClasses: 3, scaleOne: 1, weighing: 'counts' as const },
  { nClasses: 3, scaleOne: 1, weighing: 'rows' as const },
  { nClasses: 3, scaleOne: 1, weighing: 'trees' as const },
  { nClasses: 60, scaleOne: 1, weighing: 'counts' as const },
  { nClasses: 60, scaleOne: 1, weighing: 'trees' as const },
  { nClasses: 0, scaleOne: 1, weighing: 'counts' as const },
  { nClasses: 0, scaleOne: 1, weighing: 'rows' as const },
].flatMap((one) =>
  [
    { levels: 6, nCategories: 0 },
    { levels: 100_000, nCategories: 0 },
    { levels: 40, nCategories: 45 },
    { levels: 700, nCategories: 500 },
  ].flatMap((columns) =>
    limits
      .filter(({ criterion }) => criterion === undefined || (criterion === 'entropy') === one.nClasses > 0)
      .map((more) => ({ ...one, ...columns, more })),
  ),
);

describe.each(cases)(
  '$nClasses classes by $weighing, $scaleOne, $levels values, $nCategories categories, $more',
  (one) => {
    it('grows the tree that its twin grows node by node', async () => {
      const { binned, memory, options, settings, drawTable, nDraws } = await layOut(
        one.nClasses,
        one.levels,
        one.more,
        one.scaleOne,
        one.nCategories,
        one.weighing,
      );
      const share = options.minWeightFractionLeaf;
      const growth = { ...seed, memory, settings, nDraws, minWeightShare: share };
      const whole = growInKernels(growth, 3, control);
      const withoutBlocks = { ...memory, place: { ...memory.place, blockRows: 0 } };
      expect(growInKernels({ ...growth, memory: withoutBlocks }, 3, control)).toEqual(whole);
      const random = treeRandom(seed, 3);
      const counts = drawCounts(N, { nDraws, balanceClasses: false }, drawTable, random);
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

function meanSearchOf({ criterion }: GrowOptions) {
  if (criterion === 'absolute_error') return MedianSplitSearch;
  return criterion === 'poisson' ? PoissonSplitSearch : MeanSplitSearch;
}

// By deviance logarithms are rounded, and in nodes of few rows many cuts do equally well.
const LIMITS_OF_RANDOM = [{}, { minSamplesLeaf: 5 }];

const randomCases = [
  { nClasses: 2, weighing: 'counts' as const },
  { nClasses: 2, weighing: 'rows' as const },
  { nClasses: 3, weighing: 'counts' as const },
  { nClasses: 3, weighing: 'rows' as const },
  { nClasses: 60, weighing: 'counts' as const },
  { nClasses: 60, weighing: 'rows' as const },
  { nClasses: 0, weighing: 'counts' as const },
  { nClasses: 0, weighing: 'rows' as const },
  { nClasses: 0, weighing: 'counts' as const, criterion: 'absolute_error' as const },
  { nClasses: 0, weighing: 'rows' as const, criterion: 'absolute_error' as const },
  { nClasses: 0, weighing: 'counts' as const, criterion: 'poisson' as const },
].flatMap(({ criterion, ...one }) =>
  [
    { levels: 6, nCategories: 0 },
    { levels: 200, nCategories: 0 },
    { levels: 40, nCategories: 45 },
    // Above 255 values at a node: cuts are drawn between values, not between the bins of a node.
    { levels: 700, nCategories: 500 },
  ].flatMap((columns) =>
    LIMITS_OF_RANDOM.filter((limits) => criterion !== 'poisson' || 'minSamplesLeaf' in limits).map(
      (limits) => ({
        ...one,
        ...columns,
        more: criterion === undefined ? limits : { ...limits, criterion },
      }),
    ),
  ),
);

/** Trees that are compared: whether a cut falls where rounding or the bins of a node would show is up to the draw. */
const PIECES = Array.from({ length: 10 }, (_, piece) => piece);

describe.each(randomCases)(
  '$nClasses classes by $weighing, $levels values, $nCategories categories, $more',
  (one) => {
    it('draws the cuts of its twin in plain JavaScript', async () => {
      const more = { ...one.more, splitter: 'random' as const };
      const laidOut = await layOut(one.nClasses, one.levels, more, 1, one.nCategories, one.weighing);
      const { binned, memory, options, settings, drawTable, y, nDraws } = laidOut;
      for (const piece of PIECES) {
        const whole = growInKernels({ ...seed, memory, settings, nDraws, minWeightShare: 0 }, piece, control);
        const random = treeRandom(seed, piece);
        const counts = drawCounts(N, { nDraws, balanceClasses: false }, drawTable, random);
        const weights = laidOut.weights.map((weight, row) => weight * (counts?.[row] ?? 1));
        const rows = Uint32Array.from(y.keys()).filter((row) => (weights[row] as number) > 0);
        const search =
          one.nClasses > 0
            ? new ClassSplitSearch(binned, options, random, rows, Int32Array.from(y), one.nClasses, weights)
            : new (meanSearchOf(options))(
                binned,
                options,
                random,
                rows,
                Float64Array.from(y),
                settings.center,
                weights,
              );
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
      }
    });
  },
);

it.each(
  ([2, 3, 60] as const).flatMap((nClasses) => [
    { nClasses, criterion: 'gini' as const },
    { nClasses, criterion: 'entropy' as const },
  ]),
)(
  'balances $nClasses classes in each tree as the twin in plain JavaScript does, by $criterion',
  async ({ nClasses, criterion }) => {
    const more = { criterion, maxDepth: 4, minSamplesLeaf: 9, minWeightFractionLeaf: 0.01 };
    const laidOut = await layOut(nClasses, 200, more, undefined, 45, nClasses > 2 ? 'trees' : 'counts');
    const { binned, memory, options, settings, drawTable, y } = laidOut;
    const share = options.minWeightFractionLeaf;
    const whole = growInKernels({ ...seed, memory, settings, nDraws: N, minWeightShare: share }, 3, control);
    const random = treeRandom(seed, 3);
    const counts = drawCounts(N, { nDraws: N, balanceClasses: true }, drawTable, random) as Uint16Array;
    const codes = Int32Array.from(y);
    const balance = balancedWeights(codes, nClasses, counts);
    const weights = Float64Array.from(
      counts,
      (count, row) => count * (balance[codes[row] as number] as number),
    );
    const rows = Uint32Array.from(y.keys()).filter((row) => (counts[row] as number) > 0);
    const search = new ClassSplitSearch(binned, options, random, rows, codes, nClasses, weights);
    const twin = new TreeGrower(binned, options, search, nClasses, random, control).grow();
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

it.each([2, 3, 0])(
  'grows the same tree of %i classes when it may stop behind every feature',
  async (nClasses) => {
    const { memory, settings } = await layOut(nClasses, 200, { maxFeatures: 4 }, 1, 45);
    const kernels = openTreeKernels(memory.memory);
    const grow = (budget: number) => {
      configurePlace(kernels, memory, 0, settings);
      kernels.setRandom(...treeRandom(seed, 1).state());
      kernels.beginTree(0, 0);
      let nStops = 0;
      while (kernels.growTree(budget) !== 0) nStops++;
      const at = placeAt(memory, 0) + memory.place.nodeThreshold;
      const thresholds = new Float64Array(memory.memory.buffer, at, kernels.nodesGrown()).slice();
      return { nStops, thresholds, depth: kernels.depthGrown() };
    };
    const whole = grow(1e9);
    const stopped = grow(0);
    expect(whole.nStops).toBe(0);
    expect(stopped.nStops).toBeGreaterThan(1.5 * whole.thresholds.length);
    expect({ ...stopped, nStops: 0 }).toEqual(whole);
  },
);
