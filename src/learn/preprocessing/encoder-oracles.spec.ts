import { describe, expect, it } from 'vitest';
import { columnFrom } from '../pipeline/testing/toys.js';
import { type CategoryRules, CategorySlots } from './category-slots.js';
import type { TextColumnEncoder } from './column-encoder.js';
import { categoryCounts } from './column-statistics.js';
import { DATE_PARTS, datePart } from './date-parts.js';
import { NumberImputer, TextImputer } from './imputer.js';
import { OneHotEncoder } from './one-hot-encoder.js';
import { OrdinalEncoder } from './ordinal-encoder.js';
import { distance, numbers, ORACLE } from './testing/oracle.js';
import { UNSEEN } from './text-slots.js';

/** The fixture has 12 digits. */
const TOLERANCE = 1e-11;

function textColumn(cells: readonly (string | null)[]) {
  const column = columnFrom('t', 'text', cells);
  if (column.type !== 'text') throw new Error('unreachable');
  return { column, counts: categoryCounts(column, Uint32Array.from(cells.keys())) };
}

describe('simple imputation, against scikit-learn', () => {
  const cases = ORACLE.imputed.map((one) => ({ ...one, what: `${one.name} by ${one.policy}` }));
  const CONSTANTS = { number: -3.5, text: 'none' };

  it.each(cases.filter(({ values }) => values !== undefined))('$what', ({ values, policy, output }) => {
    const column = { name: 'x', values: numbers(values ?? []) };
    const rows = Uint32Array.from(column.values.keys());
    const imputer = NumberImputer.fit(column, rows, policy, CONSTANTS.number);
    const filled = column.values.map((value) => imputer.apply(value));
    expect(distance(filled, output as number[])).toBeLessThan(TOLERANCE);
  });

  it.each(cases.filter(({ texts }) => texts !== undefined))('$what', ({ texts = [], policy, output }) => {
    const { column, counts } = textColumn(texts);
    const { fill } = TextImputer.fit(column, counts, policy, CONSTANTS.text);
    expect(texts.map((text) => text ?? fill)).toEqual(output);
  });
});

describe('categories, against scikit-learn', () => {
  const { counts, asked, ordinal, oneHot } = ORACLE.coded;
  const fitted = textColumn(
    Object.entries(counts).flatMap(([text, n]) => Array.from({ length: n }, () => text)),
  );
  const slotsBy = (order: CategoryRules['order']): CategorySlots =>
    CategorySlots.fit(fitted.column, fitted.counts, new TextImputer('native', null), {
      unseen: 'missing',
      order,
      maxCategories: 100,
      rareSlotAlways: false,
      grouping: {},
    });
  const encode = (encoder: TextColumnEncoder, text: string): number[] => {
    const row = new Float64Array(encoder.features.length);
    const slot = encoder.slots.find(text);
    encoder.writeSlot(slot === UNSEEN ? encoder.slots.unseenSlot : slot, row, 0, 1);
    return [...row];
  };

  it('as codes by falling frequency', () => {
    const encoder = new OrdinalEncoder('t', slotsBy('frequency'), false);
    expect(asked.map((text) => encode(encoder, text)[0])).toEqual([...numbers(ordinal)]);
  });

  it('as one column each', () => {
    const encoder = new OneHotEncoder('t', slotsBy('sorted'));
    expect(asked.map((text) => encode(encoder, text))).toEqual(oneHot);
  });
});

it('dates have the parts that Python says', () => {
  expect(ORACLE.dates.length).toBeGreaterThan(50);
  for (const { epochMs, parts } of ORACLE.dates) {
    const found = Object.fromEntries(DATE_PARTS.map((part) => [part, datePart(epochMs, part)]));
    expect({ epochMs, ...found }).toEqual({ epochMs, ...parts });
  }
});
