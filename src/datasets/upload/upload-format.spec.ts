import { describe, expect, it } from 'vitest';
import { bareMediaType, dialectOverrides, refuseOtherEncodings, uploadFormat } from './upload-format.js';

describe('uploadFormat', () => {
  it.each([
    ['the query before all', 'text/csv', { format: 'tsv' }, 'a.csv', 'csv', 'tsv'],
    ['the media type', 'text/tab-separated-values', {}, 'a.csv', 'csv', 'tsv'],
    ['the file name where the type says only "text"', 'text/plain', {}, 'a.tsv', undefined, 'tsv'],
    ['the file name of a compressed file', 'application/gzip', {}, 'A.TAB.GZ', undefined, 'tsv'],
    ['the record', 'application/octet-stream', {}, undefined, 'tsv', 'tsv'],
    ['CSV when nothing is said', '', {}, undefined, undefined, 'csv'],
  ] as const)('goes by %s', (_what, mediaType, query, fileName, recordFormat, expected) => {
    expect(uploadFormat(mediaType, query, fileName, recordFormat)).toBe(expected);
  });

  it('refuses what is certainly something else', () => {
    expect(() => uploadFormat('image/png', {}, 'a.csv', 'csv')).toThrow(
      expect.objectContaining({ code: 'unsupported_media_type' }),
    );
  });
});

describe('headers and overrides', () => {
  it('strips parameters and takes gzip as the only encoding', () => {
    expect(bareMediaType('Text/CSV; charset=utf-8')).toBe('text/csv');
    expect(bareMediaType(undefined)).toBe('');
    expect(() => refuseOtherEncodings({})).not.toThrow();
    expect(() => refuseOtherEncodings({ 'content-encoding': 'GZIP' })).not.toThrow();
    expect(() => refuseOtherEncodings({ 'content-encoding': 'br' })).toThrow();
  });

  it('takes what is said of columns, and nothing else', () => {
    expect(dialectOverrides({ columns: '{"a":{"type":"text"},"__proto__":{"missing":["-1"]}}' })).toEqual({
      columns: [
        { name: 'a', type: 'text' },
        { name: '__proto__', missing: ['-1'] },
      ],
    });
    for (const columns of ['', '[]', 'null', '{"a":1}', '{"a":{"type":"x"}}', '{"a":{"name":"b"}}']) {
      expect(() => dialectOverrides({ columns })).toThrow(
        expect.objectContaining({ code: 'invalid_request' }),
      );
    }
  });

  it('overrides only what was said', () => {
    expect(dialectOverrides({})).toEqual({});
    expect(dialectOverrides({ delimiter: 'tab', quote: 'none', header: 'false' })).toEqual({
      delimiter: '\t',
      quote: '',
      hasHeader: false,
    });
  });
});
