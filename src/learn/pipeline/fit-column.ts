import { LearnError } from '../errors.js';
import type { InputPreference } from '../estimator.js';
import type { RowIndices } from '../matrix/number-types.js';
import type { Column, NumericColumn, TextColumn } from '../matrix/table.js';
import { CategorySlots } from '../preprocessing/category-slots.js';
import type { ColumnEncoder } from '../preprocessing/column-encoder.js';
import { categoryCounts, numberStatistics } from '../preprocessing/column-statistics.js';
import { DateEncoder } from '../preprocessing/date-encoder.js';
import { MISSING_CATEGORY, NumberImputer, TextImputer } from '../preprocessing/imputer.js';
import { NumberEncoder } from '../preprocessing/number-encoder.js';
import { OneHotEncoder } from '../preprocessing/one-hot-encoder.js';
import { OrdinalEncoder } from '../preprocessing/ordinal-encoder.js';
import { booleanFromText, dateFromText } from '../preprocessing/read-value.js';
import type { InputColumn } from './signature.js';
import type { ColumnPolicy, EncodingPolicy, MissingPolicy } from './spec.js';

/** Above this many categories one column of 0 and 1 for each costs more than it tells; codes take over. */
export const ONE_HOT_LIMIT = 50;
/** Categories that are kept apart at most; what is beyond is treated as unseen (unless that is an error). */
export const MAX_ORDINAL_CATEGORIES = 10_000;
export const MAX_ONE_HOT_CATEGORIES = 1_000;

/** What became of one input column. */
export type FittedColumn =
  | { readonly encoder: ColumnEncoder; readonly input: InputColumn; readonly warnings: readonly string[] }
  | { readonly dropped: 'all_missing' | 'constant' };

/**
 * Learns how one column becomes features, from the training rows only. What the policy leaves open follows the
 * algorithm:
 *
 * - categories: codes where the algorithm splits on sets; else one-hot up to 50 categories, codes by frequency above;
 * - missing numbers, dates: left to an algorithm that takes them, else the median; booleans: the most frequent;
 * - missing texts: left as they are where that needs nothing of the algorithm (one-hot: all 0) or it takes them;
 *   else a category of their own, `missing`, since that a value is absent is often what tells most;
 * - unseen categories: as missing.
 *
 * A column without any value, or with one value in every row, tells nothing: it is dropped, unless the request
 * gave it a policy. Then an empty one is refused and a constant one is kept.
 * @param column in its effective type
 * @throws LearnError column_all_missing
 */
export function fitColumn(
  column: Column,
  rows: RowIndices,
  policy: ColumnPolicy | undefined,
  algorithm: InputPreference,
): FittedColumn {
  return column.type === 'text'
    ? fitText(column, rows, policy, algorithm)
    : fitNumeric(column, rows, policy, algorithm);
}

function fitNumeric(
  column: NumericColumn,
  rows: RowIndices,
  policy: ColumnPolicy | undefined,
  algorithm: InputPreference,
): FittedColumn {
  const { name, type } = column;
  const { nPresent, minimum, maximum } = numberStatistics(column.values, rows);
  if (nPresent === 0) return dropEmpty(name, policy);
  if (nPresent === rows.length && minimum === maximum && policy === undefined) return { dropped: 'constant' };
  const missing =
    policy?.missing ??
    (algorithm.missing === 'native' ? 'native' : type === 'boolean' ? 'most_frequent' : 'median');
  const imputer = NumberImputer.fit(column, rows, missing, constantNumber(column, policy));
  const encoder =
    type === 'date' ? DateEncoder.fit(column, rows, imputer) : new NumberEncoder(name, type, imputer);
  const range = type === 'boolean' ? {} : { minimum, maximum };
  return { encoder, input: { name, type, nullable: missing !== 'error', ...range }, warnings: [] };
}

function fitText(
  column: TextColumn,
  rows: RowIndices,
  policy: ColumnPolicy | undefined,
  algorithm: InputPreference,
): FittedColumn {
  const { name } = column;
  const counts = categoryCounts(column, rows);
  if (counts.nPresent === 0) return dropEmpty(name, policy);
  if (counts.nPresent === rows.length && counts.nDistinct === 1 && policy === undefined) {
    return { dropped: 'constant' };
  }
  const encoding = policy?.encoding ?? defaultEncoding(algorithm, counts.nDistinct);
  const missing = policy?.missing ?? defaultTextMissing(algorithm, encoding);
  const fill = policy?.fillValue === undefined ? MISSING_CATEGORY : String(policy.fillValue);
  const imputer = TextImputer.fit(column, counts, missing, fill);
  const isOrdinal = encoding === 'ordinal';
  const maxCategories = isOrdinal ? MAX_ORDINAL_CATEGORIES : MAX_ONE_HOT_CATEGORIES;
  const slots = CategorySlots.fit(column, counts, imputer, {
    unseen: policy?.unseen ?? 'missing',
    order: isOrdinal ? 'frequency' : 'sorted',
    maxCategories,
    rareSlotAlways: isOrdinal,
  });
  const warnings: string[] = [];
  if (counts.nDistinct === counts.nPresent && counts.nDistinct > 20) {
    warnings.push(
      `Column "${name}" has a different text in every row; it looks like an id. Consider dropping it.`,
    );
  } else if (slots.known().length < counts.nDistinct) {
    warnings.push(
      `Column "${name}" has ${counts.nDistinct} categories; the ${maxCategories} most frequent are kept apart.`,
    );
  }
  return {
    encoder: isOrdinal
      ? new OrdinalEncoder(name, slots, algorithm.categories === 'ordinal')
      : new OneHotEncoder(name, slots),
    input: { name, type: 'text', nullable: missing !== 'error', categories: slots.known() },
    warnings,
  };
}

/** How a text column is encoded when the request does not say. */
export function defaultEncoding(algorithm: InputPreference, nDistinct: number): EncodingPolicy {
  return algorithm.categories === 'one_hot' && nDistinct <= ONE_HOT_LIMIT ? 'one_hot' : 'ordinal';
}

function defaultTextMissing(algorithm: InputPreference, encoding: EncodingPolicy): MissingPolicy {
  return encoding === 'one_hot' || algorithm.missing === 'native' ? 'native' : 'constant';
}

/** What `constant` puts into a numeric column; 0 when the request names nothing. */
function constantNumber(column: NumericColumn, policy: ColumnPolicy | undefined): number {
  const fill = policy?.fillValue ?? 0;
  if (typeof fill === 'number') return fill;
  return column.type === 'date'
    ? dateFromText(fill)
    : column.type === 'boolean'
      ? booleanFromText(fill)
      : Number(fill);
}

function dropEmpty(name: string, policy: ColumnPolicy | undefined): FittedColumn {
  if (policy === undefined) return { dropped: 'all_missing' };
  throw new LearnError(
    'column_all_missing',
    'The column has a policy, but no value of its type in the training rows. Drop it or fill it.',
    { column: name },
  );
}
