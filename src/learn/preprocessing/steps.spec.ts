import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnFrom } from '../pipeline/testing/toys.js';
import { CategorySlots } from './category-slots.js';
import { coerceColumn } from './coerce-column.js';
import { categoryCounts } from './column-statistics.js';
import { datePart } from './date-parts.js';
import { NumberImputer, TextImputer } from './imputer.js';
import { LabelEncoder } from './label-encoder.js';
import { medianInPlace } from './order-statistics.js';
import { dateFromText, numberFromText, textFromDate } from './read-value.js';
import { Scaler } from './scaler.js';
import { MISSING_SLOT, REFUSED_SLOT } from './text-slots.js';

const rowsOf = (n: number): Uint32Array => Uint32Array.from({ length: n }, (_, i) => i);

describe('medianInPlace', () => {
  it('is the middle of the sorted values', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 60 }), (values) => {
        const sorted = [...values].sort((a, b) => a - b);
        const middle = sorted.length >> 1;
        const expected =
          sorted.length % 2 === 1
            ? (sorted[middle] as number)
            : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
        expect(medianInPlace(Float64Array.from(values))).toBeCloseTo(expected, 12);
      }),
    );
  });
});

describe('reading values', () => {
  it('reads a date part as Date does, over 8,000 years', () => {
    const when = fc.integer({ min: Date.UTC(-2000, 0), max: Date.UTC(6000, 0) });
    fc.assert(
      fc.property(when, (epochMs) => {
        const date = new Date(epochMs);
        expect(datePart(epochMs, 'year')).toBe(date.getUTCFullYear());
        expect(datePart(epochMs, 'month')).toBe(date.getUTCMonth() + 1);
        expect(datePart(epochMs, 'weekday')).toBe(date.getUTCDay());
        expect(datePart(epochMs, 'hour')).toBe(date.getUTCHours());
        expect(datePart(epochMs, 'day')).toBe(date.getUTCDate());
        expect(datePart(epochMs, 'quarter')).toBe(Math.floor(date.getUTCMonth() / 3) + 1);
        const newYear = new Date(0);
        newYear.setUTCFullYear(date.getUTCFullYear(), 0, 1);
        const dayOfYear = Math.floor((epochMs - newYear.getTime()) / 86_400_000) + 1;
        expect(datePart(epochMs, 'day_of_year')).toBe(dayOfYear);
      }),
    );
  });

  it('reads back the dates it writes', () => {
    const when = fc.integer({ min: Date.UTC(1, 0), max: Date.UTC(6000, 0) });
    fc.assert(
      fc.property(when, (epochMs) => {
        expect(dateFromText(textFromDate(epochMs))).toBe(epochMs);
      }),
    );
    expect(dateFromText('2024-03-01T12:00+02:00')).toBe(Date.UTC(2024, 2, 1, 10));
  });

  it.each(['2024-02-30', '2024-13-01', '24-01-01', 'yesterday', '2024-01-01T25:00'])('refuses %s', (text) => {
    expect(dateFromText(text)).toBeNaN();
  });

  it.each(['', ' ', '0x10', 'Infinity', '1,000', '1e', '--1'])('does not take %j for a number', (text) => {
    expect(numberFromText(text)).toBeNaN();
  });

  it('overrides types both ways and counts what is lost', () => {
    const text = columnFrom('a', 'text', ['1', ' 2.5 ', 'x', null, '1e999', '']);
    const numbers = coerceColumn(text, 'number');
    expect(numbers.column).toMatchObject({ values: Float64Array.of(1, 2.5, NaN, NaN, NaN, NaN) });
    expect(numbers.nLost).toBe(2);
    const back = coerceColumn(columnFrom('a', 'number', [3, null, 3, -0]), 'text');
    expect(back).toEqual({
      nLost: 0,
      column: { name: 'a', type: 'text', codes: Int32Array.of(0, -1, 0, 1), dictionary: ['3', '0'] },
    });
    expect(coerceColumn(columnFrom('a', 'number', [0, 1, 2]), 'boolean').nLost).toBe(1);
    expect(coerceColumn(columnFrom('a', 'number', [Infinity, 1]), 'number').nLost).toBe(1);
  });
});

describe('imputers', () => {
  const column = columnFrom('a', 'number', [4, null, 1, 1, 100, 9]);
  const values = column.type === 'text' ? new Float64Array() : column.values;
  it.each([
    ['mean', 23],
    ['median', 4],
    ['most_frequent', 1],
    ['constant', -5],
  ] as const)('%s puts in %d', (policy, fill) => {
    const imputer = NumberImputer.fit({ name: 'a', values }, rowsOf(6), policy, -5);
    expect(imputer.apply(NaN)).toBe(fill);
    expect(imputer.apply(3)).toBe(3);
    expect(NumberImputer.fromState(imputer.toState(), 'a')).toEqual(imputer);
  });

  it('looks at the training rows only', () => {
    const imputer = NumberImputer.fit({ name: 'a', values }, Uint32Array.of(1, 2, 3), 'mean', 0);
    expect(imputer.fill).toBe(1);
  });
});

describe('CategorySlots', () => {
  const cells = ['b', 'b', 'a', 'a', 'a', 'c', null];
  const column = columnFrom('t', 'text', cells);
  if (column.type !== 'text') throw new Error('unreachable');
  const counts = categoryCounts(column, rowsOf(7));
  const slotsFor = (
    missing: 'native' | 'most_frequent' | 'constant' | 'error',
    unseen: 'error' | 'missing' | 'rare',
  ) =>
    CategorySlots.fit(column, counts, TextImputer.fit(column, counts, missing, 'missing'), {
      unseen,
      order: 'frequency',
      maxCategories: 100,
      rareSlotAlways: true,
    });

  it('orders by frequency and bins the rare', () => {
    const slots = slotsFor('native', 'rare');
    expect(slots.categories).toEqual(['a', 'b']);
    expect(slots.rare).toEqual(['c']);
    expect([slots.find('c'), slots.unseenSlot, slots.missingSlot, slots.nSlots]).toEqual([
      2,
      2,
      MISSING_SLOT,
      3,
    ]);
  });

  it('applies the policies', () => {
    expect(slotsFor('native', 'missing').unseenSlot).toBe(MISSING_SLOT);
    expect(slotsFor('most_frequent', 'missing').unseenSlot).toBe(0);
    expect(slotsFor('error', 'missing').unseenSlot).toBe(REFUSED_SLOT);
    expect(slotsFor('native', 'error').unseenSlot).toBe(REFUSED_SLOT);
    const constant = slotsFor('constant', 'error');
    expect(constant.categories[constant.missingSlot]).toBe('missing');
  });

  it('survives its own state', () => {
    for (const missing of ['native', 'most_frequent', 'constant', 'error'] as const) {
      for (const unseen of ['error', 'missing', 'rare'] as const) {
        const slots = slotsFor(missing, unseen);
        const imputer = TextImputer.fromState(slots.imputer.toState(), 'i');
        expect(CategorySlots.fromState(slots.toState(), imputer, 's')).toEqual(slots);
      }
    }
  });

  it('keeps the most frequent when there are too many', () => {
    const slots = CategorySlots.fit(column, counts, new TextImputer('native', null), {
      unseen: 'missing',
      order: 'sorted',
      maxCategories: 2,
      rareSlotAlways: false,
    });
    expect(slots.known()).toEqual(['a', 'b']);
    expect([...slots.translate(['c', 'b', '']).slots]).toEqual([MISSING_SLOT, 1, MISSING_SLOT]);
  });
});

describe('Scaler', () => {
  const matrix = (values: number[]) => ({
    nSamples: values.length,
    nFeatures: 1,
    values: Float64Array.from(values),
    features: [{ name: 'a', column: 'a', kind: 'numeric' as const }],
  });

  it('scales by hand-worked numbers', () => {
    const std = Scaler.fit(matrix([1, 3, NaN]), 'std', [true]);
    expect([std.offset[0], std.divisor[0]]).toEqual([2, 1]);
    const range = Scaler.fit(matrix([2, 6, 4]), 'min_max', [true]);
    const x = matrix([2, 6, 4]);
    range.applyToMatrix(x);
    expect([...x.values]).toEqual([0, 1, 0.5]);
  });

  it.each(['std', 'min_max'] as const)('%s makes a constant exactly 0', (kind) => {
    const x = matrix([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]);
    Scaler.fit(x, kind, [true]).applyToMatrix(x);
    expect(x.values.every((value) => value === 0)).toBe(true);
  });

  it('leaves alone what is not scaled, and refuses what overflows', () => {
    expect(Scaler.fit(matrix([1, 3]), 'std', [false]).divisor[0]).toBe(1);
    expect(() => Scaler.fit(matrix([-1.7e308, 1.7e308]), 'std', [true])).toThrowError(/too large/);
  });
});

describe('LabelEncoder', () => {
  it.each([
    ['number', [10, 2, null, 10], [2, 10], [1, 0, -1, 1]],
    ['boolean', [true, false, true, null], [false, true], [1, 0, 1, -1]],
    ['text', ['no', 'Yes', null, 'no'], ['Yes', 'no'], [1, 0, -1, 1]],
    ['date', ['2024-01-02', '2024-01-01', null], ['2024-01-01', '2024-01-02'], [1, 0, -1]],
  ] as const)('keeps %s labels', (type, cells, classes, codes) => {
    const fitted = LabelEncoder.fit(columnFrom('y', type, cells), rowsOf(cells.length));
    expect(fitted.encoder.classes).toEqual(classes);
    expect([...fitted.codes]).toEqual(codes);
    expect(LabelEncoder.fromState(fitted.encoder.toState(), 'y')).toEqual(fitted.encoder);
  });
});
