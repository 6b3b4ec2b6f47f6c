import { associate, MAX_LEVELS, strengthOf } from './association.js';
import { leakOf } from './leaks.js';
import { pairLeaks } from './pair-leaks.js';
import type { Association, ColumnProfile, ProfileWarning, TargetProfile } from './profile-types.js';
import type { Sample, SampleColumn } from './sample.js';

/** A number with at most so many values, all whole, may be a class. */
const MAX_NUMBER_CLASSES = 20;
const N_SHOWN_CLASSES = 100;
const IMBALANCE_RATIO = 10;

/** What the other columns say of the one that is to be learned. */
export function profileTarget(
  target: string,
  sample: Sample,
  profiles: readonly ColumnProfile[],
): TargetProfile {
  const column = sample.columns.find(({ name }) => name === target)!;
  const profile = profiles.find(({ name }) => name === target)!;
  const hasClasses =
    profile.type === 'text' ||
    profile.type === 'boolean' ||
    (profile.integer === true && profile.nDistinct <= MAX_NUMBER_CLASSES);
  const associations: Association[] = [];
  const warnings: ProfileWarning[] = [];
  const innocent: SampleColumn[] = [];
  for (const other of sample.columns) {
    if (other === column || other.nLevels < 2) continue;
    const isComparable = [other, column].every((one) => !one.isText || one.nLevels <= MAX_LEVELS);
    const pair = isComparable ? associate(other, column) : undefined;
    if (pair !== undefined) associations.push(pair);
    const leak = leakOf(other, column, pair, hasClasses);
    if (leak === undefined) innocent.push(other);
    else warnings.push(leak);
  }
  warnings.push(...pairLeaks(innocent, column, hasClasses));
  const classes = hasClasses ? profile.topValues.slice(0, N_SHOWN_CLASSES) : undefined;
  if (hasClasses) warnings.push(...imbalance(column));
  return {
    column: target,
    kind: hasClasses ? 'classes' : 'values',
    ...(classes === undefined ? {} : { classes }),
    associations: associations.sort((a, b) => strengthOf(b) - strengthOf(a)),
    warnings,
  };
}

function imbalance(target: SampleColumn): ProfileWarning[] {
  const counts = new Float64Array(target.nLevels);
  for (const code of target.codes) if (code >= 0) counts[code]! += 1;
  if (counts.length < 2) return [];
  const [rarest, largest] = [Math.min(...counts), Math.max(...counts)];
  if (largest < IMBALANCE_RATIO * rarest) return [];
  const nPresent = counts.reduce((sum, count) => sum + count, 0);
  const message = `The most frequent class has ${Math.round(largest / rarest)} times the rows of the rarest.`;
  return [{ code: 'class_imbalance', column: target.name, message, share: rarest / nPresent }];
}
