import { describe, expect, it } from 'vitest';
import type { ForeignModel } from './foreign-model.js';
import { readForeignRows } from './foreign-rows.js';

const tensor = (name: string, element: 'float' | 'integer' | 'boolean' | 'text') =>
  ({ name, element, elementType: element, shape: [null, 1] }) as const;
const column = (name: string, type: 'number' | 'boolean' | 'text', nullable: boolean) => ({
  name,
  type,
  nullable,
});

/** Reads only what the layout and the signature say. */
const model = {
  inputs: {
    kind: 'columns',
    tensors: [tensor('f', 'float'), tensor('i', 'integer'), tensor('b', 'boolean'), tensor('t', 'text')],
    rowShape: [4],
    fixedRows: null,
  },
  signature: {
    task: 'regression',
    inputs: [
      column('f', 'number', true),
      column('i', 'number', false),
      column('b', 'boolean', false),
      column('t', 'text', true),
    ],
    target: { name: 'y', type: 'number' },
    ignored: [],
  },
} as unknown as ForeignModel;
const good = { f: 1.5, i: 2, b: true, t: 'x' };
const read = (...rows: unknown[]) => readForeignRows(rows, model, (name) => name === 'id');

describe('rows of an imported model', () => {
  it('are read column by column, with words for what is missing', () => {
    const { values, findings } = read(good, { ...good, f: null, t: null, id: 7 });
    expect(values).toEqual([
      Float64Array.of(1.5, Number.NaN),
      Float64Array.of(2, 2),
      Float64Array.of(1, 1),
      ['x', ''],
    ]);
    expect([findings.problems, findings.warnings]).toEqual([[], []]);
  });

  it('are converted from texts, with a warning', () => {
    const { values, findings } = read({ f: '2.5', i: '3', b: 'yes', t: 7, extra: 1 });
    expect(values.map((list) => list[0])).toEqual([2.5, 3, 1, '7']);
    expect(findings.warnings.map(({ code, column: name }) => [code, name])).toEqual([
      ['type_coerced', 'f'],
      ['type_coerced', 'i'],
      ['type_coerced', 'b'],
      ['type_coerced', 't'],
      ['extra_column', 'extra'],
    ]);
  });

  it.each<[string, unknown, string, string | undefined]>([
    ['no object', 3, 'not_an_object', undefined],
    ['a column less', { f: 1, i: 2, b: true }, 'missing_column', 't'],
    ['an integer that is missing', { ...good, i: null }, 'missing_value', 'i'],
    ['a fraction for an integer', { ...good, i: 2.5 }, 'wrong_type', 'i'],
    ['a text that is no number', { ...good, f: 'many' }, 'wrong_type', 'f'],
    ['a number that is too large', { ...good, f: '1e999' }, 'not_finite', 'f'],
    ['a list', { ...good, f: [1] }, 'wrong_type', 'f'],
    ['another number for a boolean', { ...good, b: 2 }, 'wrong_type', 'b'],
    ['an object for a text', { ...good, t: {} }, 'wrong_type', 't'],
  ])('with %s are refused by row and column', (_what, row, code, name) => {
    const { findings } = read(good, row);
    expect(findings.problems).toMatchObject([
      { code, row: 1, ...(name === undefined ? {} : { column: name }) },
    ]);
  });
});
