import { dateFromText, numberFromText } from '../preprocessing/read-value.js';
import type { Expression, FunctionName } from './expression.js';

/** Those without a zone. */
const PLAIN_DATE = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?$/;

const MS_PER_DAY = 86_400_000;

/** A cell: a finite number, a date as epoch milliseconds, a text, a boolean, or null for missing. */
export type Cell = number | string | boolean | null;
export type Row = ReadonlyMap<string, Cell>;

/** An expression as a function of a row. Cost of a call: O(parts of the expression). */
export function compileExpression(expression: Expression): (row: Row) => Cell {
  if (expression.kind === 'literal') {
    const { value } = expression;
    return () => value;
  }
  if (expression.kind === 'column') {
    const { name } = expression;
    return (row) => row.get(name) ?? null;
  }
  const parts = expression.arguments.map(compileExpression);
  const [a, b, c] = parts as [(row: Row) => Cell, (row: Row) => Cell, (row: Row) => Cell];
  switch (expression.name) {
    case 'and':
      return (row) => and(a(row), b(row));
    case 'or':
      return (row) => or(a(row), b(row));
    case 'if':
      return (row) => (a(row) === true ? b(row) : c(row));
    case 'coalesce':
      return (row) => {
        for (const part of parts) {
          const value = part(row);
          if (value !== null) return value;
        }
        return null;
      };
    case 'in':
      return membership(expression.arguments, parts);
    case 'is_missing':
      return (row) => a(row) === null;
    default: {
      const compute = STRICT[expression.name] as (...values: Exclude<Cell, null>[]) => Cell;
      return (row) => {
        const values = parts.map((part) => part(row));
        return values.some((value) => value === null)
          ? null
          : finite(compute(...(values as Exclude<Cell, null>[])));
      };
    }
  }
}

/** Long lists are of constants: they are looked up. */
function membership(
  [, ...list]: readonly Expression[],
  [value, ...others]: readonly ((row: Row) => Cell)[],
): (row: Row) => Cell {
  const isAmong = (wanted: Cell, found: readonly Cell[] | ReadonlySet<Cell>, hasNull: boolean): Cell => {
    if (wanted === null) return null;
    const has = found instanceof Set ? found.has(wanted) : (found as readonly Cell[]).includes(wanted);
    return has ? true : hasNull ? null : false;
  };
  if (list.every((one) => one.kind === 'literal')) {
    const known = new Set<Cell>(list.map((one) => one.value));
    const hasNull = known.has(null);
    return (row) => isAmong(value!(row), known, hasNull);
  }
  return (row) => {
    const found = others.map((other) => other(row));
    return isAmong(value!(row), found, found.includes(null));
  };
}

function finite(value: Cell): Cell {
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}

function and(a: Cell, b: Cell): Cell {
  if (a === false || b === false) return false;
  return a === null || b === null ? null : true;
}

function or(a: Cell, b: Cell): Cell {
  if (a === true || b === true) return true;
  return a === null || b === null ? null : false;
}

/** Those that are missing when an argument is; the types were checked when the expression was read. */
const STRICT = {
  add: (a: number, b: number) => a + b,
  subtract: (a: number, b: number) => a - b,
  multiply: (a: number, b: number) => a * b,
  divide: (a: number, b: number) => a / b,
  remainder: (a: number, b: number) => a % b,
  negate: (a: number) => -a,
  equal: (a: Cell, b: Cell) => a === b,
  unequal: (a: Cell, b: Cell) => a !== b,
  less: (a: number, b: number) => a < b,
  less_or_equal: (a: number, b: number) => a <= b,
  greater: (a: number, b: number) => a > b,
  greater_or_equal: (a: number, b: number) => a >= b,
  not: (a: boolean) => !a,
  abs: (a: number) => Math.abs(a),
  floor: (a: number) => Math.floor(a),
  ceil: (a: number) => Math.ceil(a),
  round: (a: number) => {
    const whole = Math.trunc(a);
    return Math.abs(a - whole) >= 0.5 ? whole + Math.sign(a) : whole;
  },
  sqrt: (a: number) => Math.sqrt(a),
  ln: (a: number) => Math.log(a),
  log10: (a: number) => Math.log10(a),
  exp: (a: number) => Math.exp(a),
  power: (a: number, b: number) => a ** b,
  least: (...values: number[]) => Math.min(...values),
  greatest: (...values: number[]) => Math.max(...values),
  lower: (a: string) => mapCharacters(a, small),
  upper: (a: string) => mapCharacters(a, capital),
  trim: (a: string) => a.replace(/^ +| +$/g, ''),
  length: (a: string) => [...a].length,
  substring: (a: string, from: number, count: number) => {
    const start = Math.floor(from) - 1;
    return start < 0 || count < 0 ? null : [...a].slice(start, start + Math.floor(count)).join('');
  },
  concat: (...texts: string[]) => texts.join(''),
  contains: (a: string, b: string) => a.includes(b),
  starts_with: (a: string, b: string) => a.startsWith(b),
  ends_with: (a: string, b: string) => a.endsWith(b),
  replace: (a: string, b: string, c: string) => (b === '' ? a : a.replaceAll(b, () => c)),
  number: (a: string) => numberFromText(a),
  date: (a: string) => (PLAIN_DATE.test(a) ? dateFromText(a) : Number.NaN),
  year: (a: number) => new Date(a).getUTCFullYear(),
  month: (a: number) => new Date(a).getUTCMonth() + 1,
  day: (a: number) => new Date(a).getUTCDate(),
  weekday: (a: number) => new Date(a).getUTCDay(),
  hour: (a: number) => new Date(a).getUTCHours(),
  date_diff_days: (a: number, b: number) => Math.floor(b / MS_PER_DAY) - Math.floor(a / MS_PER_DAY),
} satisfies Partial<Record<FunctionName, (...values: never[]) => Cell>> as Partial<
  Record<FunctionName, (...values: never[]) => Cell>
>;

/** Capitals that JavaScript writes as two letters, by the small letter: ß, and Greek vowels with an iota below. */
const SINGLE_CAPITALS = new Map(
  [0x1e9e, ...Array.from({ length: 0x75 }, (_, offset) => 0x1f88 + offset)]
    .map((code) => String.fromCodePoint(code))
    .filter((capital) => capital.toUpperCase().length > 1 || capital === 'ẞ')
    .map((capital) => [capital.toLowerCase(), capital]),
);

/** One character for one, as databases do it. */
function capital(character: string): string {
  const [first, ...more] = character.toUpperCase();
  return more.length === 0 ? first! : (SINGLE_CAPITALS.get(character) ?? character);
}

/** The dot above that JavaScript makes of İ is left out. */
function small(character: string): string {
  return [...character.toLowerCase()][0]!;
}

function mapCharacters(text: string, map: (character: string) => string): string {
  let mapped = '';
  for (const character of text) mapped += map(character);
  return mapped;
}
