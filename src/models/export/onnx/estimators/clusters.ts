import type { Value } from '../graph-builder.js';
import { distancesTo, type EstimatorInput, numbersOf } from './estimator-graph.js';

/** The nearest centre, the first of equally near ones. */
export function nearestCluster(input: EstimatorInput): Value {
  const { graph, state } = input;
  const distances = distancesTo(input, numbersOf(state, 'centres'));
  return graph.apply('ArgMin', [distances], { axis: { int: 1 }, keepdims: { int: 1 } });
}
