import type { DateLayout, TypeDecision } from './decide-type.js';
import { literals } from './duckdb.js';
import {
  FALSE_WORDS,
  ISO_DATE,
  ISO_MONTH,
  NAMED_MONTH_DATE,
  type NumberStyle,
  numberExpression,
  TIME,
  TRUE_SPELLING,
  TRUE_WORDS,
  YEAR_FIRST_DATE,
} from './spellings.js';

/**
 * SQL that turns a text column into its canonical type: DOUBLE, BOOLEAN, TIMESTAMP (UTC) or VARCHAR. Missing markers
 * become NULL, and so does what cannot be converted. As little as possible is said, because a table may have thousands
 * of columns: the casts ignore blanks and make NULL of most markers by themselves.
 */
export function typedExpression(
  column: string,
  missingMarkers: readonly string[],
  decision: TypeDecision,
  style: NumberStyle,
): string {
  // The casts to DOUBLE and TIMESTAMP read words for infinity and for what is no number, and whatever has a digit.
  const castReads = missingMarkers.filter((marker) => /^[+-]?(?:inf|nan)|\d|^epoch$/i.test(marker));
  const isText = decision.type === 'text' || decision.type === 'boolean';
  const markers = isText ? missingMarkers : castReads;
  const value =
    markers.length === 0
      ? column
      : `CASE WHEN list_contains([${literals(markers)}], ${column}) THEN NULL ELSE ${column} END`;
  switch (decision.type) {
    case 'text':
      return value;
    case 'number': {
      const number = `TRY_CAST(${plainNumber(value, decision, style)} AS DOUBLE)`;
      if (decision.isForced !== true) return number;
      const spelling = literals([`(${numberExpression(style)}) ?%?`]);
      return `CASE WHEN regexp_full_match(${value}, ${spelling}) AND isfinite(${number}) THEN ${number} END`;
    }
    case 'boolean':
      if (decision.isForced === true) return wordBoolean(value);
      return `lower(${value}) = ${literals([TRUE_SPELLING])}`;
    case 'date':
      return datesOf(value, decision);
  }
}

/** Where the caller says that it is one, more words are. */
function wordBoolean(value: string): string {
  const word = `lower(${value})`;
  return `CASE WHEN ${word} IN (${literals(TRUE_WORDS)}) THEN true WHEN ${word} IN (${literals(FALSE_WORDS)}) THEN false END`;
}

/** 12.5 % is 12.5: the number that is written. */
function plainNumber(value: string, { percent }: TypeDecision, style: NumberStyle): string {
  const number = percent === true ? `rtrim(${value}, ' %')` : value;
  const ungrouped =
    style.thousands === '' ? number : `replace(${number}, ${literals([style.thousands])}, '')`;
  return style.decimal === '.' ? ungrouped : `replace(${ungrouped}, ',', '.')`;
}

/** The parsers of DuckDB take more than is meant: year 5, say. What is forced must at least look like the others. */
function datesOf(value: string, { layout = { kind: 'plain_iso' }, isForced }: TypeDecision): string {
  const date = dateExpression(value, layout);
  if (isForced !== true) return date;
  return `CASE WHEN regexp_full_match(${value}, ${literals([dateSpelling(layout)])}) THEN ${date} END`;
}

function dateSpelling(layout: DateLayout): string {
  switch (layout.kind) {
    case 'plain_iso':
    case 'iso':
      return ISO_DATE;
    case 'month':
      return ISO_MONTH;
    case 'year_first':
      return YEAR_FIRST_DATE;
    case 'named_month':
      return NAMED_MONTH_DATE;
    default:
      return String.raw`\d{1,2}[${layout.separator}]\d{1,2}[${layout.separator}]\d{4}${TIME}`;
  }
}

function dateExpression(value: string, layout: DateLayout): string {
  switch (layout.kind) {
    case 'plain_iso':
      return `TRY_CAST(${value} AS TIMESTAMP)`;
    case 'iso':
      return zonedIso(value);
    case 'month':
      return `TRY_CAST((${value}) || '-01' AS TIMESTAMP)`;
    case 'year_first':
      return parsed(value, '%Y/%m/%d');
    case 'named_month':
      return `try_strptime(replace(${value}, ' ', '-'), '%d-%b-%Y')`;
    case 'day_first':
      return parsed(value, `%d${layout.separator}%m${layout.separator}%Y`);
    case 'month_first':
      return parsed(value, `%m${layout.separator}%d${layout.separator}%Y`);
  }
}

/**
 * DuckDB drops the zone when it casts to TIMESTAMP, so the cast goes over TIMESTAMPTZ; that wants seconds, no blank
 * before the zone, a colon in the offset, and a zone at all: what has none is UTC.
 */
function zonedIso(value: string): string {
  const withTime = `CASE WHEN length(${value}) = 10 THEN (${value}) || ' 00:00:00' ELSE ${value} END`;
  const withSeconds = `regexp_replace(${withTime}, '^(.{10}[T ]\\d{2}:\\d{2})($|[ Z+-])', '\\1:00\\2')`;
  const withoutBlank = `regexp_replace(${withSeconds}, ' (Z|[+-]\\d{2}(:?\\d{2})?)$', '\\1')`;
  const withColon = `regexp_replace(${withoutBlank}, '([+-]\\d{2})(\\d{2})$', '\\1:\\2')`;
  const zoned = `CASE WHEN regexp_matches(${withColon}, '(Z|[+-]\\d{2}(:\\d{2})?)$') THEN ${withColon} ELSE ${withColon} || 'Z' END`;
  return `make_timestamp(epoch_us(TRY_CAST(${zoned} AS TIMESTAMPTZ)))`;
}

function parsed(value: string, format: string): string {
  return `try_strptime(${value}, [${literals([format, `${format} %H:%M`, `${format} %H:%M:%S`])}])`;
}
