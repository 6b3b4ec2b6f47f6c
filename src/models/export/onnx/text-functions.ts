import type { Expression } from '../../../learn/recipe/expression.js';
import type { GraphBuilder, Value } from './graph-builder.js';
import { NotExpressible } from './not-expressible.js';

/**
 * What ONNX can say of texts: look them up in a list, match them against a regular expression, compare and join them.
 * The last three came with opset 20; only a model that needs them says that it does. There is no operator that cuts a
 * text, counts its characters, or changes its case as this program does.
 */

type Call = Extract<Expression, { kind: 'call' }>;
type Part = (expression: Expression) => Value;

const TEXT_OPSET = 20;
/** A decimal number as it is read here; longer exponents would end the whole run where they go beyond a double. */
const DECIMAL = String.raw`[ \t\n\v\f\r]*[+-]?([0-9]{1,150}\.?[0-9]{0,150}|\.[0-9]{1,150})([eE][+-]?[0-9]{1,2})?[ \t\n\v\f\r]*`;
/** Further characters whose small letter is this one. */
const CAPITALS: Readonly<Record<string, string>> = { k: '\u212a', i: '\u0130' };

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

/** `lower` and `trim` of a text, compared with a constant, as a regular expression. */
function spellingOf(call: Call, wanted: string): { of: Expression; pattern: string } | undefined {
  const isLowered = call.name === 'lower';
  const inner = isLowered ? (call.arguments[0] as Expression) : call;
  const isTrimmed = isTrimming(inner);
  if (!isLowered && !isTrimmed) return undefined;
  const of = isTrimmed ? (inner.arguments[0] as Expression) : inner;
  if (isLowered && /[^\x20-\x7e]/.test(wanted)) return undefined;
  const isPossible = !(isTrimmed && /^ | $|^$/.test(wanted)) && !(isLowered && /[A-Z]/.test(wanted));
  if (!isPossible) return undefined;
  const body = isLowered ? [...wanted].map(anyCase).join('') : quoted(wanted);
  return { of, pattern: isTrimmed ? ` *${body} *` : body };
}

function isTrimming(expression: Expression): expression is Call {
  return expression.kind === 'call' && expression.name === 'trim';
}

function anyCase(character: string): string {
  if (!/[a-z]/.test(character)) return quoted(character);
  return `[${character}${character.toUpperCase()}${CAPITALS[character] ?? ''}]`;
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
