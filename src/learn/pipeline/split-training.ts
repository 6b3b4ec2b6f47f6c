import { LearnError } from '../errors.js';
import type { Random } from '../random.js';
import { type Split, splitRows, splitStratified } from '../selection/split.js';
import type { TrainingTarget } from './training-target.js';

/**
 * Holds rows out for the evaluation; positions into the target's rows, rising. A classification keeps the shares
 * of its classes; a class with one row is learned from and cannot be evaluated, which a warning says.
 * @param testShare 0 <= share < 1; 0 holds nothing out
 * @param warnings OUT
 * @throws LearnError not_enough_rows when fewer than 2 rows would be left to learn from, or none to evaluate on
 */
export function splitTraining(
  target: TrainingTarget,
  testShare: number,
  random: Random,
  warnings: string[],
): Split {
  const nRows = target.rows.length;
  if (nRows === 0) throw new LearnError('not_enough_rows', 'There is no row to learn from.');
  const split =
    target.task === 'classification'
      ? splitStratified(target.codes, target.labels.classes.length, testShare, random)
      : splitRows(nRows, testShare, random);
  if (split.train.length < 2) {
    throw new LearnError('not_enough_rows', 'At least 2 rows must be left to learn from.');
  }
  if (target.task === 'classification' && testShare > 0)
    warnOfSingles(target.codes, target.labels.classes.length, warnings);
  return split;
}

function warnOfSingles(codes: Int32Array, nClasses: number, warnings: string[]): void {
  const sizes = new Uint32Array(nClasses);
  for (const code of codes) (sizes[code] as number)++;
  const nSingles = sizes.filter((size) => size === 1).length;
  if (nSingles > 0) {
    const classes = nSingles === 1 ? '1 class has' : `${nSingles} classes have`;
    warnings.push(`${classes} one row only: learned from, but not evaluated.`);
  }
}
