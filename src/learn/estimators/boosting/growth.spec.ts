import { describe, expect, it } from 'vitest';
import { Random } from '../../random.js';
import { classes, dataOf, fitWith, numbers, predictRows } from '../tree/testing/fit-helpers.js';
import { layOut } from './boost-memory.js';
import { histGradientBoostingClassifier, histGradientBoostingRegressor } from './hist-gradient-boosting.js';
import { countOwned, drawOwned } from './row-blocks.js';

/** One tree of full steps, so that a leaf predicts what can be worked out by hand. */
const oneTree = { maxIter: 1, learningRate: 1, minSamplesLeaf: 5, earlyStopping: false };
const column = (n: number): number[][] => Array.from({ length: n }, (_, i) => [i]);
const distinct = (values: readonly number[][]): number[] =>
  [...new Set(values.map(([value]) => Number((value as number).toFixed(6))))].sort((a, b) => a - b);

it('grows the leaf that gains most, however deep, before its neighbours', async () => {
  // Steps of 1, 2 on the left and of 100, 1000 on the right: three leaves all go to the right.
  const x = column(80);
  const y = x.map(([v]) => [0, 1, 100, 1000][Math.floor((v as number) / 20)] as number);
  const model = await fitWith(histGradientBoostingRegressor, dataOf(x, numbers(y)), {
    ...oneTree,
    maxLeafNodes: 3,
  });
  expect(distinct(predictRows(model, x))).toEqual([0.5, 100, 1000]);
});

it('shrinks leaves by the L2 penalty', async () => {
  const x = column(40);
  const y = x.map(([v]) => ((v as number) < 20 ? -3 : 3));
  const options = { ...oneTree, maxLeafNodes: 2, l2Regularization: 10 };
  const model = await fitWith(histGradientBoostingRegressor, dataOf(x, numbers(y)), options);
  // Gradient 60 of 20 rows: 60 / (20 + 10).
  expect(distinct(predictRows(model, x))).toEqual([-2, 2]);
});

it('parts categories in one split, whatever their codes', async () => {
  const x = Array.from({ length: 400 }, (_, i) => [i % 8]);
  const isHigh = (code: number): boolean => [1, 2, 5, 7].includes(code);
  const y = x.map(([code]) => (isHigh(code as number) ? 8 : 4));
  const options = { ...oneTree, maxLeafNodes: 2 };
  const model = await fitWith(histGradientBoostingRegressor, dataOf(x, numbers(y), [8]), options);
  const codes = column(8);
  predictRows(model, codes).forEach(([value], code) => {
    expect(value).toBeCloseTo(isHigh(code) ? 8 : 4, 6);
  });
});

it('sends missing values to the side where they gain most, or apart from all others', async () => {
  const options = { ...oneTree, maxLeafNodes: 2 };
  const x = Array.from({ length: 120 }, (_, i) => [i % 3 === 0 ? Number.NaN : i]);
  for (const likeMissing of [(v: number) => v < 60, (v: number) => v >= 60, () => false]) {
    const y = x.map(([v]) => (Number.isNaN(v) || likeMissing(v as number) ? 1 : 0));
    const model = await fitWith(histGradientBoostingRegressor, dataOf(x, numbers(y)), options);
    predictRows(model, x).forEach(([value], i) => {
      expect(value).toBeCloseTo(y[i] as number, 6);
    });
  }
});

it.each([0.1, 0.3, 1])('learns classes of few rows among others, learning rate %d', async (learningRate) => {
  // Four rare classes, each spread thinly over a stretch of its own beside the two frequent ones.
  const random = new Random(11);
  const x = Array.from({ length: 6000 }, () => [random.next() * 100, random.next() * 100, random.next()]);
  const y = x.map(([a, b]) => {
    const isRare = (a as number) < 2 && (b as number) > 40;
    return isRare ? 2 + (Math.floor((b as number) / 5) % 4) : (b as number) > 50 ? 1 : 0;
  });
  const options = { learningRate, maxIter: 60, earlyStopping: false };
  const model = await fitWith(histGradientBoostingClassifier, dataOf(x, classes(y)), options);
  const loss = predictRows(model, x).reduce((sum, p, i) => sum - Math.log(p[y[i] as number] as number), 0);
  expect(loss / x.length).toBeLessThan(0.02);
});

describe('drawn rows', () => {
  const rows = Uint32Array.from({ length: 5000 }, (_, i) => i * 3);
  const draw = (size: number, share: number, seed: number): { drawn: number[]; others: number[] } => {
    const drawn: number[] = [];
    const others: number[] = [];
    for (let member = 0; member < size; member++) {
      const n = countOwned(rows.length, member, size);
      const mine = new Uint32Array(n);
      const rest = new Uint32Array(n);
      const count = drawOwned(rows, member, size, share, new Random(seed), mine, rest);
      drawn.push(...mine.subarray(0, count));
      others.push(...rest.subarray(0, n - count));
    }
    const ascending = (a: number, b: number): number => a - b;
    return { drawn: drawn.sort(ascending), others: others.sort(ascending) };
  };

  it.each([0.00001, 0.1, 0.5, 0.999])('are a share of %d, the same on any number of threads', (share) => {
    const one = draw(1, share, 7);
    expect(one.drawn).toHaveLength(Math.max(1, Math.floor(5000 * share)));
    expect([...one.drawn, ...one.others].sort((a, b) => a - b)).toEqual(Array.from(rows));
    for (const size of [2, 3, 4]) expect(draw(size, share, 7)).toEqual(one);
    expect(draw(1, share, 8).drawn).not.toEqual(share < 0.001 ? [] : one.drawn);
  });

  it('are drawn evenly', () => {
    const times = new Float64Array(15_000);
    for (let seed = 0; seed < 400; seed++)
      for (const row of draw(1, 0.25, seed).drawn) times[row] = (times[row] as number) + 1;
    // 400 draws of a quarter: 100, spread 8.7; six spreads are beyond what 5000 rows show by chance.
    for (const row of rows) expect(Math.abs((times[row] as number) - 100)).toBeLessThan(53);
  });

  it('are all that an iteration grows on, and every row gets its values', async () => {
    const x = column(100);
    const y = x.map(([v]) => ((v as number) < 50 ? 0 : 1));
    const options = { ...oneTree, minSamplesLeaf: 20 };
    const leavesAt = async (subsample: number): Promise<number> => {
      const model = await fitWith(histGradientBoostingRegressor, dataOf(x, numbers(y)), {
        ...options,
        subsample,
      });
      return distinct(predictRows(model, x)).length;
    };
    // 39 rows cannot give both sides 20.
    expect(await leavesAt(1)).toBeGreaterThan(1);
    expect(await leavesAt(0.39)).toBe(1);
    const many = { maxIter: 60, subsample: 0.5, earlyStopping: false };
    const data = dataOf(x, classes(y));
    const model = await fitWith(histGradientBoostingClassifier, data, many);
    const right = predictRows(model, x).filter(([, p], i) => (p as number) > 0.5 === (y[i] === 1)).length;
    expect(right).toBeGreaterThan(95);
    const again = await fitWith(histGradientBoostingClassifier, data, many);
    expect(again.toState()).toEqual(model.toState());
    const otherwise = await fitWith(histGradientBoostingClassifier, data, many, { seed: 2 });
    expect(otherwise.toState()).not.toEqual(model.toState());
  });
});

it('forgets histograms for which there is no room, and grows the same tree', async () => {
  // 3000 columns of 250 bins: twelve megabytes a histogram, more than there is room for with 40 leaves. They are
  // copies, and of equal gains the first column wins, so the tree is that of one column.
  const random = new Random(3);
  const narrow = Array.from({ length: 250 }, () => [random.next()]);
  const wide = narrow.map(([v]) => new Array<number>(3000).fill(v as number));
  const y = narrow.map(([v]) => Math.sin((v as number) * 20));
  const options = { ...oneTree, minSamplesLeaf: 2, maxLeafNodes: 40 };
  const model = await fitWith(histGradientBoostingRegressor, dataOf(wide, numbers(y)), options);
  const alone = await fitWith(histGradientBoostingRegressor, dataOf(narrow, numbers(y)), options);
  expect(predictRows(model, wide)).toEqual(predictRows(alone, narrow));
  expect(distinct(predictRows(alone, narrow)).length).toBeGreaterThan(35);
});

it('refuses what 32-bit places cannot reach, before it takes any memory', () => {
  const nSamples = 2 ** 30;
  const needs = {
    binned: {
      nSamples,
      nFeatures: 4,
      bins: new Uint8Array(0),
      nBins: new Int32Array(4).fill(2),
      lower: new Float64Array(0),
      upper: new Float64Array(0),
      nCategories: new Int32Array(4),
      categoryOffsets: new Int32Array(4),
      binOfCategory: new Uint8Array(0),
    },
    nScores: 1,
    parties: 2,
    growsAlone: false,
    y: new Float64Array(0),
    weights: new Float64Array(0),
    trainRows: new Uint32Array(0),
    heldOutRows: new Uint32Array(0),
    subsample: 1,
    maxLeafNodes: 31,
    minSamplesLeaf: 20,
    monotonic: new Int8Array(4),
  };
  expect(() => layOut(needs, () => {})).toThrow(expect.objectContaining({ code: 'too_many_rows' }));
});
