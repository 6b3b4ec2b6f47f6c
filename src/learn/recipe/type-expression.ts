import type { ColumnType } from '../matrix/table.js';
import {
  type Expression,
  ExpressionError,
  FUNCTIONS,
  type FunctionName,
  type FunctionSignature,
  OPERATOR_FUNCTIONS,
  type Syntax,
} from './expression.js';
import { parseExpression } from './parse-expression.js';

const ORDERED_ONLY: readonly string[] = ['less', 'less_or_equal', 'greater', 'greater_or_equal'];

/**
 * Reads an expression and finds the type of every part.
 * @param columns the type of every column that there is
 * @throws ExpressionError; its message names no value of the table
 */
export function typeExpression(source: string, columns: ReadonlyMap<string, ColumnType>): Expression {
  return typeOf(parseExpression(source), columns, undefined);
}

/** @param wanted what a `null` in this place is taken for. */
function typeOf(
  syntax: Syntax,
  columns: ReadonlyMap<string, ColumnType>,
  wanted: ColumnType | undefined,
): Expression {
  if (syntax.kind === 'literal') {
    const { value } = syntax;
    if (value === null) return { kind: 'literal', type: wanted ?? 'number', value };
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new ExpressionError('syntax', 'the number is too large', syntax.at);
    }
    const type = typeof value === 'number' ? 'number' : typeof value === 'string' ? 'text' : 'boolean';
    return { kind: 'literal', type, value };
  }
  if (syntax.kind === 'name') {
    const type = columns.get(syntax.name);
    if (type === undefined) throw new ExpressionError('unknown_column', 'there is no such column', syntax.at);
    return { kind: 'column', type, name: syntax.name };
  }
  return typeCall(syntax, columns, wanted);
}

function typeCall(
  syntax: Extract<Syntax, { kind: 'call' }>,
  columns: ReadonlyMap<string, ColumnType>,
  wanted: ColumnType | undefined,
): Expression {
  if (!Object.hasOwn(FUNCTIONS, syntax.name)) {
    const known = Object.keys(FUNCTIONS).filter((name) => !OPERATOR_FUNCTIONS.includes(name));
    throw new ExpressionError('unknown_function', `expected one of ${known.join(', ')}`, syntax.at);
  }
  const name = syntax.name as FunctionName;
  const { takes, more, gives }: FunctionSignature = FUNCTIONS[name];
  const nArguments = syntax.arguments.length;
  if (more === undefined ? takes.length !== nArguments : takes.length > nArguments) {
    const least = more === undefined ? '' : 'at least ';
    throw new ExpressionError('wrong_type', `expected ${least}${takes.length} arguments`, syntax.at);
  }
  const typeAt = (index: number) => takes[index] ?? more!;
  // What "same" means is said by the first argument that is not a bare null, else by the place.
  const isNull = (argument: Syntax) => argument.kind === 'literal' && argument.value === null;
  const speaker = syntax.arguments.findIndex(
    (argument, index) => typeAt(index) === 'same' && !isNull(argument),
  );
  const spoken = speaker < 0 ? undefined : typeOf(syntax.arguments[speaker]!, columns, undefined);
  const same = spoken?.type ?? wanted;
  const found = syntax.arguments.map((argument, index) => {
    const type = typeAt(index);
    const expected = type === 'same' ? same : type === 'any' ? undefined : type;
    const typed = index === speaker ? spoken! : typeOf(argument, columns, expected);
    if (expected === undefined || typed.type === expected) return typed;
    throw new ExpressionError('wrong_type', `expected a ${expected}, found a ${typed.type}`, argument.at);
  });
  if (ORDERED_ONLY.includes(name) && !['number', 'date'].includes(found[0]!.type)) {
    throw new ExpressionError('wrong_type', 'only numbers and dates are smaller or greater', syntax.at);
  }
  return { kind: 'call', type: gives === 'same' ? (same ?? 'number') : gives, name, arguments: found };
}
