import type { DatePart } from '../../../learn/preprocessing/date-parts.js';
import type { GraphBuilder, Value } from './graph-builder.js';

const MS_PER_HOUR = 3_600_000;
const MS_PER_DAY = 86_400_000;
/** Days from 0000-03-01 to 1970-01-01, and in 400, 100, 4 years. */
const EPOCH_DAY = 719_468;
const DAYS = { era: 146_097, century: 36_524, leapCycle: 1460, year: 365 } as const;

/** One part of UTC dates, in the arithmetic of the date encoder (whole numbers in doubles, so the same to the bit). */
export function datePartNode(graph: GraphBuilder, epochMs: Value, part: DatePart): Value {
  const { add, subtract, multiply, divide, where } = graph;
  const number = (value: number) => graph.numbers(value);
  const floor = (value: Value) => graph.apply('Floor', [value]);
  const over = (value: Value, by: number) => floor(divide(value, number(by)));
  const times = (value: Value, by: number) => multiply(value, number(by));
  const isBelow = (value: Value, limit: number) => graph.apply('Less', [value, number(limit)]);
  const remainder = (value: Value, by: number) => subtract(value, times(over(value, by), by));
  if (part === 'epoch_days') return divide(epochMs, number(MS_PER_DAY));
  const day = over(epochMs, MS_PER_DAY);
  if (part === 'hour') return over(subtract(epochMs, times(day, MS_PER_DAY)), MS_PER_HOUR);
  if (part === 'weekday') return remainder(add(day, number(4)), 7);

  // The year that began on 1 March, the day in it, and the month counted from March.
  const shifted = add(day, number(EPOCH_DAY));
  const era = over(shifted, DAYS.era);
  const dayOfEra = subtract(shifted, times(era, DAYS.era));
  const leapDays = add(
    subtract(over(dayOfEra, DAYS.leapCycle), over(dayOfEra, DAYS.century)),
    over(dayOfEra, DAYS.era - 1),
  );
  const year = add(over(subtract(dayOfEra, leapDays), DAYS.year), times(era, 400));
  const yearStart = add(
    subtract(add(times(year, DAYS.year), over(year, 4)), over(year, 100)),
    over(year, 400),
  );
  const dayOfYear = subtract(shifted, yearStart);
  const monthFromMarch = over(add(times(dayOfYear, 5), number(2)), 153);
  const isBeforeNewYear = isBelow(monthFromMarch, 10);
  const month = add(monthFromMarch, where(isBeforeNewYear, number(3), number(-9)));
  switch (part) {
    case 'year':
      return add(year, where(isBeforeNewYear, number(0), number(1)));
    case 'month':
      return month;
    case 'quarter':
      return graph.apply('Ceil', [divide(month, number(3))]);
    case 'day': {
      const monthStart = over(add(times(monthFromMarch, 153), number(2)), 5);
      return add(subtract(dayOfYear, monthStart), number(1));
    }
    case 'day_of_year': {
      const divides = (by: number) => graph.apply('Equal', [remainder(year, by), number(0)]);
      const isLeap = graph.apply('And', [
        divides(4),
        graph.apply('Or', [graph.apply('Not', [divides(100)]), divides(400)]),
      ]);
      const fromMarch = add(dayOfYear, where(isLeap, number(61), number(60)));
      return where(isBelow(dayOfYear, 306), fromMarch, subtract(dayOfYear, number(305)));
    }
  }
}
