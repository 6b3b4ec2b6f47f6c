import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Problem, type ProblemItem } from '../../../errors/problem.js';
import { loadTable } from '../../load-table.js';
import { ingest } from '../ingest.js';
import type { DatasetFormat, IngestInput, IngestOverrides } from '../ingest-types.js';

export type Cell = string | number | boolean | null;

export interface IngestChanges {
  readonly overrides?: IngestOverrides;
  readonly limits?: Partial<IngestInput['limits']>;
  readonly format?: DatasetFormat;
}

const LIMITS = {
  maxColumns: 50,
  maxLineBytes: 100_000,
  maxUncompressedBytes: 10_000_000,
  memoryMb: 512,
  threads: 1,
};

/** What is made of a file, with its cells; dates as ISO 8601. Holds that no file is left. */
export async function ingestFile(content: string | Uint8Array, changes: IngestChanges = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-ingest-file-'));
  const sourcePath = join(folder, 'file');
  const tablePath = join(folder, 'table.parquet');
  try {
    await writeFile(sourcePath, content);
    const { overrides = {}, limits = {}, format = 'csv' } = changes;
    const output = await ingest({
      sourcePath,
      tablePath,
      format,
      overrides,
      limits: { ...LIMITS, ...limits },
    });
    const table = await loadTable(tablePath, output.columns, undefined, { threads: 1, memoryMb: 512 });
    const rows = Array.from({ length: table.nRows }, (_, row) =>
      table.columns.map((column): Cell => {
        if (column.type === 'text') return column.dictionary[column.codes[row]!] ?? null;
        const value = column.values[row]!;
        if (Number.isNaN(value)) return null;
        if (column.type === 'boolean') return value === 1;
        return column.type === 'date' ? new Date(value).toISOString() : value;
      }),
    );
    return { ...output, rows, types: output.columns.map(({ type }) => type) };
  } finally {
    const left = (await readdir(folder)).filter((name) => name !== 'file' && name !== 'table.parquet');
    await rm(folder, { recursive: true });
    expect(left).toEqual([]);
  }
}

export interface Refusal {
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly errors: readonly ProblemItem[];
}

/** Why a file is refused. Holds that nothing is left, the table included. */
export async function refusalOf(content: string | Uint8Array, changes: IngestChanges = {}): Promise<Refusal> {
  const error = await ingestFile(content, changes).then(
    () => new Error('nothing was refused'),
    (failure: unknown) => failure,
  );
  if (!(error instanceof Problem)) throw error;
  const { code, status, detail, errors } = error;
  return { code, status, detail, errors };
}
