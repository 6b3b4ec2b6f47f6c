import type { EstimatorState } from '../../../../learn/estimator.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import { NotExpressible } from '../not-expressible.js';

/** What an estimator's numbers are made from. */
export interface EstimatorInput {
  readonly graph: GraphBuilder;
  /** rows x nFeatures, encoded and scaled. */
  readonly features: Value;
  readonly nFeatures: number;
  readonly state: EstimatorState;
  /** What the whole file may have; an estimator that is surely larger is not written at all. */
  readonly maxBytes: number;
}

/** Adds an estimator to the graph. Gives rows x nOutputs doubles as the predictor's, or rows x 1 for a cluster. */
export type EstimatorGraph = (input: EstimatorInput) => Value;

/** A tensor of the state as 64-bit numbers. */
export function numbersOf({ tensors }: EstimatorState, name: string): Float64Array {
  const data = tensors[name]?.data;
  if (data === undefined) throw new NotExpressible(`its state has no ${name}`);
  return data instanceof Float64Array ? data : Float64Array.from(data);
}

/** The rows and columns of a matrix of the state. */
export function shapeOf({ tensors }: EstimatorState, name: string): [number, number] {
  const [nRows = 0, nColumns = 0] = tensors[name]?.shape ?? [];
  return [nRows, nColumns];
}

/** Columns become rows. */
export function transposed(matrix: Float64Array, nRows: number, nColumns: number): Float64Array {
  const turned = new Float64Array(matrix.length);
  for (let i = 0; i < nRows; i++) {
    for (let j = 0; j < nColumns; j++) turned[j * nRows + i] = matrix[i * nColumns + j] as number;
  }
  return turned;
}

/** Beyond this many features a distance has too many nodes. */
const MAX_DISTANCE_FEATURES = 512;

/**
 * Squared distances of every row to every point, rows x points: feature after feature, so that sums round as ours do
 * and equally near points stay equally near.
 * @param points row-major
 * @param term what becomes of a difference before it is added; absent: its square
 */
export function distancesTo(
  { graph, features, nFeatures }: EstimatorInput,
  points: Float64Array,
  term: (difference: Value) => Value = (difference) => graph.multiply(difference, difference),
): Value {
  if (nFeatures > MAX_DISTANCE_FEATURES) {
    throw new NotExpressible(`it measures distances over more than ${MAX_DISTANCE_FEATURES} features`);
  }
  const nPoints = points.length / nFeatures;
  const columns = transposed(points, nPoints, nFeatures);
  let sum: Value | null = null;
  for (let j = 0; j < nFeatures; j++) {
    const places = graph.numbers(columns.subarray(j * nPoints, (j + 1) * nPoints));
    const added = term(graph.subtract(graph.columns(features, [j]), places));
    sum = sum === null ? added : graph.add(sum, added);
  }
  if (sum === null) throw new NotExpressible('it has no features');
  return sum;
}

/** The softmax over classes; a class that never occurred has a score so low that its share is 0. */
export function softmax(graph: GraphBuilder, scores: Value): Value {
  return graph.apply('Softmax', [scores], { axis: { int: 1 } });
}

/** Two columns of one score: the shares of the first and the second class. */
export function logistic(graph: GraphBuilder, score: Value): Value {
  return graph.apply('Sigmoid', [graph.join([graph.negate(score), score])]);
}
