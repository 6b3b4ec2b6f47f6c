import type { Association } from './profile-types.js';
import type { SampleColumn } from './sample.js';

/**
 * How strongly two columns go together, over the rows that have both. Null where it is not defined: fewer than two
 * rows, or a column that is constant in them.
 */

/** Beyond this a category has too few rows of the sample to say anything. */
export const MAX_LEVELS = 100;

export function associate(a: SampleColumn, b: SampleColumn): Association | undefined {
  const columns = [a.name, b.name] as const;
  if (a.isText && b.isText) return defined({ columns, cramersV: cramersV(a, b) });
  if (a.isText) return defined({ columns, correlationRatio: correlationRatio(a, b) });
  if (b.isText) return defined({ columns, correlationRatio: correlationRatio(b, a) });
  return defined({ columns, pearson: pearson(a.values, b.values), spearman: spearman(a, b) });
}

/** The strongest of its measures, 0..1. */
export function strengthOf({ pearson, spearman, cramersV, correlationRatio }: Association): number {
  return Math.max(
    Math.abs(pearson ?? 0),
    Math.abs(spearman ?? 0),
    Math.abs(cramersV ?? 0),
    Math.abs(correlationRatio ?? 0),
  );
}

function defined(measures: {
  columns: readonly [string, string];
  [measure: string]: number | null | readonly [string, string];
}): Association | undefined {
  const entries = Object.entries(measures).filter(([, value]) => value !== null);
  return entries.length > 1 ? (Object.fromEntries(entries) as unknown as Association) : undefined;
}

/** Pearson's r over the rows where both are numbers. Two passes: sums of squares of large numbers would cancel. */
export function pearson(x: Float64Array, y: Float64Array): number | null {
  let n = 0;
  let sumX = 0;
  let sumY = 0;
  for (let i = 0; i < x.length; i++) {
    const [a, b] = [x[i] as number, y[i] as number];
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    n++;
    sumX += a;
    sumY += b;
  }
  if (n < 2) return null;
  const [meanX, meanY] = [sumX / n, sumY / n];
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < x.length; i++) {
    const [a, b] = [(x[i] as number) - meanX, (y[i] as number) - meanY];
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  const r = xy / Math.sqrt(xx * yy);
  return Number.isFinite(r) ? Math.max(-1, Math.min(1, r)) : null;
}

/** Spearman's rho: Pearson's r of the mid-ranks. The dense codes are in order, so ranking is counting. */
export function spearman(a: SampleColumn, b: SampleColumn): number | null {
  const isPresent = (i: number) => (a.codes[i] as number) >= 0 && (b.codes[i] as number) >= 0;
  return pearson(midRanks(a, isPresent), midRanks(b, isPresent));
}

function midRanks({ codes, nLevels }: SampleColumn, isPresent: (row: number) => boolean): Float64Array {
  const counts = new Float64Array(nLevels);
  for (let i = 0; i < codes.length; i++) if (isPresent(i)) counts[codes[i] as number]! += 1;
  const rankOf = new Float64Array(nLevels);
  let below = 0;
  for (let level = 0; level < nLevels; level++) {
    rankOf[level] = below + ((counts[level] as number) + 1) / 2;
    below += counts[level] as number;
  }
  return Float64Array.from(codes, (code, i) => (isPresent(i) ? (rankOf[code] as number) : Number.NaN));
}

/** Cramér's V without correction: the root of chi² over n times (the smaller number of levels - 1). */
export function cramersV(a: SampleColumn, b: SampleColumn): number | null {
  const cells = new Float64Array(a.nLevels * b.nLevels);
  const sumsA = new Float64Array(a.nLevels);
  const sumsB = new Float64Array(b.nLevels);
  let n = 0;
  for (let i = 0; i < a.codes.length; i++) {
    const [row, column] = [a.codes[i] as number, b.codes[i] as number];
    if (row < 0 || column < 0) continue;
    n++;
    cells[row * b.nLevels + column]! += 1;
    sumsA[row]! += 1;
    sumsB[column]! += 1;
  }
  const nFree = Math.min(nOccupied(sumsA), nOccupied(sumsB)) - 1;
  if (nFree < 1) return null;
  let chiSquared = 0;
  for (let row = 0; row < a.nLevels; row++) {
    for (let column = 0; column < b.nLevels; column++) {
      const expected = ((sumsA[row] as number) * (sumsB[column] as number)) / n;
      if (expected === 0) continue;
      chiSquared += ((cells[row * b.nLevels + column] as number) - expected) ** 2 / expected;
    }
  }
  return Math.min(1, Math.sqrt(chiSquared / (n * nFree)));
}

/** The correlation ratio eta: the root of the spread between the groups over the whole spread. */
export function correlationRatio(groups: SampleColumn, numbers: SampleColumn): number | null {
  const counts = new Float64Array(groups.nLevels);
  const sums = new Float64Array(groups.nLevels);
  let n = 0;
  let sum = 0;
  const { codes } = groups;
  const { values } = numbers;
  for (let i = 0; i < codes.length; i++) {
    const [group, value] = [codes[i] as number, values[i] as number];
    if (group < 0 || Number.isNaN(value)) continue;
    n++;
    sum += value;
    counts[group]! += 1;
    sums[group]! += value;
  }
  if (n < 2 || nOccupied(counts) < 2) return null;
  const mean = sum / n;
  let between = 0;
  let total = 0;
  for (let group = 0; group < groups.nLevels; group++) {
    const count = counts[group] as number;
    if (count > 0) between += count * ((sums[group] as number) / count - mean) ** 2;
  }
  for (let i = 0; i < codes.length; i++) {
    const value = values[i] as number;
    if ((codes[i] as number) >= 0 && !Number.isNaN(value)) total += (value - mean) ** 2;
  }
  const eta = Math.sqrt(between / total);
  return Number.isFinite(eta) ? Math.min(1, eta) : null;
}

function nOccupied(counts: Float64Array): number {
  return counts.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
}
