/**
 * Brute force for many queries at once, by the dense kernels, for numbers that 32 bit do not hold (see
 * filtered-search.ts for all others): distances of a block of queries to a block of rows, then
 * only the blocks that hold something near enough are looked through. Distances have the bits that a plain loop gives,
 * so the neighbours are those of every other search.
 *
 * Euclidean only. About five times as fast a row as a search in plain loops.
 */
import { distances, scratchArrays } from '../../wasm/dense-kernels.js';
import type { NearestList } from './nearest-list.js';

/** Turning the rows into columns is shared by so many. */
export const QUERIES_PER_BATCH = 512;
/** A batch keeps a list per query; longer ones would take more memory than they save time. */
export const MAX_BATCH_NEIGHBORS = 1000;
/** Fewer queries are not worth turning the rows into columns. */
export const LEAST_QUERIES = 4;
const ROWS_PER_BLOCK = 256;

/**
 * Fills one list per query.
 * @param rows row-major, nRows * nFeatures
 * @param queries IN row-major, from element `at` on; at most QUERIES_PER_BATCH of them
 * @param lists OUT at least nQueries cleared lists
 * @param look called once a block of rows; may throw
 */
export function findNearestOfMany(
  rows: Float64Array,
  nRows: number,
  nFeatures: number,
  queries: Float64Array,
  at: number,
  nQueries: number,
  lists: readonly NearestList[],
  look: () => void = () => {},
): void {
  const [q, columns, out, least] = scratchArrays([
    nQueries * nFeatures,
    ROWS_PER_BLOCK * nFeatures,
    nQueries * ROWS_PER_BLOCK,
    nQueries,
  ]);
  q.set(queries.subarray(at, at + nQueries * nFeatures));
  for (let from = 0; from < nRows; from += ROWS_PER_BLOCK) {
    look();
    const count = Math.min(ROWS_PER_BLOCK, nRows - from);
    const width = Math.ceil(count / 4) * 4;
    // What fills up the last four is farther than everything.
    if (width > count) columns.fill(Number.POSITIVE_INFINITY, 0, width * nFeatures);
    for (let j = 0; j < nFeatures; j++) {
      const column = j * width;
      for (let p = 0, source = from * nFeatures + j; p < count; p++, source += nFeatures) {
        columns[column + p] = rows[source] as number;
      }
    }
    distances(nQueries, width, nFeatures, q, columns, out, least);
    for (let i = 0; i < nQueries; i++) {
      const list = lists[i] as NearestList;
      if ((least[i] as number) > list.limit) continue;
      const base = i * width;
      for (let p = 0; p < count; p++) {
        const distance = out[base + p] as number;
        if (distance <= list.limit) list.offer(distance, from + p);
      }
    }
  }
}
