import { rm } from 'node:fs/promises';
import type { DuckDBValue } from '@duckdb/node-api';
import { Duckdb, literal } from '../ingest/duckdb.js';
import { ingest } from '../ingest/ingest.js';
import type { ColumnSchema, IngestInput, IngestOutput, IngestReport } from '../ingest/ingest-types.js';
import { writeHead } from './head.js';

const N_FIRST_ROWS = 20;
/** Long texts are cut: the answer is for looking at. */
const MAX_SHOWN_LENGTH = 200;
const ROWS_MEMORY_MB = 256;

export type ShownCell = string | number | boolean | null;

/** What the inspecting process is given: the same as for an ingest, whose table is looked at and thrown away. */
export interface InspectTaskInput {
  readonly ingest: IngestInput;
  /** Whether only the first part of the file, or of what there is of it, is to be read. */
  readonly isHead: boolean;
}

export interface InspectTaskOutput {
  readonly output: IngestOutput;
  readonly firstRows: readonly (readonly ShownCell[])[];
}

/** @throws Problem as an ingest of the same bytes would */
export async function inspect({ ingest: asked, isHead }: InspectTaskInput): Promise<InspectTaskOutput> {
  const headPath = `${asked.tablePath}.head`;
  try {
    const output = isHead ? await ingestHead(asked, headPath) : await ingest(asked);
    const reports = [...output.reports, ...headerReports(asked, output)];
    return { output: { ...output, reports }, firstRows: await firstRows(asked.tablePath, output.columns) };
  } finally {
    await rm(headPath, { force: true });
    await rm(asked.tablePath, { force: true });
  }
}

/**
 * A column of numbers or dates shows by its first cell whether that is a name. Where every column is text there is only
 * a guess: a list of words loses its first one to it.
 */
function headerReports(
  { overrides }: IngestInput,
  { format, dialect, columns }: IngestOutput,
): IngestReport[] {
  const isGuess = (format === 'csv' || format === 'tsv') && overrides.hasHeader === undefined;
  if (!isGuess || columns.some(({ type }) => type !== 'text')) return [];
  const taken = dialect.hasHeader === true ? 'names' : 'values';
  const message = `Every column is text, so nothing shows what the first record is. It was taken for ${taken}; hasHeader=true or hasHeader=false says it.`;
  return [{ code: 'header_uncertain', message, count: 1, lines: [], columns: [] }];
}

async function ingestHead(asked: IngestInput, headPath: string): Promise<IngestOutput> {
  const compression = await writeHead(asked.sourcePath, headPath, asked.overrides.quote ?? '"');
  const output = await ingest({ ...asked, sourcePath: headPath });
  return { ...output, dialect: { ...output.dialect, compression } };
}

async function firstRows(tablePath: string, columns: readonly ColumnSchema[]): Promise<ShownCell[][]> {
  const duckdb = await Duckdb.open({ threads: 1, memoryMb: ROWS_MEMORY_MB, paths: [tablePath] });
  try {
    const list = columns.map(({ type }, index) =>
      type === 'date' ? `CAST(epoch_ms(c${index}) AS DOUBLE) AS c${index}` : `c${index}`,
    );
    const rows = await duckdb.rows(
      `SELECT ${list.join(', ')} FROM read_parquet(${literal(tablePath)}) LIMIT ${N_FIRST_ROWS}`,
    );
    return rows.map((row) => columns.map(({ type }, index) => shown(row[`c${index}`] ?? null, type)));
  } finally {
    duckdb.close();
  }
}

function shown(value: DuckDBValue, type: ColumnSchema['type']): ShownCell {
  if (type === 'date' && typeof value === 'number') return new Date(value).toISOString();
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'boolean') return value;
  return typeof value === 'string' ? value.slice(0, MAX_SHOWN_LENGTH) : null;
}
