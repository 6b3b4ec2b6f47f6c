import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspect } from './inspect-task.js';

const LIMITS = {
  maxColumns: 100,
  maxLineBytes: 1024 ** 2,
  maxUncompressedBytes: 1024 ** 3,
  memoryMb: 512,
  threads: 1,
};

describe('what an inspection says of the first record', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trainyard-test-inspect-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function codesOf(content: string, overrides: { hasHeader?: boolean } = {}) {
    const sourcePath = join(folder, 'file.csv');
    await writeFile(sourcePath, content);
    const tablePath = join(folder, 'table.parquet');
    const ingest = { sourcePath, tablePath, format: 'csv', overrides, limits: LIMITS } as const;
    const { output } = await inspect({ ingest, isHead: false });
    return output.reports.map(({ code, message }) => ({ code, message }));
  }

  it('is a guess where every column is text', async () => {
    expect(await codesOf('person\nbicycle\ncar\n')).toEqual([
      {
        code: 'header_uncertain',
        message: expect.stringMatching(/taken for names; hasHeader=true or hasHeader=false/),
      },
    ]);
    expect(await codesOf('person\nbicycle\nperson\n')).toEqual([
      { code: 'header_uncertain', message: expect.stringMatching(/taken for values/) },
    ]);
  });

  it('is known where a column is not, or where the caller says it', async () => {
    expect(await codesOf('name,age\nAda,36\nAlan,41\n')).toEqual([]);
    expect(await codesOf('person\nbicycle\ncar\n', { hasHeader: false })).toEqual([]);
  });
});
