/**
 * How values are spelt in delimited files. Everything that decides "missing", "number", "boolean" or "date" from a
 * spelling is in this file, once for DuckDB (RE2, whole match) and for the look at the head of a file.
 */

/** Read as missing in a column of any type. */
export const ALWAYS_MISSING: readonly string[] = [
  '?',
  'NA',
  'N/A',
  'n/a',
  '#N/A',
  'NaN',
  'nan',
  'null',
  'NULL',
  'None',
];

/**
 * Read as missing only where everything else in the column is a number, a boolean or a date: in a column of text
 * they are values. Infinities are here because a number that is not finite cannot be learned from, and one of them
 * should not turn a column of measurements into text.
 */
export const MISSING_BESIDE_VALUES: readonly string[] = [
  '-',
  '--',
  '.',
  'none',
  'NONE',
  'na',
  'Na',
  'Nan',
  'NAN',
  '-nan',
  'Null',
  'inf',
  '+inf',
  '-inf',
  'Inf',
  '+Inf',
  '-Inf',
  'INF',
  '-INF',
  'infinity',
  '-infinity',
  'Infinity',
  '-Infinity',
];

/**
 * Spellings of a boolean, lower case. Yes and no, t and f stay text: a model that learned from "Yes" must answer
 * "Yes", and a prediction row must be able to say it.
 */
export const TRUE_SPELLING = 'true';
export const BOOLEAN_SPELLINGS: readonly string[] = [TRUE_SPELLING, 'false'];

/** Whole numbers of at most 15 digits: exact in 64-bit floating point, and each value has this one spelling. */
export const PLAIN_INTEGER = String.raw`0|-?[1-9]\d{0,14}`;
export const NUMBER = String.raw`[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?`;
/** 007 is an identifier, and so is a whole number that 64-bit floating point would round. */
export const IDENTIFIER = String.raw`[+-]?(0\d.*|\d{16,})`;

/** ISO 8601 dates and timestamps as DuckDB reads them by itself; a zone is not among them, because it drops zones. */
export const PLAIN_ISO_DATE = String.raw`\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?)?`;
/** ISO 8601 dates and timestamps, without seconds and with a zone as well. */
export const ISO_DATE = String.raw`\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?( ?(Z|[+-]\d{2}(:?\d{2})?))?)?`;
export const ISO_MONTH = String.raw`(1[5-9]|2[01])\d{2}-(0[1-9]|1[0-2])`;
export const YEAR_FIRST_DATE = String.raw`\d{4}/\d{1,2}/\d{1,2}( \d{1,2}:\d{2}(:\d{2})?)?`;
/** Day and month in either order, by the separator. */
export const YEAR_LAST_DATES = {
  '/': String.raw`\d{1,2}/\d{1,2}/\d{4}( \d{1,2}:\d{2}(:\d{2})?)?`,
  '.': String.raw`\d{1,2}\.\d{1,2}\.\d{4}( \d{1,2}:\d{2}(:\d{2})?)?`,
  '-': String.raw`\d{1,2}-\d{1,2}-\d{4}( \d{1,2}:\d{2}(:\d{2})?)?`,
} as const;
export type DateSeparator = keyof typeof YEAR_LAST_DATES;

const TYPED_CELL = new RegExp(
  `^(?:${NUMBER}|${ISO_DATE}|${YEAR_FIRST_DATE}|${Object.values(YEAR_LAST_DATES).join('|')})$`,
);
const MISSING = new Set(['', ...ALWAYS_MISSING, ...MISSING_BESIDE_VALUES]);

/** Whether a cell says nothing. */
export function isMissingCell(cell: string): boolean {
  return MISSING.has(cell.trim());
}

/** Whether a cell holds a number or a date: what a column's name hardly ever looks like. */
export function isTypedCell(cell: string): boolean {
  return TYPED_CELL.test(cell.trim());
}
