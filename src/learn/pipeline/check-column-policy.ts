import type { InputPreference } from '../estimator.js';
import { COLUMN_TYPES, type ColumnType } from '../matrix/table.js';
import { booleanFromNumber, booleanFromText, dateFromText } from '../preprocessing/read-value.js';
import type { KnownColumn, Report } from './complete-spec.js';
import { defaultEncoding } from './fit-column.js';
import { jsonTypeOf } from './row-findings.js';
import {
  type ColumnPolicy,
  ENCODING_POLICIES,
  type EncodingPolicy,
  MISSING_POLICIES,
  type MissingPolicy,
  UNSEEN_POLICIES,
  type UnseenPolicy,
} from './spec.js';

const KEYS = ['type', 'encoding', 'unseen', 'missing', 'fillValue'];

/**
 * Checks what a request says of one column. Each member with a problem is reported and left out.
 * @param isTarget of the target only the type can be said
 */
export function checkColumnPolicy(
  sent: unknown,
  column: KnownColumn,
  algorithm: InputPreference,
  isTarget: boolean,
  report: Report,
): ColumnPolicy {
  const place = { column: column.name };
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) {
    report({
      code: 'wrong_type',
      argument: 'columns',
      ...place,
      expected: 'an object',
      sentType: jsonTypeOf(sent),
    });
    return {};
  }
  const policy = sent as Readonly<Record<string, unknown>>;
  const illegal = (key: string, expected: string): undefined => {
    report({ code: 'illegal_policy', argument: `columns.${key}`, ...place, expected });
    return undefined;
  };
  for (const key of Object.keys(policy)) {
    if (!KEYS.includes(key)) illegal(key, `one of ${KEYS.join(', ')}`);
    else if (isTarget && key !== 'type' && policy[key] !== undefined) illegal(key, 'absent for the target');
  }
  const choose = <T extends string>(key: string, of: readonly T[]): T | undefined => {
    const value = policy[key];
    const found = of.find((choice) => choice === value);
    if (value !== undefined && found === undefined) illegal(key, `one of ${of.join(', ')}`);
    return found;
  };
  const chosenType = choose('type', COLUMN_TYPES);
  if (isTarget) return defined({ type: chosenType });

  const type = chosenType ?? column.type;
  let encoding: EncodingPolicy | undefined = choose('encoding', ENCODING_POLICIES);
  let unseen: UnseenPolicy | undefined = choose('unseen', UNSEEN_POLICIES);
  if (type !== 'text') {
    if (encoding !== undefined) encoding = illegal('encoding', 'absent: only text columns are encoded');
    if (unseen !== undefined) unseen = illegal('unseen', 'absent: only text columns have categories');
  }
  let missing: MissingPolicy | undefined = choose('missing', MISSING_POLICIES);
  const objection = missing === undefined ? null : objectionTo(missing, type, encoding, column, algorithm);
  if (objection !== null) missing = illegal('missing', objection);
  const fillValue = readFillValue(policy['fillValue'], type, policy['missing'], illegal);
  if (missing === 'constant' && type === 'date' && policy['fillValue'] === undefined) {
    illegal('fillValue', 'a date, since none stands for "no date"');
  }
  return defined({ type: chosenType, encoding, unseen, missing, fillValue });
}

/** What the policy would have to be instead; null when it is legal. */
function objectionTo(
  missing: MissingPolicy,
  type: ColumnType,
  encoding: EncodingPolicy | undefined,
  column: KnownColumn,
  algorithm: InputPreference,
): string | null {
  const isAverage = missing === 'mean' || missing === 'median';
  if (isAverage && (type === 'text' || type === 'boolean')) {
    return `not ${missing}: a ${type} column has none`;
  }
  if (missing !== 'native' || algorithm.missing === 'native') return null;
  const isOneHot = (encoding ?? defaultEncoding(algorithm, column.distinctCount)) === 'one_hot';
  return type === 'text' && isOneHot ? null : 'not native: the algorithm does not take missing values';
}

function readFillValue(
  sent: unknown,
  type: ColumnType,
  missing: unknown,
  illegal: (key: string, expected: string) => undefined,
): number | string | undefined {
  if (sent === undefined) return undefined;
  if (missing !== 'constant') return illegal('fillValue', 'absent unless missing is constant');
  switch (type) {
    case 'number':
      return typeof sent === 'number' && Number.isFinite(sent)
        ? sent
        : illegal('fillValue', 'a finite number');
    case 'text':
      return typeof sent === 'string' && sent !== ''
        ? sent
        : illegal('fillValue', 'a text that is not empty');
    case 'boolean': {
      const value = readBoolean(sent);
      return Number.isNaN(value) ? illegal('fillValue', 'true or false, as 1 or 0 or as a text') : value;
    }
    case 'date': {
      const value =
        typeof sent === 'string' ? dateFromText(sent) : typeof sent === 'number' ? sent : Number.NaN;
      return Number.isFinite(value) ? value : illegal('fillValue', 'an ISO 8601 date or epoch milliseconds');
    }
  }
}

function readBoolean(sent: unknown): number {
  if (typeof sent === 'boolean') return sent ? 1 : 0;
  if (typeof sent === 'number') return booleanFromNumber(sent);
  return typeof sent === 'string' ? booleanFromText(sent) : Number.NaN;
}

/** Without the members that are undefined: the spec is kept as JSON. */
function defined(policy: { [K in keyof ColumnPolicy]: ColumnPolicy[K] | undefined }): ColumnPolicy {
  return Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== undefined));
}
