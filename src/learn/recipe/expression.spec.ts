import { describe, expect, it } from 'vitest';
import { type Cell, compileExpression } from './evaluate.js';
import { ExpressionError } from './expression.js';
import { typeExpression } from './type-expression.js';

const columns = new Map([
  ['a', 'number'],
  ['b', 'number'],
  ['text', 'text'],
  ['a "column"', 'text'],
  ['yes', 'boolean'],
  ['day', 'date'],
] as const);
const row = new Map<string, Cell>([
  ['a', 7],
  ['b', null],
  ['text', 'Ünïcode'],
  ['a "column"', ' 1.50 '],
  ['yes', true],
  ['day', Date.UTC(2024, 4, 17, 8)],
]);

const value = (source: string) => compileExpression(typeExpression(source, columns))(row);
const problem = (source: string) => {
  try {
    typeExpression(source, columns);
  } catch (error) {
    if (error instanceof ExpressionError) return [error.code, error.at];
  }
  return undefined;
};

describe('expressions', () => {
  it.each<[string, Cell]>([
    ['1 + 2 * 3 - 4 / 2', 5],
    ['(1 + 2) * -3', -9],
    ['10 - 3 - 2', 5],
    ['-7 % 3', -1],
    ['a / 0', null],
    ['a + b', null],
    ['a > 5 and not yes or b = 1', null],
    ['a > 5 or b = 1', true],
    ['b = 1 and false', false],
    ['if(b > 1, 1, 2)', 2],
    ['coalesce(b, a)', 7],
    ['is_missing(b)', true],
    ['if(yes, null, 3)', null],
    ['round(2.5) + round(-2.5) + round(0.49999999999999994)', 0],
    ['sqrt(-1)', null],
    ['exp(1000)', null],
    ['least(a, b)', null],
    ["upper('straße')", 'STRAẞE'],
    ['length(text)', 7],
    ["concat(text, '''')", "Ünïcode'"],
    ["replace('a.a', '.', '$&')", 'a$&a'],
    ['number("a ""column""")', 1.5],
    ["number('0x10')", null],
    ['year(day) * 100 + month(day)', 202405],
    ['weekday(day) = 5', true],
    ["day(date('2024-02-30'))", null],
    ["hour(date('2024-02-28 23:15'))", 23],
    ["text != 'x'", true],
    ['b is null and a IS NOT NULL', true],
    ['a in (1, 7) and not a not in (7, 8)', true],
    ['a in (1, null)', null],
    ['b in (1, 2)', null],
    ["case when a < 5 then 'low' when a < 10 then 'middle' else 'high' end", 'middle'],
    ['case when a < 5 then 1 end', null],
    ['coalesce(b, null, a)', 7],
    ['greatest(1, a, 3) - least(1, a, 3)', 6],
    ['power(2, 10) + log10(1000)', 1027],
    ['log10(0)', null],
    ['substring(text, 2, 3)', 'nïc'],
    ['substring(text, 0, 3)', null],
    ["date_diff_days(date('2024-02-28 23:00'), date('2024-03-01'))", 2],
  ])('%s', (source, expected) => expect(value(source)).toBe(expected));

  it.each<[string, string, number]>([
    ['', 'syntax', 1],
    ['1 +', 'syntax', 4],
    ['1 2', 'syntax', 3],
    ['a; drop', 'syntax', 2],
    ['(a', 'syntax', 3],
    ["'open", 'syntax', 1],
    ['a < b < a', 'syntax', 7],
    ['nobody + 1', 'unknown_column', 1],
    ["read_csv('x')", 'unknown_function', 1],
    ['constructor(1)', 'unknown_function', 1],
    ['a + text', 'wrong_type', 5],
    ["text < 'b'", 'wrong_type', 6],
    ['abs(a, b)', 'wrong_type', 1],
    ["if(yes, 1, 'x')", 'wrong_type', 12],
    ['1e999', 'syntax', 1],
    ['case when yes then 1', 'syntax', 21],
    ['a is 3', 'syntax', 6],
    ['a in ()', 'wrong_type', 3],
    ["a in (1, 'x')", 'wrong_type', 10],
    ['end + 1', 'syntax', 1],
    [`${'('.repeat(40)}1${')'.repeat(40)}`, 'too_deep', 34],
    [Array.from({ length: 60 }, () => '1').join('+'), 'too_deep', 65],
    ['1'.repeat(1001), 'too_long', 1],
  ])('refuses %j', (source, code, at) => expect(problem(source)).toEqual([code, at]));

  it('costs little at its limits', () => {
    const nested = `${'if(yes, '.repeat(15)}a${', 0)'.repeat(15)}`;
    const startedAt = performance.now();
    expect(value(nested)).toBe(7);
    expect(performance.now() - startedAt).toBeLessThan(200);
  });
});
