/**
 * A date as numbers. `epoch_days` (with the time of day as its fraction) carries the trend; year, month, weekday (0 is
 * Sunday) and hour, all in UTC, carry the seasons; quarter, day (of the month) and day_of_year can be asked for. The
 * calendar is computed in plain arithmetic (days to civil date as in Howard Hinnant's "chrono-Compatible Low-Level Date
 * Algorithms"): a Date object a cell would be the cost of the whole path.
 */
export const DATE_PARTS = [
  'epoch_days',
  'year',
  'quarter',
  'month',
  'day',
  'day_of_year',
  'weekday',
  'hour',
] as const;
export type DatePart = (typeof DATE_PARTS)[number];
/** The parts that are looked at when the request does not name any. */
export const DEFAULT_DATE_PARTS: readonly DatePart[] = ['epoch_days', 'year', 'month', 'weekday', 'hour'];

const MS_PER_HOUR = 3_600_000;
const MS_PER_DAY = 86_400_000;

/** One part of a UTC date; NaN for NaN. */
export function datePart(epochMs: number, part: DatePart): number {
  const day = Math.floor(epochMs / MS_PER_DAY);
  switch (part) {
    case 'epoch_days':
      return epochMs / MS_PER_DAY;
    case 'hour':
      return Math.floor((epochMs - day * MS_PER_DAY) / MS_PER_HOUR);
    case 'weekday':
      return (((day + 4) % 7) + 7) % 7;
    case 'year':
      return marchYear(day) + (marchMonth(day) < 10 ? 0 : 1);
    case 'quarter':
      return Math.ceil(month(day) / 3);
    case 'month':
      return month(day);
    case 'day':
      return dayOfMarchYear(day) - Math.floor((153 * marchMonth(day) + 2) / 5) + 1;
    case 'day_of_year': {
      // 1 January is day 306 of the year that began in March before it.
      const fromMarch = dayOfMarchYear(day);
      const year = marchYear(day);
      const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
      return fromMarch < 306 ? fromMarch + (isLeap ? 61 : 60) : fromMarch - 305;
    }
  }
}

/** 1..12, proleptic Gregorian, of a day since 1970-01-01. */
function month(day: number): number {
  const fromMarch = marchMonth(day);
  return fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
}

/** 0 is March, 11 February. */
function marchMonth(day: number): number {
  return Math.floor((5 * dayOfMarchYear(day) + 2) / 153);
}

/** The year in which the March lies that began the year of this day: the leap day is the last day of such a year. */
function marchYear(day: number): number {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  return yearOfEra + era * 400;
}

/** 0 is 1 March. */
function dayOfMarchYear(day: number): number {
  const year = marchYear(day);
  const before = 365 * year + Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400);
  return day + 719_468 - before;
}
