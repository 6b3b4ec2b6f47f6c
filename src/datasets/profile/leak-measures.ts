import type { SampleColumn } from './sample.js';

/** How much a column, or a grouping of the rows, says of a target; all on the rows that have both. */

const N_RANK_BINS = 32;
/** Below this many rows a group "predicts" its class by being small. */
const MIN_ROWS_A_GROUP = 5;

export interface Groups {
  /** Of each row, 0..nGroups-1; -1 is none. */
  readonly groups: Int32Array;
  readonly nGroups: number;
}

/** Goodman and Kruskal's lambda of the class given the column; null when the column's groups are too small to tell. */
export function lambda(column: SampleColumn, target: SampleColumn): number | null {
  return lambdaOf(groupsOf(column), target);
}

/** The same of any grouping of the rows; -1 is in no group. */
export function lambdaOf({ groups, nGroups }: Groups, target: SampleColumn): number | null {
  const nClasses = target.nLevels;
  if (nGroups * nClasses > 4_000_000) return null;
  const cells = new Float64Array(nGroups * nClasses);
  const classes = new Float64Array(nClasses);
  let n = 0;
  for (let i = 0; i < groups.length; i++) {
    const [group, code] = [groups[i] as number, target.codes[i] as number];
    if (group < 0 || code < 0) continue;
    n++;
    cells[group * nClasses + code]! += 1;
    classes[code]! += 1;
  }
  let nOccupied = 0;
  let nRight = 0;
  for (let group = 0; group < nGroups; group++) {
    let best = 0;
    for (let code = 0; code < nClasses; code++)
      best = Math.max(best, cells[group * nClasses + code] as number);
    nRight += best;
    if (best > 0) nOccupied++;
  }
  const nGuessed = classes.reduce((most, count) => Math.max(most, count), 0);
  if (n < MIN_ROWS_A_GROUP * nOccupied || nGuessed === n) return null;
  return (nRight - nGuessed) / (n - nGuessed);
}

/** Texts by their values, numbers in rank bins. */
export function groupsOf(column: SampleColumn): Groups {
  return column.isText ? { groups: column.codes, nGroups: column.nLevels } : rankBins(column);
}

/** Numbers as bins of about equal size; equal numbers stay together, and few of them are their own bins. */
function rankBins({ codes, nLevels }: SampleColumn): Groups {
  if (nLevels <= N_RANK_BINS) return { groups: codes, nGroups: nLevels };
  const counts = new Float64Array(nLevels);
  let n = 0;
  for (const code of codes) {
    if (code < 0) continue;
    counts[code]! += 1;
    n++;
  }
  const binOf = new Int32Array(nLevels);
  let below = 0;
  for (let level = 0; level < nLevels; level++) {
    binOf[level] = Math.min(N_RANK_BINS - 1, Math.floor((below / n) * N_RANK_BINS));
    below += counts[level] as number;
  }
  return { groups: codes.map((code) => (code < 0 ? -1 : (binOf[code] as number))), nGroups: N_RANK_BINS };
}

/**
 * Whether a number puts the classes in order: the rows are sorted by it, and neighbouring values of one majority make a
 * stretch. 1 minus (rows outside of their stretch's class + stretches beyond one a class) over the errors of always
 * guessing the most frequent class; 1 when every class is one stretch, far below 0 at random.
 */
export function orderStrength(column: SampleColumn, target: SampleColumn): number | null {
  const { nLevels, codes } = column;
  const nClasses = target.nLevels;
  if (column.isText || nLevels * nClasses > 4_000_000) return null;
  const cells = new Float64Array(nLevels * nClasses);
  const classes = new Float64Array(nClasses);
  let n = 0;
  for (let i = 0; i < codes.length; i++) {
    const [level, code] = [codes[i] as number, target.codes[i] as number];
    if (level < 0 || code < 0) continue;
    cells[level * nClasses + code]! += 1;
    classes[code]! += 1;
    n++;
  }
  let nErrors = 0;
  let nStretches = 0;
  let current = -1;
  for (let level = 0; level < nLevels; level++) {
    let best = -1;
    let nBest = 0;
    let nHere = 0;
    for (let code = 0; code < nClasses; code++) {
      const count = cells[level * nClasses + code] as number;
      nHere += count;
      if (count > nBest) [best, nBest] = [code, count];
    }
    if (nHere === 0) continue;
    nErrors += nHere - nBest;
    if (best !== current) nStretches++;
    current = best;
  }
  const nOccupied = classes.filter((count) => count > 0).length;
  const nGuessed = classes.reduce((most, count) => Math.max(most, count), 0);
  if (nOccupied < 2 || n < MIN_ROWS_A_GROUP * nStretches) return null;
  return 1 - (nErrors + Math.max(0, nStretches - nOccupied)) / (n - nGuessed);
}

/**
 * How often the column has the very value of the target, and how far that is beyond chance (Cohen's kappa: 0 at chance, 1
 * always). Null between a text and a number.
 */
export function sameValue(
  column: SampleColumn,
  target: SampleColumn,
): { readonly share: number; readonly kappa: number } | null {
  if (column.isText !== target.isText) return null;
  const keyOf = ({ texts, values, codes }: SampleColumn, row: number) =>
    texts === undefined ? values[row] : texts[codes[row] as number];
  const counts = new Map<unknown, { a: number; b: number }>();
  let n = 0;
  let nSame = 0;
  for (let i = 0; i < column.codes.length; i++) {
    if ((column.codes[i] as number) < 0 || (target.codes[i] as number) < 0) continue;
    const [a, b] = [keyOf(column, i), keyOf(target, i)];
    n++;
    if (a === b) nSame++;
    countOf(counts, a).a++;
    countOf(counts, b).b++;
  }
  if (n === 0) return null;
  let chance = 0;
  for (const { a, b } of counts.values()) chance += (a / n) * (b / n);
  const share = nSame / n;
  return { share, kappa: chance < 1 ? (share - chance) / (1 - chance) : 0 };
}

function countOf(counts: Map<unknown, { a: number; b: number }>, key: unknown): { a: number; b: number } {
  const found = counts.get(key) ?? { a: 0, b: 0 };
  counts.set(key, found);
  return found;
}

/** Rows with a value and rows without one. */
export function presenceOf({ codes }: SampleColumn): Groups {
  return { groups: codes.map((code) => (code < 0 ? 0 : 1)), nGroups: 2 };
}

/** Every combination of two groupings. */
export function crossed(a: Groups, b: Groups): Groups {
  const groups = a.groups.map((group, i) => {
    const other = b.groups[i] as number;
    return group < 0 || other < 0 ? -1 : group * b.nGroups + other;
  });
  return { groups, nGroups: a.nGroups * b.nGroups };
}
