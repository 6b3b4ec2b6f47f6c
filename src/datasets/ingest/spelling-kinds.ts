import {
  ALWAYS_MISSING,
  BOOLEAN,
  DATE_SEPARATORS,
  DAY_PLACES,
  IDENTIFIER,
  ISO_DATE,
  ISO_MONTH,
  MISSING_BESIDE_VALUES,
  NAMED_MONTH_DATE,
  type NumberStyle,
  numberExpression,
  PLAIN_INTEGER,
  PLAIN_ISO_DATE,
  YEAR_FIRST_DATE,
  yearLastExpression,
} from './spellings.js';

/** The kinds of spelling, each a number; a cell has the first kind whose expression matches, else it is text. */
export const KIND = {
  empty: 0,
  integer: 1,
  identifier: 2,
  number: 3,
  percent: 4,
  boolean: 5,
  plainIso: 6,
  iso: 7,
  month: 8,
  yearFirst: 9,
  namedMonth: 10,
} as const;
/** Behind the others: one kind for each separator and place of the day, then one for each missing marker. */
export const FIRST_YEAR_LAST = 11;
export const FIRST_MARKER = FIRST_YEAR_LAST + DATE_SEPARATORS.length * DAY_PLACES.length;
export const MARKERS: readonly string[] = [...ALWAYS_MISSING, ...MISSING_BESIDE_VALUES];
export const N_KINDS = FIRST_MARKER + MARKERS.length;

/** The expression of each kind, in the order of the kinds. */
export function spellingExpressions(style: NumberStyle): string[] {
  const number = numberExpression(style);
  return [
    '',
    PLAIN_INTEGER,
    IDENTIFIER,
    number,
    `${number} ?%`,
    BOOLEAN,
    PLAIN_ISO_DATE,
    ISO_DATE,
    ISO_MONTH,
    YEAR_FIRST_DATE,
    NAMED_MONTH_DATE,
    ...DATE_SEPARATORS.flatMap((separator) =>
      DAY_PLACES.map((place) => yearLastExpression(separator, place)),
    ),
    ...MARKERS.map((marker) => marker.replaceAll(/[.?+]/g, String.raw`\$&`)),
  ];
}
