import type { JsonObject } from '../json.js';
import type { Feature } from '../matrix/feature-matrix.js';
import type { CategorySlots } from './category-slots.js';
import type { TextColumnEncoder } from './column-encoder.js';

/**
 * A text column as one feature: the slot of its category, by falling frequency, so that a kernel that keeps
 * only so many categories apart keeps those that matter. NaN is missing.
 */
export class OrdinalEncoder implements TextColumnEncoder {
  readonly takes = 'text';
  readonly encoding = 'ordinal';
  readonly features: readonly Feature[];
  readonly isScaled: readonly boolean[];

  /** @param isCategorical whether the algorithm knows codes without an order; otherwise they are numbers to it */
  constructor(
    readonly name: string,
    readonly slots: CategorySlots,
    readonly isCategorical: boolean,
  ) {
    this.features = [
      isCategorical
        ? { name, column: name, kind: 'categorical', nCategories: slots.nSlots }
        : { name, column: name, kind: 'numeric' },
    ];
    this.isScaled = [!isCategorical];
  }

  writeSlot(slot: number, out: Float64Array, at: number, _featureStride: number): void {
    out[at] = slot < 0 ? Number.NaN : slot;
  }

  writeMissing(out: Float64Array, at: number, featureStride: number): void {
    this.writeSlot(this.slots.missingSlot, out, at, featureStride);
  }

  toState(): JsonObject {
    return { encoding: this.encoding, isCategorical: this.isCategorical, ...this.slots.toState() };
  }
}
