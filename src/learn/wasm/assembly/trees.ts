/**
 * Growing trees. Everything lies in a memory that the threads of a training share; a thread has its own instance (so its
 * own globals) and its own place in that memory, see ../../estimators/tree/tree-memory.ts.
 *
 *   elements   8 bytes a row of the tree, in the order of its nodes: the row in the low half; above it, for classes,
 *              its weight (16 bits) and its class (16 bits), for numbers its weight (32 bits); weights that are no whole
 *              numbers are looked up by the row
 *   targets    8 bytes a row, in the same order; numbers only
 *
 * A column is searched by counting: the rows of the node are added to the cells of their codes, and one pass over the
 * codes that occur tries every cut (trees-two.ts, trees-many.ts, trees-weighted.ts, trees-numbers.ts;
 * trees-sorted.ts for very many classes; trees-sets.ts for categories; trees-median.ts, which sorts, for absolute error).
 * Counts of classes are integers, so the order of rows never matters.
 */
import { divideRows } from './trees-divide';
import { bestGain, impurity, isPure, openRows, searchFeature } from './trees-node';
import { best, bestLeft, bestMissingRight, bestRight, bestThreshold, columnAt, weight } from './trees-state';

export {
  beginTree,
  depthGrown,
  growTree,
  leavesGrown,
  nodesGrown,
  rowsDone,
  setWordsWritten,
  valuesWritten,
} from './trees-grow';
export { pureClass, writeValue } from './trees-node';
export { drawRows, drawRowsByWeight, setRandom } from './trees-random';
export { configure } from './trees-state';

/** Opens a node. OUT: weight, weight times impurity, 1 where all targets are the same. */
export function openNode(from: i32, to: i32, out: usize): void {
  openRows(from, to);
  store<f64>(out, weight);
  store<f64>(out + 8, impurity);
  store<f64>(out + 16, isPure ? 1 : 0);
}

/**
 * Looks for a better cut of the open node on this feature.
 * @returns 0: the column is constant at the node; 1: nothing better; 2: found. OUT: score, gain, then as 32-bit numbers the
 * last code on the left, the first on the right (-1: only missing ones are), where missing ones go (-1: there are none), and
 * behind 4 bytes the threshold of a random cut; of categories the sets are in `sets`
 */
export function search(feature: i32, out: usize): i32 {
  const before = best;
  if (!searchFeature(feature)) return 0;
  if (!(best > before)) return 1;
  store<f64>(out, best);
  store<f64>(out + 8, bestGain());
  store<i32>(out + 16, bestLeft);
  store<i32>(out + 20, bestRight);
  store<i32>(out + 24, bestMissingRight);
  store<f64>(out + 32, bestThreshold);
  return 2;
}

/** Divides a stretch of rows by a cut, or by what is in `sets`. @returns where the right side begins */
export function divide(feature: i32, from: i32, to: i32, cut: i32, missingRight: i32): i32 {
  return divideRows(columnAt(feature), from, to, <u32>cut, missingRight);
}
