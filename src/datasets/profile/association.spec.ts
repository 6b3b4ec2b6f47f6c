import { describe, expect, it } from 'vitest';
import { associate, correlationRatio, cramersV, pearson, spearman } from './association.js';
import { lambda } from './leak-measures.js';
import { toSampleColumn } from './sample.js';

const numbers = (name: string, values: readonly (number | null)[]) => toSampleColumn(name, false, values);
const texts = (name: string, values: readonly (string | null)[]) => toSampleColumn(name, true, values);

describe('measures of association', () => {
  it('finds straight and bent relations of numbers, over the rows that have both', () => {
    const x = numbers('x', [1, 2, 3, 4, null, 100]);
    const y = numbers('y', [1, 4, 9, 16, 7, null]);
    // numpy.corrcoef and scipy.stats.spearmanr of the first four rows
    expect(pearson(x.values, y.values)).toBeCloseTo(0.984374038697697, 12);
    expect(spearman(x, y)).toBe(1);
    expect(spearman(x, numbers('z', [4, 3, 2, 1, 0, 0]))).toBeCloseTo(-1, 12);
    // Ranks 1..5 against 4, 3, 2, 1, 5: the squared differences sum to 20.
    expect(spearman(numbers('v', [1, 2, 3, 4, 5]), numbers('w', [4, 3, 2, 1, 9]))).toBeCloseTo(0, 12);
  });

  it('gives equal numbers their middle rank', () => {
    // scipy.stats.spearmanr([1, 2, 2, 3], [1, 3, 2, 2])
    expect(spearman(numbers('a', [1, 2, 2, 3]), numbers('b', [1, 3, 2, 2]))).toBeCloseTo(0.5, 12);
  });

  it("gives Cramér's V of a table", () => {
    const a = texts('a', ['x', 'x', 'x', 'y', 'y', 'y', null]);
    expect(cramersV(a, texts('b', ['p', 'p', 'p', 'q', 'q', 'q', 'q']))).toBeCloseTo(1, 12);
    // chi2 = 6/9 of 6 rows
    expect(cramersV(a, texts('c', ['p', 'p', 'q', 'p', 'q', 'q', 'p']))).toBeCloseTo(1 / 3, 12);
  });

  it('gives the correlation ratio', () => {
    const groups = texts('g', ['a', 'a', 'b', 'b']);
    expect(correlationRatio(groups, numbers('n', [1, 1, 5, 5]))).toBeCloseTo(1, 12);
    // between 4, total 5
    expect(correlationRatio(groups, numbers('n', [0, 1, 2, 3]))).toBeCloseTo(Math.sqrt(4 / 5), 12);
  });

  it('says nothing of constants and of rows that never meet', () => {
    expect(associate(numbers('a', [1, 1, 1]), numbers('b', [1, 2, 3]))).toBeUndefined();
    expect(associate(numbers('a', [1, null]), numbers('b', [null, 2]))).toBeUndefined();
    expect(associate(texts('a', ['x', 'x']), texts('b', ['p', 'q']))).toBeUndefined();
  });

  it('tells a column that decides the class from one that does not, and from identifiers', () => {
    const classes = texts(
      'class',
      Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 'even' : 'odd')),
    );
    const copy = texts(
      'copy',
      Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 'e' : i % 4 === 1 ? 'o1' : 'o2')),
    );
    const other = texts(
      'other',
      Array.from({ length: 400 }, (_, i) => String(i % 3)),
    );
    const id = texts(
      'id',
      Array.from({ length: 400 }, (_, i) => `row ${i}`),
    );
    const split = numbers(
      'split',
      Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? i : 1000 + i)),
    );
    expect(lambda(copy, classes)).toBe(1);
    expect(lambda(split, classes)).toBe(1);
    expect(lambda(other, classes)).toBeLessThan(0.1);
    expect(lambda(id, classes)).toBeNull();
  });
});
