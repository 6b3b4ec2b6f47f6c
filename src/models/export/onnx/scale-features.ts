import { PowerCurve } from '../../../learn/preprocessing/power-curve.js';
import { QuantileCurve } from '../../../learn/preprocessing/quantile-curve.js';
import { MAX_SCALED, type Scaler } from '../../../learn/preprocessing/scaler.js';
import type { GraphBuilder, Value } from './graph-builder.js';
import { NotExpressible } from './not-expressible.js';
import { quantileColumn } from './quantile-column.js';

/** (curve(x) - offset) / divisor, feature by feature. */
export function scaleFeatures(graph: GraphBuilder, features: Value, scaler: Scaler): Value {
  const { offset, divisor, curve } = scaler;
  const curved = curve === null ? features : applyCurve(graph, features, curve, offset.length);
  if (offset.every((value) => value === 0) && divisor.every((value) => value === 1)) return curved;
  const scaled = graph.divide(graph.subtract(curved, graph.numbers(offset)), graph.numbers(divisor));
  const bound = graph.numbers(MAX_SCALED);
  const tooLarge = graph.apply('Greater', [graph.apply('Abs', [scaled]), bound]);
  return graph.where(tooLarge, graph.multiply(graph.apply('Sign', [scaled]), bound), scaled);
}

function applyCurve(graph: GraphBuilder, features: Value, curve: Scaler['curve'], nFeatures: number): Value {
  const map = curveOf(graph, curve);
  const columns = Array.from({ length: nFeatures }, (_, j) => {
    const column = graph.columns(features, [j]);
    return curve?.isActive(j) === true ? map(column, j) : column;
  });
  return graph.join(columns);
}

function curveOf(graph: GraphBuilder, curve: Scaler['curve']): (column: Value, j: number) => Value {
  if (curve instanceof PowerCurve)
    return (column, j) => powerColumn(graph, column, curve.lambda[j] as number);
  if (curve instanceof QuantileCurve) {
    const { features, quantiles, toNormal } = curve;
    const width = features.length === 0 ? 0 : quantiles.length / features.length;
    return (column, j) => {
      const row = features.indexOf(j);
      return quantileColumn(graph, column, quantiles.slice(row * width, (row + 1) * width), toNormal);
    };
  }
  throw new NotExpressible('its features go through a curve that is not known here');
}

/** The Yeo-Johnson function. Both sides are computed of the absolute value, so neither leaves its domain. */
function powerColumn(graph: GraphBuilder, column: Value, lambda: number): Value {
  const logarithm = graph.apply('Log', [graph.add(graph.apply('Abs', [column]), graph.numbers(1))]);
  const side = (power: number): Value => {
    if (Math.abs(power) < 2 ** -52) return logarithm;
    const grown = graph.apply('Exp', [graph.multiply(logarithm, graph.numbers(power))]);
    return graph.divide(graph.subtract(grown, graph.numbers(1)), graph.numbers(power));
  };
  const isNegative = graph.apply('Less', [column, graph.numbers(0)]);
  return graph.where(isNegative, graph.negate(side(2 - lambda)), side(lambda));
}
