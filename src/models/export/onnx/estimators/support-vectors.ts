import type { Value } from '../graph-builder.js';
import { distancesTo, type EstimatorInput, numbersOf, shapeOf, transposed } from './estimator-graph.js';

/** Values of the decision functions: rows x nFunctions. */
function decisions(input: EstimatorInput): Value {
  const { graph, state } = input;
  const [nFunctions, nVectors] = shapeOf(state, 'coefficients');
  const weights = transposed(numbersOf(state, 'coefficients'), nFunctions, nVectors);
  const offsets = graph.numbers(numbersOf(state, 'offsets'));
  if (nVectors === 0) {
    const zeros = graph.multiply(graph.columns(input.features, [0]), graph.numbers(0));
    return graph.subtract(zeros, offsets);
  }
  const sums = graph.matrixProduct(likenesses(input), graph.numbers(weights, [nVectors, nFunctions]));
  return graph.subtract(sums, offsets);
}

/** The kernel of every row with every vector: rows x nVectors. */
function likenesses(input: EstimatorInput): Value {
  const { graph, features, state } = input;
  const { kernel, gamma, degree, coef0 } = state.config;
  const vectors = numbersOf(state, 'vectors');
  if (kernel === 'rbf') {
    const distances = distancesTo(input, vectors);
    return graph.apply('Exp', [graph.multiply(distances, graph.numbers(-Number(gamma)))]);
  }
  const [nVectors, nFeatures] = shapeOf(state, 'vectors');
  const columns = graph.numbers(transposed(vectors, nVectors, nFeatures), [nFeatures, nVectors]);
  const products = graph.matrixProduct(features, columns);
  if (kernel === 'linear') return products;
  const scaled = graph.add(
    graph.multiply(products, graph.numbers(Number(gamma))),
    graph.numbers(Number(coef0)),
  );
  return graph.apply('Pow', [scaled, graph.numbers(Number(degree))]);
}

export function supportVectorValue(input: EstimatorInput): Value {
  return decisions(input);
}

/** The votes that each class won against each other one, and its squeezed margins where votes are equal. */
export function supportVectorScores(input: EstimatorInput): Value {
  const { graph, state } = input;
  const nClasses = Number(state.config['nClasses']);
  const present = (state.config['present'] as number[]) ?? [];
  if (present.length === 2 && nClasses === 2) {
    const value = decisions(input);
    return graph.join([graph.negate(value), value]);
  }
  const pairs = present.flatMap((first, at) =>
    present.slice(at + 1).map((second) => [first, second] as const),
  );
  const firsts = new Float64Array(pairs.length * nClasses);
  const seconds = new Float64Array(pairs.length * nClasses);
  for (const [f, [first, second]] of pairs.entries()) {
    firsts[f * nClasses + first] = 1;
    seconds[f * nClasses + second] = 1;
  }
  const shape = [pairs.length, nClasses];
  const absent = Float64Array.from({ length: nClasses }, (_, k) => (present.includes(k) ? 0 : -nClasses));
  const zeros = graph.multiply(graph.columns(input.features, [0]), graph.numbers(0));
  if (pairs.length === 0) return graph.add(zeros, graph.numbers(absent));
  const values = decisions(input);
  const won = graph.toDouble(graph.apply('Greater', [values, graph.numbers(0)]));
  const lost = graph.subtract(graph.numbers(1), won);
  const votes = graph.add(
    graph.matrixProduct(won, graph.numbers(seconds, shape)),
    graph.matrixProduct(lost, graph.numbers(firsts, shape)),
  );
  const signs = seconds.map((sign, k) => sign - (firsts[k] as number));
  const margins = graph.matrixProduct(values, graph.numbers(signs, shape));
  const widened = graph.add(graph.apply('Abs', [margins]), graph.numbers(1));
  const squeezed = graph.divide(margins, graph.multiply(widened, graph.numbers(3)));
  return graph.add(graph.add(votes, squeezed), graph.numbers(absent));
}
