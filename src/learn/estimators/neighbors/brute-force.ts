import type { Metric } from './distance.js';
import type { NearestList } from './nearest-list.js';

/** Finds the nearest rows of one query. */
export interface NeighborSearch {
  /** Fills `nearest` with the rows nearest to the query that starts at `at`. Distances are reduced ones. */
  find(queries: Float64Array, at: number, nearest: NearestList): void;
}

/**
 * Looks at every row. For many features nothing is faster: in high dimensions every box of a tree is near.
 * Cost of a query: O(n d).
 * @param rows row-major, n * nFeatures
 */
export function bruteForce(
  rows: Float64Array,
  nRows: number,
  nFeatures: number,
  metric: Metric,
): NeighborSearch {
  const { reduced } = metric;
  return {
    find(queries, at, nearest) {
      for (let row = 0; row < nRows; row++) {
        const distance = reduced(queries, at, rows, row * nFeatures, nFeatures);
        if (distance <= nearest.limit) nearest.offer(distance, row);
      }
    },
  };
}
