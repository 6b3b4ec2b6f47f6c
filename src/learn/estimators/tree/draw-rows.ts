/**
 * The rows that a tree of a forest learns from: drawn with replacement, a row as likely as it weighs (as scikit-learn does
 * since 1.9). What was drawn then counts as often as it was drawn, so the weights of a tree are whole numbers.
 *
 * Weighted draws look a random number up in the running sums of the weights. A guide says for each of n equal stretches of
 * the whole sum where to begin to look (Chen and Asau 1974), so a draw takes two steps on average.
 */
import type { Random } from '../../random.js';

/** How a tree's rows are drawn. */
export interface Bootstrap {
  /** Draws with replacement; null: every row once. */
  readonly nDraws: number | null;
  /** Weigh classes by their frequency in each tree's own sample. */
  readonly balanceClasses: boolean;
}

/** What weighted draws look into: in shared memory. */
export interface DrawTable {
  /** Length n: the sum of the weights up to and with a row. */
  readonly sums: Float64Array;
  /** Length n: the first row whose sum is above k / n of the whole. */
  readonly guide: Uint32Array;
}

/** Cost: O(n), 12 bytes a row. Undefined where all rows weigh the same. */
export function drawTableOf(weights: Float64Array): DrawTable | undefined {
  const n = weights.length;
  if (weights.every((weight) => weight === weights[0])) return undefined;
  const sums = new Float64Array(new SharedArrayBuffer(8 * n));
  let total = 0;
  for (let i = 0; i < n; i++) {
    total += weights[i] as number;
    sums[i] = total;
  }
  const guide = new Uint32Array(new SharedArrayBuffer(4 * n));
  let row = 0;
  for (let k = 0; k < n; k++) {
    while ((sums[row] as number) <= (total * k) / n) row++;
    guide[k] = row;
  }
  return { sums, guide };
}

/** How often each row of `nSamples` is in a tree's sample; undefined: once each. */
export function drawCounts(
  nSamples: number,
  { nDraws }: Bootstrap,
  table: DrawTable | undefined,
  random: Random,
): Uint16Array | undefined {
  if (nDraws === null) return undefined;
  const counts = new Uint16Array(nSamples);
  if (table !== undefined) return drawByWeight(counts, nDraws, table, random);
  for (let k = 0; k < nDraws; k++) {
    // 32 bits times the bound: the bias is below n / 2^32, and no division is needed.
    const row = Math.floor((random.nextUint32() * nSamples) / 4294967296);
    counts[row] = (counts[row] as number) + 1;
  }
  return counts;
}

function drawByWeight(
  counts: Uint16Array,
  nDraws: number,
  { sums, guide }: DrawTable,
  random: Random,
): Uint16Array {
  const n = counts.length;
  const total = sums[n - 1] as number;
  for (let k = 0; k < nDraws; k++) {
    const drawn = random.next();
    const wanted = drawn * total;
    let row = guide[Math.floor(drawn * n)] as number;
    // Rounding may put the guide a row too far; a row of weight 0 is never wanted.
    while (row > 0 && (sums[row - 1] as number) > wanted) row--;
    while ((sums[row] as number) <= wanted && row < n - 1) row++;
    counts[row] = (counts[row] as number) + 1;
  }
  return counts;
}
