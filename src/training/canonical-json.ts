import { createHash } from 'node:crypto';

/** SHA-256 of a JSON value that does not depend on the order of keys; lower-case hex. */
export function hashOfJson(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) {
    // Infinity (1e999) would become null, and two different bodies would be taken for the same.
    return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'undefined');
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`;
}
