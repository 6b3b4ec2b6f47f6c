import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { requestedDigests, verifyDigests } from './digests.js';

const sha256 = (encoding: 'hex' | 'base64') => createHash('sha256').update('content').digest(encoding);
const other = createHash('sha256').update('other').digest('base64');

describe('requestedDigests', () => {
  it('reads the three headers and several items', () => {
    const found = requestedDigests({
      'repr-digest': `sha-512=:AAAA:, sha-256=:${sha256('base64')}:`,
      'content-digest': `sha-256=:${other}:`,
      digest: `SHA-256=${sha256('base64')}`,
    });
    expect(found).toEqual([sha256('base64'), other, sha256('base64')]);
  });

  it('passes over other algorithms and what is not well-formed', () => {
    expect(requestedDigests({ digest: 'md5=AAAA, sha-256, sha-256=!' })).toEqual([]);
    expect(requestedDigests({})).toEqual([]);
  });
});

describe('verifyDigests', () => {
  it('wants every promised digest to be the right one', () => {
    expect(() => verifyDigests([], sha256('hex'))).not.toThrow();
    expect(() => verifyDigests([sha256('base64')], sha256('hex'))).not.toThrow();
    expect(() => verifyDigests([sha256('base64'), other], sha256('hex'))).toThrow(
      expect.objectContaining({ code: 'digest_mismatch' }),
    );
    expect(() => verifyDigests(['AAAA'], sha256('hex'))).toThrow();
  });
});
