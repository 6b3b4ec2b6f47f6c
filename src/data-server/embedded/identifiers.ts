import { randomBytes } from 'node:crypto';

/** A new id such as `ds_Jx2kP0aQ9fLw`: 72 random bits, safe in a path. */
export function newId(prefix: 'us' | 'ds' | 'md'): string {
  return `${prefix}_${randomBytes(9).toString('base64url')}`;
}
