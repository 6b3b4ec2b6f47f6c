import type { ColumnType } from '../matrix/table.js';
import type { Expression } from './expression.js';
import { call, column, constant, type RecipeColumn } from './recipe-plan.js';

/** The steps on single cells as expressions. */

export const DATE_PARTS = ['year', 'month', 'day', 'weekday', 'hour'] as const;
export type DatePart = (typeof DATE_PARTS)[number];

/** Values that are markers become missing. */
export function withMarkers(of: RecipeColumn, markers: readonly (string | number)[]): Expression {
  const value = column(of);
  const isMarker = markers
    .map((marker) => call('equal', 'boolean', value, constant(of.type, marker)))
    .reduce((all, one) => call('or', 'boolean', all, one));
  return call('if', of.type, isMarker, constant(of.type, null), value);
}

/** Texts that are not in the list become `into`; missing ones stay missing. */
export function grouped(of: RecipeColumn, keep: readonly string[], into: string): Expression {
  const value = column(of);
  const isMissing = call('is_missing', 'boolean', value);
  const texts = keep.map((text) => constant('text', text));
  const isKept = keep.length === 0 ? isMissing : call('in', 'boolean', value, ...texts);
  return call('if', 'text', call('or', 'boolean', isMissing, isKept), value, constant('text', into));
}

export function filled(of: RecipeColumn, value: number | string | boolean): Expression {
  return call('coalesce', of.type, column(of), constant(of.type, value));
}

export function clipped(
  of: RecipeColumn,
  minimum: number | undefined,
  maximum: number | undefined,
): Expression {
  let value = column(of);
  if (minimum !== undefined) value = call('greatest', 'number', value, constant('number', minimum));
  if (maximum !== undefined) value = call('least', 'number', value, constant('number', maximum));
  return value;
}

export function datePart(of: RecipeColumn, part: DatePart): Expression {
  return call(part, 'number', column(of));
}

/** The same values under another type; undefined where that is not offered. What cannot be read becomes missing. */
export function retyped(of: RecipeColumn, type: ColumnType): Expression | undefined {
  const value = column(of);
  if (of.type === type) return value;
  if (of.type === 'text' && type === 'number') return call('number', 'number', value);
  if (of.type === 'text' && type === 'date') return call('date', 'date', call('trim', 'text', value));
  if (of.type === 'text' && type === 'boolean') return booleanFromText(value);
  if (of.type === 'number' && type === 'boolean') {
    const isOne = call('equal', 'boolean', value, constant('number', 1));
    const isZero = call('equal', 'boolean', value, constant('number', 0));
    return oneOf('boolean', [
      [isOne, true],
      [isZero, false],
    ]);
  }
  if (of.type !== 'boolean') return undefined;
  const [yes, no] = type === 'number' ? [1, 0] : ['true', 'false'];
  if (type === 'date') return undefined;
  return oneOf(type, [
    [value, yes!],
    [call('not', 'boolean', value), no!],
  ]);
}

function booleanFromText(value: Expression): Expression {
  const spelling = call('lower', 'text', call('trim', 'text', value));
  const is = (text: string) => call('equal', 'boolean', spelling, constant('text', text));
  return oneOf('boolean', [
    [is('true'), true],
    [is('yes'), true],
    [is('1'), true],
    [is('false'), false],
    [is('no'), false],
    [is('0'), false],
  ]);
}

/** The value of the first condition that is true, else missing. */
function oneOf(
  type: ColumnType,
  cases: readonly (readonly [Expression, number | string | boolean])[],
): Expression {
  return cases.reduceRight<Expression>(
    (otherwise, [condition, value]) => call('if', type, condition, constant(type, value), otherwise),
    constant(type, null),
  );
}
