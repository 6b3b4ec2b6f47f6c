import { jsonTypeOf } from '../json.js';
import {
  booleanFromNumber,
  booleanFromText,
  dateFromText,
  numberFromText,
  textFromNumber,
} from '../preprocessing/read-value.js';
import { REFUSED_SLOT, UNSEEN } from '../preprocessing/text-slots.js';
import type { NumberCell, TextCell } from './row-cell.js';
import type { RowFindings } from './row-findings.js';

/**
 * One value that was sent, whatever it is: OUT its features at `at`, and in `findings` what is to be said of it. See
 * RowEncoder for how a value is read.
 */
export function encodeNumber(
  cell: NumberCell,
  sent: unknown,
  row: number,
  out: Float64Array,
  at: number,
  findings: RowFindings,
): void {
  const { encoder } = cell;
  if (sent === null || sent === '') {
    noNumber(cell, row, out, at, findings);
    return;
  }
  const isNumber = typeof sent === 'number' && encoder.type === 'number';
  const value = isNumber ? sent : readOther(cell, sent, row, findings);
  if (Number.isNaN(value) && !isNumber) {
    findings.problem('wrong_type', row, cell.name, {
      expectedType: cell.expectedType,
      sentType: jsonTypeOf(sent),
    });
    return;
  }
  takeNumber(cell, value, row, out, at, findings);
}

export function noNumber(
  { encoder, name }: NumberCell,
  row: number,
  out: Float64Array,
  at: number,
  findings: RowFindings,
): void {
  if (encoder.imputer.policy === 'error') {
    findings.problem('missing_value', row, name);
    return;
  }
  if (encoder.imputer.policy !== 'native') findings.warning('imputed', row, name);
  encoder.writeMissing(out, at, 1);
}

export function takeNumber(
  cell: NumberCell,
  value: number,
  row: number,
  out: Float64Array,
  at: number,
  findings: RowFindings,
): void {
  if (!Number.isFinite(value)) {
    findings.problem('not_finite', row, cell.name);
    return;
  }
  if (value < cell.minimum || value > cell.maximum) findings.warning('out_of_range', row, cell.name);
  cell.encoder.writeNumber(value, out, at, 1);
}

/** A value that is not a number for a number column: as a number, or NaN when it cannot be read. */
function readOther(cell: NumberCell, sent: unknown, row: number, findings: RowFindings): number {
  const { type } = cell.encoder;
  if (type === 'boolean' && typeof sent === 'boolean') return sent ? 1 : 0;
  if (type === 'date' && typeof sent === 'string') return dateFromText(sent);
  let value = Number.NaN;
  if (typeof sent === 'string') value = type === 'number' ? numberFromText(sent) : booleanFromText(sent);
  else if (typeof sent === 'number') value = type === 'boolean' ? booleanFromNumber(sent) : sent;
  if (Number.isFinite(value)) findings.warning('type_coerced', row, cell.name);
  return value;
}

export function encodeText(
  cell: TextCell,
  sent: unknown,
  row: number,
  out: Float64Array,
  at: number,
  findings: RowFindings,
): void {
  if (sent === null || sent === '') {
    noText(cell, row, out, at, findings);
    return;
  }
  const text = typeof sent === 'string' ? sent : textOf(cell, sent, row, findings);
  if (text !== null) takeSlot(cell, cell.encoder.slots.find(text), row, out, at, findings);
}

export function noText(
  { encoder, name }: TextCell,
  row: number,
  out: Float64Array,
  at: number,
  findings: RowFindings,
): void {
  const { slots } = encoder;
  if (slots.missingSlot === REFUSED_SLOT) {
    findings.problem('missing_value', row, name);
    return;
  }
  if (slots.imputer.policy !== 'native') findings.warning('imputed', row, name);
  encoder.writeMissing(out, at, 1);
}

/** @param slot as `find` gives it */
export function takeSlot(
  { encoder, name }: TextCell,
  slot: number,
  row: number,
  out: Float64Array,
  at: number,
  findings: RowFindings,
): void {
  const { slots } = encoder;
  if (slot !== UNSEEN) {
    encoder.writeSlot(slot, out, at, 1);
    return;
  }
  if (slots.unseenSlot === REFUSED_SLOT) {
    findings.problem('unseen_category', row, name);
    return;
  }
  findings.warning('unseen_category', row, name);
  if (slots.unseenIsMissing) encoder.writeMissing(out, at, 1);
  else encoder.writeSlot(slots.unseenSlot, out, at, 1);
}

/** A number or a boolean as a category; null when it is neither, and then the problem is noted. */
function textOf(cell: TextCell, sent: unknown, row: number, findings: RowFindings): string | null {
  if (typeof sent === 'number' && !Number.isFinite(sent)) {
    findings.problem('not_finite', row, cell.name);
    return null;
  }
  if (typeof sent === 'number' || typeof sent === 'boolean') {
    findings.warning('type_coerced', row, cell.name);
    return typeof sent === 'number' ? textFromNumber(sent) : String(sent);
  }
  findings.problem('wrong_type', row, cell.name, { expectedType: 'text', sentType: jsonTypeOf(sent) });
  return null;
}
