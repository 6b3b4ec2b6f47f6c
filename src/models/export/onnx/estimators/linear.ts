import type { Value } from '../graph-builder.js';
import { type EstimatorInput, logistic, numbersOf, shapeOf, softmax, transposed } from './estimator-graph.js';

/** One linear function a column: rows x nFunctions. */
function functions({ graph, features, state }: EstimatorInput): { values: Value; nFunctions: number } {
  const [nFunctions, nFeatures] = shapeOf(state, 'coefficients');
  const weights = transposed(numbersOf(state, 'coefficients'), nFunctions, nFeatures);
  const product = graph.matrixProduct(features, graph.numbers(weights, [nFeatures, nFunctions]));
  return { values: graph.add(product, graph.numbers(numbersOf(state, 'intercepts'))), nFunctions };
}

export function linearValue(input: EstimatorInput): Value {
  return functions(input).values;
}

export function linearProbabilities(input: EstimatorInput): Value {
  const { values, nFunctions } = functions(input);
  return nFunctions === 1 ? logistic(input.graph, values) : softmax(input.graph, values);
}

/** Decision values: one a class, or one that speaks for the second of two. */
export function linearScores(input: EstimatorInput): Value {
  const { graph } = input;
  const { values, nFunctions } = functions(input);
  return nFunctions === 1 ? graph.join([graph.negate(values), values]) : values;
}

/** Log-likelihoods that are linear in the counts. */
export function multinomialProbabilities(input: EstimatorInput): Value {
  return softmax(input.graph, functions(input).values);
}
