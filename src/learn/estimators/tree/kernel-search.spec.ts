import { describe, expect, it } from 'vitest';
import { createThreadPool } from '../../parallel/create-thread-pool.js';
import { Random } from '../../random.js';
import { ClassSplitSearch } from './class-split-search.js';
import { codeMatrix } from './coded-matrix.js';
import type { GrowOptions } from './grow-options.js';
import { KernelSearch, kernelMode } from './kernel-search.js';
import { MeanSplitSearch } from './mean-split-search.js';
import { MedianSplitSearch } from './median-split-search.js';
import type { NodeSearch } from './node-search.js';
import { PoissonSplitSearch } from './poisson-split-search.js';
import { rankTargets } from './rank-targets.js';
import { classes, dataOf, randomRows } from './testing/fit-helpers.js';
import { layOutTrees, type TreeWeighing } from './tree-memory.js';
import { claimPlace, releasePlace, type TreeSettings } from './tree-places.js';

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

const SEARCHES = {
  squared_error: MeanSplitSearch,
  poisson: PoissonSplitSearch,
  absolute_error: MedianSplitSearch,
};

/** The kernels, and their twin in plain JavaScript, over the same rows. */
async function twins(
  rows: number[][],
  nClasses: number,
  y: number[],
  w: number[],
  more: Partial<GrowOptions>,
  nCategories: number,
  weighing: TreeWeighing,
): Promise<[NodeSearch, NodeSearch]> {
  const options = { ...OPTIONS, ...more };
  const { x } = dataOf(
    rows,
    classes(
      y.map(() => 0),
      1,
    ),
    [nCategories],
  );
  const context = { random: new Random(1), threads: createThreadPool({ size: 1 }), checkpoint: () => {} };
  const binned = await codeMatrix(x, context, () => {});
  const weights = Float64Array.from(w);
  const codes = Int32Array.from(y);
  const targets = Float64Array.from(y);
  const memory = layOutTrees(
    binned,
    { nClasses, codes, targets, weights, weighing, ranks: rankTargets(targets, () => {}) },
    1,
  );
  if (memory === undefined) throw new Error('The memory must be large enough.');
  const settings: TreeSettings = {
    isEntropy: options.criterion === 'entropy' ? 1 : 0,
    isPoisson: options.criterion === 'poisson' ? 1 : 0,
    isMedian: options.criterion === 'absolute_error' ? 1 : 0,
    isRandom: options.splitter === 'random' ? 1 : 0,
    mode: kernelMode(nClasses, weighing),
    nClasses,
    minRows: options.minSamplesLeaf,
    minSplit: 2,
    maxDepth: 1,
    nFeatures: binned.nFeatures,
    maxFeatures: 1,
    nSamples: binned.nSamples,
    minDecrease: 0,
    center: 0,
    scaleZero: 1,
    scaleOne: 1,
    balances: 0,
  };
  const place = claimPlace(memory, () => {});
  const share = options.minWeightFractionLeaf;
  const kernels = new KernelSearch(binned, memory, place, settings, undefined, share, new Random(2));
  releasePlace(memory, place);
  const all = Uint32Array.from(rows.keys()).filter((row) => (w[row] as number) > 0);
  const random = new Random(2);
  if (nClasses === 0) {
    const Search = SEARCHES[options.criterion as keyof typeof SEARCHES];
    return [kernels, new Search(binned, options, random, all, targets, 0, weights)];
  }
  return [kernels, new ClassSplitSearch(binned, options, random, all, codes, nClasses, weights)];
}

/** @param isExact false: scores are rounded, and which of two cuts that do equally well is found may differ */
function expectSameSplit(a: NodeSearch, b: NodeSearch, features: number, isExact: boolean): void {
  expect(a.isPure).toBe(b.isPure);
  expect(a.weight).toBe(b.weight);
  expect(a.impurity).toBeCloseTo(b.impurity, 8);
  for (let j = 0; j < features; j++) expect(a.search(j)).toBe(b.search(j));
  const [first, second] = [a.split, b.split];
  expect(first.feature).toBe(second.feature);
  if (first.feature < 0) return;
  expect(first.gain).toBeCloseTo(second.gain, 8);
  expect(first.isCategorical).toBe(second.isCategorical);
  if (!isExact) return;
  if (first.isCategorical) {
    expect(first.presentBins).toEqual(second.presentBins);
    expect(first.leftBins).toEqual(second.leftBins);
  } else {
    expect(first.threshold).toBe(second.threshold);
    expect(first.lastLeftBin).toBe(second.lastLeftBin);
  }
  expect(first.sawMissing).toBe(second.sawMissing);
  if (first.sawMissing) expect(first.missingGoesRight).toBe(second.missingGoesRight);
}

const criteria = [
  ...[2, 3, 40].flatMap((nClasses) => [
    { nClasses, criterion: 'gini' } as const,
    { nClasses, criterion: 'entropy' } as const,
  ]),
  { nClasses: 0, criterion: 'squared_error' } as const,
  { nClasses: 0, criterion: 'poisson' } as const,
  { nClasses: 0, criterion: 'absolute_error' } as const,
];
const weighings = ['counts', 'rows'] as const;
const cases = criteria
  .flatMap((criterion) => weighings.map((weighing) => ({ ...criterion, weighing })))
  .flatMap((criterion) =>
    [{}, { minSamplesLeaf: 4 }, { minWeightFractionLeaf: 0.2 }].flatMap((limits) =>
      [
        { levels: 5, nCategories: 0 },
        { levels: 200, nCategories: 0 },
        { levels: 1_000_000, nCategories: 0 },
        { levels: 5, nCategories: 5 },
        { levels: 90, nCategories: 100 },
        { levels: 400, nCategories: 400 },
      ].map((column) => ({ ...criterion, limits, ...column })),
    ),
  );

describe.each(cases)(
  '$criterion of $nClasses classes by $weighing, columns of $levels values, $nCategories categories, $limits',
  ({ nClasses, criterion, weighing, limits, levels, nCategories }) => {
    it.each([0, 0.2])('find the splits of their twins and divide alike, %f missing', async (missingRate) => {
      const random = new Random(31);
      const isExact = criterion === 'gini' || criterion === 'squared_error';
      // Above 255 values at a node only the kernels try them all.
      for (const n of [2, 7, 23, 60, 240, ...(levels < 255 ? [700, 3_000] : [])]) {
        const rows = randomRows(random, n, 3, levels, missingRate);
        // No two cuts tie: targets follow the columns, with noise.
        const y = rows.map((row) => {
          const noisy = (((row[0] || 0) / levels) * 3 + random.next()) * Math.max(1, nClasses) * 0.25;
          return nClasses > 0 ? Math.min(nClasses - 1, Math.floor(noisy)) : noisy;
        });
        // Of few bits: sums of weights are exact in any order.
        const w = rows.map(() => (weighing === 'counts' ? random.below(4) : random.below(50) / 16));
        w[0] = 1;
        const [kernels, plain] = await twins(
          rows,
          nClasses,
          y,
          w,
          { ...limits, criterion },
          nCategories,
          weighing,
        );
        expect(kernels.nRows).toBe(plain.nRows);
        kernels.openNode(0, plain.nRows);
        plain.openNode(0, plain.nRows);
        // One column a comparison: which of two columns that do equally well comes first may differ by rounding.
        expectSameSplit(kernels, plain, 1, isExact);
        if (plain.split.feature < 0) continue;
        const middle = plain.divide(plain.split, 0, plain.nRows);
        expect(kernels.divide(isExact ? kernels.split : plain.split, 0, plain.nRows)).toBe(middle);
        for (const [start, end] of [
          [0, middle],
          [middle, plain.nRows],
        ] as const) {
          kernels.openNode(start, end);
          plain.openNode(start, end);
          expectSameSplit(kernels, plain, 1, isExact);
          const width = kernels.nOutputs;
          const leaves = [new Float64Array(width), new Float64Array(width)] as const;
          kernels.writeLeaf(leaves[0], 0);
          plain.writeLeaf(leaves[1], 0);
          expect(kernels.leafClass()).toBe(plain.leafClass());
          leaves[0].forEach((value, c) => {
            expect(value).toBeCloseTo(leaves[1][c] as number, 10);
          });
        }
      }
    });
  },
);
