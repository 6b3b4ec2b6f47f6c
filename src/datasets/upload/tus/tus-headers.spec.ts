import { describe, expect, it } from 'vitest';
import { byteCount, readChecksum, readMetadata, requireTus } from './tus-headers.js';

describe('the headers of tus', () => {
  it('wants its version', () => {
    expect(() => requireTus({ 'tus-resumable': '1.0.0' })).not.toThrow();
    for (const headers of [{}, { 'tus-resumable': '0.2.2' }]) {
      expect(() => requireTus(headers)).toThrow(expect.objectContaining({ code: 'unsupported_tus_version' }));
    }
  });

  it('counts bytes in plain digits only', () => {
    expect(byteCount({ 'upload-offset': '0' }, 'upload-offset')).toBe(0);
    for (const text of ['', '-1', '1e3', '0x10', ' 1', '9'.repeat(16), '1.5']) {
      expect(() => byteCount({ 'upload-length': text }, 'upload-length')).toThrow(
        expect.objectContaining({ code: 'invalid_request' }),
      );
    }
    expect(() => byteCount({}, 'upload-length')).toThrow();
  });

  it('reads metadata with and without values', () => {
    expect(readMetadata({})).toEqual(new Map());
    expect(readMetadata({ 'upload-metadata': 'filename w6QuY3N2, is_confidential' })).toEqual(
      new Map([
        ['filename', 'ä.csv'],
        ['is_confidential', ''],
      ]),
    );
    for (const text of ['a b c', 'a !', ',', `a ${'A'.repeat(5000)}`]) {
      expect(() => readMetadata({ 'upload-metadata': text })).toThrow();
    }
  });

  it('takes two kinds of checksum', () => {
    expect(readChecksum({})).toBeUndefined();
    const read = readChecksum({ 'upload-checksum': 'sha1 AQI=' });
    expect(read).toEqual({ algorithm: 'sha1', digest: Buffer.from([1, 2]) });
    for (const text of ['md5 AQI=', 'sha1', 'sha256 !']) {
      expect(() => readChecksum({ 'upload-checksum': text })).toThrow();
    }
  });
});
