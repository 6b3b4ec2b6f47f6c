import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import * as xlsx from '@e965/xlsx';
import * as arrow from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ingestFile, refusalOf } from '../ingest/testing/ingest-file.js';

const TEXTS = [
  'NA',
  'null',
  '?',
  '-',
  ' blank ',
  '  ',
  '\t',
  '1e5',
  '007',
  'inf',
  'true',
  "o'clock",
  'a"b',
  'x\ny',
  'é',
  '{}',
];

function layouts(names: readonly string[], rows: readonly (readonly unknown[])[]): [string, string][] {
  const records = rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
  return [
    ['records', JSON.stringify(records)],
    ['lines', records.map((record) => JSON.stringify(record)).join('\n')],
    ['split', JSON.stringify({ columns: names, index: rows.map((_, row) => row), data: rows })],
  ];
}

describe('JSON', () => {
  it('keeps texts to the letter, whatever they look like; null and the empty text are missing', async () => {
    const cells = [...TEXTS, null, ''];
    for (const [, content] of layouts(
      ['t', 'n'],
      cells.map((cell) => [cell, 1]),
    )) {
      const { columns, rows } = await ingestFile(content);
      expect(columns[0]).toMatchObject({ type: 'text', nullCount: 2, missingMarkers: [] });
      expect(rows.map(([cell]) => cell)).toEqual([...TEXTS, null, null]);
    }
    // A file of one column is read in another way.
    const alone = await ingestFile(JSON.stringify(cells.map((cell) => ({ t: cell }))));
    expect(alone.rows.map(([cell]) => cell)).toEqual([...TEXTS, null, null]);
  });

  it('keeps every number', async () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    await fc.assert(
      fc.asyncProperty(fc.array(number, { minLength: 1, maxLength: 60 }), async (numbers) => {
        const { rows, types } = await ingestFile(JSON.stringify(numbers.map((n) => ({ n }))));
        expect(types).toEqual(['number']);
        expect(rows.map(([value]) => value! === 0)).toEqual(numbers.map((value) => value === 0));
        expect(rows.map(([value]) => Number(value) + 0)).toEqual(numbers.map((value) => value + 0));
      }),
      { numRuns: 12 },
    );
  });

  it.each([
    [
      'of 16 digits, which a double holds',
      '[{"n":1234567890123456},{"n":9007199254740991}]',
      'number',
      [1234567890123456, 9007199254740991],
    ],
    ['that a double would round', '[{"n":9007199254740993},{"n":1}]', 'text', ['9007199254740993', '1']],
    [
      'of 30 digits',
      '[{"n":-123456789012345678901234567890},{"n":null}]',
      'text',
      ['-123456789012345678901234567890', null],
    ],
    [
      'near the largest',
      '[{"n":1.7976931348623157e308},{"n":-1e308},{"n":5e-324}]',
      'number',
      [Number.MAX_VALUE, -1e308, 5e-324],
    ],
    ['beyond the largest', '[{"n":1e400},{"n":1}]', 'text', ['1e400', '1']],
    ['beside spelt ones', '[{"n":1},{"n":"2"}]', 'number', [1, 2]],
    ['beside words', '[{"n":1},{"n":"NA"}]', 'text', ['1', 'NA']],
  ] as const)('numbers %s', async (_name, content, type, values) => {
    const { rows, types } = await ingestFile(content);
    expect([types, rows.map(([value]) => value)]).toEqual([[type], values]);
  });

  it('takes booleans for booleans, and mixtures of them with others for text', async () => {
    expect((await ingestFile('[{"b":true},{"b":null},{"b":false}]')).rows).toEqual([[true], [null], [false]]);
    expect((await ingestFile('[{"b":true},{"b":1}]')).rows).toEqual([['true'], ['1']]);
  });

  it('names line and column of a NUL character', async () => {
    const { code, status, errors } = await refusalOf('[{"a":"x"},\n{"a":"\\u0000"}]');
    expect([code, status]).toEqual(['dataset_unreadable', 415]);
    expect(errors).toEqual([expect.objectContaining({ code: 'binary_data', line: 2, column: 'a' })]);
  });
});

describe('Arrow', () => {
  it('keeps its types: texts to the letter, null as missing, long numbers as text', async () => {
    const table = new arrow.Table({
      t: arrow.vectorFromArray([...TEXTS, null], new arrow.Utf8()),
      d: arrow.vectorFromArray([...TEXTS, null]),
      f: arrow.vectorFromArray(
        [...TEXTS.map((_, index) => (index === 0 ? Number.MAX_VALUE : index / 3)), null],
        new arrow.Float64(),
      ),
      long: arrow.vectorFromArray(
        [...TEXTS.map((_, index) => 9007199254740993n + BigInt(index)), null],
        new arrow.Int64(),
      ),
      short: arrow.vectorFromArray([...TEXTS.map(() => 1234567890123456n), null], new arrow.Int64()),
      nothing: arrow.vectorFromArray([...TEXTS.map(() => null), null], new arrow.Float64()),
      infinite: arrow.vectorFromArray([...TEXTS.map(() => Number.POSITIVE_INFINITY), 1], new arrow.Float64()),
      b: arrow.vectorFromArray([...TEXTS.map((_, index) => index % 2 === 0), null], new arrow.Bool()),
    });
    for (const kind of ['file', 'stream'] as const) {
      const { rows, types } = await ingestFile(arrow.tableToIPC(table, kind));
      expect(types).toEqual(['text', 'text', 'number', 'text', 'number', 'number', 'number', 'boolean']);
      expect(rows.map((row) => row[0])).toEqual([...TEXTS, null]);
      expect(rows.map((row) => row[1])).toEqual([...TEXTS, null]);
      expect(rows[0]!.slice(2)).toEqual([
        Number.MAX_VALUE,
        '9007199254740993',
        1234567890123456,
        null,
        null,
        true,
      ]);
      expect(rows[1]![2]).toBe(1 / 3);
      expect(rows.at(-1)).toEqual([null, null, null, null, null, null, 1, null]);
    }
  });
});

describe('workbooks', () => {
  it('keep numbers as numbers and texts as texts; what people type for missing is missing', async () => {
    const rows = [
      ['id', 'code', 'score', 'flag'],
      [1234567890123456, '007', 1, true],
      [9007199254740992, '12', 'NA', false],
      [1.5, 'NA', 3, null],
    ];
    for (const bookType of ['xlsx', 'xls', 'ods'] as const) {
      const book = xlsx.utils.book_new();
      xlsx.utils.book_append_sheet(book, xlsx.utils.aoa_to_sheet(rows), 'S');
      const found = await ingestFile(xlsx.write(book, { type: 'buffer', bookType }) as Buffer);
      expect(found.types).toEqual(['number', 'text', 'number', 'boolean']);
      expect(found.rows).toEqual([
        [1234567890123456, '007', 1, true],
        [9007199254740992, '12', null, false],
        [1.5, null, 3, null],
      ]);
    }
  });
});

describe('Parquet', () => {
  it('keeps texts to the letter', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trainyard-typed-'));
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const list = TEXTS.map((text) => `'${text.replaceAll("'", "''")}'`).join(', ');
    await connection.run(
      `COPY (SELECT unnest([${list}, NULL]) AS t) TO '${folder}/x.parquet' (FORMAT parquet)`,
    );
    connection.closeSync();
    const bytes = await readFile(join(folder, 'x.parquet'));
    await rm(folder, { recursive: true });
    expect((await ingestFile(bytes)).rows.map(([cell]) => cell)).toEqual([...TEXTS, null]);
  });
});
