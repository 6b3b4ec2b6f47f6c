import type { ColumnType } from '../../learn/matrix/table.js';
import type { ColumnCounts } from './column-counts.js';
import type { ColumnOverride } from './ingest-types.js';
import { DATE_SEPARATORS, type DateSeparator } from './spellings.js';

/** How the dates of a column are spelt. */
export type DateLayout =
  | { readonly kind: 'plain_iso' | 'iso' | 'month' | 'year_first' | 'named_month' }
  | { readonly kind: 'day_first' | 'month_first'; readonly separator: DateSeparator };

export interface TypeDecision {
  readonly type: ColumnType;
  readonly layout?: DateLayout;
  /** The numbers are followed by a percent sign. */
  readonly percent?: boolean;
  /** Not every spelling is of the type: what is not becomes NULL, and that is for the caller to mend. */
  readonly isForced?: boolean;
}

type DateOrder = ColumnOverride['dateOrder'];

/**
 * The type of a column from the spellings of all of its cells: a type is given only when every value is of it. What a
 * calendar refuses (February 30th) is found later, when the values are converted; the column is text then.
 */
export function decideType(counts: ColumnCounts, order?: DateOrder): TypeDecision {
  const { nValues } = counts;
  if (nValues === 0) return { type: 'text' };
  if (counts.of('integer') + counts.of('number') === nValues) return { type: 'number' };
  if (counts.of('percent') === nValues) return { type: 'number', percent: true };
  if (counts.of('boolean') === nValues) return { type: 'boolean' };
  const layout = dateLayout(counts, nValues, order);
  return layout === undefined ? { type: 'text' } : { type: 'date', layout };
}

/**
 * The type that the caller has named, whatever the spellings; undefined for dates of which nothing says whether the day
 * or the month comes first.
 */
export function namedDecision(
  counts: ColumnCounts,
  type: ColumnType,
  order?: DateOrder,
): TypeDecision | undefined {
  const guess = decideType(counts, order);
  if (guess.type === type) return guess;
  if (type === 'text') return { type };
  if (type === 'number') return { type, isForced: true, percent: counts.of('percent') > 0 };
  if (type === 'boolean') return { type, isForced: true };
  const layout = commonestLayout(counts, order);
  return layout === undefined ? undefined : { type, isForced: true, layout };
}

function dateLayout(counts: ColumnCounts, nValues: number, order: DateOrder): DateLayout | undefined {
  if (counts.of('plainIso') === nValues) return { kind: 'plain_iso' };
  if (counts.of('plainIso') + counts.of('iso') === nValues) return { kind: 'iso' };
  if (counts.of('month') === nValues) return { kind: 'month' };
  if (counts.of('yearFirst') === nValues) return { kind: 'year_first' };
  if (counts.of('namedMonth') === nValues) return { kind: 'named_month' };
  for (const separator of DATE_SEPARATORS) {
    const layout = yearLast(counts, nValues, separator, order);
    if (layout !== undefined) return layout;
  }
  return undefined;
}

/**
 * 13 or more in one place shows where the day is. Dots are written by people who put the day first; with another
 * separator a column that never goes beyond 12 could be either, and a wrong guess would be worse than text.
 */
function yearLast(
  counts: ColumnCounts,
  nValues: number,
  separator: DateSeparator,
  order: DateOrder,
): DateLayout | undefined {
  const nEither = counts.yearLast(separator, 'either');
  const nFirst = counts.yearLast(separator, 'first');
  const nSecond = counts.yearLast(separator, 'second');
  if (nEither + nFirst + nSecond < nValues || (nFirst > 0 && nSecond > 0)) return undefined;
  if (order !== undefined) {
    const nOther = order === 'day_first' ? nSecond : nFirst;
    return nOther > 0 ? undefined : { kind: order, separator };
  }
  if (nSecond > 0) return { kind: 'month_first', separator };
  return nFirst > 0 || separator === '.' ? { kind: 'day_first', separator } : undefined;
}

/** The layout of most values; ISO where there is none at all. */
function commonestLayout(counts: ColumnCounts, order: DateOrder): DateLayout | undefined {
  const found: { layout: DateLayout | undefined; count: number }[] = [
    { layout: { kind: 'iso' }, count: counts.of('plainIso') + counts.of('iso') },
    { layout: { kind: 'month' }, count: counts.of('month') },
    { layout: { kind: 'year_first' }, count: counts.of('yearFirst') },
    { layout: { kind: 'named_month' }, count: counts.of('namedMonth') },
  ];
  for (const separator of DATE_SEPARATORS) {
    const nEither = counts.yearLast(separator, 'either');
    const nFirst = counts.yearLast(separator, 'first');
    const nSecond = counts.yearLast(separator, 'second');
    const isOpen = order === undefined && nFirst === nSecond && separator !== '.';
    const isDayFirst = order === undefined ? nFirst >= nSecond : order === 'day_first';
    const kind = isDayFirst ? 'day_first' : 'month_first';
    const count = nEither + (isDayFirst ? nFirst : nSecond);
    found.push({ layout: isOpen ? undefined : { kind, separator }, count });
  }
  return found.reduce((best, next) => (next.count > best.count ? next : best)).layout;
}
