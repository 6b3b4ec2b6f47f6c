import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ingest } from '../ingest/ingest.js';
import { exportTable } from './export-table.js';

const CSV =
  'Age,age,"=sum",day\n1.5,=1+1,"-x ""y""",2020-01-02\n,plain,"@z",2020-01-03T10:30:00.5Z\n3,,,2021-05-06\n';
const LIMITS = {
  maxColumns: 50,
  maxLineBytes: 100_000,
  maxUncompressedBytes: 10_000_000,
  memoryMb: 512,
  threads: 1,
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-export-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function exported(format: 'csv' | 'parquet', guardFormulas = false): Promise<Buffer> {
  const sourcePath = join(folder, 'source');
  const tablePath = join(folder, 'table.parquet');
  const outputPath = join(folder, 'out');
  await writeFile(sourcePath, CSV);
  const { columns } = await ingest({ sourcePath, tablePath, format: 'csv', overrides: {}, limits: LIMITS });
  await exportTable({ tablePath, outputPath, columns, format, guardFormulas, memoryMb: 512, threads: 1 });
  expect((await readdir(folder)).sort()).toEqual(['out', 'source', 'table.parquet']);
  return readFile(outputPath);
}

describe('exportTable', () => {
  it('writes CSV under the own names, and is read back as the same table', async () => {
    const text = (await exported('csv')).toString();
    expect(text).toBe(
      '"Age","age","=sum","day"\n1.5,"=1+1","-x ""y""",2020-01-02T00:00:00.000Z\n,"plain","@z",2020-01-03T10:30:00.500Z\n3.0,,,2021-05-06T00:00:00.000Z\n',
    );
  });

  it('makes texts of formulas when it is asked to', async () => {
    const text = (await exported('csv', true)).toString();
    expect(text).toContain('"\'=sum"');
    expect(text).toContain('"\'=1+1","\'-x ""y"""');
    expect(text).toContain('"\'@z"');
  });

  it('writes Parquet that is read back', async () => {
    const sourcePath = join(folder, 'again');
    await writeFile(sourcePath, await exported('parquet'));
    const tablePath = join(folder, 'again.parquet');
    const found = await ingest({ sourcePath, tablePath, format: 'csv', overrides: {}, limits: LIMITS });
    expect(found.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'Age number',
      'age_1 text',
      '=sum text',
      'day date',
    ]);
    expect(found.nRows).toBe(3);
    await rm(sourcePath);
    await rm(tablePath);
  });
});
