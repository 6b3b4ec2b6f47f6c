import { describe, expect, it } from 'vitest';
import { randomForestClassifier, randomForestRegressor } from '../estimators/forest/random-forest.js';
import { classes, dataOf, fitWith, numbers, randomRows } from '../estimators/tree/testing/fit-helpers.js';
import type { TreeEnsemble } from '../estimators/tree/tree-ensemble.js';
import { Random } from '../random.js';
import { TreeWalk, type WalkedTrees } from './tree-walk.js';

const rows = randomRows(new Random(4), 600, 4, 400, 0.1).map((row, i) => [...row, i % 40]);
const kinds = [0, 0, 0, 0, 40];
const codes = rows.map((row, i) => (((row[0] || 0) >> 5) + i) % 3);
/** More rows than a block holds; gaps, and categories that no row of the training set had. */
const asked = randomRows(new Random(5), 20_000, 5, 420, 0.2);

/** The twin: one row after the other, one tree after the other, over the tensors. */
function expectLikeTrees(ensemble: TreeEnsemble, nRows: number): void {
  const { nTrees, nOutputs, nFeatures } = ensemble;
  const values = Float64Array.from(asked.slice(0, nRows).flat());
  const out = new Float64Array(nRows * nOutputs);
  ensemble.predictInto(values, nRows, out);
  const sums = new Float64Array(nRows * nOutputs);
  for (let row = 0; row < nRows; row++) {
    for (let tree = 0; tree < nTrees; tree++) {
      ensemble.addTree(tree, values, row * nFeatures, sums, row * nOutputs);
    }
  }
  expect(out).toEqual(sums.map((sum) => sum / nTrees));
}

describe.each([
  ['two classes', randomForestClassifier, classes(codes.map((code) => code & 1))],
  ['three classes', randomForestClassifier, classes(codes)],
  ['numbers', randomForestRegressor, numbers(codes)],
])('trees of %s', (_, algorithm, y) => {
  it.each([1, 15, 16, 17, 63, 65, 20_000])(
    'say of %i rows what each of them says of each, to the bit',
    async (nRows) => {
      const forest = await fitWith(algorithm, dataOf(rows, y, kinds), { nEstimators: 9 });
      expectLikeTrees(forest as TreeEnsemble, nRows);
    },
  );
});

it('takes trees that are a single leaf, alone and among others', async () => {
  const mixed: WalkedTrees = {
    treeOffsets: Uint32Array.of(0, 1, 4, 5),
    feature: Int32Array.of(-1, 0, -1, -1, -1),
    threshold: Float64Array.of(0, 2, 0, 0, 0),
    left: Uint32Array.of(0, 2, 1, 2, 3),
    flags: Uint8Array.of(0, 1, 0, 0, 0),
    leafValues: Float64Array.of(1, 10, 20, 400),
    categoryBits: new Uint32Array(0),
    nCategories: Uint32Array.of(0),
  };
  for (const nRows of [3, 30]) {
    const values = Float64Array.from({ length: nRows }, (_, i) => [2, 2.5, Number.NaN][i % 3] as number);
    const sums = new Float64Array(nRows).fill(0.5);
    new TreeWalk(mixed, 0, 3, 1).addInto(values, nRows, sums);
    expect(Array.from(sums.subarray(0, 3))).toEqual([411.5, 421.5, 421.5]);
    // A stretch of the trees.
    sums.fill(0);
    new TreeWalk(mixed, 1, 3, 1).addInto(values, nRows, sums);
    expect(Array.from(sums.subarray(0, 3))).toEqual([410, 420, 420]);
  }
});

describe('what does not fit the usual form of a node', () => {
  const { NaN: missing, POSITIVE_INFINITY: infinite, MAX_VALUE: largest } = Number;
  /** One split: 1 to the left, 20 to the right. */
  const split = (threshold: number, flags: number, categoryBits: number[] = [], count = 0): WalkedTrees => ({
    treeOffsets: Uint32Array.of(0, 3),
    feature: Int32Array.of(0, -1, -1),
    threshold: Float64Array.of(threshold, 0, 0),
    left: Uint32Array.of(1, 0, 1),
    flags: Uint8Array.of(flags, 0, 0),
    leafValues: Float64Array.of(1, 20),
    categoryBits: Uint32Array.from(categoryBits),
    nCategories: Uint32Array.of(count),
  });
  const sides = (trees: WalkedTrees, values: number[], nRows: number): number[] => {
    const rows = Float64Array.from({ length: nRows }, (_, i) => values[i % values.length] as number);
    const sums = new Float64Array(nRows);
    new TreeWalk(trees, 0, 1, 1).addInto(rows, nRows, sums);
    return Array.from(sums.subarray(0, values.length));
  };

  it.each([5, 29])('sends numbers beyond all others their way, %i rows', (nRows) => {
    const values = [missing, infinite, -infinite, largest, 3];
    expect(sides(split(3, 0), values, nRows)).toEqual([1, 20, 1, 20, 1]);
    expect(sides(split(3, 1), values, nRows)).toEqual([20, 20, 1, 20, 1]);
    // Missing against all others.
    expect(sides(split(infinite, 1), values, nRows)).toEqual([20, 1, 1, 1, 1]);
    expect(sides(split(infinite, 0), values, nRows)).toEqual([1, 1, 1, 1, 1]);
    expect(sides(split(largest, 1), values, nRows)).toEqual([20, 20, 1, 1, 1]);
    expect(sides(split(largest, 0), values, nRows)).toEqual([1, 20, 1, 1, 1]);
  });

  it.each([8, 29])('takes as many categories as there are, %i rows', (nRows) => {
    const known = [0, 31, 32];
    const unknown = [missing, -1, 1e9];
    for (const count of [33, 62, 63, 64, 65, 200]) {
      const words = new Array<number>(Math.ceil(count / 32)).fill(0);
      for (const code of [31, count - 1])
        words[code >>> 5] = (words[code >>> 5] as number) + 2 ** (code & 31);
      const expected = [20, 1, count === 33 ? 1 : 20];
      const codes = [...known, count - 1, count, ...unknown];
      expect(sides(split(0, 2, words, count), codes, nRows)).toEqual([...expected, 1, 1, 1, 1, 1]);
      expect(sides(split(0, 3, words, count), codes, nRows)).toEqual([...expected, 1, 20, 20, 20, 20]);
    }
  });
});
