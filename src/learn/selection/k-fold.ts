import { LearnError } from '../errors.js';
import type { Codes } from '../matrix/number-types.js';
import type { Random } from '../random.js';
import { membersByClass, type Split } from './split.js';

/**
 * Splits rows into k folds at random, each the test side once. Fold sizes differ by at most one.
 * @param nFolds 2..nSamples
 * @throws LearnError not_enough_rows when there are fewer rows than folds
 */
export function kFold(nSamples: number, nFolds: number, random: Random): Split[] {
  requireRows(nSamples, nFolds);
  const order = Uint32Array.from({ length: nSamples }, (_, i) => i);
  random.shuffle(order);
  const fold = new Uint32Array(nSamples);
  for (let i = 0; i < nSamples; i++) fold[order[i] as number] = i % nFolds;
  return splitsOf(fold, nFolds);
}

/**
 * Splits rows into k folds with (nearly) equal class shares: the rows of all classes, shuffled within their class,
 * are dealt out in one round after another, so sizes of folds and of classes within them differ by at most one.
 * A class with fewer members than folds is missing from some test sides; one of a single member is missing
 * from one training side.
 * @param codes the class of each row, 0..nClasses-1
 * @throws LearnError not_enough_rows when there are fewer rows than folds
 */
export function stratifiedKFold(codes: Codes, nClasses: number, nFolds: number, random: Random): Split[] {
  requireRows(codes.length, nFolds);
  const fold = new Uint32Array(codes.length);
  let dealt = 0;
  for (const [code, rows] of membersByClass(codes, nClasses).entries()) {
    random.fork(code).shuffle(rows);
    for (const row of rows) fold[row] = dealt++ % nFolds;
  }
  return splitsOf(fold, nFolds);
}

function requireRows(nSamples: number, nFolds: number): void {
  if (nSamples < nFolds) {
    throw new LearnError('not_enough_rows', `${nFolds} folds need as many rows; there are ${nSamples}.`);
  }
}

function splitsOf(fold: Uint32Array, nFolds: number): Split[] {
  return Array.from({ length: nFolds }, (_, k) => {
    const test: number[] = [];
    const train: number[] = [];
    for (let i = 0; i < fold.length; i++) (fold[i] === k ? test : train).push(i);
    return { train: Uint32Array.from(train), test: Uint32Array.from(test) };
  });
}
