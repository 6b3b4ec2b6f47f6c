import type { Expression, FunctionName } from '../../../learn/recipe/expression.js';
import type { GraphBuilder, Value } from './graph-builder.js';
import { NotExpressible } from './not-expressible.js';

/**
 * What ONNX can say of texts: look them up in a list, match them against a regular expression, compare and join them.
 * The last three came with opset 20; only a model that needs them says that it does. There is no operator that cuts a
 * text, counts its characters, or changes its case as this program does: where the result is only compared with a
 * constant, a regular expression says the same.
 */

type Call = Extract<Expression, { kind: 'call' }>;
type Part = (expression: Expression) => Value;

const TEXT_OPSET = 20;
/** A decimal number as it is read here; longer exponents would end the whole run where they go beyond a double. */
const DECIMAL = String.raw`[ \t\n\v\f\r]*[+-]?([0-9]{1,150}\.?[0-9]{0,150}|\.[0-9]{1,150})([eE][+-]?[0-9]{1,2})?[ \t\n\v\f\r]*`;
/** Further characters whose small letter is this one, or whose capital. */
const ALIKE: Readonly<Record<string, string>> = { k: '\u212a', i: '\u0130', I: '\u0131', S: '\u017f' };
/** A regular expression can count so far. */
const MAX_COUNT = 1000;
const MIRRORED: Partial<Record<FunctionName, FunctionName>> = {
  less: 'greater',
  less_or_equal: 'greater_or_equal',
  greater: 'less',
  greater_or_equal: 'less_or_equal',
  equal: 'equal',
};

export function isMissingText(graph: GraphBuilder, value: Value): Value {
  return isOneOf(graph, value, ['']);
}

/** Whether each text is one of the list. */
function isOneOf(graph: GraphBuilder, value: Value, texts: readonly string[]): Value {
  const found = graph.applyMl('LabelEncoder', [value], {
    keys_strings: { texts },
    values_int64s: { ints: texts.map(() => 1) },
    default_int64: { int: 0 },
  });
  return graph.apply('Equal', [found, graph.integers(1)]);
}

/** 0, 1, or NaN where one of the texts is missing. */
export function textsAreEqual(graph: GraphBuilder, a: Expression, b: Expression, part: Part): Value {
  const [asked, other] = a.kind === 'literal' ? [b, a] : [a, b];
  if (other.kind === 'literal' && asked.kind === 'call') {
    const spelling = spellingOf(asked, String(other.value ?? ''));
    if (spelling !== undefined) {
      const text = part(spelling.of);
      return unlessMissing(graph, [text], matches(graph, text, spelling.pattern));
    }
  }
  if (other.kind === 'literal') {
    const text = part(asked);
    if (other.value === null) return graph.numbers(Number.NaN);
    // No cell holds the empty text: it would be missing.
    if (other.value === '') return never(graph, text);
    return unlessMissing(graph, [text], isOneOf(graph, text, [String(other.value)]));
  }
  graph.needOpset(TEXT_OPSET);
  const texts = [part(a), part(b)];
  return unlessMissing(graph, texts, graph.apply('Equal', texts));
}

/** A call with a text among its arguments that is missing when an argument is. */
export function addTextFunction(graph: GraphBuilder, call: Call, part: Part): Value {
  const { name, arguments: parts } = call;
  const [first, second] = parts as [Expression, Expression];
  switch (name) {
    case 'concat': {
      graph.needOpset(TEXT_OPSET);
      const texts = parts.map(part);
      const joined = texts.reduce((left, right) => graph.apply('StringConcat', [left, right]));
      return graph.where(anyMissing(graph, texts), graph.texts(''), joined);
    }
    case 'contains':
    case 'starts_with':
    case 'ends_with': {
      if (second.kind !== 'literal' || second.value === null) break;
      const text = part(first);
      const [before, behind] = [name !== 'starts_with' ? '.*' : '', name !== 'ends_with' ? '.*' : ''];
      const pattern = `(?s)${before}${quoted(String(second.value))}${behind}`;
      return unlessMissing(graph, [text], matches(graph, text, pattern));
    }
    case 'number': {
      const of = isTrimming(first) ? first.arguments[0] : first;
      const text = part(of as Expression);
      const readable = graph.where(matches(graph, text, DECIMAL), text, graph.texts('nan'));
      return graph.toDouble(readable);
    }
    default:
  }
  throw new NotExpressible(`its recipe uses ${name} of a text, which ONNX does not have`);
}

/** `length` of a text compared with a whole number, as a regular expression; undefined for any other comparison. */
export function comparedLength(
  graph: GraphBuilder,
  name: FunctionName,
  [a, b]: readonly [Expression, Expression],
  part: Part,
): Value | undefined {
  if (a.kind === 'literal') {
    const mirrored = MIRRORED[name];
    return b.kind === 'literal' || mirrored === undefined
      ? undefined
      : comparedLength(graph, mirrored, [b, a], part);
  }
  if (a.kind !== 'call' || a.name !== 'length' || b.kind !== 'literal') return undefined;
  const n = b.value;
  if (typeof n !== 'number' || !Number.isInteger(n) || n < 0 || n >= MAX_COUNT) return undefined;
  const ranges: Partial<Record<FunctionName, readonly [number, number | '']>> = {
    less: [0, n - 1],
    less_or_equal: [0, n],
    greater: [n + 1, ''],
    greater_or_equal: [n, ''],
    equal: [n, n],
  };
  const [least, most] = ranges[name] ?? [0, -1];
  const text = part(a.arguments[0] as Expression);
  if (most === -1) return never(graph, text);
  return unlessMissing(graph, [text], matches(graph, text, `(?s).{${least},${most}}`));
}

/** `lower`, `upper` and `trim` of a text, compared with a constant, as a regular expression. */
function spellingOf(call: Call, wanted: string): { of: Expression; pattern: string } | undefined {
  const isFolded = call.name === 'lower' || call.name === 'upper';
  const inner = isFolded ? (call.arguments[0] as Expression) : call;
  const isTrimmed = isTrimming(inner);
  if (!isFolded && !isTrimmed) return undefined;
  const of = isTrimmed ? (inner.arguments[0] as Expression) : inner;
  if (isFolded && /[^\x20-\x7e]/.test(wanted)) return undefined;
  const others = call.name === 'lower' ? /[A-Z]/ : /[a-z]/;
  const isPossible = !(isTrimmed && /^ | $|^$/.test(wanted)) && !(isFolded && others.test(wanted));
  if (!isPossible) return undefined;
  const body = isFolded ? [...wanted].map(anyCase).join('') : quoted(wanted);
  return { of, pattern: isTrimmed ? ` *${body} *` : body };
}

function isTrimming(expression: Expression): expression is Call {
  return expression.kind === 'call' && expression.name === 'trim';
}

function anyCase(character: string): string {
  if (!/[A-Za-z]/.test(character)) return quoted(character);
  const other = /[a-z]/.test(character) ? character.toUpperCase() : character.toLowerCase();
  return `[${character}${other}${ALIKE[character] ?? ''}]`;
}

/** As a regular expression of itself. */
function quoted(text: string): string {
  return text.replace(
    /[^0-9A-Za-z\u0080-\u{10ffff}]/gu,
    (mark) => `\\x{${mark.codePointAt(0)?.toString(16)}}`,
  );
}

function matches(graph: GraphBuilder, text: Value, pattern: string): Value {
  graph.needOpset(TEXT_OPSET);
  return graph.apply('RegexFullMatch', [text], { pattern: { text: pattern } });
}

function anyMissing(graph: GraphBuilder, texts: readonly Value[]): Value {
  return texts.map((text) => isMissingText(graph, text)).reduce((any, one) => graph.apply('Or', [any, one]));
}

function unlessMissing(graph: GraphBuilder, texts: readonly Value[], flag: Value): Value {
  return graph.where(anyMissing(graph, texts), graph.numbers(Number.NaN), graph.toDouble(flag));
}

/** False for every text that is there. */
function never(graph: GraphBuilder, text: Value): Value {
  return graph.where(isMissingText(graph, text), graph.numbers(Number.NaN), graph.numbers(0));
}
