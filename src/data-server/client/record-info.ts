import { RECORD_ID, type RecordInfo } from './data-server.js';

/** Longer names would be a mistake of the data server, and they travel on into headers and bundles. */
const MAX_NAME_LENGTH = 256;

/**
 * The record in an answer of the data server, or undefined when the answer is not one: `id` must be the one that was
 * asked for, `name` and `ownerId` must be there. Members that Trainyard does not know are passed over.
 */
export function readRecordInfo(body: unknown, askedId: string): RecordInfo | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const { id, name, ownerId, format, callerId } = body as Record<string, unknown>;
  const isRecord =
    id === askedId &&
    typeof name === 'string' &&
    name !== '' &&
    name.length <= MAX_NAME_LENGTH &&
    typeof ownerId === 'string' &&
    RECORD_ID.test(ownerId);
  if (!isRecord) return undefined;
  const record = { id: askedId, name, ownerId, ...(isId(callerId) ? { callerId } : {}) };
  if (format === undefined || format === null) return record;
  if (typeof format !== 'string' || format.length > MAX_NAME_LENGTH) return undefined;
  return { ...record, format };
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && RECORD_ID.test(value);
}
