import { associate, MAX_LEVELS, strengthOf } from './association.js';
import type { Association, ColumnProfile, ProfileWarning, TargetProfile } from './profile-types.js';
import type { Sample, SampleColumn } from './sample.js';

/** A number with at most so many values, all whole, may be a class. */
const MAX_NUMBER_CLASSES = 20;
const N_SHOWN_CLASSES = 100;
/** A column that says this much of the target is mostly the target under another name. */
const LEAK_STRENGTH = 0.99;
const N_RANK_BINS = 32;
/** Below this many rows a group "predicts" its class by being small. */
const MIN_ROWS_A_GROUP = 5;
const IMBALANCE_RATIO = 10;

/**
 * What the other columns say of the one that is to be learned. A column leaks the target when it is associated with
 * it as strongly as a copy would be, or when its values (numbers: in 32 rank bins) decide the class: the
 * error of guessing each value's most frequent class is a hundredth of that of guessing the most frequent class of all
 * (Goodman and Kruskal's lambda >= 0.99).
 */
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
  for (const other of sample.columns) {
    if (other === column || other.nLevels < 2) continue;
    const isComparable = [other, column].every((one) => !one.isText || one.nLevels <= MAX_LEVELS);
    const pair = isComparable ? associate(other, column) : undefined;
    if (pair !== undefined) associations.push(pair);
    const decided = hasClasses ? (lambda(other, column) ?? 0) : 0;
    const strength = Math.max(decided, pair === undefined ? 0 : strengthOf(pair));
    if (strength < LEAK_STRENGTH) continue;
    const message = 'The column says nearly all of the target: is it known when a prediction is asked for?';
    warnings.push({ code: 'leaks_target', column: other.name, message, share: strength });
  }
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

/** Goodman and Kruskal's lambda of the class given the column; null when the column's groups are too small to tell. */
export function lambda(column: SampleColumn, target: SampleColumn): number | null {
  const { groups, nGroups } = column.isText
    ? { groups: column.codes, nGroups: column.nLevels }
    : rankBins(column);
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

/** Numbers as bins of about equal size; equal numbers stay together, and few of them are their own bins. */
function rankBins({ codes, nLevels }: SampleColumn): { groups: Int32Array; nGroups: number } {
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
