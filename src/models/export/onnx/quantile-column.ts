import {
  MIDDLE,
  MIDDLE_BOTTOM,
  MIDDLE_TOP,
  TAIL_BOTTOM,
  TAIL_TOP,
} from '../../../learn/preprocessing/inverse-normal.js';
import { EDGE, HIGHEST, LOWEST } from '../../../learn/preprocessing/quantile-curve.js';
import type { GraphBuilder, Value } from './graph-builder.js';

/**
 * Values of one feature to their share among the landmarks, and on to the normal distribution.
 * The share is found by counting the landmarks that are not above the value, and those below it.
 * @param landmarks rising
 */
export function quantileColumn(
  graph: GraphBuilder,
  column: Value,
  landmarks: Float64Array,
  toNormal: boolean,
): Value {
  const { add, subtract, divide, multiply, where } = graph;
  const number = (value: number) => graph.numbers(value);
  const last = landmarks.length - 1;
  const row = graph.numbers(landmarks);
  const list = graph.numbers(landmarks, [landmarks.length]);
  const count = (operator: 'LessOrEqual' | 'Less'): Value => {
    const flags = graph.toInteger(graph.apply(operator, [row, column]));
    return graph.apply('ReduceSum', [flags, graph.integers(1)], { keepdims: { int: 1 } });
  };
  // Values at or beyond the ends are replaced below; here their places are only kept inside of the list.
  const within = (place: Value): Value =>
    graph.apply('Min', [graph.apply('Max', [place, graph.integers(0)]), graph.integers(last)]);
  const below = within(subtract(count('LessOrEqual'), graph.integers(1)));
  const above = within(count('Less'));
  const at = (place: Value) => graph.apply('Gather', [list, place], { axis: { int: 0 } });
  const [low, high] = [at(below), at(above)];
  const isLandmark = graph.apply('Equal', [low, column]);
  const span = where(isLandmark, number(1), subtract(high, low));
  const inside = add(graph.toDouble(below), divide(subtract(column, low), span));
  const middle = multiply(number(0.5), add(graph.toDouble(below), graph.toDouble(above)));
  const share = divide(where(isLandmark, middle, inside), number(Math.max(last, 1)));

  const margin = number(toNormal ? EDGE : 0);
  const [first, end] = [number(landmarks[0] as number), number(landmarks[last] as number)];
  const isFirst = graph.apply(toNormal ? 'Less' : 'LessOrEqual', [subtract(column, margin), first]);
  const isLast = graph.apply(toNormal ? 'Greater' : 'GreaterOrEqual', [add(column, margin), end]);
  const cut = where(isFirst, number(0), where(isLast, number(1), share));
  const isMissing = graph.apply('IsNaN', [column]);
  const mapped = toNormal ? normalQuantile(graph, cut) : cut;
  return where(isMissing, column, mapped);
}

/** The inverse of the normal distribution, cut at the scaler's ends, where the tails' formula is not asked. */
function normalQuantile(graph: GraphBuilder, share: Value): Value {
  const { add, subtract, divide, multiply, where } = graph;
  const number = (value: number) => graph.numbers(value);
  const polynomial = (coefficients: readonly number[], x: Value): Value =>
    coefficients
      .slice(0, -1)
      .reduceRight<Value>(
        (sum, coefficient) => add(multiply(sum, x), number(coefficient)),
        number(coefficients.at(-1) as number),
      );
  const quotient = (top: readonly number[], bottom: readonly number[], x: Value): Value =>
    divide(polynomial(top, x), polynomial(bottom, x));

  const q = subtract(share, number(0.5));
  const size = graph.apply('Abs', [q]);
  const inner = subtract(number(MIDDLE * MIDDLE), multiply(q, q));
  const middle = multiply(q, quotient(MIDDLE_TOP, MIDDLE_BOTTOM, inner));
  const isNegative = graph.apply('Less', [q, number(0)]);
  const rest = graph.apply('Max', [where(isNegative, share, subtract(number(1), share)), number(EDGE / 2)]);
  const root = graph.apply('Sqrt', [graph.negate(graph.apply('Log', [rest]))]);
  const distance = quotient(TAIL_TOP, TAIL_BOTTOM, subtract(root, number(1.6)));
  const tail = where(isNegative, graph.negate(distance), distance);
  const found = where(graph.apply('LessOrEqual', [size, number(MIDDLE)]), middle, tail);
  return graph.apply('Min', [graph.apply('Max', [found, number(LOWEST)]), number(HIGHEST)]);
}
