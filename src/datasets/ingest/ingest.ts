import { mkdir, rm } from 'node:fs/promises';
import { detectContainer } from './containers.js';
import { unreadable } from './defects.js';
import { Duckdb } from './duckdb.js';
import type { IngestInput, IngestOutput } from './ingest-types.js';
import { copySource, type PreparedSource, prepareSource } from './prepare-source.js';
import { writeDelimited } from './write-delimited.js';

/** DuckDB's part of the process's memory; the rest is Node, the scanner's chunks and what DuckDB does not count. */
const DUCKDB_SHARE = 0.6;

export type Progress = (phase: string, fraction: number) => void;

/**
 * Reads a file, finds the type of every column and writes the canonical table as Parquet. The columns of the Parquet
 * file are named c0, c1, … in the order of the schema: SQL takes "Age" and "age" for one name, a file may have both.
 *
 * Throws Problem `upload_empty` or `dataset_unreadable`. Leaves nothing beside the table; not even that on failure.
 */
export async function ingest(
  input: IngestInput,
  progress: Progress = () => undefined,
): Promise<IngestOutput> {
  const copyPath = `${input.tablePath}.plain`;
  const spillDir = `${input.tablePath}.spill`;
  try {
    progress('scanning', 0);
    await mkdir(spillDir, { recursive: true });
    const { compression } = await detectContainer(input.sourcePath);
    const source = await prepareSource(input, compression, copyPath);
    return await writeTable(input, source, { copyPath, spillDir }, progress);
  } catch (error) {
    await rm(input.tablePath, { force: true });
    throw error;
  } finally {
    await rm(copyPath, { force: true });
    await rm(spillDir, { recursive: true, force: true });
  }
}

async function writeTable(
  input: IngestInput,
  source: PreparedSource,
  { copyPath, spillDir }: { copyPath: string; spillDir: string },
  progress: Progress,
): Promise<IngestOutput> {
  const duckdb = await Duckdb.open({
    threads: input.limits.threads,
    memoryMb: Math.floor(input.limits.memoryMb * DUCKDB_SHARE),
    paths: [source.path, copyPath, input.tablePath],
    spillDir,
  });
  try {
    progress('writing', 0);
    let columns = await writeDelimited(duckdb, source, input.tablePath, progress);
    if (columns === undefined && !source.isCopy) {
      // CRLF inside of quotes, for one, is misread under CRLF line ends. The copy has line feeds between its records.
      const copy = await copySource(input, source, copyPath);
      columns = await writeDelimited(duckdb, copy, input.tablePath, progress);
    }
    if (columns === undefined) throw misread();
    const { decimal, thousands } = input.overrides;
    return {
      format: input.format,
      reports: source.reports,
      dialect: {
        ...source.dialect,
        ...(decimal === undefined ? {} : { decimal }),
        ...(thousands === undefined ? {} : { thousands }),
      },
      nRows: source.nRows,
      columns,
    };
  } finally {
    duckdb.close();
  }
}

function misread() {
  return unreadable(
    'ambiguous_quoting',
    'The quoting of the file can be read in more than one way; quote every text cell and double quotes inside.',
  );
}
