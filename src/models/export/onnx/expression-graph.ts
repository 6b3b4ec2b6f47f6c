import { compileExpression } from '../../../learn/recipe/evaluate.js';
import type { Expression, FunctionName } from '../../../learn/recipe/expression.js';
import { datePartNode } from './date-parts.js';
import type { GraphBuilder, Value } from './graph-builder.js';
import { NotExpressible } from './not-expressible.js';
import { addTextFunction, comparedLength, isMissingText, textsAreEqual } from './text-functions.js';

/**
 * Expressions of recipes in the operators of ONNX, as learn/recipe/evaluate.ts computes them. Numbers, dates
 * (milliseconds) and booleans (0, 1) are doubles and missing where they are NaN; texts are strings and missing where
 * they are empty. So a number that is not finite becomes NaN behind every operation, and comparisons, which are false
 * for NaN, are masked.
 */

/** Columns by name, rows x 1. */
export type Cells = ReadonlyMap<string, Value>;

type Call = Extract<Expression, { kind: 'call' }>;

const MS_PER_DAY = 86_400_000;
const COMPARISONS: Partial<Record<FunctionName, string>> = {
  less: 'Less',
  less_or_equal: 'LessOrEqual',
  greater: 'Greater',
  greater_or_equal: 'GreaterOrEqual',
};
const ARITHMETIC: Partial<Record<FunctionName, string>> = {
  add: 'Add',
  subtract: 'Sub',
  multiply: 'Mul',
  divide: 'Div',
  negate: 'Neg',
  abs: 'Abs',
  floor: 'Floor',
  ceil: 'Ceil',
  sqrt: 'Sqrt',
  ln: 'Log',
  exp: 'Exp',
  power: 'Pow',
};
const DATE_PARTS = ['year', 'month', 'day', 'weekday', 'hour'] as const;

/** @throws NotExpressible with the function that ONNX does not have */
export function addExpression(graph: GraphBuilder, expression: Expression, cells: Cells): Value {
  if (expression.kind === 'column') return cells.get(expression.name) as Value;
  if (expression.kind === 'literal') return literal(graph, expression);
  if (!readsColumn(expression)) {
    const value = compileExpression(expression)(new Map());
    return literal(graph, { kind: 'literal', type: expression.type, value });
  }
  return addCall(graph, expression, cells);
}

function readsColumn(expression: Expression): boolean {
  return expression.kind === 'call' ? expression.arguments.some(readsColumn) : expression.kind === 'column';
}

function literal(graph: GraphBuilder, { type, value }: Extract<Expression, { kind: 'literal' }>): Value {
  if (value === '') throw new NotExpressible('its recipe writes the empty text, which is a missing one here');
  if (type === 'text') return graph.texts(value === null ? '' : String(value));
  return graph.numbers(value === null ? Number.NaN : Number(value));
}

function addCall(graph: GraphBuilder, call: Call, cells: Cells): Value {
  const { name, arguments: parts } = call;
  const value = (part: Expression): Value => addExpression(graph, part, cells);
  const [first, second] = parts as [Expression, Expression];
  switch (name) {
    case 'and':
      return threeValued(graph, value(first), value(second), 0);
    case 'or':
      return threeValued(graph, value(first), value(second), 1);
    case 'not':
      return graph.subtract(graph.numbers(1), value(first));
    case 'if': {
      const isTrue = graph.apply('Equal', [value(first), graph.numbers(1)]);
      return graph.where(isTrue, value(second), value(parts[2] as Expression));
    }
    case 'coalesce':
      return parts.map(value).reduceRight((rest, cell, k) => {
        return graph.where(isMissing(graph, parts[k] as Expression, cell), rest, cell);
      });
    case 'is_missing':
      return graph.toDouble(isMissing(graph, first, value(first)));
    case 'equal':
      return areEqual(graph, first, second, cells);
    case 'unequal':
      return graph.subtract(graph.numbers(1), areEqual(graph, first, second, cells));
    case 'in':
      return parts
        .slice(1)
        .map((one) => areEqual(graph, first, one, cells))
        .reduce((any, one) => threeValued(graph, any, one, 1));
    default:
      return addStrict(graph, call, cells);
  }
}

/** A call that is missing when an argument is. */
function addStrict(graph: GraphBuilder, call: Call, cells: Cells): Value {
  const { name, arguments: parts } = call;
  if (parts.some(({ type }) => type === 'text')) {
    return addTextFunction(graph, call, (part) => addExpression(graph, part, cells));
  }
  const length = comparedLength(graph, name, parts as [Expression, Expression], (part) =>
    addExpression(graph, part, cells),
  );
  if (length !== undefined) return length;
  const values = parts.map((part) => addExpression(graph, part, cells));
  const [a, b] = values as [Value, Value];
  const operator = ARITHMETIC[name];
  if (operator !== undefined) return masked(graph, values, finite(graph, graph.apply(operator, values)));
  const comparison = COMPARISONS[name];
  if (comparison !== undefined) {
    return masked(graph, values, graph.toDouble(graph.apply(comparison, [a, b])));
  }
  const part = DATE_PARTS.find((one) => one === name);
  if (part !== undefined) return masked(graph, values, datePartNode(graph, a, part));
  switch (name) {
    case 'remainder':
      return masked(graph, values, graph.apply('Mod', [a, b], { fmod: { int: 1 } }));
    case 'log10':
      return finite(graph, graph.divide(graph.apply('Log', [a]), graph.numbers(Math.LN10)));
    case 'round':
      return rounded(graph, a);
    case 'least':
      return masked(
        graph,
        values,
        values.reduce((low, one) => smaller(graph, low, one)),
      );
    case 'greatest':
      return masked(
        graph,
        values,
        values.reduce((high, one) => smaller(graph, high, one, 'Greater')),
      );
    case 'date_diff_days': {
      const day = (date: Value): Value =>
        graph.apply('Floor', [graph.divide(date, graph.numbers(MS_PER_DAY))]);
      return graph.subtract(day(b), day(a));
    }
    default:
      throw new NotExpressible(`its recipe uses ${name}, which ONNX does not have`);
  }
}

function areEqual(graph: GraphBuilder, a: Expression, b: Expression, cells: Cells): Value {
  const value = (part: Expression): Value => addExpression(graph, part, cells);
  if (a.type === 'text') return textsAreEqual(graph, a, b, value);
  const length = comparedLength(graph, 'equal', [a, b], value);
  if (length !== undefined) return length;
  const values = [value(a), value(b)];
  return masked(graph, values, graph.toDouble(graph.apply('Equal', values)));
}

function isMissing(graph: GraphBuilder, { type }: Expression, value: Value): Value {
  return type === 'text' ? isMissingText(graph, value) : graph.apply('IsNaN', [value]);
}

/** `and` with 0, `or` with 1: the value that decides alone, else missing where either is. */
function threeValued(graph: GraphBuilder, a: Value, b: Value, deciding: 0 | 1): Value {
  const decides = (value: Value): Value => graph.apply('Equal', [value, graph.numbers(deciding)]);
  const isDecided = graph.apply('Or', [decides(a), decides(b)]);
  return graph.where(isDecided, graph.numbers(deciding), masked(graph, [a, b], graph.numbers(1 - deciding)));
}

/** NaN where one of the arguments is. */
function masked(graph: GraphBuilder, values: readonly Value[], result: Value): Value {
  const isNone = values
    .map((value) => graph.apply('IsNaN', [value]))
    .reduce((any, one) => graph.apply('Or', [any, one]));
  return graph.where(isNone, graph.numbers(Number.NaN), result);
}

function finite(graph: GraphBuilder, value: Value): Value {
  const isTooLarge = graph.apply('Greater', [graph.apply('Abs', [value]), graph.numbers(Number.MAX_VALUE)]);
  return graph.where(isTooLarge, graph.numbers(Number.NaN), value);
}

/** Halves away from zero; adding a half would carry the number below it over. */
function rounded(graph: GraphBuilder, value: Value): Value {
  const sign = graph.apply('Sign', [value]);
  const whole = graph.multiply(sign, graph.apply('Floor', [graph.apply('Abs', [value])]));
  const rest = graph.apply('Abs', [graph.subtract(value, whole)]);
  const isFar = graph.apply('GreaterOrEqual', [rest, graph.numbers(0.5)]);
  return graph.where(isFar, graph.add(whole, sign), whole);
}

function smaller(graph: GraphBuilder, a: Value, b: Value, operator: 'Less' | 'Greater' = 'Less'): Value {
  return graph.where(graph.apply(operator, [a, b]), a, b);
}
