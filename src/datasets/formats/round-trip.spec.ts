import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ingest } from '../ingest/ingest.js';
import type { ColumnSchema } from '../ingest/ingest-types.js';
import { ingestFile } from '../ingest/testing/ingest-file.js';
import { exportTable } from './export-table.js';
import { CONTAINERS, NAMES, type Row, TABLE_WRITERS, TYPES } from './testing/write-table.js';

const LIMITS = {
  maxColumns: 50,
  maxLineBytes: 100_000,
  maxUncompressedBytes: 10_000_000,
  memoryMb: 512,
  threads: 1,
};
/** `number,text` and 200 rows, made by zstd 1.5.4 at level 19. */
const REAL_ZSTD =
  'KLUv/QRoTQMAYkcREbAZOkCJCMgkCdK2lNzRCrMO0jNcYc7r4rOrOTxhzdPLuac1PMKd2ce1R3eYwpvVh3dTb1jCM7eTDwB2shRJgBSEoRwBJagQEAFv39BLawYRNAxh+/7/fwdOmuFKwGtWStsWCCApaTIdsw==';

/** The CSV and the Parquet of what is made of a file. */
async function exportsOf(
  content: Uint8Array,
): Promise<{ columns: readonly ColumnSchema[]; files: Buffer[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-round-trip-'));
  const [sourcePath, tablePath, outputPath] = ['source', 'table.parquet', 'out'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  try {
    await writeFile(sourcePath, content);
    const { columns } = await ingest({ sourcePath, tablePath, format: 'csv', overrides: {}, limits: LIMITS });
    const files: Buffer[] = [];
    for (const format of ['csv', 'parquet'] as const) {
      const how = { format, guardFormulas: false, memoryMb: 512, threads: 1 };
      await exportTable({ tablePath, outputPath, columns, ...how });
      files.push(await readFile(outputPath));
    }
    return { columns, files };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const letters = fc.string({
  unit: fc.constantFrom('a', 'Zoë', 'x y', '"', ',', ';', "'", '\n', '=', '日本', '😀'),
  minLength: 1,
  maxLength: 5,
});
const row = fc.record<Row>({
  number: fc.option(
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e200, max: 1e200 }).map((n) => n + 0),
  ),
  // Texts that look like nothing else: CSV has no types.
  text: fc.option(letters.map((value) => `t${value.trim()}`)),
  flag: fc.option(fc.boolean()),
  day: fc.option(
    fc.integer({ min: -315_619, max: 1_000_000 }).map((hours) => new Date(hours * 3_600_000).toISOString()),
  ),
});
// One row in which nothing is missing, so that every format knows the types.
const rows = fc
  .array(row, { maxLength: 8 })
  .map((others): Row[] => [
    { number: 1.5, text: 'tx', flag: true, day: '2020-02-29T10:30:00.000Z' },
    ...others.filter((one) => NAMES.some((name) => one[name] !== null)),
  ]);

/** What a format cannot hold. */
function holdable(format: string, table: readonly Row[]): Row[] {
  // Old workbooks keep 30 bits of many numbers, and no spreadsheet all 17 digits of very small ones.
  const plain = (value: number | null) =>
    value === null ? null : Math.max(-1e6, Math.min(1e6, Math.round(value))) + 0;
  return table.map((one) =>
    ['xls', 'xlsx', 'ods'].includes(format) ? { ...one, number: plain(one.number) } : one,
  );
}

describe('every format, taken in and given out as CSV and as Parquet, keeps every value', () => {
  const cases = Object.keys(TABLE_WRITERS).flatMap((format) =>
    Object.keys(CONTAINERS).map((container) => [format, container] as const),
  );
  it.each(cases)('%s in %s', async (format, container) => {
    await fc.assert(
      fc.asyncProperty(rows, async (drawn) => {
        const table = holdable(format, drawn);
        const wanted = table.map((one) => NAMES.map((name) => one[name]));
        const content = await CONTAINERS[container]!(await TABLE_WRITERS[format]!(table));
        const { columns, files } = await exportsOf(content);
        expect(columns.map(({ name, type }) => [name, type])).toEqual(
          NAMES.map((name, i) => [name, TYPES[i]]),
        );
        for (const file of files) {
          const again = await ingestFile(file);
          expect(again.types).toEqual(TYPES);
          expect(again.columns.map(({ name }) => name)).toEqual(NAMES);
          expect(again.rows).toEqual(wanted);
        }
      }),
      { numRuns: container === 'none' ? 3 : 1 },
    );
  });

  it('texts that look like something else too, as Parquet', async () => {
    const cell = fc.oneof(
      fc.constantFrom(
        'NA',
        '?',
        '-',
        'null',
        '007',
        '1e5',
        '1,234.5',
        'true',
        '2020-01-02',
        ' blank ',
        '=1+1',
        "'",
      ),
      fc.string({ minLength: 1, unit: 'grapheme' }).filter((value) => !value.includes('\0')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(cell), { minLength: 1, maxLength: 12 }), async (texts) => {
        // A column of text that nothing else can be: JSON says what is text, and a date would be one.
        const table = [{ n: 0, t: 'plain text' }, ...texts.map((t, i) => ({ n: i + 1, t }))];
        const { files } = await exportsOf(Buffer.from(JSON.stringify(table)));
        const again = await ingestFile(files[1]!);
        expect(again.rows).toEqual(table.map(({ n, t }) => [n, t]));
      }),
      { numRuns: 20 },
    );
  });

  it('a compressed Zstandard frame', async () => {
    const found = await ingestFile(Buffer.from(REAL_ZSTD, 'base64'));
    expect(found.dialect.compression).toBe('zstd');
    expect(found.rows).toEqual(
      Array.from({ length: 200 }, (_, i) => [(i + 1) % 7, `text number ${(i + 1) % 5}`]),
    );
  });
});
