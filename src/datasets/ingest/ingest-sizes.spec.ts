import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '../../errors/problem.js';
import { ingest } from './ingest.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-sizes-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Ingests what lies at `source`; leaves nothing. */
async function take(memoryMb = 2048) {
  const sourcePath = join(folder, 'source');
  const tablePath = join(folder, 'table.parquet');
  const limits = {
    maxColumns: 10_000,
    maxLineBytes: 8 * 1024 * 1024,
    maxUncompressedBytes: 1024 ** 3,
    memoryMb,
    threads: 2,
  };
  try {
    return await ingest({ sourcePath, tablePath, format: 'csv', overrides: {}, limits });
  } finally {
    await rm(sourcePath);
    await rm(tablePath, { force: true });
    expect(await readdir(folder)).toEqual([]);
  }
}

describe('ingest: sizes', () => {
  it('refuses a line of 100 MB where it starts', async () => {
    const file = createWriteStream(join(folder, 'source'));
    file.write('a,b\n1,');
    for (let count = 0; count < 100; count++) file.write('x'.repeat(1024 * 1024));
    file.end('\n');
    await finished(file);
    const error = await take().catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(Problem);
    expect((error as Problem).errors).toEqual([expect.objectContaining({ code: 'line_too_long', line: 2 })]);
  });

  it('reads 5,000 columns', async () => {
    const names = Array.from({ length: 5000 }, (_, column) => `n${column}`);
    const row = (index: number) =>
      names.map((_, column) => (column % 3 === 0 ? `t${index}` : String(index * column)));
    const lines = [names, ...Array.from({ length: 40 }, (_, index) => row(index))];
    await writeFile(join(folder, 'source'), lines.map((cells) => cells.join()).join('\n'));
    const { columns, nRows } = await take(1024);
    expect([nRows, columns.length]).toEqual([40, 5000]);
    expect(columns[3]).toMatchObject({ name: 'n3', type: 'text', distinctCount: 40 });
    expect(columns[4]).toMatchObject({ name: 'n4', type: 'number', integer: true, distinctCount: 40 });
  }, 60_000);

  it('counts a million distinct values exactly', async () => {
    const lines = Array.from({ length: 1_000_001 }, (_, row) => `k${row % 1_000_000},${row}`);
    await writeFile(join(folder, 'source'), `key,value\n${lines.join('\n')}\n`);
    const { columns } = await take();
    expect(columns.map(({ distinctCount }) => distinctCount)).toEqual([1_000_000, 1_000_001]);
  }, 60_000);
});
