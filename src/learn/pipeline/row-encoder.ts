import { jsonTypeOf } from '../json.js';
import type {
  ColumnEncoder,
  NumberColumnEncoder,
  TextColumnEncoder,
} from '../preprocessing/column-encoder.js';
import { NumberEncoder } from '../preprocessing/number-encoder.js';
import { OneHotEncoder } from '../preprocessing/one-hot-encoder.js';
import { OrdinalEncoder } from '../preprocessing/ordinal-encoder.js';
import {
  booleanFromNumber,
  booleanFromText,
  dateFromText,
  numberFromText,
  textFromNumber,
} from '../preprocessing/read-value.js';
import { MISSING_SLOT, REFUSED_SLOT, UNSEEN } from '../preprocessing/text-slots.js';
import type { RowReader } from './reading/row-reader.js';
import { RowFindings, type RowProblem, type RowWarning } from './row-findings.js';
import type { InputColumn, ModelSignature } from './signature.js';

/** Encoded rows. */
export interface EncodedRows {
  /** Row-major, nRows * nFeatures, possibly longer; the encoder's own buffer, valid until the next call. */
  readonly values: Float64Array;
  readonly problems: readonly RowProblem[];
  readonly warnings: readonly RowWarning[];
  readonly nWarningsLeftOut: number;
}

const BLOCK_NUMBERS = 4096;

/** One column, compiled: what a row is asked for and where its features go. */
type Cell = NumberCell | TextCell;
interface NumberCell {
  readonly takes: 'number';
  readonly name: string;
  readonly isInherited: boolean;
  readonly at: number;
  readonly encoder: NumberColumnEncoder;
  readonly minimum: number;
  readonly maximum: number;
  readonly expectedType: string;
}
interface TextCell {
  readonly takes: 'text';
  readonly name: string;
  readonly isInherited: boolean;
  readonly at: number;
  readonly encoder: TextColumnEncoder;
}

/**
 * JSON rows to encoded and scaled features, without a table between. It is compiled from the signature and the
 * encoders once; a row then costs one property read and one write a column, and allocates only for what it has
 * to say. Every row is checked, so that a caller learns all problems at once (the first 100).
 *
 * How a value is read: null, and the empty text, are missing. A number column also takes numeric text, a boolean
 * column 0, 1 and `"true"`, `"yes"`, `"false"`, `"no"`, a date column epoch milliseconds, a text column a number
 * or a boolean: each with the warning `type_coerced`. ISO 8601 text is how JSON writes a date and needs none.
 */
export class RowEncoder {
  private readonly cells: readonly Cell[];
  private readonly knownNames: ReadonlySet<string>;
  private readonly nFeatures: number;
  /** Rows that are encoded, scaled and so on before the next ones are: they stay in the first-level cache. */
  private readonly nBlockRows: number;
  private buffer = new Float64Array(0);

  constructor(
    signature: ModelSignature,
    encoders: readonly ColumnEncoder[],
    /** What is done to encoded rows as a whole, in place: row-major, as many as said. */
    private readonly finish: (rows: Float64Array, nRows: number) => void,
  ) {
    let at = 0;
    this.cells = signature.inputs.map((input, k) => {
      const encoder = encoders[k] as ColumnEncoder;
      const cell = compileCell(input, encoder, at);
      at += encoder.features.length;
      return cell;
    });
    this.nFeatures = at;
    this.nBlockRows = Math.max(1, Math.floor(BLOCK_NUMBERS / at));
    this.knownNames = new Set([...signature.inputs.map((input) => input.name), ...signature.ignored]);
  }

  /**
   * Encodes and scales rows. The result is of use only when there are no problems.
   * @param passedThrough columns that are no news when the model does not know them
   */
  encode(rows: readonly unknown[], passedThrough?: ReadonlySet<string>): EncodedRows {
    const findings = new RowFindings();
    const values = this.room(rows.length);
    for (let i = 0; i < rows.length && !findings.isFull; i++) {
      const row = rows[i];
      if (typeof row === 'object' && row !== null && !Array.isArray(row)) {
        this.encodeRow(row as Record<string, unknown>, i, values, findings, passedThrough);
      } else {
        findings.problem('not_an_object', i, undefined, {
          expectedType: 'object',
          sentType: jsonTypeOf(row),
        });
      }
    }
    return this.finished(values, rows.length, findings);
  }

  /** As `encode`, of rows that were read from bytes: the same features and the same findings. */
  encodeRead(reader: RowReader): EncodedRows {
    const { nRows, nColumns, coerced } = reader;
    const findings = new RowFindings();
    const values = this.room(nRows);
    const hasFindings = new Uint8Array(nRows);
    if (coerced.size > 0) for (const cell of coerced) hasFindings[Math.floor(cell / nColumns)] = 1;
    for (let from = 0; from < nRows && !findings.isFull; from += this.nBlockRows) {
      const to = Math.min(nRows, from + this.nBlockRows);
      this.writeOrdinary(reader, from, to, values, hasFindings);
      for (let i = from; i < to && !findings.isFull; i++) {
        if (hasFindings[i] === 1) this.encodeReadRow(reader, i, values, findings);
      }
      // What comes out beside a problem is of no use, but it is no harm either.
      this.finish(from === 0 ? values : values.subarray(from * this.nFeatures), to - from);
    }
    const { problems, warnings, nWarningsLeftOut } = findings;
    return { values, problems, warnings, nWarningsLeftOut };
  }

  /**
   * Writes all values of which nothing is to be said, column by column: the same few steps for each row of a column.
   * OUT hasFindings: by row 1 where there is more to it
   */
  private writeOrdinary(
    { values: read, nColumns }: RowReader,
    from: number,
    to: number,
    out: Float64Array,
    hasFindings: Uint8Array,
  ): void {
    const { nFeatures } = this;
    // Without an iterator: it would leave behind more than all else that a row of few columns does.
    const { cells } = this;
    out.fill(0, from * nFeatures, to * nFeatures);
    for (let k = 0; k < cells.length; k++) {
      const cell = cells[k] as Cell;
      if (cell.takes === 'number')
        writeNumbers(cell, read, k, nColumns, from, to, out, nFeatures, hasFindings);
      else writeSlots(cell, read, k, nColumns, from, to, out, nFeatures, hasFindings);
    }
  }

  private encodeReadRow(
    { values: read, nColumns, coerced }: RowReader,
    i: number,
    values: Float64Array,
    findings: RowFindings,
  ): void {
    const base = i * this.nFeatures;
    for (const [k, cell] of this.cells.entries()) {
      const value = read[i * nColumns + k] as number;
      if (coerced.has(i * nColumns + k)) findings.warning('type_coerced', i, cell.name);
      if (cell.takes === 'number') {
        if (Number.isNaN(value)) noNumber(cell, i, values, base + cell.at, findings);
        else takeNumber(cell, value, i, values, base + cell.at, findings);
      } else if (value === MISSING_SLOT) noText(cell, i, values, base + cell.at, findings);
      else takeSlot(cell, value, i, values, base + cell.at, findings);
    }
  }

  private room(nRows: number): Float64Array {
    const length = nRows * this.nFeatures;
    if (this.buffer.length < length) this.buffer = new Float64Array(length);
    return this.buffer;
  }

  private finished(values: Float64Array, nRows: number, findings: RowFindings): EncodedRows {
    const { problems, warnings, nWarningsLeftOut } = findings;
    if (problems.length === 0) this.finish(values, nRows);
    return { values, problems, warnings, nWarningsLeftOut };
  }

  private encodeRow(
    row: Record<string, unknown>,
    i: number,
    values: Float64Array,
    findings: RowFindings,
    passedThrough: ReadonlySet<string> | undefined,
  ): void {
    const { cells } = this;
    const base = i * this.nFeatures;
    let nFound = 0;
    for (let k = 0; k < cells.length; k++) {
      const cell = cells[k] as Cell;
      // A column may bear the name of something that every object inherits ("constructor").
      const value = cell.isInherited && !Object.hasOwn(row, cell.name) ? undefined : row[cell.name];
      if (value === undefined) {
        findings.problem('missing_column', i, cell.name);
        continue;
      }
      nFound++;
      if (cell.takes === 'text') encodeText(cell, value, i, values, base + cell.at, findings);
      else encodeNumber(cell, value, i, values, base + cell.at, findings);
    }
    let nKeys = 0;
    for (const _ in row) nKeys++;
    if (nKeys !== nFound) this.warnOfExtras(row, i, findings, passedThrough);
  }

  private warnOfExtras(
    row: Record<string, unknown>,
    i: number,
    findings: RowFindings,
    passedThrough: ReadonlySet<string> | undefined,
  ): void {
    for (const name of Object.keys(row)) {
      if (!this.knownNames.has(name) && passedThrough?.has(name) !== true)
        findings.warning('extra_column', i, name);
    }
  }
}

/** @param out OUT filled with 0 */
function writeNumbers(
  { encoder, minimum, maximum, at }: NumberCell,
  read: Float64Array,
  k: number,
  nColumns: number,
  first: number,
  end: number,
  out: Float64Array,
  nFeatures: number,
  hasFindings: Uint8Array,
): void {
  const isPlain = encoder instanceof NumberEncoder;
  let from = first * nColumns + k;
  let to = first * nFeatures + at;
  for (let i = first; i < end; i++, from += nColumns, to += nFeatures) {
    const value = read[from] as number;
    // NaN and what is infinite fail it, too.
    if (!(value >= minimum && value <= maximum && value - value === 0)) hasFindings[i] = 1;
    else if (isPlain) out[to] = value;
    else encoder.writeNumber(value, out, to, 1);
  }
}

/** @param out OUT filled with 0 */
function writeSlots(
  { encoder, at }: TextCell,
  read: Float64Array,
  k: number,
  nColumns: number,
  first: number,
  end: number,
  out: Float64Array,
  nFeatures: number,
  hasFindings: Uint8Array,
): void {
  const isOneHot = encoder instanceof OneHotEncoder;
  const isOrdinal = encoder instanceof OrdinalEncoder;
  let from = first * nColumns + k;
  let to = first * nFeatures + at;
  for (let i = first; i < end; i++, from += nColumns, to += nFeatures) {
    const slot = read[from] as number;
    if (slot < 0) hasFindings[i] = 1;
    else if (isOneHot) out[to + slot] = 1;
    else if (isOrdinal) out[to] = slot;
    else encoder.writeSlot(slot, out, to, 1);
  }
}

function compileCell(input: InputColumn, encoder: ColumnEncoder, at: number): Cell {
  const { name } = input;
  const isInherited = name in Object.prototype;
  if (encoder.takes === 'text') return { takes: 'text', name, isInherited, at, encoder };
  const expectedType = input.type === 'date' ? 'ISO 8601 date' : input.type;
  const minimum = input.minimum ?? -Infinity;
  const maximum = input.maximum ?? Infinity;
  return { takes: 'number', name, isInherited, at, encoder, minimum, maximum, expectedType };
}

function encodeNumber(
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

function noNumber(
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

function takeNumber(
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

function encodeText(
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

function noText(
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
function takeSlot(
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
