import type { JsonObject } from '../json.js';
import type { Feature } from '../matrix/feature-matrix.js';
import type { TextColumnEncoder } from './column-encoder.js';
import type { TextImputer } from './imputer.js';
import { murmurHash } from './murmur-hash.js';
import { damaged, member, readFinite } from './state-reader.js';
import { MISSING_SLOT, REFUSED_SLOT, type TextSlots, translateTexts } from './text-slots.js';

/** How many features a hashed column becomes when the request does not say, and at most. */
export const DEFAULT_BUCKETS = 64;
export const MAX_BUCKETS = 4096;

/**
 * Texts as signed buckets: bucket |hash| mod nBuckets with the sign of the hash, as scikit-learn's FeatureHasher
 * has them. Slot 2 b is bucket b with +1, slot 2 b + 1 is bucket b with -1. No text is unseen.
 */
export class HashedSlots implements TextSlots {
  readonly missingSlot: number;
  readonly unseenSlot = MISSING_SLOT;
  readonly unseenIsMissing = false;

  constructor(
    readonly nBuckets: number,
    readonly imputer: TextImputer,
  ) {
    this.missingSlot =
      imputer.policy === 'error'
        ? REFUSED_SLOT
        : imputer.fill === null
          ? MISSING_SLOT
          : this.find(imputer.fill);
  }

  find(text: string): number {
    const hash = murmurHash(text);
    // The absolute value of the smallest integer is a number here, as it is in 64 bit.
    return 2 * (Math.abs(hash) % this.nBuckets) + (hash < 0 ? 1 : 0);
  }

  translate(dictionary: readonly string[]): { slots: Int32Array; isMissing: Uint8Array } {
    return translateTexts(this, dictionary);
  }
}

/**
 * A text column of any number of categories as a fixed number of features, each 0, 1 or -1: a text puts its sign
 * into its bucket. Texts that share a bucket are told apart by sign or not at all; nothing is kept of the texts. A missing text
 * that nothing stands in for is 0 everywhere, which every algorithm takes.
 */
export class HashingEncoder implements TextColumnEncoder {
  readonly takes = 'text';
  readonly features: readonly Feature[];
  readonly isScaled: readonly boolean[];

  constructor(
    readonly name: string,
    readonly slots: HashedSlots,
  ) {
    this.features = Array.from({ length: slots.nBuckets }, (_, bucket) => ({
      name: `${name}#${bucket}`,
      column: name,
      kind: 'numeric',
    }));
    this.isScaled = this.features.map(() => false);
  }

  writeSlot(slot: number, out: Float64Array, at: number, featureStride: number): void {
    const { nBuckets } = this.slots;
    for (let k = 0, to = at; k < nBuckets; k++, to += featureStride) out[to] = 0;
    if (slot >= 0) out[at + (slot >> 1) * featureStride] = slot % 2 === 0 ? 1 : -1;
  }

  writeMissing(out: Float64Array, at: number, featureStride: number): void {
    this.writeSlot(this.slots.missingSlot, out, at, featureStride);
  }

  toState(): JsonObject {
    return { encoding: 'hashing', nBuckets: this.slots.nBuckets };
  }

  /** @throws LearnError invalid_state */
  static fromState(state: JsonObject, name: string, imputer: TextImputer, path: string): HashingEncoder {
    const nBuckets = readFinite(member(state, 'nBuckets'), `${path}.nBuckets`);
    if (!Number.isInteger(nBuckets) || nBuckets < 2 || nBuckets > MAX_BUCKETS) {
      throw damaged(`${path}.nBuckets`, `an integer, 2 to ${MAX_BUCKETS}`);
    }
    return new HashingEncoder(name, new HashedSlots(nBuckets, imputer));
  }
}
