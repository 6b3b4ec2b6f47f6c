import type { Value } from '../graph-builder.js';
import { NotExpressible } from '../not-expressible.js';
import { type EstimatorInput, logistic, numbersOf, shapeOf, softmax } from './estimator-graph.js';

const OPERATORS: Readonly<Record<string, string>> = {
  identity: 'Identity',
  logistic: 'Sigmoid',
  tanh: 'Tanh',
  relu: 'Relu',
};

/** Fully connected layers; a single logistic unit speaks for the second of two classes. */
export function networkOutputs({ graph, features, state }: EstimatorInput): Value {
  const { nLayers, activation, output } = state.config;
  const operator = OPERATORS[String(activation)];
  if (operator === undefined) throw new NotExpressible('its activation is not known here');
  let values = features;
  for (let layer = 0; layer < Number(nLayers); layer++) {
    const weights = graph.numbers(numbersOf(state, `weights.${layer}`), shapeOf(state, `weights.${layer}`));
    const biases = graph.numbers(numbersOf(state, `biases.${layer}`));
    values = graph.add(graph.matrixProduct(values, weights), biases);
    if (layer < Number(nLayers) - 1) values = graph.apply(operator, [values]);
  }
  if (output === 'logistic') return logistic(graph, values);
  return output === 'softmax' ? softmax(graph, values) : values;
}
