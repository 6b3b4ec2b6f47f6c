import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Target } from '../estimator.js';
import { columnFrom } from '../pipeline/testing/toys.js';
import { Random } from '../random.js';
import { CategorySlots } from './category-slots.js';
import { categoryCounts } from './column-statistics.js';
import { crossFitFolds } from './cross-fit-folds.js';
import { HashedSlots, HashingEncoder } from './hashing-encoder.js';
import { TextImputer } from './imputer.js';
import { murmurHash } from './murmur-hash.js';
import { OneHotEncoder } from './one-hot-encoder.js';
import { TargetEncoder } from './target-encoder.js';
import { distance, numbers, ORACLE } from './testing/oracle.js';
import { MISSING_SLOT, UNSEEN } from './text-slots.js';

/** Sums in another order: nothing else may differ. */
const TOLERANCE = 1e-11;
const KEEP_GAPS = new TextImputer('native', null);

function textColumn(cells: readonly (string | null)[]) {
  const column = columnFrom('t', 'text', cells);
  if (column.type !== 'text') throw new Error('unreachable');
  return { column, counts: categoryCounts(column, Uint32Array.from(cells.keys())) };
}

describe('TargetEncoder, against scikit-learn', () => {
  const { x, categories, folds, cases } = ORACLE.targetMeans;
  const { column, counts } = textColumn(x);
  const slots = CategorySlots.fit(column, counts, KEEP_GAPS, {
    unseen: 'rare',
    order: 'frequency',
    maxCategories: 100,
    rareSlotAlways: true,
    grouping: {},
  });
  const slotOfRow = Int32Array.from(x, (text) => slots.find(text));

  it.each(cases)('$task', ({ task, y, transform, crossFitted }) => {
    const target: Target =
      task === 'regression'
        ? { task, values: Float64Array.from(y) }
        : { task: 'classification', codes: Int32Array.from(y), nClasses: new Set(y).size };
    const encoder = TargetEncoder.fit('t', slots, slotOfRow, target);
    const row = new Float64Array(encoder.features.length);
    categories.forEach((text, i) => {
      const slot = slots.find(text);
      encoder.writeSlot(slot === UNSEEN ? slots.unseenSlot : slot, row, 0, 1);
      expect(distance(row, numbers(transform[i] as number[]))).toBeLessThan(TOLERANCE);
    });
    const out = new Float64Array(x.length * row.length);
    encoder.crossFit(slotOfRow, target, Uint8Array.from(folds), out, 0, () => undefined);
    crossFitted.forEach((expected, i) => {
      const actual = row.map((_, k) => out[k * x.length + i] as number);
      expect(distance(actual, numbers(expected))).toBeLessThan(TOLERANCE);
    });
    const restored = TargetEncoder.fromState(encoder.toTensor(), 't', slots, row.length, 'p');
    expect(restored).toEqual(encoder);
  });

  it('never shows a row its own target', () => {
    const property = fc.property(
      fc.array(fc.record({ text: fc.constantFrom('a', 'b', 'c'), y: fc.integer({ min: -9, max: 9 }) }), {
        minLength: 6,
        maxLength: 40,
      }),
      fc.nat(),
      (rows, pick) => {
        const at = pick % rows.length;
        const fitted = textColumn(rows.map(({ text }) => text));
        const own = CategorySlots.fit(fitted.column, fitted.counts, KEEP_GAPS, {
          unseen: 'missing',
          order: 'sorted',
          maxCategories: 100,
          rareSlotAlways: false,
        });
        const slotOf = Int32Array.from(rows, ({ text }) => own.find(text));
        const encode = (values: readonly number[]): number => {
          const y: Target = { task: 'regression', values: Float64Array.from(values) };
          const out = new Float64Array(rows.length);
          const foldOfRow = crossFitFolds(y, rows.length, new Random(3));
          TargetEncoder.fit('t', own, slotOf, y).crossFit(slotOf, y, foldOfRow, out, 0, () => undefined);
          return out[at] as number;
        };
        const values = rows.map(({ y }) => y);
        expect(encode(values.map((value, i) => (i === at ? value + 1000 : value)))).toBe(encode(values));
      },
    );
    fc.assert(property, { numRuns: 60 });
  });

  it('deals every class to every fold, and as many folds as there are rows', () => {
    const codes = Int32Array.from({ length: 50 }, (_, i) => (i % 10 === 0 ? 1 : 0));
    const folds = crossFitFolds({ task: 'classification', codes, nClasses: 2 }, 50, new Random(1));
    for (let fold = 0; fold < 5; fold++) {
      const members = [...folds.keys()].filter((i) => folds[i] === fold);
      expect(members).toHaveLength(10);
      expect(members.filter((i) => codes[i] === 1)).toHaveLength(1);
    }
    const few = crossFitFolds({ task: 'regression', values: Float64Array.of(1, 2) }, 2, new Random(1));
    expect([...few].sort()).toEqual([0, 1]);
  });

  it('refuses targets that cannot be averaged', () => {
    const values = new Float64Array(x.length).fill(1.7e308);
    expect(() => TargetEncoder.fit('t', slots, slotOfRow, { task: 'regression', values })).toThrowError(
      expect.objectContaining({ code: 'numerical_failure', place: { column: 't' } }),
    );
    expect(() => TargetEncoder.fit('t', slots, slotOfRow, { task: 'clustering' })).toThrowError(
      expect.objectContaining({ code: 'invalid_parameters' }),
    );
  });
});

describe('HashingEncoder', () => {
  it.each(ORACLE.hashed)(
    'hashes into $nBuckets buckets as scikit-learn does',
    ({ nBuckets, texts, output }) => {
      const encoder = new HashingEncoder('t', new HashedSlots(nBuckets, KEEP_GAPS));
      const row = new Float64Array(nBuckets);
      texts.forEach((text, i) => {
        encoder.writeSlot(encoder.slots.find(text), row, 0, 1);
        expect([...row]).toEqual(output[i]);
      });
      encoder.writeMissing(row, 0, 1);
      expect(row.every((value) => value === 0)).toBe(true);
    },
  );

  it('hashes what the reference hashes', () => {
    // Test vectors of the reference implementation, seed 0.
    expect(murmurHash('')).toBe(0);
    expect(murmurHash('test') >>> 0).toBe(0xba6bd213);
    expect(murmurHash('Hello, world!') >>> 0).toBe(0xc0363e43);
  });

  it('takes 10,000 categories and keeps none', () => {
    const encoder = new HashingEncoder('t', new HashedSlots(64, new TextImputer('constant', 'none')));
    const { slots, isMissing } = encoder.slots.translate(Array.from({ length: 10_000 }, (_, i) => `id ${i}`));
    expect(new Set(slots).size).toBe(128);
    expect(isMissing.includes(1)).toBe(false);
    expect(JSON.stringify(encoder.toState()).length).toBeLessThan(100);
    expect(encoder.slots.missingSlot).toBe(encoder.slots.find('none'));
  });
});

describe('grouping rare categories', () => {
  const { counts, cases } = ORACLE.grouped;
  const cells = Object.entries(counts).flatMap(([text, n]) => Array.from({ length: n }, () => text));
  const fitted = textColumn(cells);
  it.each(cases)(
    'groups as scikit-learn does: $minFrequency, $maxCategories',
    ({ rare, output, ...rule }) => {
      const slots = CategorySlots.fit(fitted.column, fitted.counts, KEEP_GAPS, {
        unseen: 'rare',
        order: 'sorted',
        maxCategories: 1000,
        rareSlotAlways: false,
        grouping: rule,
      });
      expect(slots.rare).toEqual(rare);
      const encoder = new OneHotEncoder('t', slots);
      const row = new Float64Array(encoder.features.length);
      [...Object.keys(counts), 'never seen'].forEach((text, i) => {
        const slot = slots.find(text);
        encoder.writeSlot(slot === UNSEEN ? slots.unseenSlot : slot, row, 0, 1);
        expect([...row]).toEqual(output[i]);
      });
    },
  );

  it('keeps 10,000 categories known and counts the bin among the slots', () => {
    const many = textColumn(Array.from({ length: 24_000 }, (_, i) => `c${i % 12_000}`));
    const slots = CategorySlots.fit(many.column, many.counts, KEEP_GAPS, {
      unseen: 'rare',
      order: 'frequency',
      maxCategories: 10_000,
      rareSlotAlways: true,
      grouping: { maxCategories: 100 },
    });
    expect([slots.nSlots, slots.known().length, slots.missingSlot]).toEqual([100, 10_000, MISSING_SLOT]);
    const restored = CategorySlots.fromState(slots.toState(), KEEP_GAPS, 's');
    expect(restored.known()).toEqual(slots.known());
  });
});
