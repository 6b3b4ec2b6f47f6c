import { IsInt, IsObject, Max, Min } from 'class-validator';
import { Problem } from '../../errors/problem.js';
import { ALIAS, ALIAS_SHAPE, type VersionTags } from './registry-types.js';

const MAX_VERSION = 999_999_999;
const MAX_TAGS = 50;
const MAX_TAG_NAME_LENGTH = 64;
const MAX_TAG_LENGTH = 500;
/** What the database has no place for in a text. */
const UNFIT = /\0|\p{Surrogate}/u;

/** Names a version. */
export class ChosenVersionDto {
  @IsInt()
  @Min(1)
  @Max(MAX_VERSION)
  version!: number;
}

export class VersionTagsDto {
  /** Texts by name. */
  @IsObject()
  tags!: Record<string, unknown>;
}

/** @throws Problem not_found */
export function readVersion(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Problem('not_found', 'A version is a whole number from 1 on.');
  return Number(text);
}

/** @throws Problem invalid_request */
export function readAlias(text: string): string {
  if (ALIAS.test(text)) return text;
  const message = `alias ${ALIAS_SHAPE.message}`;
  throw new Problem('invalid_request', `The alias is not valid: it ${ALIAS_SHAPE.message}.`, [
    { code: 'invalid_argument', argument: 'alias', message },
  ]);
}

/** @throws Problem invalid_request */
export function readTags({ tags }: VersionTagsDto): VersionTags {
  const entries = Object.entries(tags);
  const isLegal =
    entries.length <= MAX_TAGS &&
    entries.every(
      ([name, value]) =>
        name !== '' &&
        name.length <= MAX_TAG_NAME_LENGTH &&
        typeof value === 'string' &&
        value.length <= MAX_TAG_LENGTH &&
        !UNFIT.test(name + value),
    );
  if (isLegal) return tags as VersionTags;
  const message =
    `tags must be at most ${MAX_TAGS} texts of up to ${MAX_TAG_LENGTH} characters, none of them 0 or half a surrogate pair, ` +
    `under names of 1 to ${MAX_TAG_NAME_LENGTH}`;
  throw new Problem('invalid_request', `The tags are not valid: ${message}.`, [
    { code: 'invalid_argument', argument: 'tags', message },
  ]);
}
