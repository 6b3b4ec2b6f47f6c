import { jsonTypeOf } from '../json.js';
import type { ColumnEncoder } from '../preprocessing/column-encoder.js';
import { MISSING_SLOT } from '../preprocessing/text-slots.js';
import type { RowReader } from './reading/row-reader.js';
import { writeNumbers, writeSlots } from './row-blocks.js';
import { type Cell, compileCell } from './row-cell.js';
import { RowFindings, type RowProblem, type RowWarning } from './row-findings.js';
import { encodeNumber, encodeText, noNumber, noText, takeNumber, takeSlot } from './row-values.js';
import type { ModelSignature } from './signature.js';

/** Encoded rows. */
export interface EncodedRows {
  /** Row-major, nRows * nFeatures, possibly longer; the encoder's own buffer, valid until the next call. */
  readonly values: Float64Array;
  readonly problems: readonly RowProblem[];
  readonly warnings: readonly RowWarning[];
  readonly nWarningsLeftOut: number;
}

const BLOCK_NUMBERS = 4096;

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
