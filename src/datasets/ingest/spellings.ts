/**
 * How values are spelt in delimited files. Everything that decides "missing", "number", "boolean" or "date" from a
 * spelling is in this file, once for the automaton that reads every cell and for the look at the head of a file.
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
export const BOOLEAN = '[tT][rR][uU][eE]|[fF][aA][lL][sS][eE]';

/** What a boolean may be spelt as in a column that the caller calls one, lower case. */
export const TRUE_WORDS: readonly string[] = [TRUE_SPELLING, 't', 'yes', 'y', '1'];
export const FALSE_WORDS: readonly string[] = ['false', 'f', 'no', 'n', '0'];

/** Whole numbers of at most 15 digits: exact in 64-bit floating point, and each value has this one spelling. */
export const PLAIN_INTEGER = String.raw`0|-?[1-9]\d{0,14}`;
const EXPONENT = String.raw`([eE][+-]?\d+)?`;
/** 007 is an identifier, and so is a whole number that 64-bit floating point would round. */
export const IDENTIFIER = String.raw`[+-]?(0\d+(\.\d*)?${EXPONENT}|\d{16,})`;

/** How numbers are written: `1,234.5` has decimal '.' and thousands ','. */
export interface NumberStyle {
  readonly decimal: '.' | ',';
  /** '' where digits are not grouped. */
  readonly thousands: '' | ',' | '.' | ' ' | "'";
}

/** Numbers in a style; grouped digits are groups of three. */
export function numberExpression({ decimal, thousands }: NumberStyle): string {
  const grouped = thousands === '' ? '' : String.raw`[1-9]\d{0,2}([${thousands}]\d{3})+|`;
  return String.raw`[+-]?((${grouped}\d+)([${decimal}]\d*)?|[${decimal}]\d+)${EXPONENT}`;
}

/** A number as a text that says it is one: many digits without an exponent would read as an identifier. */
export function numberText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) >= 1e15 ? value.toExponential() : String(value);
}

/** ISO 8601 dates and timestamps as DuckDB reads them by itself; a zone is not among them, because it drops zones. */
export const PLAIN_ISO_DATE = String.raw`\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?)?`;
/** ISO 8601 dates and timestamps, without seconds and with a zone as well. */
export const ISO_DATE = String.raw`\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?( ?(Z|[+-]\d{2}(:?\d{2})?))?)?`;
export const ISO_MONTH = String.raw`(1[5-9]|2[01])\d{2}-(0[1-9]|1[0-2])`;
/** Behind the dates that are no ISO dates. */
export const TIME = String.raw`( \d{1,2}:\d{2}(:\d{2})?)?`;
export const YEAR_FIRST_DATE = String.raw`\d{4}/\d{1,2}/\d{1,2}${TIME}`;
/** 5 Mar 2020, 05-MAR-2020. */
export const NAMED_MONTH_DATE = String.raw`\d{1,2}[- ]([jJ][aA][nN]|[fF][eE][bB]|[mM][aA][rRyY]|[aA][pP][rR]|[jJ][uU][nNlL]|[aA][uU][gG]|[sS][eE][pP]|[oO][cC][tT]|[nN][oO][vV]|[dD][eE][cC])[- ]\d{4}`;

export const DATE_SEPARATORS = ['/', '.', '-'] as const;
export type DateSeparator = (typeof DATE_SEPARATORS)[number];
/** Which of the first two parts is above 12 and so is the day; a calendar has no month 13. */
export const DAY_PLACES = ['either', 'first', 'second'] as const;
export type DayPlace = (typeof DAY_PLACES)[number];

/** Dates that end in the year. */
export function yearLastExpression(separator: DateSeparator, place: DayPlace): string {
  const low = String.raw`(0?\d|1[0-2])`;
  const high = String.raw`(1[3-9]|[2-9]\d)`;
  const parts = { either: [low, low], first: [high, low], second: [low, high] }[place];
  return String.raw`${parts.join(`[${separator}]`)}[${separator}]\d{4}${TIME}`;
}

const TYPED_CELL = new RegExp(
  `^(?:${[
    numberExpression({ decimal: '.', thousands: '' }),
    numberExpression({ decimal: ',', thousands: '' }),
    ISO_DATE,
    YEAR_FIRST_DATE,
    NAMED_MONTH_DATE,
    ...DATE_SEPARATORS.flatMap((separator) =>
      DAY_PLACES.map((place) => yearLastExpression(separator, place)),
    ),
  ].join('|')})$`,
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
