/**
 * Cuts of categories. They have no order of their own, so a node sorts those that occur by their targets; then the best
 * two-sided grouping is a cut of the list (Fisher 1958, doi 10.1080/01621459.1958.10501479; exact for two classes and for
 * squared error). A missing value is one more category, with the code of missing ones.
 *
 *   ranks   8 bytes a code: what it is sorted by
 *   sets    256 bits, a bit a code that occurs at the node of the best cut; behind them 256 bits, those that go left
 */
import { orderAt } from './trees-occupied';
import { nextReal } from './trees-random';
import { bestLeft, binOfCategoryOf, isRandom, nCategoriesOf, order, ranks, sets } from './trees-state';

export const MISSING_BIN: i32 = 255;
const LEFT: usize = 32;
/** Distances of Shell's sort for at most 256 codes. */
const FAR: i32 = 57;
const MIDDLE: i32 = 13;
const NEAR: i32 = 4;

/** Puts the missing code at the end of the list, unless it is there or no row has it. @returns the length of the list */
export function withMissing(nOccupied: i32, isThere: bool): i32 {
  if (!isThere || (nOccupied > 0 && orderAt(nOccupied - 1) === MISSING_BIN)) return nOccupied;
  store<i32>(order + ((<usize>nOccupied) << 2), MISSING_BIN);
  return nOccupied + 1;
}

export function setRank(code: i32, rank: f64): void {
  store<f64>(ranks + ((<usize>code) << 3), rank);
}

export function rankOf(code: i32): f64 {
  return load<f64>(ranks + ((<usize>code) << 3));
}

/** Random cuts: the only place of the list that may be cut; else 0. */
export let firstCut: i32 = 0;

/** @returns how much of a list of n codes, n > 1, is scanned */
export function beginCuts(n: i32): i32 {
  firstCut = isRandom ? <i32>(nextReal() * <f64>(n - 1)) : 0;
  return isRandom ? firstCut + 2 : n;
}

/** Sorts the list by rank, equal ranks by code. */
export function sortByRank(n: i32): void {
  if (n > FAR) sortByGap(n, FAR);
  if (n > MIDDLE) sortByGap(n, MIDDLE);
  if (n > NEAR) sortByGap(n, NEAR);
  sortByGap(n, 1);
}

function sortByGap(n: i32, gap: i32): void {
  for (let p = gap; p < n; p++) {
    const code = orderAt(p);
    const rank = rankOf(code);
    let q = p - gap;
    while (q >= 0) {
      const other = orderAt(q);
      const itsRank = rankOf(other);
      if (itsRank < rank || (itsRank === rank && other < code)) break;
      store<i32>(order + ((<usize>(q + gap)) << 2), other);
      q -= gap;
    }
    store<i32>(order + ((<usize>(q + gap)) << 2), code);
  }
}

/** After the scan: writes the sets of a better cut down, the list up to `bestLeft` goes left. */
export function keepSets(n: i32, isBetter: bool): void {
  firstCut = 0;
  if (!isBetter) return;
  memory.fill(sets, 0, LEFT << 1);
  let isLeft = true;
  for (let p = 0; p < n; p++) {
    const code = orderAt(p);
    const at = sets + ((<usize>(code >> 5)) << 2);
    const bit = (<u32>1) << (<u32>(code & 31));
    store<u32>(at, load<u32>(at) | bit);
    if (isLeft) store<u32>(at + LEFT, load<u32>(at + LEFT) | bit);
    if (code === bestLeft) isLeft = false;
  }
}

export function occurs(code: i32): i32 {
  return <i32>((load<u32>(sets + ((<usize>(code >> 5)) << 2)) >> <u32>(code & 31)) & 1);
}

export function goesRight(code: u32): u32 {
  return ~(load<u32>(sets + LEFT + ((<usize>(code >> 5)) << 2)) >> (code & 31)) & 1;
}

/** Words that say of each category of a column whether it goes left. */
export function wordsOf(column: usize): i32 {
  return (nCategoriesOf(column) + 31) >> 5;
}

/** OUT: those words. Categories that do not occur at the node go where more rows go. */
export function writeSet(column: usize, to: usize, moreGoRight: i32): void {
  const nCategories = nCategoriesOf(column);
  const bins = binOfCategoryOf(column);
  const absent: u32 = moreGoRight ? 0 : 1;
  for (let first = 0; first < nCategories; first += 32) {
    let word: u32 = 0;
    const n = min(32, nCategories - first);
    for (let k = 0; k < n; k++) {
      const bin = <i32>load<u8>(bins + <usize>(first + k));
      const isLeft = occurs(bin) ? 1 - goesRight(<u32>bin) : absent;
      word |= isLeft << (<u32>k);
    }
    store<u32>(to, word);
    to += 4;
  }
}
