import type { ColumnEncoder } from '../../preprocessing/column-encoder.js';
import {
  booleanFromNumber,
  booleanFromText,
  dateFromText,
  numberFromText,
  textFromNumber,
} from '../../preprocessing/read-value.js';

/**
 * The number that an encoder takes for a value that is not null and not empty, by the rules of the RowEncoder.
 * @returns undefined for what those refuse
 */
export function valueOfOdd(encoder: ColumnEncoder, sent: unknown): number | undefined {
  if (encoder.takes === 'text') {
    const text = textOf(sent);
    return text === undefined ? undefined : encoder.slots.find(text);
  }
  const value =
    typeof sent === 'string'
      ? FROM_TEXT[encoder.type](sent)
      : typeof sent === 'number'
        ? FROM_NUMBER[encoder.type](sent)
        : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** Whether a value came in another type than its column has. */
export function isCoerced(encoder: ColumnEncoder, sent: unknown): boolean {
  const isOwn = encoder.takes === 'text' || encoder.type === 'date' ? 'string' : encoder.type;
  return typeof sent !== isOwn;
}

const FROM_TEXT = { number: numberFromText, boolean: booleanFromText, date: dateFromText };
const FROM_NUMBER = {
  number: (sent: number) => sent,
  boolean: booleanFromNumber,
  date: (sent: number) => sent,
};

function textOf(sent: unknown): string | undefined {
  if (typeof sent === 'string') return sent;
  if (typeof sent === 'number') return Number.isFinite(sent) ? textFromNumber(sent) : undefined;
  return typeof sent === 'boolean' ? String(sent) : undefined;
}
