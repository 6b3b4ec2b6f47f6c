import { NEVER } from '../../../../learn/estimators/naive-bayes/class-priors.js';
import type { Value } from '../graph-builder.js';
import { type EstimatorInput, numbersOf, shapeOf, softmax } from './estimator-graph.js';

export function gaussianProbabilities({ graph, features, state }: EstimatorInput): Value {
  const [nClasses, nFeatures] = shapeOf(state, 'means');
  const variances = numbersOf(state, 'variances');
  const constants = numbersOf(state, 'priors').map((prior, k) => {
    let sum = prior;
    for (let j = 0; j < nFeatures; j++)
      sum -= Math.log(2 * Math.PI * (variances[k * nFeatures + j] as number)) / 2;
    return prior === NEVER ? NEVER : sum;
  });
  const shape = [1, nClasses, nFeatures];
  const rows = graph.apply('Reshape', [features, graph.integers(-1, 1, nFeatures)]);
  const difference = graph.subtract(rows, graph.numbers(numbersOf(state, 'means'), shape));
  const squares = graph.divide(graph.multiply(difference, difference), graph.numbers(variances, shape));
  const distance = graph.multiply(graph.sum(squares, 2), graph.numbers(0.5));
  return softmax(graph, graph.subtract(graph.numbers(constants), distance));
}

/** Looks each code up in its feature's table; a code beyond the table, or none, says nothing of the class. */
export function categoricalProbabilities({ graph, features, state }: EstimatorInput): Value {
  const priors = numbersOf(state, 'priors');
  const nClasses = priors.length;
  const table = numbersOf(state, 'table');
  let scores = graph.numbers(priors);
  let offset = 0;
  for (const [j, size] of numbersOf(state, 'sizes').entries()) {
    // Codes as rows, and one row more of zeros for whatever is no code.
    const rows = new Float64Array((size + 1) * nClasses);
    for (let k = 0; k < nClasses; k++) {
      for (let code = 0; code < size; code++)
        rows[code * nClasses + k] = table[offset + k * size + code] as number;
    }
    offset += size * nClasses;
    const code = graph.columns(features, [j]);
    const isWhole = graph.apply('Equal', [graph.apply('Floor', [code]), code]);
    const isFromZero = graph.apply('GreaterOrEqual', [code, graph.numbers(0)]);
    const isKnown = graph.apply('And', [isFromZero, graph.apply('Less', [code, graph.numbers(size)])]);
    const isCode = graph.apply('And', [isWhole, isKnown]);
    const place = graph.toInteger(graph.where(isCode, code, graph.numbers(size)));
    const found = graph.apply('Gather', [graph.numbers(rows, [size + 1, nClasses]), place], {
      axis: { int: 0 },
    });
    scores = graph.add(scores, graph.apply('Reshape', [found, graph.integers(-1, nClasses)]));
  }
  return softmax(graph, scores);
}
