import { pearson } from './association.js';
import { crossed, type Groups, groupsOf, lambdaOf } from './leak-measures.js';
import { LEAK_STRENGTH, leak } from './leaks.js';
import type { ProfileWarning } from './profile-types.js';
import type { SampleColumn } from './sample.js';

/**
 * Two columns that say the target together although neither does alone: a target that is their sum or product, a column
 * that follows from the target within each group of another, a column that holds the target's mean of each group.
 * Cost: 780 pairs of numbers and 400 of a number and a group, some 100 ms each at 20,000 rows.
 */

const MAX_NUMBERS = 40;
const MAX_GROUPINGS = 10;
const MAX_GROUPS = 50;
const MAX_WARNINGS = 20;
const MIN_ROWS = 30;
const MIN_ROWS_A_GROUP = 10;
/** R² of a target that is computed from two columns; rounding costs some of it. */
const FORMULA_STRENGTH = 0.9999;
/** A value is the computed one when it is this near, relative to the spread of the target. */
const EXACT = 1e-6;
const EXACT_SHARE = 0.99;

/** @param columns those that do not leak it alone */
export function pairLeaks(
  columns: readonly SampleColumn[],
  target: SampleColumn,
  hasClasses: boolean,
): ProfileWarning[] {
  if (target.codes.length < MIN_ROWS) return [];
  const numbers = columns.filter(({ isText }) => !isText).slice(0, MAX_NUMBERS);
  const groupings = columns
    .filter(({ nLevels }) => nLevels <= MAX_GROUPS && nLevels <= target.codes.length / MIN_ROWS_A_GROUP)
    .slice(0, MAX_GROUPINGS);
  const found = hasClasses
    ? decidedTogether(columns.slice(0, MAX_NUMBERS), groupings, target)
    : [...formulas(numbers, target), ...followsByGroup(numbers, groupings, target)];
  return oncePerPair([...found, ...groupMeans(numbers, columns, target)]).slice(0, MAX_WARNINGS);
}

/** A sum is also a line within each group of the other column: the first finding is the most telling one. */
function oncePerPair(warnings: readonly ProfileWarning[]): ProfileWarning[] {
  const told = new Set<string>();
  return warnings.filter(({ column, otherColumn }) => {
    const pair = JSON.stringify([column, otherColumn].sort());
    if (told.has(pair)) return false;
    told.add(pair);
    return true;
  });
}

function formulas(numbers: readonly SampleColumn[], target: SampleColumn): ProfileWarning[] {
  const sums = fittingPairs(numbers, target.values, ({ values }) => values);
  const isPositive = ({ values }: SampleColumn) => values.every((value) => !(value <= 0));
  const logarithms = new Map(
    numbers.filter(isPositive).map((column) => [column, column.values.map(Math.log)] as const),
  );
  const products = isPositive(target)
    ? fittingPairs([...logarithms.keys()], target.values.map(Math.log), (column) => logarithms.get(column)!)
    : [];
  return [
    ...sums.map(({ a, b, strength }) =>
      leak(a, 'formula', strength, `The target is ${sumOf(a, b, target)}.`, b),
    ),
    ...products.map(({ a, b, strength }) =>
      leak(a, 'formula', strength, `The target is ${productOf(a, b, target)}.`, b),
    ),
  ];
}

interface FittingPair {
  readonly a: SampleColumn;
  readonly b: SampleColumn;
  /** R², 0..1. */
  readonly strength: number;
}

/** Pairs of which a weighted sum is the target. Correlations choose them; the rows that have all three decide. */
function fittingPairs(
  columns: readonly SampleColumn[],
  wanted: Float64Array,
  valuesOf: (column: SampleColumn) => Float64Array,
): FittingPair[] {
  const withTarget = columns.map((column) => pearson(valuesOf(column), wanted) ?? 0);
  const found: FittingPair[] = [];
  for (const [i, a] of columns.entries()) {
    for (let j = i + 1; j < columns.length; j++) {
      const b = columns[j]!;
      const between = pearson(valuesOf(a), valuesOf(b)) ?? 0;
      const [ra, rb] = [withTarget[i]!, withTarget[j]!];
      // Missing values make each r one of other rows: this only sorts out.
      const guess = (ra * ra + rb * rb - 2 * ra * rb * between) / Math.max(1e-12, 1 - between * between);
      if (guess < 0.9) continue;
      const strength = explained(valuesOf(a), valuesOf(b), wanted);
      if (strength >= FORMULA_STRENGTH) found.push({ a, b, strength });
    }
  }
  return found;
}

/** R² of y on a and b, over the rows that have all three; 0 where a and b are the same. */
function explained(a: Float64Array, b: Float64Array, y: Float64Array): number {
  const rows = [...a.keys()].filter((i) => !Number.isNaN(a[i]! + b[i]! + y[i]!));
  if (rows.length < MIN_ROWS) return 0;
  const centred = (values: Float64Array) => {
    const mean = rows.reduce((sum, i) => sum + values[i]!, 0) / rows.length;
    return rows.map((i) => values[i]! - mean);
  };
  const [x, z, t] = [centred(a), centred(b), centred(y)];
  const product = (left: readonly number[], right: readonly number[]) =>
    left.reduce((sum, value, i) => sum + value * right[i]!, 0);
  const [xx, zz, tt, xz, xt, zt] = [
    product(x, x),
    product(z, z),
    product(t, t),
    product(x, z),
    product(x, t),
    product(z, t),
  ];
  const determinant = xx * zz - xz * xz;
  if (!(determinant > 1e-9 * xx * zz) || tt === 0) return 0;
  const [u, v] = [(xt * zz - zt * xz) / determinant, (zt * xx - xt * xz) / determinant];
  const residual = t.reduce((sum, value, i) => sum + (value - u * x[i]! - v * z[i]!) ** 2, 0);
  return 1 - residual / tt;
}

function sumOf(a: SampleColumn, b: SampleColumn, target: SampleColumn): string {
  const other = `"${b.name}"`;
  if (isExactly(a, b, target, (x, y) => x + y)) return `the sum of this column and ${other}`;
  if (isExactly(a, b, target, (x, y) => x - y)) return `this column minus ${other}`;
  if (isExactly(a, b, target, (x, y) => y - x)) return `${other} minus this column`;
  return `a weighted sum of this column and ${other}`;
}

function productOf(a: SampleColumn, b: SampleColumn, target: SampleColumn): string {
  const other = `"${b.name}"`;
  if (isExactly(a, b, target, (x, y) => x * y)) return `the product of this column and ${other}`;
  if (isExactly(a, b, target, (x, y) => x / y)) return `this column divided by ${other}`;
  if (isExactly(a, b, target, (x, y) => y / x)) return `${other} divided by this column`;
  return `a product of powers of this column and ${other}`;
}

function isExactly(
  a: SampleColumn,
  b: SampleColumn,
  { values }: SampleColumn,
  compute: (x: number, y: number) => number,
): boolean {
  let n = 0;
  let nExact = 0;
  for (const [i, wanted] of values.entries()) {
    const computed = compute(a.values[i]!, b.values[i]!);
    if (Number.isNaN(computed + wanted)) continue;
    n++;
    if (Math.abs(computed - wanted) <= EXACT * Math.max(1, Math.abs(wanted))) nExact++;
  }
  return n > 0 && nExact >= EXACT_SHARE * n;
}

/** Within each group a straight line from the column to the target; the shares that the lines explain, pooled. */
function followsByGroup(
  numbers: readonly SampleColumn[],
  groupings: readonly SampleColumn[],
  target: SampleColumn,
): ProfileWarning[] {
  const found: ProfileWarning[] = [];
  for (const grouping of groupings) {
    for (const column of numbers) {
      if (column === grouping) continue;
      const strength = explainedByGroup(column.values, grouping, target.values);
      if (strength < LEAK_STRENGTH ** 2) continue;
      const finding = `Within each value of "${grouping.name}" the column is the target in another unit.`;
      found.push(leak(column, 'by_group', strength, finding, grouping));
    }
  }
  return found;
}

function explainedByGroup(x: Float64Array, { codes, nLevels }: SampleColumn, y: Float64Array): number {
  const counts = new Float64Array(nLevels);
  const [meanX, meanY] = [new Float64Array(nLevels), new Float64Array(nLevels)];
  const isUsed = (i: number) => codes[i]! >= 0 && !Number.isNaN(x[i]! + y[i]!);
  let n = 0;
  for (let i = 0; i < x.length; i++) {
    if (!isUsed(i)) continue;
    const group = codes[i]!;
    counts[group]! += 1;
    meanX[group]! += x[i]!;
    meanY[group]! += y[i]!;
    n++;
  }
  if (n < MIN_ROWS || n < MIN_ROWS_A_GROUP * nLevels) return 0;
  for (let group = 0; group < nLevels; group++) {
    meanX[group]! /= counts[group]!;
    meanY[group]! /= counts[group]!;
  }
  const [xx, xy] = [new Float64Array(nLevels), new Float64Array(nLevels)];
  let total = 0;
  for (let i = 0; i < x.length; i++) {
    if (!isUsed(i)) continue;
    const group = codes[i]!;
    const [dx, dy] = [x[i]! - meanX[group]!, y[i]! - meanY[group]!];
    xx[group]! += dx * dx;
    xy[group]! += dx * dy;
    total += dy * dy;
  }
  const explained = xx.reduce((sum, square, group) => sum + (square > 0 ? xy[group]! ** 2 / square : 0), 0);
  return total > 0 ? explained / total : 0;
}

/** Two columns whose values decide the class together. */
function decidedTogether(
  columns: readonly SampleColumn[],
  groupings: readonly SampleColumn[],
  target: SampleColumn,
): ProfileWarning[] {
  const found: ProfileWarning[] = [];
  const binned = new Map<SampleColumn, Groups>(columns.map((column) => [column, groupsOf(column)]));
  for (const [at, grouping] of groupings.entries()) {
    for (const column of columns) {
      if (groupings.indexOf(column) >= 0 && groupings.indexOf(column) <= at) continue;
      const pair = crossed(binned.get(column) ?? groupsOf(column), groupsOf(grouping));
      const strength = lambdaOf(pair, target) ?? 0;
      if (strength < LEAK_STRENGTH) continue;
      const finding = `The values of this column and of "${grouping.name}" decide the class together.`;
      found.push(leak(column, 'by_group', strength, finding, grouping));
    }
  }
  return found;
}

/** Columns that hold the mean of the target (of two classes: the share of one) of each group of another. */
function groupMeans(
  numbers: readonly SampleColumn[],
  columns: readonly SampleColumn[],
  target: SampleColumn,
): ProfileWarning[] {
  const isMean = target.isText ? target.nLevels === 2 : true;
  if (!isMean) return [];
  // Codes of two classes are 0 and 1: their mean is the share of the second.
  const values =
    target.nLevels === 2
      ? Float64Array.from(target.codes, (code) => (code < 0 ? Number.NaN : code))
      : target.values;
  const groupings = columns
    .filter(({ nLevels }) => nLevels >= 3 && nLevels <= target.codes.length / 2)
    .slice(0, MAX_NUMBERS);
  const found: ProfileWarning[] = [];
  for (const grouping of groupings) {
    const means = meansOf(values, grouping);
    for (const column of numbers) {
      if (column === grouping || column.nLevels > grouping.nLevels || column.nLevels < 3) continue;
      if (!holdsMeans(column.values, grouping, means, target.nLevels === 2)) continue;
      const finding = `The column holds the mean of the target for each value of "${grouping.name}".`;
      found.push(leak(column, 'group_mean', 1, finding, grouping));
    }
  }
  return found;
}

function meansOf(values: Float64Array, { codes, nLevels }: SampleColumn): Float64Array {
  const [sums, counts] = [new Float64Array(nLevels), new Float64Array(nLevels)];
  for (const [i, group] of codes.entries()) {
    if (group < 0 || Number.isNaN(values[i]!)) continue;
    sums[group]! += values[i]!;
    counts[group]! += 1;
  }
  return sums.map((sum, group) => sum / counts[group]!);
}

function holdsMeans(
  x: Float64Array,
  { codes }: SampleColumn,
  means: Float64Array,
  isShare: boolean,
): boolean {
  let n = 0;
  let nMean = 0;
  let nOther = 0;
  for (const [i, group] of codes.entries()) {
    const [value, mean] = [x[i]!, group < 0 ? Number.NaN : means[group]!];
    if (Number.isNaN(value + mean)) continue;
    n++;
    const tolerance = EXACT * Math.max(1, Math.abs(mean));
    if (Math.abs(value - mean) <= tolerance) nMean++;
    if (isShare && Math.abs(value - (1 - mean)) <= tolerance) nOther++;
    if (n > 1000 && nMean < n / 2 && nOther < n / 2) return false;
  }
  return n >= MIN_ROWS && Math.max(nMean, nOther) >= EXACT_SHARE * n;
}
