/**
 * A ball tree (Omohundro 1989, ICSI TR-89-063): every node is a centre and a radius around all of its rows, and rows are
 * halved at the middle of the feature in which they lie farthest apart. Where features hang together a ball fits the
 * rows better than the half spaces of a k-d tree, which look at one feature each.
 *
 * Layout: the tree is complete and has no pointers: node i has the children 2i+1 and 2i+2, and every node splits its
 * range of `order` exactly in the middle, so ranges follow from the node's number. The rows lie a second time in the
 * tree's order, so that a leaf is one run of memory.
 *
 * A search visits the child with the nearer ball first. No row of a ball is nearer than the distance to its centre less
 * its radius (the triangle inequality, which holds for every Minkowski metric with an exponent of at least 1). Both are
 * rounded, so a ball is left out only when that bound exceeds the limit by more than their rounding; the result is
 * therefore that of brute force, to the bit.
 */
import type { NeighborSearch } from './brute-force.js';
import type { Metric } from './distance.js';
import { selectMiddle, widestFeature } from './halving.js';
import type { NearestList } from './nearest-list.js';

/** Room for the rounding of a distance and of a radius, as a share of them; sums of d terms err by about d * 2^-53. */
const BALL_ROUNDING = 1e-10;

interface Balls {
  /** Rows in the order of the leaves. */
  readonly order: Uint32Array;
  /** The rows themselves in that order, row-major. */
  readonly points: Float64Array;
  /** Row-major nNodes * nFeatures. */
  readonly centres: Float64Array;
  /** As distances, not as reduced ones. */
  readonly radii: Float64Array;
  readonly depth: number;
}

/**
 * Builds the tree. Cost: O(n log n d); memory: the rows once more, and a centre for each node.
 * @param rows row-major, n * nFeatures, n >= 1
 * @param leafSize >= 1
 * @param look called often while the tree is made
 */
export function ballTree(
  rows: Float64Array,
  nRows: number,
  nFeatures: number,
  leafSize: number,
  metric: Metric,
  look: () => void = () => {},
): NeighborSearch {
  const { order, points, centres, radii, depth } = build(rows, nRows, nFeatures, leafSize, metric, look);
  const { reduced, toDistance } = metric;

  /** No row of the node is nearer than this; NaN, where numbers are infinite, leaves nothing out. */
  const boundOf = (node: number, queries: Float64Array, at: number): number => {
    const distance = toDistance(reduced(queries, at, centres, node * nFeatures, nFeatures));
    const radius = radii[node] as number;
    return distance - radius - BALL_ROUNDING * (distance + radius);
  };

  function visit(
    node: number,
    level: number,
    from: number,
    to: number,
    queries: Float64Array,
    at: number,
    nearest: NearestList,
  ): void {
    if (level === depth) {
      for (let i = from; i < to; i++) {
        const distance = reduced(queries, at, points, i * nFeatures, nFeatures);
        if (distance <= nearest.limit) nearest.offer(distance, order[i] as number);
      }
      return;
    }
    const middle = (from + to) >>> 1;
    const left = 2 * node + 1;
    const leftBound = boundOf(left, queries, at);
    const rightBound = boundOf(left + 1, queries, at);
    const visitLeft = (): void => {
      if (leftBound > toDistance(nearest.limit)) return;
      visit(left, level + 1, from, middle, queries, at, nearest);
    };
    const visitRight = (): void => {
      if (rightBound > toDistance(nearest.limit)) return;
      visit(left + 1, level + 1, middle, to, queries, at, nearest);
    };
    if (leftBound <= rightBound) {
      visitLeft();
      visitRight();
    } else {
      visitRight();
      visitLeft();
    }
  }

  return {
    find(queries, at, nearest) {
      visit(0, 0, 0, nRows, queries, at, nearest);
    },
  };
}

function build(
  rows: Float64Array,
  nRows: number,
  nFeatures: number,
  leafSize: number,
  { reduced, toDistance }: Metric,
  look: () => void,
): Balls {
  const depth = Math.max(0, Math.ceil(Math.log2(nRows / leafSize)));
  const nNodes = 2 ** (depth + 1) - 1;
  const order = Uint32Array.from({ length: nRows }, (_, i) => i);
  const features = Uint32Array.from({ length: nFeatures }, (_, j) => j);
  const centres = new Float64Array(nNodes * nFeatures);
  const radii = new Float64Array(nNodes);
  const keys = new Float64Array(nRows);

  const enclose = (node: number, from: number, to: number): void => {
    const centre = node * nFeatures;
    for (let i = from; i < to; i++) {
      const row = (order[i] as number) * nFeatures;
      for (let j = 0; j < nFeatures; j++) centres[centre + j]! += (rows[row + j] as number) / (to - from);
    }
    let farthest = 0;
    for (let i = from; i < to; i++) {
      const distance = reduced(rows, (order[i] as number) * nFeatures, centres, centre, nFeatures);
      farthest = Math.max(farthest, distance);
    }
    radii[node] = toDistance(farthest);
  };
  const split = (node: number, level: number, from: number, to: number): void => {
    look();
    enclose(node, from, to);
    if (level === depth) return;
    look();
    const feature = widestFeature(rows, nFeatures, features, order, from, to, look);
    for (let i = from; i < to; i++) keys[i] = rows[(order[i] as number) * nFeatures + feature] as number;
    const middle = (from + to) >>> 1;
    look();
    selectMiddle(keys, order, from, to - 1, middle);
    split(2 * node + 1, level + 1, from, middle);
    split(2 * node + 2, level + 1, middle, to);
  };
  split(0, 0, 0, nRows);

  const points = new Float64Array(nRows * nFeatures);
  for (let i = 0; i < nRows; i++) {
    const at = (order[i] as number) * nFeatures;
    points.set(rows.subarray(at, at + nFeatures), i * nFeatures);
  }
  return { order, points, centres, radii, depth };
}
