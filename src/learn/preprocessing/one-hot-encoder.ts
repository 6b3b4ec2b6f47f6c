import type { JsonObject } from '../json.js';
import type { Feature } from '../matrix/feature-matrix.js';
import type { CategorySlots } from './category-slots.js';
import type { TextColumnEncoder } from './column-encoder.js';

/** The name of the rare bin's feature ends with this; a category of this name would only share the label. */
const RARE_BIN = '(rare)';

/**
 * A text column as one 0/1 feature a category, in sorted order, the rare bin last. A missing text that nothing
 * stands in for is 0 in all of them, which every algorithm takes.
 */
export class OneHotEncoder implements TextColumnEncoder {
  readonly takes = 'text';
  readonly encoding = 'one_hot';
  readonly features: readonly Feature[];
  readonly isScaled: readonly boolean[];

  constructor(
    readonly name: string,
    readonly slots: CategorySlots,
  ) {
    const labels = slots.hasRareSlot ? [...slots.categories, RARE_BIN] : slots.categories;
    this.features = labels.map((label) => ({ name: `${name}=${label}`, column: name, kind: 'numeric' }));
    this.isScaled = labels.map(() => false);
  }

  writeSlot(slot: number, out: Float64Array, at: number, featureStride: number): void {
    const n = this.features.length;
    for (let k = 0, to = at; k < n; k++, to += featureStride) out[to] = k === slot ? 1 : 0;
  }

  writeMissing(out: Float64Array, at: number, featureStride: number): void {
    this.writeSlot(this.slots.missingSlot, out, at, featureStride);
  }

  toState(): JsonObject {
    return { encoding: this.encoding, isCategorical: false, ...this.slots.toState() };
  }
}
