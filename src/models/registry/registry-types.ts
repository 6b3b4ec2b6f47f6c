import type { ModelVersion } from '../model-types.js';

/** The alias of the current version: the one that answers where no version is named. */
export const CHAMPION = 'champion';

export const ALIAS = /^[a-z][a-z0-9_-]{0,63}$/;
export const ALIAS_SHAPE = { message: 'must be a-z, then up to 63 of a-z 0-9 _ -' };

/** A name that points to a version and may move. */
export interface ModelAlias {
  readonly alias: string;
  readonly version: number;
  readonly updatedAt: Date;
}

/** Why the current version changed. `won`: a retrained version was better on the rows that both had not learned from. */
export type PromotionReason = 'trained' | 'imported' | 'promoted' | 'rolled_back' | 'won';

/** One change of the current version. */
export interface Promotion {
  /** null: there was none. */
  readonly fromVersion: number | null;
  readonly toVersion: number;
  readonly reason: PromotionReason;
  readonly createdAt: Date;
}

/** Free words of the owner's, name by name. */
export type VersionTags = Readonly<Record<string, string>>;

/** A version with the names that point to it. */
export interface ListedVersion extends ModelVersion {
  readonly aliases: readonly string[];
}
