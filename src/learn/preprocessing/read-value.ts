/**
 * How a value of one type is read as another: the one place for it, used for whole columns (a type override)
 * and for single cells (a prediction row), so that both give the same number to the bit.
 *
 * Every reader gives NaN for what it cannot read, and for nothing else.
 */

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const ISO_DATE =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:(Z)|([+-])(\d{2}):?(\d{2}))?)?$/;

const MS_PER_DAY = 86_400_000;

/**
 * Text as a number: decimal digits with an optional sign, point and exponent; blanks around it are ignored.
 * Hexadecimal, `Infinity` and thousands separators are not numbers here. May give Infinity for `1e999`.
 */
export function numberFromText(text: string): number {
  const trimmed = text.trim();
  return DECIMAL.test(trimmed) ? Number(trimmed) : Number.NaN;
}

/** `true`, `yes`, `1` as 1, `false`, `no`, `0` as 0, in any case. */
export function booleanFromText(text: string): number {
  switch (text.trim().toLowerCase()) {
    case 'true':
    case 'yes':
    case '1':
      return 1;
    case 'false':
    case 'no':
    case '0':
      return 0;
    default:
      return Number.NaN;
  }
}

/** A number as a boolean: 0 and 1 only. */
export function booleanFromNumber(value: number): number {
  return value === 0 || value === 1 ? value : Number.NaN;
}

/**
 * An ISO 8601 date, with or without a time of day and a zone, as milliseconds since 1970-01-01 UTC.
 * Without a zone it is UTC: the result must not depend on where the service runs.
 */
export function dateFromText(text: string): number {
  const parts = ISO_DATE.exec(text.trim());
  if (parts === null) return Number.NaN;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const [hour, minute, second] = [Number(parts[4] ?? 0), Number(parts[5] ?? 0), Number(parts[6] ?? 0)];
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return Number.NaN;
  // Two-digit years are written as four digits here, but Date.UTC would move the years 0..99 to 19xx.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCDate() !== day) return Number.NaN;
  const fraction = Number((parts[7] ?? '').padEnd(3, '0').slice(0, 3));
  const offsetMinutes = Number(parts[10] ?? 0) * 60 + Number(parts[11] ?? 0);
  const offset = parts[9] === '-' ? -offsetMinutes : offsetMinutes;
  return date.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction;
}

/** A number as a category: JavaScript's shortest form, -0 as `0`. */
export function textFromNumber(value: number): string {
  return String(value);
}

/** A boolean, kept as 0 or 1, as a category. */
export function textFromBoolean(value: number): string {
  return value === 0 ? 'false' : 'true';
}

/** A date as ISO 8601: `2024-05-17` at midnight UTC, `2024-05-17T08:30:00.000Z` otherwise. */
export function textFromDate(epochMs: number): string {
  if (!(Math.abs(epochMs) <= 8.64e15)) return String(epochMs);
  const text = new Date(epochMs).toISOString();
  return epochMs % MS_PER_DAY === 0 ? text.slice(0, text.indexOf('T')) : text;
}
