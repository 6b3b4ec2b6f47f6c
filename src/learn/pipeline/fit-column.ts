import { LearnError } from '../errors.js';
import type { InputPreference, Target } from '../estimator.js';
import type { RowIndices } from '../matrix/number-types.js';
import type { Column, NumericColumn } from '../matrix/table.js';
import { numberStatistics } from '../preprocessing/column-statistics.js';
import { DateEncoder } from '../preprocessing/date-encoder.js';
import { NumberImputer } from '../preprocessing/imputer.js';
import { NumberEncoder } from '../preprocessing/number-encoder.js';
import { booleanFromText, dateFromText } from '../preprocessing/read-value.js';
import { fitTextColumn } from './fit-text-column.js';
import { dropEmpty, type FittedColumn, indicated, requireTaken } from './fitted-column.js';
import type { ColumnPolicy } from './spec.js';

/**
 * Learns how one column becomes features, from the training rows only. What the policy leaves open follows the
 * algorithm:
 *
 * - categories: codes where the algorithm splits on sets; else one-hot up to 50 categories, codes by frequency above;
 * - missing numbers, dates: left to an algorithm that takes them, else the median; booleans: the most frequent;
 * - missing texts: left as they are where that needs nothing of the algorithm (one-hot and hashing: all 0) or it takes
 *   them; else, and for target encoding, a category of their own, `missing`, since that a value is absent is often
 *   what tells most;
 * - unseen categories: as missing; for target encoding, and where rare categories are grouped, with the rare ones.
 *
 * A column without any value, or with one value in every row, tells nothing: it is dropped, unless the request
 * gave it a policy. Then an empty one is refused and a constant one is kept.
 * @param column in its effective type
 * @param y the target of the same rows
 * @throws LearnError column_all_missing, invalid_parameters (a policy that the algorithm or the task does not allow),
 *   numerical_failure
 */
export function fitColumn(
  column: Column,
  rows: RowIndices,
  policy: ColumnPolicy | undefined,
  algorithm: InputPreference,
  y: Target,
): FittedColumn {
  return column.type === 'text'
    ? fitTextColumn(column, rows, policy, algorithm, y)
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
  requireTaken(name, missing, algorithm);
  if (missing === 'knn' && type !== 'number') {
    throw new LearnError(
      'invalid_parameters',
      'Only the gaps of a number column are filled by its neighbours.',
      {
        column: name,
      },
    );
  }
  const imputer = NumberImputer.fit(column, rows, missing, constantNumber(column, policy));
  const encoder =
    type !== 'date'
      ? new NumberEncoder(name, type, imputer)
      : policy?.dateParts === undefined
        ? DateEncoder.fit(column, rows, imputer)
        : new DateEncoder(name, policy.dateParts, imputer);
  const range = type === 'boolean' ? {} : { minimum, maximum };
  const input = { name, type, nullable: missing !== 'error', ...range };
  return { input, ...indicated(encoder, policy, nPresent < rows.length) };
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
