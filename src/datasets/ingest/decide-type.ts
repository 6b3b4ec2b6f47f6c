import type { ColumnType } from '../../learn/matrix/table.js';
import type { DateSeparator } from './spellings.js';

/** How the dates of a column are spelt. */
export type DateLayout =
  | { readonly kind: 'plain_iso' | 'iso' | 'month' | 'year_first' }
  | { readonly kind: 'day_first' | 'month_first'; readonly separator: DateSeparator };

/**
 * How many distinct spellings of a column are of which kind; missing markers are not among them. The kinds exclude
 * each other, booleans excepted.
 */
export interface SpellingCounts {
  readonly nSpellings: number;
  readonly nPlainIntegers: number;
  readonly nOtherNumbers: number;
  readonly nPlainIsoDates: number;
  readonly nOtherIsoDates: number;
  readonly nIsoMonths: number;
  readonly nYearFirstDates: number;
  readonly nSlashDates: number;
  readonly nDotDates: number;
  readonly nDashDates: number;
  /** The largest first and second part of the dates that end in the year. */
  readonly maxFirstPart: number | null;
  readonly maxSecondPart: number | null;
  /** True and false, in any case. */
  readonly nBooleans: number;
}

/**
 * The type of a column from all of its spellings: a type is given only when every value is of it. What a calendar
 * refuses (February 30th) is found later, when the values are converted; the column is text then.
 */
export function decideType(counts: SpellingCounts): { type: ColumnType; layout?: DateLayout } {
  const { nSpellings } = counts;
  if (nSpellings === 0) return { type: 'text' };
  if (counts.nPlainIntegers + counts.nOtherNumbers === nSpellings) return { type: 'number' };
  if (counts.nBooleans === nSpellings) return { type: 'boolean' };
  const layout = dateLayout(counts);
  return layout === undefined ? { type: 'text' } : { type: 'date', layout };
}

function dateLayout(counts: SpellingCounts): DateLayout | undefined {
  const { nSpellings } = counts;
  if (counts.nPlainIsoDates === nSpellings) return { kind: 'plain_iso' };
  if (counts.nPlainIsoDates + counts.nOtherIsoDates === nSpellings) return { kind: 'iso' };
  if (counts.nIsoMonths === nSpellings) return { kind: 'month' };
  if (counts.nYearFirstDates === nSpellings) return { kind: 'year_first' };
  if (counts.nDotDates === nSpellings) return yearLast(counts, '.');
  if (counts.nSlashDates === nSpellings) return yearLast(counts, '/');
  if (counts.nDashDates === nSpellings) return yearLast(counts, '-');
  return undefined;
}

/**
 * 13 or more in one place shows where the day is. Dots are written by people who put the day first; with another
 * separator a column that never goes beyond 12 could be either, and a wrong guess would be worse than text.
 */
function yearLast(counts: SpellingCounts, separator: DateSeparator): DateLayout | undefined {
  const first = counts.maxFirstPart ?? 0;
  const second = counts.maxSecondPart ?? 0;
  if (first > 12 && second > 12) return undefined;
  if (second > 12) return { kind: 'month_first', separator };
  if (first > 12 || separator === '.') return { kind: 'day_first', separator };
  return undefined;
}
