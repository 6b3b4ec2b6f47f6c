/**
 * Which thread works on which rows. A list of rows is cut into blocks of fixed size, dealt out in turn, so that rows
 * sorted by time or target do not leave all of a node's rows with one thread. What is drawn or summed
 * block by block does not depend on how many threads there are.
 */
import type { Random } from '../../random.js';

export const ROWS_PER_BLOCK = 1024;

export function countBlocks(nRows: number): number {
  return Math.ceil(nRows / ROWS_PER_BLOCK);
}

/** Rows in the blocks that are `member`'s. */
export function countOwned(nRows: number, member: number, size: number): number {
  let count = 0;
  for (let block = member; block < countBlocks(nRows); block += size) {
    count += Math.min(ROWS_PER_BLOCK, nRows - block * ROWS_PER_BLOCK);
  }
  return count;
}

/** OUT owned: the rows of the member's blocks, in order. */
export function copyOwned(rows: Uint32Array, member: number, size: number, owned: Uint32Array): void {
  if (size === 1) {
    owned.set(rows);
    return;
  }
  let at = 0;
  for (let block = member; block < countBlocks(rows.length); block += size) {
    const part = rows.subarray(block * ROWS_PER_BLOCK, (block + 1) * ROWS_PER_BLOCK);
    owned.set(part, at);
    at += part.length;
  }
}

/**
 * Draws rows without replacement, max(1, floor(share * nRows)) of them, each block giving its part, and divides
 * the member's blocks into those drawn and the others, both in order.
 * OUT drawn, others: from the beginning. @returns how many of the member's were drawn
 */
export function drawOwned(
  rows: Uint32Array,
  member: number,
  size: number,
  share: number,
  random: Random,
  drawn: Uint32Array,
  others: Uint32Array,
): number {
  const nRows = rows.length;
  const nDrawn = Math.max(1, Math.floor(share * nRows));
  let nMine = 0;
  let nOthers = 0;
  for (let block = member; block < countBlocks(nRows); block += size) {
    const start = block * ROWS_PER_BLOCK;
    const end = Math.min(nRows, start + ROWS_PER_BLOCK);
    let wanted = Math.floor((end / nRows) * nDrawn) - Math.floor((start / nRows) * nDrawn);
    const lots = random.fork(block);
    for (let k = start; k < end; k++) {
      // Selection sampling (Fan, Muller and Rezucha 1962): as many as wanted, each subset as likely as any other.
      if (lots.below(end - k) < wanted) {
        drawn[nMine++] = rows[k] as number;
        wanted--;
      } else {
        others[nOthers++] = rows[k] as number;
      }
    }
  }
  return nMine;
}
