import type { TextImputer } from './imputer.js';

/** The slot of a missing text that nothing stands in for. */
export const MISSING_SLOT = -1;
/** The slot of a text that the column's policies refuse. */
export const REFUSED_SLOT = -2;
/** What `find` gives for a category that training did not see; `unseenSlot` says what becomes of it. */
export const UNSEEN = -3;

/** Texts as numbers that an encoder can write: CategorySlots knows the categories, HashedSlots computes them. */
export interface TextSlots {
  readonly imputer: TextImputer;
  /** A slot, MISSING_SLOT or REFUSED_SLOT. */
  readonly missingSlot: number;
  /** A slot, MISSING_SLOT or REFUSED_SLOT. */
  readonly unseenSlot: number;
  /** Whether an unseen category is treated as if the value were missing. */
  readonly unseenIsMissing: boolean;
  /** The slot of a text that is not empty, or UNSEEN. */
  find(text: string): number;
  /** For each text of a dictionary its slot after every policy, and 1 where it counts as missing. The empty text is missing. */
  translate(dictionary: readonly string[]): { slots: Int32Array; isMissing: Uint8Array };
}

/** How every kind of slots translates a dictionary. */
export function translateTexts(
  slots: TextSlots,
  dictionary: readonly string[],
): { slots: Int32Array; isMissing: Uint8Array } {
  const isMissing = new Uint8Array(dictionary.length);
  const found = Int32Array.from(dictionary, (text, code) => {
    const slot = text === '' ? MISSING_SLOT : slots.find(text);
    if (text === '' || (slot === UNSEEN && slots.unseenIsMissing)) {
      isMissing[code] = 1;
      return slots.missingSlot;
    }
    return slot === UNSEEN ? slots.unseenSlot : slot;
  });
  return { slots: found, isMissing };
}
