import type { ColumnType } from '../matrix/table.js';

/** An expression whose every part has a type: what both the row function and the SQL are made from. */
export type Expression =
  | { readonly kind: 'literal'; readonly type: ColumnType; readonly value: number | string | boolean | null }
  | { readonly kind: 'column'; readonly type: ColumnType; readonly name: string }
  | {
      readonly kind: 'call';
      readonly type: ColumnType;
      readonly name: FunctionName;
      readonly arguments: readonly Expression[];
    };

/** As it was written, before it is known what the names mean. */
export type Syntax =
  | { readonly kind: 'literal'; readonly value: number | string | boolean | null; readonly at: number }
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly arguments: readonly Syntax[];
      readonly at: number;
    };

/** `same`: any type, but one and the same for all arguments that say so, and the result if it says so. */
type ArgumentType = ColumnType | 'same' | 'any';

export interface FunctionSignature {
  readonly takes: readonly ArgumentType[];
  /** Of any number of further arguments. */
  readonly more?: ArgumentType;
  readonly gives: ColumnType | 'same';
}

/**
 * Everything that an expression can do. Missing values: a call with a missing argument is missing, but for `and`, `or`
 * (three-valued), `in` (as `or` of comparisons), `if` (a missing condition is false), `coalesce` and `is_missing`. A number that is not finite is
 * missing, and so is what cannot be computed or read.
 */
export const FUNCTIONS = {
  add: { takes: ['number', 'number'], gives: 'number' },
  subtract: { takes: ['number', 'number'], gives: 'number' },
  multiply: { takes: ['number', 'number'], gives: 'number' },
  divide: { takes: ['number', 'number'], gives: 'number' },
  /** The remainder has the sign of the dividend. */
  remainder: { takes: ['number', 'number'], gives: 'number' },
  negate: { takes: ['number'], gives: 'number' },
  equal: { takes: ['same', 'same'], gives: 'boolean' },
  unequal: { takes: ['same', 'same'], gives: 'boolean' },
  /** Numbers and dates: which of two texts is smaller depends on who is asked. */
  less: { takes: ['same', 'same'], gives: 'boolean' },
  less_or_equal: { takes: ['same', 'same'], gives: 'boolean' },
  greater: { takes: ['same', 'same'], gives: 'boolean' },
  greater_or_equal: { takes: ['same', 'same'], gives: 'boolean' },
  and: { takes: ['boolean', 'boolean'], gives: 'boolean' },
  or: { takes: ['boolean', 'boolean'], gives: 'boolean' },
  not: { takes: ['boolean'], gives: 'boolean' },
  /** Whether the first is one of the others. */
  in: { takes: ['same', 'same'], more: 'same', gives: 'boolean' },
  if: { takes: ['boolean', 'same', 'same'], gives: 'same' },
  coalesce: { takes: ['same', 'same'], more: 'same', gives: 'same' },
  is_missing: { takes: ['any'], gives: 'boolean' },
  abs: { takes: ['number'], gives: 'number' },
  floor: { takes: ['number'], gives: 'number' },
  ceil: { takes: ['number'], gives: 'number' },
  /** Halves away from zero. */
  round: { takes: ['number'], gives: 'number' },
  sqrt: { takes: ['number'], gives: 'number' },
  ln: { takes: ['number'], gives: 'number' },
  log10: { takes: ['number'], gives: 'number' },
  exp: { takes: ['number'], gives: 'number' },
  power: { takes: ['number', 'number'], gives: 'number' },
  least: { takes: ['number', 'number'], more: 'number', gives: 'number' },
  greatest: { takes: ['number', 'number'], more: 'number', gives: 'number' },
  lower: { takes: ['text'], gives: 'text' },
  upper: { takes: ['text'], gives: 'text' },
  /** Spaces at both ends. */
  trim: { takes: ['text'], gives: 'text' },
  /** In characters (code points). */
  length: { takes: ['text'], gives: 'number' },
  /** Characters from a place, the first is 1, and how many; missing for a place below 1 or a negative number. */
  substring: { takes: ['text', 'number', 'number'], gives: 'text' },
  concat: { takes: ['text', 'text'], more: 'text', gives: 'text' },
  contains: { takes: ['text', 'text'], gives: 'boolean' },
  starts_with: { takes: ['text', 'text'], gives: 'boolean' },
  ends_with: { takes: ['text', 'text'], gives: 'boolean' },
  /** Every occurrence; an empty text is nowhere. */
  replace: { takes: ['text', 'text', 'text'], gives: 'text' },
  /** A decimal number in a text. */
  number: { takes: ['text'], gives: 'number' },
  /** `2024-05-17`, with `08:30` or `08:30:15` behind a T or a blank; UTC. */
  date: { takes: ['text'], gives: 'date' },
  year: { takes: ['date'], gives: 'number' },
  /** 1..12 */
  month: { takes: ['date'], gives: 'number' },
  day: { takes: ['date'], gives: 'number' },
  /** 0 (Sunday)..6 */
  weekday: { takes: ['date'], gives: 'number' },
  hour: { takes: ['date'], gives: 'number' },
  /** How many midnights (UTC) lie between the first and the second. */
  date_diff_days: { takes: ['date', 'date'], gives: 'number' },
} as const satisfies Record<string, FunctionSignature>;

export type FunctionName = keyof typeof FUNCTIONS;
/** What is written with an operator has no name to be called by. */
export const OPERATOR_FUNCTIONS: readonly string[] = [
  'add',
  'subtract',
  'multiply',
  'divide',
  'remainder',
  'negate',
  'equal',
  'unequal',
  'less',
  'less_or_equal',
  'greater',
  'greater_or_equal',
  'and',
  'or',
  'not',
  'in',
];

/** What is wrong with an expression, and where: the number of a character, from 1. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';

  constructor(
    readonly code: 'syntax' | 'unknown_column' | 'unknown_function' | 'wrong_type' | 'too_long' | 'too_deep',
    message: string,
    readonly at: number,
  ) {
    super(message);
  }
}
