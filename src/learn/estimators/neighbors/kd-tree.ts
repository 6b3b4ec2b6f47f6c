/**
 * A k-d tree (Bentley 1975, doi:10.1145/361002.361007; the search with incremental distances after Arya and Mount
 * 1993): rows are halved at the median of the feature with the widest spread until a leaf holds at most `leafSize`.
 *
 * Layout: the tree is complete and has no pointers: node i has the children 2i+1 and 2i+2, and every node splits its
 * range of `order` exactly in the middle, so ranges follow from the node's number. The rows lie a second time in
 * the tree's order, so that a leaf is one run of memory.
 *
 * A search walks down on the query's side first. For the other side it knows a lower bound of the distance: the sum,
 * over the features, of how far the query lies outside of the part of space at hand. Bounds are computed in floating
 * point, so a part is skipped only when its bound exceeds the limit by more than the rounding of such sums; the
 * result is therefore that of brute force, to the bit.
 */
import type { NeighborSearch } from './brute-force.js';
import type { Metric } from './distance.js';
import { selectMiddle, widestFeature } from './halving.js';
import type { NearestList } from './nearest-list.js';

/** Relative room for the rounding of a bound; sums of d terms err by at most about d * 2^-53. */
const BOUND_ROUNDING = 1e-10;

interface Tree {
  /** Rows in the order of the leaves. */
  readonly order: Uint32Array;
  /** The rows themselves in that order, row-major. */
  readonly points: Float64Array;
  readonly splitFeature: Uint32Array;
  readonly splitValue: Float64Array;
  readonly depth: number;
}

/** A search that knows how much it looked at. */
export interface TreeSearch extends NeighborSearch {
  /** Rows measured by all searches so far. */
  readonly nMeasured: number;
}

/**
 * Builds the tree. Cost: O(n log n (d + log n)); memory: the rows once more.
 * @param rows row-major, n * nFeatures, n >= 1
 * @param leafSize >= 1
 * @param look called often while the tree is made
 */
export function kdTree(
  rows: Float64Array,
  nRows: number,
  nFeatures: number,
  leafSize: number,
  metric: Metric,
  look: () => void = () => {},
): TreeSearch {
  const tree = build(rows, nRows, nFeatures, leafSize, look);
  const { order, points, splitFeature, splitValue, depth } = tree;
  const { reduced, term } = metric;
  // How far the query lies outside of the current part of space, per feature, as a term of the distance.
  const outside = new Float64Array(nFeatures);

  let nMeasured = 0;

  function visit(
    node: number,
    level: number,
    from: number,
    to: number,
    bound: number,
    queries: Float64Array,
    at: number,
    nearest: NearestList,
  ): void {
    if (level === depth) {
      nMeasured += to - from;
      for (let i = from; i < to; i++) {
        const distance = reduced(queries, at, points, i * nFeatures, nFeatures);
        if (distance <= nearest.limit) nearest.offer(distance, order[i] as number);
      }
      return;
    }
    const feature = splitFeature[node] as number;
    const difference = (queries[at + feature] as number) - (splitValue[node] as number);
    const middle = (from + to) >>> 1;
    const left = 2 * node + 1;
    if (difference < 0) visit(left, level + 1, from, middle, bound, queries, at, nearest);
    else visit(left + 1, level + 1, middle, to, bound, queries, at, nearest);
    const before = outside[feature] as number;
    const after = Math.max(before, term(difference));
    const farBound = bound - before + after;
    if (farBound > nearest.limit * (1 + BOUND_ROUNDING)) return;
    outside[feature] = after;
    if (difference < 0) visit(left + 1, level + 1, middle, to, farBound, queries, at, nearest);
    else visit(left, level + 1, from, middle, farBound, queries, at, nearest);
    outside[feature] = before;
  }

  return {
    find(queries, at, nearest) {
      outside.fill(0);
      visit(0, 0, 0, nRows, 0, queries, at, nearest);
    },
    get nMeasured() {
      return nMeasured;
    },
  };
}

function build(
  rows: Float64Array,
  nRows: number,
  nFeatures: number,
  leafSize: number,
  look: () => void,
): Tree {
  const depth = Math.max(0, Math.ceil(Math.log2(nRows / leafSize)));
  const nInner = 2 ** depth - 1;
  const order = Uint32Array.from({ length: nRows }, (_, i) => i);
  const splitFeature = new Uint32Array(nInner);
  const splitValue = new Float64Array(nInner);
  const keys = new Float64Array(nRows);
  const features = Uint32Array.from({ length: nFeatures }, (_, j) => j);

  const split = (node: number, level: number, from: number, to: number): void => {
    if (level === depth) return;
    look();
    const feature = widestFeature(rows, nFeatures, features, order, from, to, look);
    for (let i = from; i < to; i++) keys[i] = rows[(order[i] as number) * nFeatures + feature] as number;
    const middle = (from + to) >>> 1;
    look();
    selectMiddle(keys, order, from, to - 1, middle);
    splitFeature[node] = feature;
    splitValue[node] = keys[middle] as number;
    split(2 * node + 1, level + 1, from, middle);
    split(2 * node + 2, level + 1, middle, to);
  };
  split(0, 0, 0, nRows);

  const points = new Float64Array(nRows * nFeatures);
  for (let i = 0; i < nRows; i++) {
    const at = (order[i] as number) * nFeatures;
    points.set(rows.subarray(at, at + nFeatures), i * nFeatures);
  }
  return { order, points, splitFeature, splitValue, depth };
}
