import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Scanner } from './scanner.js';
import { splitRecords } from './split-records.js';

/** Scans the text in chunks of the size; a defect must not depend on where the chunks end. */
function scan(input: string | Buffer, chunkBytes = 1 << 20, limits = {}) {
  const scanner = new Scanner({ delimiter: ',', quote: '"', maxColumns: 100, maxLineBytes: 1000, ...limits });
  const bytes = Buffer.from(input);
  for (let from = 0; from < bytes.length; from += chunkBytes) {
    scanner.push(Buffer.from(bytes.subarray(from, from + chunkBytes)));
  }
  scanner.finish();
  return scanner;
}

const found = (scanner: Scanner) => scanner.defects.map(({ code, line }) => `${code}@${line}`);

describe.each([1, 2, 3, 7, 1 << 20])('Scanner with chunks of %i bytes', (chunkBytes) => {
  it.each<[string, string | Buffer, string[]]>([
    ['sound', 'a,b\n1,2\n', []],
    ['no line end at the end', 'a,b\n1,2', []],
    ['too few', 'a,b\n1,2\n3\n4,5\n6\n', ['too_few_fields@3', 'too_few_fields@5']],
    ['too many', 'a,b\n1,2,3\n', ['too_many_fields@2']],
    ['physical lines behind a quoted line break', 'a,b\n"x\ny",2\n3\n', ['too_few_fields@4']],
    ['physical lines behind a quoted CRLF', 'a,b\r\n"x\r\ny",2\r\n3\r\n', ['too_few_fields@4']],
    ['CR alone', 'a,b\r1,2\r3\r', ['too_few_fields@3']],
    ['blank lines count as lines', 'a,b\n\n\n1\n', ['too_few_fields@4']],
    ['unclosed quote', 'a,b\n1,2\n3,"four\n5,6\n', ['unclosed_quote@3']],
    ['text behind a quote', 'a,b\n1,"x" y\n', ['unclosed_quote@2']],
    ['doubled quotes', 'a,b\n1,"x ""y"" z"\n', []],
    ['a quote inside of a bare field', 'a,b\n1,5" pipe\n', []],
    ['NUL', 'a,b\n1,2\n3,\0\n', ['binary_data@3']],
    ['invalid UTF-8', Buffer.from([0x61, 0x2c, 0x62, 0x0a, 0x31, 0x2c, 0xe9, 0x0a]), ['invalid_encoding@2']],
    ['a character cut off at the end', Buffer.from([0x61, 0x0a, 0x62, 0xc3]), ['invalid_encoding@2']],
    ['characters of several bytes', 'é,日本\n😀,ü\n', []],
    ['a line beyond the limit', `a,b\n1,${'x'.repeat(2000)}\n`, ['line_too_long@2']],
    ['an open quote beyond the limit', `a,b\n1,"${'x\n'.repeat(2000)}`, ['unclosed_quote@2']],
  ])('%s', (_name, input, expected) => {
    expect(found(scan(input, chunkBytes))).toEqual(expected);
  });
});

describe('Scanner', () => {
  it('counts columns before the rest and stops at too many', () => {
    expect(found(scan('a,b,c\n1\n', 1 << 20, { maxColumns: 2 }))).toEqual(['too_many_columns@1']);
  });

  it.each([
    ['a\n1\n', '\n'],
    ['a\r\n1\r\n', '\r\n'],
    ['a\r1\r', '\r'],
    ['a\r\n1\n', 'mixed'],
  ])('tells the line end of %j', (text, lineEnd) => {
    expect(scan(text, 1).lineEnd).toBe(lineEnd);
  });

  it('replaces carriage returns outside of quotes and no others', () => {
    const chunk = Buffer.from('a\r\n"x\r\ny"\r');
    const scanner = new Scanner({ delimiter: ',', quote: '"', maxColumns: 9, maxLineBytes: 100 });
    scanner.push(chunk);
    expect(chunk.toString()).toBe('a\n\n"x\r\ny"\n');
  });

  it('names no value of the file', () => {
    const { defects } = scan('secret,b\nsecret\n"secret" secret,1\n');
    expect(JSON.stringify(defects)).not.toContain('secret');
  });

  it('counts the records that the splitter sees', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ' ', '"', ',', '\n', '\r', 'é'), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 2 }), { minLength: 1 }), (rows) => {
        const text = rows
          .map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(','))
          .join('\r\n');
        const scanner = scan(text, 5);
        expect(scanner.defects).toEqual([]);
        expect(scanner.nRecords).toBe(rows.length);
        expect(splitRecords(text, ',', '"')).toHaveLength(rows.length);
      }),
    );
  });
});
