import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LearnError } from '../errors.js';
import { Random } from '../random.js';
import { kFold, stratifiedKFold } from './k-fold.js';
import { type Split, splitRows, splitStratified } from './split.js';

const share = fc.double({ min: 0.01, max: 0.99, noNaN: true });
const seed = fc.nat();

function expectPartition(split: Split, nSamples: number): void {
  const all = [...split.train, ...split.test].sort((a, b) => a - b);
  expect(all).toEqual(Array.from({ length: nSamples }, (_, i) => i));
  for (const side of [split.train, split.test]) expect([...side]).toEqual([...side].sort((a, b) => a - b));
}

function countOf(codes: Int32Array, rows: Uint32Array, code: number): number {
  return [...rows].filter((row) => codes[row] === code).length;
}

describe('splitRows', () => {
  it('partitions the rows and holds the share out', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), share, seed, (nSamples, testShare, s) => {
        const split = splitRows(nSamples, testShare, new Random(s));
        expectPartition(split, nSamples);
        expect(split.test.length).toBe(Math.min(Math.max(Math.round(nSamples * testShare), 1), nSamples - 1));
      }),
    );
  });

  it('is the same for a seed, and another for another', () => {
    const draw = (s: number): number[] => [...splitRows(100, 0.3, new Random(s)).test];
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('holds nothing out for a share of 0', () => {
    expect(splitRows(3, 0, new Random(0)).test).toHaveLength(0);
  });

  it('refuses to split one row', () => {
    expect(() => splitRows(1, 0.5, new Random(0))).toThrow(LearnError);
  });
});

describe('splitStratified', () => {
  const classes = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 8, maxLength: 80 });

  it('partitions the rows, keeps each class in training, and shares out in proportion', () => {
    fc.assert(
      fc.property(classes, share, seed, (list, testShare, s) => {
        const codes = Int32Array.from(list);
        const split = splitStratified(codes, 4, testShare, new Random(s));
        expectPartition(split, codes.length);
        for (let code = 0; code < 4; code++) {
          const total = list.filter((c) => c === code).length;
          if (total > 0) expect(countOf(codes, split.train, code)).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('gives each class its share by largest remainders', () => {
    const codes = Int32Array.from({ length: 100 }, (_, i) => (i < 70 ? 0 : i < 95 ? 1 : 2));
    const { test } = splitStratified(codes, 3, 0.2, new Random(5));
    expect([0, 1, 2].map((code) => countOf(codes, test, code))).toEqual([14, 5, 1]);
  });

  it('leaves a class of one member in training', () => {
    const codes = Int32Array.from([0, 0, 0, 0, 0, 1]);
    for (let s = 0; s < 20; s++) {
      expect(countOf(codes, splitStratified(codes, 2, 0.5, new Random(s)).train, 1)).toBe(1);
    }
  });

  it('refuses when every class has one member', () => {
    expect(() => splitStratified(Int32Array.from([0, 1, 2]), 3, 0.3, new Random(0))).toThrow(
      expect.objectContaining({ code: 'not_enough_rows' }),
    );
  });
});

describe('folds', () => {
  it.each([
    ['plain', () => kFold(23, 5, new Random(3))],
    [
      'stratified',
      () =>
        stratifiedKFold(
          Int32Array.from({ length: 23 }, (_, i) => i % 2),
          2,
          5,
          new Random(3),
        ),
    ],
  ])('%s: each row is tested once, sizes differ by at most one', (_, make) => {
    const folds = make();
    for (const fold of folds) expectPartition(fold, 23);
    expect(folds.flatMap((fold) => [...fold.test]).sort((a, b) => a - b)).toHaveLength(23);
    expect(new Set(folds.flatMap((fold) => [...fold.test])).size).toBe(23);
    expect(folds.map((fold) => fold.test.length).sort()).toEqual([4, 4, 5, 5, 5]);
  });

  it('deals each class out evenly', () => {
    const codes = Int32Array.from({ length: 50 }, (_, i) => (i < 30 ? 0 : 1));
    for (const { test } of stratifiedKFold(codes, 2, 5, new Random(1))) {
      expect([countOf(codes, test, 0), countOf(codes, test, 1)]).toEqual([6, 4]);
    }
  });

  it('refuses more folds than rows', () => {
    expect(() => kFold(2, 3, new Random(0))).toThrow(expect.objectContaining({ code: 'not_enough_rows' }));
  });
});
