import { LearnError } from '../errors.js';
import type { Codes, RowIndices } from '../matrix/number-types.js';
import type { Random } from '../random.js';

/** Rows to learn from and rows held out: disjoint, each ascending. */
export interface Split {
  readonly train: RowIndices;
  readonly test: RowIndices;
}

/**
 * Splits rows at random.
 * @param nSamples rows to split, >= 2 when testShare > 0
 * @param testShare 0 <= share < 1. 0: nothing is held out. Otherwise round(share * nSamples) rows are, at least
 *   one and at most nSamples - 1
 * @throws LearnError not_enough_rows when one side would be empty
 * Cost: O(n).
 */
export function splitRows(nSamples: number, testShare: number, random: Random): Split {
  return gather(drawMembership(nSamples, testSize(nSamples, testShare), random));
}

/**
 * Splits rows at random so that both sides have the classes in (nearly) equal shares. Each class gives
 * share * members to the test side, rounded by largest remainders, and keeps at least one training row: a class
 * that only the test side knows could never be predicted. A class of one member stays in training.
 * @param codes the class of each row, 0..nClasses-1
 * @throws LearnError not_enough_rows when nothing could be held out (every class has one member)
 * Cost: O(n + k log k).
 */
export function splitStratified(codes: Codes, nClasses: number, testShare: number, random: Random): Split {
  const nSamples = codes.length;
  const members = membersByClass(codes, nClasses);
  const quotas = allocate(
    members.map((rows) => rows.length),
    testSize(nSamples, testShare),
  );
  if (testShare > 0 && quotas.every((quota) => quota === 0)) {
    throw new LearnError(
      'not_enough_rows',
      'No row can be held out: each class has a single row, which training needs.',
    );
  }
  const isTest = new Uint8Array(nSamples);
  for (const [code, rows] of members.entries()) {
    const quota = quotas[code] as number;
    if (quota === 0) continue;
    random.fork(code).shuffle(rows);
    for (let i = 0; i < quota; i++) isTest[rows[i] as number] = 1;
  }
  return gather(isTest);
}

function testSize(nSamples: number, testShare: number): number {
  if (testShare === 0) return 0;
  if (nSamples < 2) {
    throw new LearnError('not_enough_rows', `Holding rows out needs at least 2 rows; there are ${nSamples}.`);
  }
  return Math.min(Math.max(Math.round(nSamples * testShare), 1), nSamples - 1);
}

function drawMembership(nSamples: number, nTest: number, random: Random): Uint8Array {
  const order = Uint32Array.from({ length: nSamples }, (_, i) => i);
  const isTest = new Uint8Array(nSamples);
  if (nTest === 0) return isTest;
  random.shuffle(order);
  for (let i = 0; i < nTest; i++) isTest[order[i] as number] = 1;
  return isTest;
}

/** Rows of each class, ascending. */
export function membersByClass(codes: Codes, nClasses: number): RowIndices[] {
  const counts = new Uint32Array(nClasses);
  for (const code of codes) counts[code]! += 1;
  const members = Array.from(counts, (count) => new Uint32Array(count));
  counts.fill(0);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number;
    (members[code] as RowIndices)[counts[code]!++] = i;
  }
  return members;
}

/** Shares `total` out over groups in proportion to their sizes; no group gives its last member. */
function allocate(sizes: readonly number[], total: number): number[] {
  const nSamples = sizes.reduce((sum, size) => sum + size, 0);
  const limit = (size: number): number => Math.max(size - 1, 0);
  const exact = sizes.map((size) => (size * total) / nSamples);
  const quotas = exact.map((share, group) => Math.min(Math.floor(share), limit(sizes[group] as number)));
  let rest = total - quotas.reduce((sum, quota) => sum + quota, 0);
  // Sort is stable, so equal remainders are served in the order of the classes.
  const order = exact
    .map((share, group) => ({ group, remainder: share - Math.floor(share) }))
    .sort((a, b) => b.remainder - a.remainder);
  // One round serves the remainders; further rounds happen only where single-member classes could not give.
  for (let given = true; rest > 0 && given; ) {
    given = false;
    for (const { group } of order) {
      if (rest === 0) break;
      if ((quotas[group] as number) >= limit(sizes[group] as number)) continue;
      quotas[group] = (quotas[group] as number) + 1;
      rest--;
      given = true;
    }
  }
  return quotas;
}

function gather(isTest: Uint8Array): Split {
  let nTest = 0;
  for (const flag of isTest) nTest += flag;
  const test = new Uint32Array(nTest);
  const train = new Uint32Array(isTest.length - nTest);
  for (let i = 0, a = 0, b = 0; i < isTest.length; i++) {
    if (isTest[i] === 1) test[a++] = i;
    else train[b++] = i;
  }
  return { train, test };
}
