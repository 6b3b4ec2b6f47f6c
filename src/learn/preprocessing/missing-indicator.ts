import type { Feature } from '../matrix/feature-matrix.js';
import type { ColumnType } from '../matrix/table.js';
import type { ColumnEncoder, NumberColumnEncoder, TextColumnEncoder } from './column-encoder.js';
import type { NumberImputer } from './imputer.js';
import type { TextSlots } from './text-slots.js';

/**
 * An encoder with one feature more, the last: 1 where the value was missing, 0 elsewhere. What stands in for a gap
 * hides that there was one, and that a value is absent is often what tells most.
 */
export function withIndicator(encoder: ColumnEncoder): ColumnEncoder {
  return encoder.takes === 'number' ? new IndicatedNumbers(encoder) : new IndicatedTexts(encoder);
}

/** The encoder itself, without its indicator. */
export function withoutIndicator(encoder: ColumnEncoder): ColumnEncoder {
  return hasIndicator(encoder) ? encoder.inner : encoder;
}

export function hasIndicator(encoder: ColumnEncoder): encoder is IndicatedNumbers | IndicatedTexts {
  return encoder instanceof IndicatedNumbers || encoder instanceof IndicatedTexts;
}

function indicatedFeatures({ name, features }: ColumnEncoder): Feature[] {
  return [...features, { name: `${name} is missing`, column: name, kind: 'numeric' }];
}

class IndicatedNumbers implements NumberColumnEncoder {
  readonly takes = 'number';
  readonly name: string;
  readonly type: Exclude<ColumnType, 'text'>;
  readonly imputer: NumberImputer;
  readonly features: readonly Feature[];
  readonly isScaled: readonly boolean[];

  constructor(readonly inner: NumberColumnEncoder) {
    this.name = inner.name;
    this.type = inner.type;
    this.imputer = inner.imputer;
    this.features = indicatedFeatures(inner);
    this.isScaled = [...inner.isScaled, false];
  }

  writeNumber(value: number, out: Float64Array, at: number, featureStride: number): void {
    this.inner.writeNumber(value, out, at, featureStride);
    out[at + this.inner.features.length * featureStride] = 0;
  }

  writeMissing(out: Float64Array, at: number, featureStride: number): void {
    this.inner.writeMissing(out, at, featureStride);
    out[at + this.inner.features.length * featureStride] = 1;
  }
}

class IndicatedTexts implements TextColumnEncoder {
  readonly takes = 'text';
  readonly name: string;
  readonly slots: TextSlots;
  readonly features: readonly Feature[];
  readonly isScaled: readonly boolean[];

  constructor(readonly inner: TextColumnEncoder) {
    this.name = inner.name;
    this.slots = inner.slots;
    this.features = indicatedFeatures(inner);
    this.isScaled = [...inner.isScaled, false];
  }

  writeSlot(slot: number, out: Float64Array, at: number, featureStride: number): void {
    this.inner.writeSlot(slot, out, at, featureStride);
    out[at + this.inner.features.length * featureStride] = 0;
  }

  writeMissing(out: Float64Array, at: number, featureStride: number): void {
    this.inner.writeMissing(out, at, featureStride);
    out[at + this.inner.features.length * featureStride] = 1;
  }
}
