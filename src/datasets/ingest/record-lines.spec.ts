import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DelimitedDialect, IngestInput } from './ingest-types.js';
import { linesOfRecords } from './record-lines.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-lines-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const DIALECT: DelimitedDialect = {
  delimiter: ',',
  quote: '"',
  escape: '"',
  hasHeader: true,
  encoding: 'utf-8',
  compression: 'none',
};

async function linesOf(content: string, records: readonly number[]): Promise<number[]> {
  const sourcePath = join(folder, 'file');
  await writeFile(sourcePath, content);
  const limits = { maxUncompressedBytes: 1e9 } as IngestInput['limits'];
  const input = { sourcePath, tablePath: '', format: 'csv', overrides: {}, limits } as const;
  return linesOfRecords(input, DIALECT, records);
}

describe('the lines of records', () => {
  it('are those where their quotes open', async () => {
    expect(await linesOf('\n\na,b\r\n"x\r\ny",1\r\n\r\n"say ""hi\n""",2\n3,"4"', [0, 1, 2, 3])).toEqual([
      3, 4, 7, 9,
    ]);
    expect(await linesOf('a\rb\rc', [1, 2])).toEqual([2, 3]);
    expect(await linesOf('a\n it"s\n"b"\n', [2])).toEqual([3]);
  });

  it('are the same as where the records were written', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ' ', ',', '"', '\n', '\r\n', 'é'), maxLength: 6 });
    const record = fc.array(cell, { minLength: 2, maxLength: 3 });
    const blank = fc.constantFrom('', '\n', '\r\n\n');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(blank, record), { minLength: 1, maxLength: 12 }),
        async (records) => {
          let text = '';
          const expected = records.map(([before, cells]) => {
            text += before;
            const line = text.split(/\r\n|\n|\r/).length;
            text += `${cells.map((value) => `"${value.replaceAll('"', '""')}"`).join()}\n`;
            return line;
          });
          const all = expected.map((_, index) => index);
          expect(await linesOf(text, all)).toEqual(expected);
          expect(await linesOf(text, all.slice(-1))).toEqual(expected.slice(-1));
        },
      ),
      { numRuns: 100 },
    );
  });
});
