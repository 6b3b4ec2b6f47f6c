import type { ColumnProfile, ProfileWarning } from './profile-types.js';

/** An identifier is told from a measurement by coming once a row; below this many rows everything does. */
const ID_MIN_ROWS = 20;
const HIGH_CARDINALITY = 1_000;
const HIGH_CARDINALITY_SHARE = 0.5;
const HIGH_CARDINALITY_MIN_ROWS = 100;
/** So few texts among numbers are spellings of "missing" or slips, not a type of their own. */
const NUMERIC_SHARE = 0.95;
const MIXED_SHARE = 0.05;

/** What a person should know of a column before training on it. */
export function columnWarnings(column: ColumnProfile, nRows: number): ProfileWarning[] {
  const { name, numbers, dates, texts } = column;
  const nPresent = nRows - column.nMissing;
  const warnings: ProfileWarning[] = [];
  const warn = (code: ProfileWarning['code'], message: string, share?: number) =>
    warnings.push({ code, column: name, message, ...(share === undefined ? {} : { share }) });

  if (column.nDistinct <= 1) {
    warn('constant', column.nDistinct === 0 ? 'The column has no values.' : 'Every row has the same value.');
    return warnings;
  }
  if (isIdLike(column, nPresent)) warn('id_like', 'Every row has a value of its own, like an identifier.');
  else if (column.type === 'text' && isHighCardinality(column, nPresent)) {
    warn(
      'high_cardinality',
      `The column has ${column.nDistinct} different texts.`,
      column.nDistinct / nPresent,
    );
  }
  if (texts !== undefined && texts.nNumeric > 0) {
    const share = texts.nNumeric / nPresent;
    if (share >= NUMERIC_SHARE) {
      warn(
        'numbers_stored_as_text',
        'The texts are spelt like numbers; set a type if they are no identifiers.',
        share,
      );
    } else if (share >= MIXED_SHARE) {
      warn('mixed_types', 'Some texts are spelt like numbers, others are not.', share);
    }
  }
  if (numbers !== undefined && numbers.nOutliers > 0) {
    const message = `${numbers.nOutliers} values lie more than three interquartile ranges outside of the quartiles.`;
    warn('outliers', message, numbers.nOutliers / nPresent);
  }
  if (dates?.order === 'none') {
    const message = `${dates.nBackwards} rows are earlier than the row before them.`;
    warn('dates_out_of_order', message, dates.nBackwards / nPresent);
  }
  return warnings;
}

function isIdLike(column: ColumnProfile, nPresent: number): boolean {
  if (nPresent < ID_MIN_ROWS || column.nDistinct < nPresent) return false;
  return column.type === 'text' || (column.type === 'number' && column.integer === true);
}

function isHighCardinality({ nDistinct }: ColumnProfile, nPresent: number): boolean {
  if (nDistinct > HIGH_CARDINALITY) return true;
  return nPresent >= HIGH_CARDINALITY_MIN_ROWS && nDistinct / nPresent > HIGH_CARDINALITY_SHARE;
}
