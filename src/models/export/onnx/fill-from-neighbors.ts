import type { NeighborImputer } from '../../../learn/preprocessing/neighbor-imputer.js';
import { transposed } from './estimators/estimator-graph.js';
import { MAX_NEIGHBOR_NUMBERS } from './estimators/neighbors.js';
import type { GraphBuilder, Value } from './graph-builder.js';
import { NotExpressible } from './not-expressible.js';

/** Beyond this many watched features a distance has too many nodes. */
const MAX_WATCHED = 256;

/**
 * Fills gaps with the mean of the nearest donors, as the imputer does: squares are added feature after feature, so that
 * sums round as ours do and equally near donors stay equally near, and TopK takes the first of those.
 * Every row is measured, whether it has a gap or not: rows x donors numbers a watched feature.
 * @param features rows x nFeatures, scaled
 * @throws NotExpressible
 */
export function fillFromNeighbors(
  graph: GraphBuilder,
  features: Value,
  { watched, imputed, donors, fallback, nFeatures }: NeighborImputer,
): Value {
  const nWatched = watched.length;
  if (nWatched > MAX_WATCHED || donors.length > MAX_NEIGHBOR_NUMBERS) {
    throw new NotExpressible(
      `gaps are filled from rows of ${nWatched} columns; more than ${MAX_WATCHED}, or than ${MAX_NEIGHBOR_NUMBERS} numbers, are not exported`,
    );
  }
  const nDonors = donors.length / nWatched;
  const turned = transposed(donors, nDonors, nWatched);
  const columns = Array.from(watched, (_, place) =>
    graph.numbers(turned.subarray(place * nDonors, (place + 1) * nDonors)),
  );
  const distances = measure(graph, features, watched, columns);
  const hasCommon = graph.apply('Not', [graph.apply('IsNaN', [distances])]);
  const filled = new Map<number, Value>();
  for (const [k, { feature, nNeighbors }] of imputed.entries()) {
    const donated = columns[watched.indexOf(feature)] as Value;
    const value = graph.columns(features, [feature]);
    const mean = meanOfNearest(graph, distances, hasCommon, donated, Math.min(nNeighbors, nDonors));
    const known = graph.where(graph.apply('IsNaN', [mean]), graph.numbers(fallback[k] as number), mean);
    filled.set(feature, graph.where(graph.apply('IsNaN', [value]), known, value));
  }
  const all = Array.from({ length: nFeatures }, (_, j) => filled.get(j) ?? graph.columns(features, [j]));
  return graph.join(all);
}

/** rows x donors; NaN where the two have nothing in common. */
function measure(
  graph: GraphBuilder,
  features: Value,
  watched: Uint32Array,
  columns: readonly Value[],
): Value {
  const [zero, one] = [graph.numbers(0), graph.numbers(1)];
  let squares: Value | null = null;
  let nCommon: Value | null = null;
  for (const [place, feature] of watched.entries()) {
    const difference = graph.subtract(graph.columns(features, [feature]), columns[place] as Value);
    const isMissing = graph.apply('IsNaN', [difference]);
    const square = graph.where(isMissing, zero, graph.multiply(difference, difference));
    const isCommon = graph.where(isMissing, zero, one);
    squares = squares === null ? square : graph.add(squares, square);
    nCommon = nCommon === null ? isCommon : graph.add(nCommon, isCommon);
  }
  if (squares === null || nCommon === null) throw new NotExpressible('it watches no column');
  return graph.multiply(graph.divide(squares, nCommon), graph.numbers(watched.length));
}

/** rows x 1; NaN where no donor has a value. */
function meanOfNearest(
  graph: GraphBuilder,
  distances: Value,
  hasCommon: Value,
  donated: Value,
  nNeighbors: number,
): Value {
  const isGiven = graph.apply('And', [hasCommon, graph.apply('Not', [graph.apply('IsNaN', [donated])])]);
  const near = graph.where(isGiven, distances, graph.numbers(Number.POSITIVE_INFINITY));
  const [nearest, places] = graph.applyMany('TopK', [near, graph.integers(nNeighbors)], 2, {
    axis: { int: 1 },
    largest: { int: 0 },
    sorted: { int: 1 },
  }) as [Value, Value];
  const isDonor = graph.apply('Less', [nearest, graph.numbers(Number.POSITIVE_INFINITY)]);
  const list = graph.apply('Reshape', [donated, graph.integers(-1)]);
  const values = graph.apply('Gather', [list, places], { axis: { int: 0 } });
  const total = (value: Value): Value =>
    graph.apply('ReduceSum', [value, graph.integers(1)], { keepdims: { int: 1 } });
  const count = total(graph.toDouble(isDonor));
  const sum = total(graph.where(isDonor, graph.divide(values, count), graph.numbers(0)));
  return graph.where(graph.apply('Equal', [count, graph.numbers(0)]), graph.numbers(Number.NaN), sum);
}
