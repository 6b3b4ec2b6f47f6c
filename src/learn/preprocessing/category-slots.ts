import type { JsonObject } from '../json.js';
import type { TextColumn } from '../matrix/table.js';
import { UNSEEN_POLICIES, type UnseenPolicy } from '../pipeline/spec.js';
import type { CategoryCounts } from './column-statistics.js';
import type { TextImputer } from './imputer.js';
import { damaged, member, readBoolean, readChoice, readDistinctTexts } from './state-reader.js';
import { MISSING_SLOT, REFUSED_SLOT, type TextSlots, translateTexts, UNSEEN } from './text-slots.js';

/** How slots are ordered: `sorted` by code unit, or by falling `frequency` (ties sorted). */
export type SlotOrder = 'sorted' | 'frequency';

/** What decides how the categories of a column become slots. */
export interface CategoryRules {
  readonly unseen: UnseenPolicy;
  readonly order: SlotOrder;
  /** The most categories that are kept apart; the rest, the least frequent, is treated as unseen. */
  readonly maxCategories: number;
  /** Whether the rare bin has a slot although no training row fell into it. */
  readonly rareSlotAlways: boolean;
  /** How the request wants rare categories grouped; absent: as rareThreshold says. */
  readonly grouping?: CategoryGrouping;
}

/** Which categories share the rare bin, by scikit-learn's rules. */
export interface CategoryGrouping {
  /** Categories of fewer rows are rare: a number of rows, 1 or more, or a share of the training rows, below 1. */
  readonly minFrequency?: number;
  /** The most slots there may be, the rare bin among them; ties go to the category that sorts first. */
  readonly maxCategories?: number;
}

/** Grouped categories that stay known, so that a row with one of them is no surprise. */
const MAX_KNOWN_CATEGORIES = 10_000;

/**
 * The categories of a text column as slots 0..nSlots-1: first the categories that are kept apart, then, under
 * the policy `rare`, one bin for all that occur in fewer than 1 % of the training rows (never more than 10
 * rows asked, never fewer than 2: a category seen once tells a model nothing that survives the next data set).
 * The ordinal and the one-hot encoder write slots; what is missing, rare, unseen or refused is decided here.
 */
export class CategorySlots implements TextSlots {
  readonly nSlots: number;
  /** A slot, MISSING_SLOT or REFUSED_SLOT. */
  readonly missingSlot: number;
  /** A slot, MISSING_SLOT or REFUSED_SLOT. */
  readonly unseenSlot: number;
  readonly unseenIsMissing: boolean;
  private readonly slotOf: Map<string, number>;

  /**
   * @param categories kept apart, in the order of their slots
   * @param rare seen in training, share the rare bin
   */
  constructor(
    readonly categories: readonly string[],
    readonly rare: readonly string[],
    readonly hasRareSlot: boolean,
    readonly unseen: UnseenPolicy,
    readonly imputer: TextImputer,
  ) {
    this.nSlots = categories.length + (hasRareSlot ? 1 : 0);
    this.slotOf = new Map(categories.map((category, slot) => [category, slot]));
    for (const category of rare) this.slotOf.set(category, categories.length);
    const rareSlot = hasRareSlot ? categories.length : MISSING_SLOT;
    this.missingSlot =
      imputer.policy === 'error'
        ? REFUSED_SLOT
        : imputer.fill === null
          ? MISSING_SLOT
          : (this.slotOf.get(imputer.fill) ?? rareSlot);
    this.unseenIsMissing = unseen === 'missing';
    this.unseenSlot = unseen === 'error' ? REFUSED_SLOT : unseen === 'rare' ? rareSlot : this.missingSlot;
  }

  /** Learns the slots from the counts of the training rows. Cost: O(k log k) for k categories. */
  static fit(
    column: TextColumn,
    counts: CategoryCounts,
    imputer: TextImputer,
    rules: CategoryRules,
  ): CategorySlots {
    const seen: { text: string; count: number }[] = [];
    for (let code = 0; code < counts.counts.length; code++) {
      const count = counts.counts[code] as number;
      if (count > 0) seen.push({ text: column.dictionary[code] as string, count });
    }
    seen.sort((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1));

    const { known, nKept } = ranked(seen, counts.nRows, imputer, rules);
    const kept = known.slice(0, nKept).map(({ text }) => text);
    const rare = known.slice(nKept).map(({ text }) => text);
    const { fill } = imputer;
    if (imputer.policy === 'constant' && fill !== null && !kept.includes(fill) && !rare.includes(fill)) {
      kept.push(fill);
    }
    if (rules.order === 'sorted') kept.sort(byCodeUnit);
    rare.sort(byCodeUnit);
    const hasRareSlot =
      rules.unseen === 'rare' && (rules.rareSlotAlways || rare.length > 0 || known.length < seen.length);
    return new CategorySlots(kept, rare, hasRareSlot, rules.unseen, imputer);
  }

  /** The slot of a category, or UNSEEN. */
  find(category: string): number {
    return this.slotOf.get(category) ?? UNSEEN;
  }

  translate(dictionary: readonly string[]): { slots: Int32Array; isMissing: Uint8Array } {
    return translateTexts(this, dictionary);
  }

  /** Everything that counts as seen, sorted. */
  known(): string[] {
    return [...this.categories, ...this.rare].sort(byCodeUnit);
  }

  toState(): JsonObject {
    return {
      unseen: this.unseen,
      categories: [...this.categories],
      rare: [...this.rare],
      hasRareSlot: this.hasRareSlot,
    };
  }

  /** @throws LearnError invalid_state */
  static fromState(state: JsonObject, imputer: TextImputer, path: string): CategorySlots {
    const categories = readDistinctTexts(member(state, 'categories'), `${path}.categories`);
    const rare = readDistinctTexts(member(state, 'rare'), `${path}.rare`);
    const hasRareSlot = readBoolean(member(state, 'hasRareSlot'), `${path}.hasRareSlot`);
    const unseen = readChoice(member(state, 'unseen'), UNSEEN_POLICIES, `${path}.unseen`);
    if (new Set([...categories, ...rare]).size !== categories.length + rare.length) {
      throw damaged(`${path}.rare`, 'disjoint from the categories');
    }
    if (hasRareSlot ? unseen !== 'rare' : rare.length > 0)
      throw damaged(`${path}.hasRareSlot`, 'as the policy says');
    if (categories.length === 0 && !hasRareSlot)
      throw damaged(`${path}.categories`, 'a list with a category');
    if (imputer.fill !== null && !categories.includes(imputer.fill) && !rare.includes(imputer.fill)) {
      throw damaged(path, 'with the category that stands in for missing texts');
    }
    return new CategorySlots(categories, rare, hasRareSlot, unseen, imputer);
  }
}

/** The categories that stay known, by falling frequency, and how many of them are kept apart. */
function ranked(
  seen: readonly { text: string; count: number }[],
  nRows: number,
  imputer: TextImputer,
  rules: CategoryRules,
): { known: readonly { text: string; count: number }[]; nKept: number } {
  const { unseen, maxCategories, grouping } = rules;
  if (grouping === undefined || unseen !== 'rare') {
    // A category that would be refused as unseen must stay known, however many there are.
    const refusesUnseen = unseen === 'error' || (unseen === 'missing' && imputer.policy === 'error');
    const known = refusesUnseen ? seen : seen.slice(0, maxCategories);
    const rareBelow = unseen === 'rare' ? rareThreshold(nRows) : 0;
    return { known, nKept: known.filter(({ count }) => count >= rareBelow).length };
  }
  const { minFrequency = 1 } = grouping;
  const rareBelow = minFrequency < 1 ? minFrequency * nRows : minFrequency;
  const nFrequent = seen.filter(({ count }) => count >= rareBelow).length;
  const mostSlots = Math.min(maxCategories, grouping.maxCategories ?? Infinity);
  // The bin takes one of the slots, unless all categories fit without it.
  const nKept =
    nFrequent < seen.length || nFrequent > mostSlots ? Math.min(nFrequent, mostSlots - 1) : nFrequent;
  return { known: seen.slice(0, Math.max(MAX_KNOWN_CATEGORIES, nKept)), nKept };
}

/** In fewer rows than this a category is rare. */
export function rareThreshold(nRows: number): number {
  return Math.max(2, Math.min(10, Math.ceil(nRows * 0.01)));
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
