import { LearnError } from '../errors.js';
import type { InputPreference, Target } from '../estimator.js';
import type { RowIndices } from '../matrix/number-types.js';
import type { TextColumn } from '../matrix/table.js';
import { type CategoryGrouping, CategorySlots } from '../preprocessing/category-slots.js';
import type { TextColumnEncoder } from '../preprocessing/column-encoder.js';
import { type CategoryCounts, categoryCounts } from '../preprocessing/column-statistics.js';
import { DEFAULT_BUCKETS, HashedSlots, HashingEncoder } from '../preprocessing/hashing-encoder.js';
import { MISSING_CATEGORY, TextImputer } from '../preprocessing/imputer.js';
import { OneHotEncoder } from '../preprocessing/one-hot-encoder.js';
import { OrdinalEncoder } from '../preprocessing/ordinal-encoder.js';
import { TargetEncoder } from '../preprocessing/target-encoder.js';
import { dropEmpty, type FittedColumn, indicated, requireTaken } from './fitted-column.js';
import type { ColumnPolicy, EncodingPolicy, MissingPolicy } from './spec.js';

/** Above this many categories one column of 0 and 1 for each costs more than it tells; codes take over. */
export const ONE_HOT_LIMIT = 50;
/** Categories that are kept apart at most; what is beyond is treated as unseen (unless that is an error). */
export const MAX_ORDINAL_CATEGORIES = 10_000;
export const MAX_ONE_HOT_CATEGORIES = 1_000;

/** Learns how a text column becomes features; fit-column.ts says what is chosen where the policy says nothing. */
export function fitTextColumn(
  column: TextColumn,
  rows: RowIndices,
  policy: ColumnPolicy | undefined,
  algorithm: InputPreference,
  y: Target,
): FittedColumn {
  const { name } = column;
  const counts = categoryCounts(column, rows);
  if (counts.nPresent === 0) return dropEmpty(name, policy);
  if (counts.nPresent === rows.length && counts.nDistinct === 1 && policy === undefined) {
    return { dropped: 'constant' };
  }
  const encoding = policy?.encoding ?? defaultEncoding(algorithm, counts.nDistinct);
  const missing = policy?.missing ?? defaultTextMissing(algorithm, encoding);
  if (encoding === 'ordinal' || encoding === 'target') requireTaken(name, missing, algorithm);
  const fill = policy?.fillValue === undefined ? MISSING_CATEGORY : String(policy.fillValue);
  const imputer = TextImputer.fit(column, counts, missing, fill);
  const nullable = missing !== 'error';
  const hasGaps = counts.nPresent < rows.length;
  if (encoding === 'hashing') {
    const slots = new HashedSlots(policy?.nBuckets ?? DEFAULT_BUCKETS, imputer);
    const input = { name, type: 'text', nullable } as const;
    return { input, ...indicated(new HashingEncoder(name, slots), policy, hasGaps) };
  }
  const slots = fitSlots(column, counts, imputer, encoding, policy);
  const input = { name, type: 'text', nullable, categories: slots.known() } as const;
  const warnings = warningsOf(name, counts, slots, encoding);
  if (encoding !== 'target') {
    const encoder: TextColumnEncoder =
      encoding === 'ordinal'
        ? new OrdinalEncoder(name, slots, algorithm.categories === 'ordinal')
        : new OneHotEncoder(name, slots);
    const fitted = indicated(encoder, policy, hasGaps);
    return { input, encoder: fitted.encoder, warnings: [...warnings, ...fitted.warnings] };
  }
  const slotOfRow = slotsOf(column, rows, slots);
  const encoder = TargetEncoder.fit(name, slots, slotOfRow, y);
  const fitted = indicated(encoder, policy, hasGaps);
  return {
    input,
    encoder: fitted.encoder,
    warnings: [...warnings, ...fitted.warnings],
    crossFit: { encoder, slotOfRow },
  };
}

function fitSlots(
  column: TextColumn,
  counts: CategoryCounts,
  imputer: TextImputer,
  encoding: 'ordinal' | 'one_hot' | 'target',
  policy: ColumnPolicy | undefined,
): CategorySlots {
  const grouping = groupingOf(encoding, policy);
  const unseen = policy?.unseen ?? (grouping === undefined ? 'missing' : 'rare');
  if (unseen !== 'rare' && (policy?.minFrequency !== undefined || policy?.maxCategories !== undefined)) {
    throw new LearnError('invalid_parameters', 'Rare categories are grouped only with unseen: rare.', {
      column: column.name,
    });
  }
  return CategorySlots.fit(column, counts, imputer, {
    unseen,
    order: encoding === 'one_hot' ? 'sorted' : 'frequency',
    maxCategories: maxCategoriesOf(encoding),
    rareSlotAlways: encoding !== 'one_hot',
    ...(grouping === undefined ? {} : { grouping }),
  });
}

/** What the request says of rare categories. A target encoder needs no grouping: few rows weigh little in it. */
function groupingOf(
  encoding: EncodingPolicy,
  policy: ColumnPolicy | undefined,
): CategoryGrouping | undefined {
  const { minFrequency, maxCategories } = policy ?? {};
  if (minFrequency === undefined && maxCategories === undefined) {
    return encoding === 'target' && policy?.unseen === undefined ? {} : undefined;
  }
  return {
    ...(minFrequency === undefined ? {} : { minFrequency }),
    ...(maxCategories === undefined ? {} : { maxCategories }),
  };
}

function maxCategoriesOf(encoding: EncodingPolicy): number {
  return encoding === 'one_hot' ? MAX_ONE_HOT_CATEGORIES : MAX_ORDINAL_CATEGORIES;
}

function warningsOf(
  name: string,
  counts: CategoryCounts,
  slots: CategorySlots,
  encoding: EncodingPolicy,
): string[] {
  if (counts.nDistinct === counts.nPresent && counts.nDistinct > 20) {
    return [`Column "${name}" has a different text in every row; it looks like an id. Consider dropping it.`];
  }
  if (slots.known().length < counts.nDistinct) {
    const most = maxCategoriesOf(encoding);
    return [`Column "${name}" has ${counts.nDistinct} categories; the ${most} most frequent are kept apart.`];
  }
  return [];
}

function slotsOf(column: TextColumn, rows: RowIndices, slots: CategorySlots): Int32Array {
  const { slots: slotOfCode } = slots.translate(column.dictionary);
  return Int32Array.from(rows, (row) => {
    const code = column.codes[row] as number;
    return code < 0 ? slots.missingSlot : (slotOfCode[code] as number);
  });
}

/** How a text column is encoded when the request does not say. */
export function defaultEncoding(algorithm: InputPreference, nDistinct: number): EncodingPolicy {
  return algorithm.categories === 'one_hot' && nDistinct <= ONE_HOT_LIMIT ? 'one_hot' : 'ordinal';
}

function defaultTextMissing(algorithm: InputPreference, encoding: EncodingPolicy): MissingPolicy {
  if (encoding === 'target') return 'constant';
  return encoding !== 'ordinal' || algorithm.missing === 'native' ? 'native' : 'constant';
}
