import type { Value } from '../graph-builder.js';
import { NotExpressible } from '../not-expressible.js';
import { distancesTo, type EstimatorInput, numbersOf } from './estimator-graph.js';

/** Numbers that are kept, rows times features: every prediction reads all of them. */
export const MAX_NEIGHBOR_NUMBERS = 1_000_000;

/** Measures every row; TopK takes the first of equally near ones, as ours does. */
export function neighborOutputs(input: EstimatorInput): Value {
  const { graph, state } = input;
  const points = numbersOf(state, 'points');
  if (points.length > MAX_NEIGHBOR_NUMBERS) {
    throw new NotExpressible(
      `it asks ${points.length} stored numbers for every row; more than ${MAX_NEIGHBOR_NUMBERS} are not exported`,
    );
  }
  const { nClasses, nNeighbors, weighting, p } = state.config;
  const exponent = Number(p);
  const size = (difference: Value): Value => graph.apply('Abs', [difference]);
  const power = (difference: Value): Value => graph.apply('Pow', [size(difference), graph.numbers(exponent)]);
  const reduced = distancesTo(input, points, exponent === 2 ? undefined : exponent === 1 ? size : power);
  const [nearest, rows] = graph.applyMany('TopK', [reduced, graph.integers(Number(nNeighbors))], 2, {
    axis: { int: 1 },
    largest: { int: 0 },
    sorted: { int: 1 },
  }) as [Value, Value];
  const ask = (name: string): Value => {
    const list = numbersOf(state, name);
    return graph.apply('Gather', [graph.numbers(list, [list.length]), rows], { axis: { int: 0 } });
  };
  const shares = weighting === 'distance' ? inverseDistances(graph, nearest, exponent) : null;
  const votes = shares === null ? ask('votes') : graph.multiply(shares, ask('votes'));
  const total = graph.apply('ReduceSum', [votes, graph.integers(1)], { keepdims: { int: 1 } });
  const targets = ask('targets');
  if (Number(nClasses) === 0) {
    const sum = graph.apply('ReduceSum', [graph.multiply(votes, targets), graph.integers(1)], {
      keepdims: { int: 1 },
    });
    return graph.divide(sum, total);
  }
  const codes = Array.from({ length: Number(nClasses) }, (_, k) => k);
  const sums = codes.map((code) => {
    const isOwn = graph.toDouble(graph.apply('Equal', [targets, graph.numbers(code)]));
    return graph.apply('ReduceSum', [graph.multiply(votes, isOwn), graph.integers(1)], {
      keepdims: { int: 1 },
    });
  });
  return graph.divide(graph.join(sums), total);
}

/** Relative to the nearest, whose share is 1; where it lies exactly on the query only such rows count. */
function inverseDistances(graph: EstimatorInput['graph'], nearest: Value, exponent: number): Value {
  const distances = exponent === 1 ? nearest : graph.apply('Pow', [nearest, graph.numbers(1 / exponent)]);
  const first = graph.columns(distances, [0]);
  const isFirst = graph.apply('Equal', [distances, first]);
  const divisor = graph.where(isFirst, graph.numbers(1), distances);
  return graph.where(isFirst, graph.numbers(1), graph.divide(first, divisor));
}
