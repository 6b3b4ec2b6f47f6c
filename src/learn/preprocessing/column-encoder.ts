import type { Feature } from '../matrix/feature-matrix.js';
import type { ColumnType } from '../matrix/table.js';
import type { NumberImputer } from './imputer.js';
import type { TextSlots } from './text-slots.js';

/**
 * One input column to one or more features. A fitted encoder writes one value at a time into a place that the
 * caller names, with the distance between its features: 1 for a row, nSamples for a column-major matrix. The
 * table path and the row path call the same writer, so they cannot differ.
 */
export type ColumnEncoder = NumberColumnEncoder | TextColumnEncoder;

interface Encoder {
  readonly name: string;
  readonly features: readonly Feature[];
  /** For each feature whether the scaler works on it; scaler.ts says why. */
  readonly isScaled: readonly boolean[];
  /** Writes what stands for a missing value. */
  writeMissing(out: Float64Array, at: number, featureStride: number): void;
}

/** Takes numbers, booleans (0, 1) and dates (epoch milliseconds). */
export interface NumberColumnEncoder extends Encoder {
  readonly takes: 'number';
  readonly type: Exclude<ColumnType, 'text'>;
  readonly imputer: NumberImputer;
  /** @param value not NaN */
  writeNumber(value: number, out: Float64Array, at: number, featureStride: number): void;
}

/** Takes texts, as slots. */
export interface TextColumnEncoder extends Encoder {
  readonly takes: 'text';
  readonly slots: TextSlots;
  /** @param slot as `slots` gives it, or MISSING_SLOT */
  writeSlot(slot: number, out: Float64Array, at: number, featureStride: number): void;
}
