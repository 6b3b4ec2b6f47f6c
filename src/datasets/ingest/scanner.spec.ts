import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spellingAutomaton } from './column-counts.js';
import { Scanner, type ScannerOptions } from './scanner.js';
import { splitRecords } from './split-records.js';

const OPTIONS: ScannerOptions = {
  delimiter: ',',
  quote: '"',
  escape: '"',
  hasHeader: true,
  raggedRows: 'reject',
  automaton: spellingAutomaton({ decimal: '.', thousands: '' }),
  maxColumns: 100,
  maxLineBytes: 1000,
};

/** Scans the text in chunks of the size; a defect must not depend on where the chunks end. */
function scan(input: string | Buffer, chunkBytes = 1 << 20, limits = {}) {
  const scanner = new Scanner({ ...OPTIONS, ...limits });
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
    const scanner = new Scanner(OPTIONS);
    scanner.push(chunk);
    expect(chunk.toString()).toBe('a\n\n"x\r\ny"\n');
  });

  it.each([1, 2, 3, 1 << 20])('tells the spellings of cells with chunks of %i bytes', (chunkBytes) => {
    const text = 'a,b,c\n1, 2.5 ,"x"\n"3","4,5",""\n007,?,true\n"12","2020-01-02",\n';
    const { counts, padded } = scan(text, chunkBytes);
    const [a, b, c] = [0, 1, 2].map((column) => counts.column(column));
    expect([a!.of('integer'), a!.of('identifier'), a!.nValues]).toEqual([3, 1, 4]);
    expect([b!.of('number'), b!.nText, b!.of('plainIso'), b!.alwaysMissing]).toEqual([
      1,
      1,
      1,
      { markers: ['?'], nCells: 1 },
    ]);
    expect([c!.nText, c!.of('empty'), c!.of('boolean')]).toEqual([1, 2, 1]);
    expect(padded.has(1)).toBe(true);
  });

  it('takes escaped quotes for parts of a field', () => {
    const text = 'a,b\n"x \\" y, z",2\n"\\\\",3\n';
    expect(found(scan(text, 1, { escape: '\\' }))).toEqual([]);
  });

  it('keeps ragged records when it is told to', () => {
    const { defects, ragged, nRagged, maxFields, counts } = scan('a,b\n1,2\n3\n4,5,6\n', 1, {
      raggedRows: 'keep',
    });
    expect([defects, nRagged, maxFields]).toEqual([[], 2, 3]);
    expect(ragged.map(({ line }) => line)).toEqual([3, 4]);
    expect(counts.column(1).of('empty')).toBe(1);
  });

  it('names no value of the file', () => {
    const { defects } = scan('secret,b\nsecret\n"secret" secret,1\n');
    expect(JSON.stringify(defects)).not.toContain('secret');
  });

  it('tells of its kernel what its loop tells', () => {
    const cell = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom('1', '2.5', '007', ' x', 'y ', 'é', '', '?', '2020-01-02 10:00:00'),
      },
      { weight: 1, arbitrary: fc.constantFrom('"q"', '"a\nb"', '5" pipe', '"open', 'a\tb', '\\') },
    );
    const record = fc.oneof(
      { weight: 9, arbitrary: fc.array(cell, { minLength: 3, maxLength: 3 }) },
      { weight: 1, arbitrary: fc.array(cell, { maxLength: 5 }) },
    );
    const end = fc.oneof(
      { weight: 9, arbitrary: fc.constant('\n') },
      { weight: 1, arbitrary: fc.constantFrom('\r\n', '\r', '\n\n', '') },
    );
    const lines = fc.array(fc.tuple(record, end), { minLength: 1, maxLength: 60 });
    const limits = fc.record({
      raggedRows: fc.constantFrom('keep' as const, 'reject' as const),
      escape: fc.constantFrom('"', '\\'),
      quote: fc.constantFrom('"', "'"),
      maxLineBytes: fc.constantFrom(20, 1000),
    });
    fc.assert(
      fc.property(lines, limits, fc.constantFrom(1, 7, 64, 1 << 20), (records, limit, chunkBytes) => {
        const text = `a,b,c\n${records.map(([cells, ending]) => cells.join() + ending).join('')}`;
        const told = [true, false].map((usesKernel) => {
          const scanner = scan(text, chunkBytes, { ...limit, usesKernel });
          const kinds = [0, 1, 2, 3, 4].map((column) => JSON.stringify(scanner.counts.column(column)));
          const { defects, ragged, nRagged, nRecords, maxRecordBytes, maxFields, lineEnd } = scanner;
          const padded = [...scanner.padded].sort();
          return { defects, ragged, nRagged, nRecords, maxRecordBytes, maxFields, lineEnd, padded, kinds };
        });
        expect(told[0]).toEqual(told[1]);
      }),
      { numRuns: 300 },
    );
  });

  it('reads a chunk anew when its memory is filled again', () => {
    const scanner = new Scanner(OPTIONS);
    const memory = Buffer.from('a,b\n1,2\n');
    scanner.push(memory);
    memory.write('x,y\n5,z\n');
    scanner.push(memory);
    scanner.finish();
    expect([scanner.nRecords, scanner.counts.column(1).nText]).toEqual([4, 2]);
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
