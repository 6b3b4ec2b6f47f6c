import { describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import type { IngestOverrides } from './ingest-types.js';
import { type Cell, ingestFile, refusalOf } from './testing/ingest-file.js';
import { zstdFrame } from './testing/zstd-frame.js';

async function zipped(name: string, content: string): Promise<Buffer> {
  const archive = new ZipFile();
  archive.addBuffer(Buffer.from(content), name);
  archive.end();
  const chunks: Buffer[] = [];
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const TEXT = 'name,n\nZoë,1\nЖан,2\n';
const ROWS = [
  ['Zoë', 1],
  ['Жан', 2],
];
const utf16 = (text: string, isBigEndian: boolean) => {
  const bytes = Buffer.from(text, 'utf16le');
  return isBigEndian ? bytes.swap16() : bytes;
};

/** Forty rows, as the zstd tool writes them at level 19: compressed blocks, a window, a checksum. */
const ZSTD =
  'KLUv/WSKAEUDABKGDw/A63DYWj2SbVumxGRxODDm5eTj4vff7+3GxcTDwufbrs2mkFHR6+u2VtqwhUY4BoXgHX/abG' +
  'lAraSCEYUTJ6gQILbtHaCT0gEQRAE/RuwZkx8xO3GEhzBQCEEeIAdL/TlES/BTFiR3qQ==';

describe('encodings', () => {
  it.each<[string, Buffer, string]>([
    ['UTF-8', Buffer.from(TEXT), 'utf-8'],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${TEXT}`), 'utf-8'],
    ['UTF-16, low byte first', utf16(TEXT, false), 'utf-16le'],
    ['UTF-16, low byte first, with a mark', utf16(`\ufeff${TEXT}`, false), 'utf-16le'],
    ['UTF-16, high byte first', utf16(TEXT, true), 'utf-16be'],
    ['UTF-16, high byte first, with a mark', utf16(`\ufeff${TEXT}`, true), 'utf-16be'],
  ])('finds %s, and reads it when it is named', async (_name, content, encoding) => {
    const found = await ingestFile(content);
    expect([found.dialect.encoding, found.rows]).toEqual([encoding, ROWS]);
    const overrides = { encoding } as IngestOverrides;
    const named = await ingestFile(content, { overrides });
    expect([named.dialect.encoding, named.rows, named.columns[0]?.name]).toEqual([encoding, ROWS, 'name']);
  });

  it('reads windows-1252 that is named where it would not be found', async () => {
    // As UTF-8 these two bytes are one letter.
    const content = Buffer.from('a,b\nÃ©,1\n', 'latin1');
    expect((await ingestFile(content)).rows).toEqual([['é', 1]]);
    const named = await ingestFile(content, { overrides: { encoding: 'windows-1252' } });
    expect(named.rows).toEqual([['Ã©', 1]]);
    const late = `a,b\n${'x,1\n'.repeat(200_000)}caf\xe9,2\n`;
    const found = await ingestFile(Buffer.from(late, 'latin1'));
    expect([found.dialect.encoding, found.rows.at(-1)]).toEqual(['windows-1252', ['café', 2]]);
  });

  it('refuses what is not of the encoding that is named, with its line', async () => {
    const { status, errors } = await refusalOf(Buffer.from('a,b\nx,1\n\xe9\xe9,2\n', 'latin1'), {
      overrides: { encoding: 'utf-8' },
    });
    expect([status, errors[0]?.code, errors[0]?.line]).toEqual([415, 'invalid_encoding', 3]);
  });
});

describe('containers', () => {
  it('reads zstd, and refuses it wherever it is cut off', async () => {
    const csv = `a,b\n${Array.from({ length: 5_000 }, (_, row) => `${row},text ${row % 7}\n`).join('')}`;
    const packed = zstdFrame(Buffer.from(csv));
    const { dialect, nRows, rows } = await ingestFile(packed);
    expect([dialect.compression, nRows, rows.at(-1)]).toEqual(['zstd', 5_000, [4_999, 'text 1']]);
    for (const end of [5, 100, 40_000, packed.length - 1]) {
      const { errors } = await refusalOf(packed.subarray(0, end));
      expect(errors[0]?.code).toMatch(/^(?:truncated|damaged)_zstd$/);
    }
  });

  it('reads what the zstd tool writes', async () => {
    const { dialect, nRows, rows } = await ingestFile(Buffer.from(ZSTD, 'base64'));
    expect([dialect.compression, nRows, rows.at(-1)]).toEqual(['zstd', 40, [39, 'text 4']]);
  });

  it('reads JSON in a zip and in zstd', async () => {
    const json = '[{"a":"NA","b":1},{"a":null,"b":2.5}]';
    for (const content of [await zipped('x.json', json), zstdFrame(Buffer.from(json))]) {
      const { format, rows } = await ingestFile(content);
      expect([format, rows]).toEqual([
        'json',
        [
          ['NA', 1],
          [null, 2.5],
        ],
      ]);
    }
    expect((await ingestFile(await zipped('x.jsonl', '{"a":1}\n{"a":2}\n'))).format).toBe('jsonl');
  });
});

describe('numbers and dates', () => {
  it.each<[string, string, IngestOverrides, string, Cell[]]>([
    [
      '1.234,5',
      'n;t\n1.234,5;x\n12;y\n-0,5;z\n',
      { decimal: ',', thousands: '.' },
      'number',
      [1234.5, 12, -0.5],
    ],
    ['1,234.5', 'n;t\n1,234.5;x\n12;y\n-0.5;z\n', { thousands: ',' }, 'number', [1234.5, 12, -0.5]],
    ['1,234.5 in quotes', 'n,t\n"1,234.5",x\n12,y\n', { thousands: ',' }, 'number', [1234.5, 12]],
    ['1 234,5', 'n;t\n1 234,5;x\n', { decimal: ',', thousands: ' ' }, 'number', [1234.5]],
    ["1'234.5", "n;t\n1'234.5;x\n", { thousands: "'", quote: '"' }, 'number', [1234.5]],
    ['1,234.5 where nothing groups', 'n;t\n1,234.5;x\n', {}, 'text', ['1,234.5']],
    ['groups that are none', 'n;t\n12,34;x\n1,234;y\n', { thousands: ',' }, 'text', ['12,34', '1,234']],
    ['percent', 'n;t\n12%;x\n3.5 %;y\n', {}, 'number', [12, 3.5]],
    ['percent with a comma', 'n;t\n1.012,5 %;x\n', { decimal: ',', thousands: '.' }, 'number', [1012.5]],
    ['percent beside plain numbers', 'n;t\n12%;x\n3;y\n', {}, 'text', ['12%', '3']],
    [
      'the largest',
      'n;t\n1.7976931348623157e308;x\n-1e308;y\n5e-324;z\n',
      {},
      'number',
      [Number.MAX_VALUE, -1e308, 5e-324],
    ],
    ['beyond the largest', 'n;t\n1.8e308;x\n1;y\n', {}, 'text', ['1.8e308', '1']],
    [
      '15 digits',
      'n;t\n999999999999999;x\n-999999999999999;y\n',
      {},
      'number',
      [999999999999999, -999999999999999],
    ],
    ['beyond 2^53', 'n;t\n9007199254740993;x\n1;y\n', {}, 'text', ['9007199254740993', '1']],
    [
      'ISO dates',
      'n;t\n2020-02-29;x\n2020-02-29T23:59:59.5+01:00;y\n',
      {},
      'date',
      ['2020-02-29T00:00:00.000Z', '2020-02-29T22:59:59.500Z'],
    ],
    [
      '31.12.2020 09:05',
      'n;t\n31.12.2020 09:05;x\n1.2.2020;y\n',
      {},
      'date',
      ['2020-12-31T09:05:00.000Z', '2020-02-01T00:00:00.000Z'],
    ],
    ['2020/1/31', 'n;t\n2020/1/31;x\n', {}, 'date', ['2020-01-31T00:00:00.000Z']],
  ])('%s', async (_name, content, overrides, type, values) => {
    const { types, rows } = await ingestFile(content, {
      overrides: { delimiter: content[1]!, ...overrides },
    });
    expect([types[0], rows.map(([value]) => value)]).toEqual([type, values]);
  });
});
