import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { ChunkWriter } from '../ingest/chunk-writer.js';
import { Duckdb, literal } from '../ingest/duckdb.js';
import type { ColumnSchema } from '../ingest/ingest-types.js';
import { canonicalOptions } from '../ingest/table-statistics.js';

/** What the exporting process is given. */
export interface ExportInput {
  /** The canonical Parquet. */
  readonly tablePath: string;
  /** What is written. */
  readonly outputPath: string;
  readonly columns: readonly ColumnSchema[];
  readonly format: 'csv' | 'parquet';
  /**
   * Puts an apostrophe before a text (and a name) that a spreadsheet would take for a formula: one that starts with
   * `=`, `+`, `-`, `@`, a tab or a carriage return. It changes the values, so it is off unless asked for.
   */
  readonly guardFormulas: boolean;
  readonly memoryMb: number;
  readonly threads: number;
}

export interface ExportOutput {
  readonly nBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Raised when the same table is written as another file, so that one that was kept is not given out for it. */
export const EXPORT_WRITER_VERSION = 2;

const FORMULA = /^[=+\-@\t\r]/;

/**
 * Writes a data set under its own names: CSV with commas, doubled quotes and dates in ISO 8601, or Parquet with DOUBLE,
 * BOOLEAN, TIMESTAMP and VARCHAR. Names that differ in case only get a number behind them in Parquet.
 */
export async function exportTable(input: ExportInput): Promise<ExportOutput> {
  const bodyPath = `${input.outputPath}.body`;
  const duckdb = await Duckdb.open({
    threads: input.threads,
    memoryMb: Math.floor(input.memoryMb * 0.6),
    paths: [input.tablePath, input.outputPath, bodyPath],
  });
  try {
    if (input.format === 'parquet') await exportParquet(duckdb, input);
    else await exportCsv(duckdb, input, bodyPath);
    return await describeFile(input.outputPath);
  } catch (error) {
    await rm(input.outputPath, { force: true });
    throw error;
  } finally {
    duckdb.close();
    await rm(bodyPath, { force: true });
  }
}

async function describeFile(path: string): Promise<ExportOutput> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }))
    hash.update(chunk as Buffer);
  return { nBytes: (await stat(path)).size, sha256: hash.digest('hex') };
}

async function exportParquet(duckdb: Duckdb, { tablePath, outputPath, columns }: ExportInput): Promise<void> {
  const list = columns.map(({ name }, index) => `c${index} AS "${name.replaceAll('"', '""')}"`);
  const options = canonicalOptions(columns.length);
  await duckdb.run(
    `COPY (SELECT ${list.join(', ')} FROM read_parquet(${literal(tablePath)})) TO ${literal(outputPath)} (${options})`,
  );
}

/** The header is ours, because SQL takes names that differ in case only for one. */
async function exportCsv(duckdb: Duckdb, input: ExportInput, bodyPath: string): Promise<void> {
  const { tablePath, outputPath, columns, guardFormulas } = input;
  const list = columns.map((column, index) => `${cellSql(column, `c${index}`, guardFormulas)} AS c${index}`);
  await duckdb.run(
    `COPY (SELECT ${list.join(', ')} FROM read_parquet(${literal(tablePath)})) TO ${literal(bodyPath)}
     (FORMAT csv, HEADER false, FORCE_QUOTE (${textColumns(columns)}), USE_TMP_FILE false)`,
  );
  const writer = new ChunkWriter(outputPath);
  try {
    const names = columns.map(({ name }) => (guardFormulas && FORMULA.test(name) ? `'${name}` : name));
    await writer.write(`${names.map((name) => `"${name.replaceAll('"', '""')}"`).join()}\n`);
    for await (const chunk of createReadStream(bodyPath, { highWaterMark: 1024 * 1024 })) {
      await writer.write(chunk as Buffer);
    }
    await writer.end();
  } finally {
    writer.destroy();
  }
}

function cellSql({ type }: ColumnSchema, cell: string, guardFormulas: boolean): string {
  if (type === 'date') return `strftime(${cell}, '%Y-%m-%dT%H:%M:%S.%gZ')`;
  if (type !== 'text' || !guardFormulas) return cell;
  return `CASE WHEN regexp_matches(${cell}, '^[=+\\-@\\t\\r]') THEN '''' || ${cell} ELSE ${cell} END`;
}

/** Texts are quoted, so that an empty cell is a missing value and nothing else; one column of a record always is. */
function textColumns(columns: readonly ColumnSchema[]): string {
  const texts = columns.flatMap(({ type }, index) => (type === 'text' ? [`c${index}`] : []));
  return (texts.length > 0 ? texts : ['c0']).join(', ');
}
