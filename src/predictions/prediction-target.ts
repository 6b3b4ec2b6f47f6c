import { Problem } from '../errors/problem.js';
import { ALIAS } from '../models/registry/registry-types.js';
import type { ProtocolName } from './protocols/protocol.js';
import type { VersionChoice } from './scoring/current-versions.js';

/** Whom a request asks, and in what language. */
export interface PredictionTarget {
  readonly protocol: ProtocolName;
  /** null: the model that the configuration names as the default. */
  readonly modelId: string | null;
  /** As it was sent, in the path or as `?version=`; undefined: the current version. */
  readonly version?: string | undefined;
}

/** @throws Problem invalid_request */
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
