import { Problem } from '../../errors/problem.js';
import { ALIAS } from './registry-types.js';

/** Which version a caller wants: the number of one, or an alias; undefined: the current one. */
export type VersionChoice = number | string | undefined;

/**
 * @param version as it was sent, in a path or as `?version=`
 * @throws Problem invalid_request
 */
export function choiceOf(version: string | undefined): VersionChoice {
  if (version === undefined) return undefined;
  const number = Number(version);
  if (/^\d{1,9}$/.test(version) && number >= 1) return number;
  if (ALIAS.test(version)) return version;
  const message = 'version must be the number of a version, or an alias';
  throw new Problem('invalid_request', `${message}.`, [
    { code: 'wrong_type', message, argument: 'version', expectedType: 'integer' },
  ]);
}
