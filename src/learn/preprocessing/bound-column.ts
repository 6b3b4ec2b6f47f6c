import type { RowIndices } from '../matrix/number-types.js';
import type { Column } from '../matrix/table.js';
import type { ColumnEncoder, NumberColumnEncoder, TextColumnEncoder } from './column-encoder.js';
import { REFUSED_SLOT } from './text-slots.js';

/** An encoder together with the column of a table that it reads: what is the same for all rows is done once. */
export interface BoundColumn {
  /**
   * Encodes the table rows rows[from..to), the first of them at out[at], rowStride apart.
   * A row that `markRefused` names gets NaN or zeros.
   */
  write(
    rows: RowIndices,
    from: number,
    to: number,
    out: Float64Array,
    at: number,
    rowStride: number,
    featureStride: number,
  ): void;
  /** Sets mask[p] for each position p whose row the column's policies refuse: to MISSING_VALUE or UNSEEN_CATEGORY. */
  markRefused(rows: RowIndices, mask: Uint8Array): void;
}

/** Why a row is refused. */
export const MISSING_VALUE = 1;
export const UNSEEN_CATEGORY = 2;

/** @param column already in the encoder's type */
export function bindColumn(encoder: ColumnEncoder, column: Column): BoundColumn {
  if (encoder.takes === 'number' && column.type !== 'text') return new BoundNumbers(encoder, column.values);
  if (encoder.takes === 'text' && column.type === 'text') {
    return new BoundTexts(encoder, column.codes, column.dictionary);
  }
  throw new TypeError(`column of type ${column.type} for an encoder of ${encoder.takes}`);
}

class BoundNumbers implements BoundColumn {
  constructor(
    private readonly encoder: NumberColumnEncoder,
    private readonly values: Float64Array,
  ) {}

  write(
    rows: RowIndices,
    from: number,
    to: number,
    out: Float64Array,
    at: number,
    rowStride: number,
    featureStride: number,
  ): void {
    const { encoder, values } = this;
    for (let p = from, place = at; p < to; p++, place += rowStride) {
      const value = values[rows[p] as number] as number;
      if (Number.isNaN(value)) encoder.writeMissing(out, place, featureStride);
      else encoder.writeNumber(value, out, place, featureStride);
    }
  }

  markRefused(rows: RowIndices, mask: Uint8Array): void {
    if (this.encoder.imputer.policy !== 'error') return;
    for (let p = 0; p < rows.length; p++) {
      if (Number.isNaN(this.values[rows[p] as number])) mask[p] = MISSING_VALUE;
    }
  }
}

class BoundTexts implements BoundColumn {
  /** The slot of each code of the table's dictionary, policies applied. */
  private readonly slotOfCode: Int32Array;
  /** For each code 1 where it counts as missing. */
  private readonly isMissing: Uint8Array;

  constructor(
    private readonly encoder: TextColumnEncoder,
    private readonly codes: Int32Array,
    private readonly dictionary: readonly string[],
  ) {
    const { slots, isMissing } = encoder.slots.translate(dictionary);
    this.slotOfCode = slots;
    this.isMissing = isMissing;
  }

  write(
    rows: RowIndices,
    from: number,
    to: number,
    out: Float64Array,
    at: number,
    rowStride: number,
    featureStride: number,
  ): void {
    const { encoder, codes, slotOfCode, isMissing } = this;
    for (let p = from, place = at; p < to; p++, place += rowStride) {
      const code = codes[rows[p] as number] as number;
      if (code < 0 || isMissing[code] === 1) encoder.writeMissing(out, place, featureStride);
      else encoder.writeSlot(slotOfCode[code] as number, out, place, featureStride);
    }
  }

  markRefused(rows: RowIndices, mask: Uint8Array): void {
    const { missingSlot } = this.encoder.slots;
    for (let p = 0; p < rows.length; p++) {
      const code = this.codes[rows[p] as number] as number;
      const slot = code < 0 ? missingSlot : (this.slotOfCode[code] as number);
      if (slot !== REFUSED_SLOT) continue;
      mask[p] = code < 0 || this.dictionary[code] === '' ? MISSING_VALUE : UNSEEN_CATEGORY;
    }
  }
}
