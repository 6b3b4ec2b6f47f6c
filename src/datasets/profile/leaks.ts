import { strengthOf } from './association.js';
import { groupsOf, lambda, lambdaOf, orderStrength, presenceOf, sameValue } from './leak-measures.js';
import type { Association, LeakReason, ProfileWarning } from './profile-types.js';
import type { SampleColumn } from './sample.js';

/** A column that says this much of the target is mostly the target under another name. */
export const LEAK_STRENGTH = 0.99;
/** A copy with some of its values changed. */
const COPY_SHARE = 0.95;
const COPY_KAPPA = 0.9;
/** Values that are there for one class only are hardly ever there for all of it. */
const PRESENCE_STRENGTH = 0.9;
const MIN_ROWS = 20;

/**
 * How one column says (nearly all of) the target, if it does; the most telling way first.
 * @param pair the measures of association of the two
 */
export function leakOf(
  column: SampleColumn,
  target: SampleColumn,
  pair: Association | undefined,
  hasClasses: boolean,
): ProfileWarning | undefined {
  if (column.codes.length < MIN_ROWS) return undefined;
  const same = sameValue(column, target);
  if (same !== null && same.share >= COPY_SHARE && same.kappa >= COPY_KAPPA) {
    const percent = Math.floor(same.share * 100);
    return leak(
      column,
      'copy',
      same.share,
      `In ${percent} % of the rows that have both, the column has the very value of the target.`,
    );
  }
  if (hasClasses) {
    const renamed = Math.min(lambda(column, target) ?? 0, lambdaOf(groupsOf(target), column) ?? 0);
    if (column.nLevels === target.nLevels && renamed >= COPY_KAPPA) {
      return leak(
        column,
        'renamed',
        renamed,
        'Nearly every value of the column stands for one class, and every class for one value.',
      );
    }
    const decided = lambda(column, target) ?? 0;
    if (decided >= LEAK_STRENGTH)
      return leak(column, 'decides', decided, 'The value of the column decides the class.');
    const ordered = orderStrength(column, target) ?? 0;
    if (ordered >= LEAK_STRENGTH) {
      const message =
        'In the order of the column every class is one stretch, as when rows are numbered after sorting by the target.';
      return leak(column, 'order', ordered, message);
    }
    const present = lambdaOf(presenceOf(column), target) ?? 0;
    if (present >= PRESENCE_STRENGTH) {
      return leak(column, 'presence', present, 'Whether the column has a value says the class.');
    }
  }
  const strength = pair === undefined ? 0 : told(pair, hasClasses);
  if (strength < LEAK_STRENGTH) return undefined;
  const isMonotone = pair?.spearman !== undefined && Math.abs(pair.spearman) >= LEAK_STRENGTH;
  return leak(
    column,
    isMonotone ? 'monotone' : 'associated',
    strength,
    isMonotone
      ? 'The column rises, or falls, wherever the target rises.'
      : 'The column is associated with the target as strongly as a copy would be.',
  );
}

/** Cramér's V and a correlation ratio are 1 as well where the class says the column and not the other way round. */
function told(pair: Association, hasClasses: boolean): number {
  const { columns, pearson = 0, spearman = 0 } = pair;
  return strengthOf(hasClasses ? { columns, pearson, spearman } : pair);
}

export function leak(
  { name }: SampleColumn,
  reason: LeakReason,
  share: number,
  finding: string,
  other?: SampleColumn,
): ProfileWarning {
  return {
    code: 'leaks_target',
    column: name,
    ...(other === undefined ? {} : { otherColumn: other.name }),
    reason,
    message: `${finding} Is it known when a prediction is asked for?`,
    share: Math.min(1, share),
  };
}
