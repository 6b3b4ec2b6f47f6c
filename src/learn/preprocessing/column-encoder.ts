import type { Feature } from '../matrix/feature-matrix.js';
import type { RowIndices } from '../matrix/number-types.js';
import type { Column, ColumnType } from '../matrix/table.js';
import { type CategorySlots, REFUSED_SLOT } from './category-slots.js';
import type { NumberImputer } from './imputer.js';

/**
 * One input column to one or more features. A fitted encoder writes one value at a time into a place that the
 * caller names, with the distance between its features: 1 for a row, nSamples for a column-major matrix. The
 * table path and the row path call the same writer, so they cannot differ.
 */
export type ColumnEncoder = NumberColumnEncoder | TextColumnEncoder;

/** Takes numbers, booleans (0, 1) and dates (epoch milliseconds). */
export interface NumberColumnEncoder {
  readonly takes: 'number';
  readonly name: string;
  readonly type: Exclude<ColumnType, 'text'>;
  readonly imputer: NumberImputer;
  readonly features: readonly Feature[];
  /** @param value after imputation; NaN is missing */
  writeNumber(value: number, out: Float64Array, at: number, featureStride: number): void;
}

/** Takes categories, as slots. */
export interface TextColumnEncoder {
  readonly takes: 'text';
  readonly name: string;
  readonly encoding: 'ordinal' | 'one_hot';
  readonly slots: CategorySlots;
  readonly features: readonly Feature[];
  /** @param slot 0..nSlots-1 or MISSING_SLOT */
  writeSlot(slot: number, out: Float64Array, at: number, featureStride: number): void;
}

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
  /** Sets mask[p] = 1 for each position p whose row the column's policies refuse. */
  markRefused(rows: RowIndices, mask: Uint8Array): void;
}

/** @param column already in the encoder's type */
export function bindColumn(encoder: ColumnEncoder, column: Column): BoundColumn {
  if (encoder.takes === 'number' && column.type !== 'text') return new BoundNumbers(encoder, column.values);
  if (encoder.takes === 'text' && column.type === 'text') {
    return new BoundCategories(encoder, column.codes, encoder.slots.translate(column.dictionary));
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
    const { fill } = encoder.imputer;
    for (let p = from, place = at; p < to; p++, place += rowStride) {
      const value = values[rows[p] as number] as number;
      encoder.writeNumber(!Number.isNaN(value) ? value : fill, out, place, featureStride);
    }
  }

  markRefused(rows: RowIndices, mask: Uint8Array): void {
    if (this.encoder.imputer.policy !== 'error') return;
    for (let p = 0; p < rows.length; p++) if (Number.isNaN(this.values[rows[p] as number])) mask[p] = 1;
  }
}

class BoundCategories implements BoundColumn {
  /** @param slotOfCode the slot of each code of the table's dictionary, policies applied */
  constructor(
    private readonly encoder: TextColumnEncoder,
    private readonly codes: Int32Array,
    private readonly slotOfCode: Int32Array,
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
    const { encoder, codes, slotOfCode } = this;
    const { missingSlot } = encoder.slots;
    for (let p = from, place = at; p < to; p++, place += rowStride) {
      const code = codes[rows[p] as number] as number;
      encoder.writeSlot(code < 0 ? missingSlot : (slotOfCode[code] as number), out, place, featureStride);
    }
  }

  markRefused(rows: RowIndices, mask: Uint8Array): void {
    const { missingSlot } = this.encoder.slots;
    for (let p = 0; p < rows.length; p++) {
      const code = this.codes[rows[p] as number] as number;
      const slot = code < 0 ? missingSlot : (this.slotOfCode[code] as number);
      if (slot === REFUSED_SLOT) mask[p] = 1;
    }
  }
}
