import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../../errors/problem.js';
import type { Converted } from '../formats/format-reader.js';
import { detectFormat, readerOf } from '../formats/formats.js';
import { takeParquet } from '../formats/parquet.js';
import { ChunkWriter } from './chunk-writer.js';
import { detectContainer, isZip, plainBytes } from './containers.js';
import { unreadable } from './defects.js';
import { Duckdb } from './duckdb.js';
import type { Compression, DatasetFormat, Dialect, IngestInput, IngestOutput } from './ingest-types.js';
import { copySource, prepareSource } from './prepare-source.js';
import { writeDelimited } from './write-delimited.js';

/** DuckDB's part of the process's memory; the rest is Node, the scanner's chunks and what DuckDB does not count. */
const DUCKDB_SHARE = 0.6;
/** Each thread holds vectors of 2,048 values of every column, several times. */
const WIDE_COLUMNS = 1_000;
/** Enough to tell a format. */
const HEAD_BYTES = 64 * 1024;

export type Progress = (phase: string, fraction: number) => void;

/** Where what is made on the way lies; all of it is deleted at the end. */
interface Scratch {
  /** The file without its compression or in UTF-8. */
  readonly copyPath: string;
  /** DuckDB's, and of what was converted. */
  readonly folder: string;
}

/**
 * Reads a file, finds the type of every column and writes the canonical table as Parquet. The columns of the Parquet
 * file are named c0, c1, … in the order of the schema: SQL takes "Age" and "age" for one name, a file may have both.
 *
 * Throws Problem `upload_empty`, `dataset_unreadable` or `invalid_columns`. Leaves nothing beside the table; not even that on failure.
 */
export async function ingest(
  input: IngestInput,
  progress: Progress = () => undefined,
): Promise<IngestOutput> {
  const scratch = { copyPath: `${input.tablePath}.plain`, folder: `${input.tablePath}.spill` };
  try {
    progress('scanning', 0);
    await mkdir(scratch.folder, { recursive: true });
    const container = await detectContainer(input.sourcePath);
    const head = await readHead(input, container.compression);
    const { compression } = container;
    // A workbook is a zip itself: what else wraps it has to come off before it can be told.
    const packedZip =
      compression !== 'none' && isZip(head) ? await unpack(input, compression, scratch) : undefined;
    const inner = packedZip === undefined ? container : await detectContainer(packedZip);
    const format = detectFormat(head, inner, input.format);
    if (format === 'csv' || format === 'tsv') {
      return await takeDelimited({ ...input, format }, compression, scratch, progress);
    }
    const plainPath = packedZip ?? (await unpack(input, compression, scratch));
    if (format === 'parquet') return await takeTyped(input, plainPath, compression, scratch, progress);
    return await takeConverted({ ...input, format }, plainPath, compression, scratch, progress);
  } catch (error) {
    await rm(input.tablePath, { force: true });
    throw namingLimit(error, input);
  } finally {
    await rm(scratch.copyPath, { force: true });
    await rm(scratch.folder, { recursive: true, force: true });
  }
}

/** Says which limit was too low, and how low it is. */
function namingLimit(error: unknown, { limits }: IngestInput): unknown {
  if (!(error instanceof Problem) || error.code !== 'payload_too_large') return error;
  const message = `The file needs more memory than the ${limits.memoryMb} MiB that its reading may have (INGEST_MEMORY_MB): send fewer columns, or let the service have more.`;
  return new Problem('payload_too_large', message);
}

async function readHead(input: IngestInput, compression: Compression): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let nBytes = 0;
  for await (const chunk of plainBytes(input.sourcePath, compression, input.limits.maxUncompressedBytes)) {
    chunks.push(chunk);
    nBytes += chunk.length;
    if (nBytes >= HEAD_BYTES) break;
  }
  if (nBytes === 0) throw new Problem('upload_empty', 'The file holds nothing.');
  return Buffer.concat(chunks).subarray(0, HEAD_BYTES);
}

/** The path of the file without its compression. */
async function unpack(input: IngestInput, compression: Compression, { copyPath }: Scratch): Promise<string> {
  if (compression === 'none') return input.sourcePath;
  const writer = new ChunkWriter(copyPath);
  try {
    const { maxUncompressedBytes } = input.limits;
    for await (const chunk of plainBytes(input.sourcePath, compression, maxUncompressedBytes)) {
      await writer.write(chunk);
    }
    await writer.end();
  } finally {
    writer.destroy();
  }
  return copyPath;
}

async function takeConverted(
  input: IngestInput,
  plainPath: string,
  compression: Compression,
  scratch: Scratch,
  progress: Progress,
): Promise<IngestOutput> {
  const csvPath = join(scratch.folder, 'converted.csv');
  const converted = await readerOf(input.format)!.convert(plainPath, csvPath, input);
  const { duplicateNames, hasHeader, columns } = input.overrides;
  const isNamed = converted.hasHeader ?? hasHeader;
  const written: IngestInput = {
    ...input,
    sourcePath: csvPath,
    format: 'csv',
    overrides: {
      delimiter: ',',
      quote: '"',
      escape: '"',
      encoding: 'utf-8',
      ...(isNamed === undefined ? {} : { hasHeader: isNamed }),
      ...(duplicateNames === undefined ? {} : { duplicateNames }),
      ...(columns === undefined ? {} : { columns }),
    },
  };
  const output = await takeDelimited(written, 'none', scratch, progress, converted);
  const sheet = converted.sheet === undefined ? {} : { sheet: converted.sheet };
  const header = output.dialect.hasHeader === undefined ? {} : { hasHeader: output.dialect.hasHeader };
  return { ...output, format: input.format, dialect: { compression, ...sheet, ...header } };
}

async function takeTyped(
  input: IngestInput,
  plainPath: string,
  compression: Compression,
  scratch: Scratch,
  progress: Progress,
): Promise<IngestOutput> {
  const duckdb = await openDuckdb(input, [plainPath, input.tablePath], scratch);
  try {
    progress('writing', 0);
    return { ...(await takeParquet(duckdb, plainPath, input)), format: 'parquet', dialect: { compression } };
  } finally {
    duckdb.close();
  }
}

async function takeDelimited(
  input: IngestInput,
  compression: Compression,
  scratch: Scratch,
  progress: Progress,
  converted?: Converted,
): Promise<IngestOutput> {
  const { copyPath } = scratch;
  const source = await prepareSource(input, compression, copyPath, converted);
  const paths = [source.path, copyPath, input.tablePath];
  const duckdb = await openDuckdb(input, paths, scratch, source.names.length);
  try {
    progress('writing', 0);
    let written = await writeDelimited(duckdb, source, input.tablePath, progress);
    if (written === undefined && !source.isCopy) {
      // CRLF inside of quotes, for one, is misread under CRLF line ends. The copy has line feeds between its records.
      const copy = await copySource(input, source, copyPath);
      written = await writeDelimited(duckdb, copy, input.tablePath, progress);
    }
    if (written === undefined) throw misread();
    const dialect = { ...source.dialect, ...numberDialect(input.overrides) };
    const format: DatasetFormat = input.format;
    const reports = [...source.reports, ...written.reports];
    return { format, reports, dialect, nRows: source.nRows, columns: written.columns };
  } finally {
    duckdb.close();
  }
}

function numberDialect({ decimal, thousands }: Partial<Dialect>): Partial<Dialect> {
  return {
    ...(decimal === undefined ? {} : { decimal }),
    ...(thousands === undefined ? {} : { thousands }),
  };
}

function openDuckdb(
  { limits }: IngestInput,
  paths: readonly string[],
  { folder }: Scratch,
  nColumns = 0,
): Promise<Duckdb> {
  const threads = nColumns > WIDE_COLUMNS ? 1 : limits.threads;
  const memoryMb = Math.floor(limits.memoryMb * DUCKDB_SHARE);
  return Duckdb.open({ threads, memoryMb, paths, spillDir: folder });
}

function misread() {
  return unreadable(
    'ambiguous_quoting',
    'The quoting of the file can be read in more than one way; quote every text cell and double quotes inside.',
  );
}
