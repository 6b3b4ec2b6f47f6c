import type { Algorithm } from '../estimator.js';
import { jsonTypeOf } from '../json.js';
import { COLUMN_TYPES, type ColumnType } from '../matrix/table.js';
import { DATE_PARTS, type DatePart } from '../preprocessing/date-parts.js';
import { MAX_BUCKETS } from '../preprocessing/hashing-encoder.js';
import { MAX_NEIGHBORS } from '../preprocessing/neighbor-imputer.js';
import { booleanFromNumber, booleanFromText, dateFromText } from '../preprocessing/read-value.js';
import { defaultEncoding } from './fit-text-column.js';
import {
  type ColumnPolicy,
  ENCODING_POLICIES,
  type EncodingPolicy,
  MISSING_POLICIES,
  type MissingPolicy,
  UNSEEN_POLICIES,
  type UnseenPolicy,
} from './spec.js';
import type { Report } from './spec-problem.js';

const KEYS = [
  'type',
  'encoding',
  'unseen',
  'missing',
  'fillValue',
  'nNeighbors',
  'addIndicator',
  'minFrequency',
  'maxCategories',
  'nBuckets',
  'dateParts',
];

/** What is known of the data set's columns. */
export interface KnownColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly distinctCount: number;
  readonly nullCount: number;
}

/** Reports what a member would have to be; what is illegal is left out. */
type Illegal = (key: string, expected: string) => undefined;

/**
 * Checks what a request says of one column. Each member with a problem is reported and left out.
 * @param isTarget of the target only the type can be said
 */
export function checkColumnPolicy(
  sent: unknown,
  column: KnownColumn,
  algorithm: Pick<Algorithm, 'input' | 'task'>,
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
  const illegal: Illegal = (key, expected) => {
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
  if (encoding === 'target' && algorithm.task === 'clustering') {
    encoding = illegal('encoding', 'not target: a clustering has no target to learn from');
  }
  if (encoding === 'hashing' && unseen !== undefined) {
    unseen = illegal('unseen', 'absent: to a hashing no category is unseen');
  }
  let missing: MissingPolicy | undefined = choose('missing', MISSING_POLICIES);
  const objection =
    missing === undefined ? null : objectionTo(missing, type, encoding, column, algorithm.input);
  if (objection !== null) missing = illegal('missing', objection);
  const fillValue = readFillValue(policy['fillValue'], type, policy['missing'], illegal);
  if (missing === 'constant' && type === 'date' && policy['fillValue'] === undefined) {
    illegal('fillValue', 'a date, since none stands for "no date"');
  }
  return defined({
    type: chosenType,
    encoding,
    unseen,
    missing,
    fillValue,
    ...readOptions(policy, type, encoding, unseen, illegal),
  });
}

/** What the policy would have to be instead; null when it is legal. */
function objectionTo(
  missing: MissingPolicy,
  type: ColumnType,
  encoding: EncodingPolicy | undefined,
  column: KnownColumn,
  algorithm: Algorithm['input'],
): string | null {
  const isAverage = missing === 'mean' || missing === 'median';
  if (isAverage && (type === 'text' || type === 'boolean')) {
    return `not ${missing}: a ${type} column has none`;
  }
  if (missing === 'knn' && type !== 'number') {
    return 'not knn: only the gaps of a number column are filled by its neighbours';
  }
  if (missing !== 'native' || algorithm.missing === 'native') return null;
  const chosen = encoding ?? defaultEncoding(algorithm, column.distinctCount);
  return type === 'text' && (chosen === 'one_hot' || chosen === 'hashing')
    ? null
    : 'not native: the algorithm does not take missing values';
}

/** The members that only go with others. */
function readOptions(
  policy: Readonly<Record<string, unknown>>,
  type: ColumnType,
  encoding: EncodingPolicy | undefined,
  unseen: UnseenPolicy | undefined,
  illegal: Illegal,
): { [K in keyof ColumnPolicy]?: ColumnPolicy[K] | undefined } {
  const objectionToGrouping =
    type !== 'text' || encoding === 'hashing'
      ? 'absent: only texts that are told apart are grouped'
      : unseen !== undefined && unseen !== 'rare'
        ? 'absent unless unseen is rare'
        : null;
  const read = <T>(
    key: string,
    objection: string | null,
    isLegal: (value: unknown) => value is T,
    expected: string,
  ): T | undefined => {
    const value = policy[key];
    if (value === undefined) return undefined;
    return objection === null && isLegal(value) ? value : illegal(key, objection ?? expected);
  };
  return {
    nNeighbors: read(
      'nNeighbors',
      policy['missing'] === 'knn' ? null : 'absent unless missing is knn',
      isInteger(1, MAX_NEIGHBORS),
      `an integer, 1 to ${MAX_NEIGHBORS}`,
    ),
    addIndicator: read(
      'addIndicator',
      policy['addIndicator'] === true && policy['missing'] === 'error'
        ? 'absent where missing is error: no row has a gap'
        : null,
      (value): value is boolean => typeof value === 'boolean',
      'true or false',
    ),
    minFrequency: read(
      'minFrequency',
      objectionToGrouping,
      isFrequency,
      'an integer, 1 or more, or a number, 0 < share < 1',
    ),
    maxCategories: read(
      'maxCategories',
      objectionToGrouping,
      isInteger(2, Number.MAX_SAFE_INTEGER),
      'an integer, 2 or more',
    ),
    nBuckets: read(
      'nBuckets',
      encoding === 'hashing' ? null : 'absent unless encoding is hashing',
      isInteger(2, MAX_BUCKETS),
      `an integer, 2 to ${MAX_BUCKETS}`,
    ),
    dateParts: read(
      'dateParts',
      type === 'date' ? null : 'absent: only a date has parts',
      isDateParts,
      `a list of one or more different of ${DATE_PARTS.join(', ')}`,
    ),
  };
}

function isInteger(from: number, to: number): (value: unknown) => value is number {
  return (value): value is number =>
    Number.isSafeInteger(value) && (value as number) >= from && (value as number) <= to;
}

function isFrequency(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && (value < 1 || Number.isSafeInteger(value));
}

function isDateParts(value: unknown): value is DatePart[] {
  if (!Array.isArray(value) || value.length === 0 || new Set(value).size !== value.length) return false;
  return value.every((part) => (DATE_PARTS as readonly unknown[]).includes(part));
}

function readFillValue(
  sent: unknown,
  type: ColumnType,
  missing: unknown,
  illegal: Illegal,
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
