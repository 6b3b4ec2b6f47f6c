import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../../errors/problem.js';

/**
 * The SHA-256 digests that the sender promises, as base64: `Repr-Digest` and `Content-Digest` (RFC 9530,
 * `sha-256=:…:`) and the older `Digest` (RFC 3230, `SHA-256=…`). Other algorithms are passed over, as the RFCs say.
 */
export function requestedDigests(headers: IncomingHttpHeaders): string[] {
  const texts = [headers['repr-digest'], headers['content-digest'], headers['digest']];
  return texts
    .flatMap((text) => (Array.isArray(text) ? text : text === undefined ? [] : [text]))
    .flatMap((text) => text.split(','))
    .flatMap((item) => /^\s*sha-256=:?([A-Za-z0-9+/]+={0,2}):?\s*$/i.exec(item)?.[1] ?? []);
}

/** @throws Problem digest_mismatch */
export function verifyDigests(promised: readonly string[], sha256Hex: string): void {
  const actual = Buffer.from(sha256Hex, 'hex');
  if (promised.every((digest) => Buffer.from(digest, 'base64').equals(actual))) return;
  throw new Problem('digest_mismatch', 'The SHA-256 of what arrived is not the one in the request header.');
}
