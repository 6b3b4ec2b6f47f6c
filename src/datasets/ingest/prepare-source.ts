import { Problem } from '../../errors/problem.js';
import { detectDialect } from './dialect.js';
import type { Dialect, IngestInput } from './ingest-types.js';
import { ChunkWriter, isGzip, textChunks, unreadable } from './open-source.js';
import { Scanner } from './scanner.js';
import { splitRecords } from './split-records.js';

/** A file that is known to be sound, and how to read it. */
export interface PreparedSource {
  /** The file as it was sent, or the plain copy of it. */
  readonly path: string;
  /** Whether `path` is the copy: plain, with line feeds only and no empty lines before the first record. */
  readonly isCopy: boolean;
  readonly dialect: Dialect;
  /** Of the file at `path`. */
  readonly lineEnd: '\n' | '\r\n';
  readonly names: readonly string[];
  readonly nRows: number;
  readonly hasTabs: boolean;
}

/** What is looked at to find the dialect. */
const HEAD_BYTES = 256 * 1024;

/**
 * Finds the dialect, then walks over the whole file for defects. A compressed file is written out on the way: DuckDB
 * would decompress it on one thread a second time, and it reads a plain file on all of them. A file that mixes line
 * ends, or starts with empty lines, is copied in a second walk, because DuckDB misreads it.
 *
 * Throws Problem `upload_empty`, or `dataset_unreadable` with every defect that was found.
 */
export async function prepareSource(input: IngestInput, copyPath: string): Promise<PreparedSource> {
  const compression = (await isGzip(input.sourcePath)) ? 'gzip' : 'none';
  const isCopy = compression === 'gzip';
  const { dialect, scanner } = await walk(input, compression, isCopy ? copyPath : undefined);
  const { names, nRows } = columnNames(scanner, dialect);
  const lineEnd = scanner.lineEnd === '\r\n' && !isCopy ? '\r\n' : '\n';
  const hasTabs = scanner.hasTabs && dialect.delimiter !== '\t';
  const path = isCopy ? copyPath : input.sourcePath;
  const source: PreparedSource = { path, isCopy, dialect, names, nRows, hasTabs, lineEnd };
  const isReadable = scanner.contentStart === 0 && (scanner.lineEnd === '\n' || scanner.lineEnd === '\r\n');
  return isCopy || isReadable ? source : copySource(input, source, copyPath);
}

/** The same file as a copy with one kind of line end, for what DuckDB does not read as it is. */
export async function copySource(
  input: IngestInput,
  source: PreparedSource,
  copyPath: string,
): Promise<PreparedSource> {
  await walk({ ...input, overrides: source.dialect }, source.dialect.compression, copyPath);
  return { ...source, path: copyPath, isCopy: true, lineEnd: '\n' };
}

async function walk(
  input: IngestInput,
  compression: Dialect['compression'],
  copyPath: string | undefined,
): Promise<{ dialect: Dialect; scanner: Scanner }> {
  let head: Buffer[] = [];
  let nHeadBytes = 0;
  let dialect: Dialect | undefined;
  let scanner: Scanner | undefined;
  const chunks = textChunks(input.sourcePath, compression, input.limits.maxUncompressedBytes);
  const copy = copyPath === undefined ? undefined : new ChunkWriter(copyPath);
  let nTaken = 0;
  const take = async (chunk: Buffer) => {
    scanner!.push(chunk);
    await copy?.write(chunk.subarray(Math.max(0, scanner!.contentStart - nTaken)));
    nTaken += chunk.length;
  };
  const start = async (isWhole: boolean) => {
    const bytes = Buffer.concat(head);
    head = [];
    if (bytes.length === 0) throw new Problem('upload_empty', 'The file holds nothing.');
    const text = bytes.subarray(0, HEAD_BYTES).toString('utf8');
    const detected = detectDialect(
      text,
      isWhole && bytes.length <= HEAD_BYTES,
      input.format,
      input.overrides,
    );
    dialect = { ...detected, compression };
    scanner = new Scanner({ ...detected, ...input.limits });
    await take(bytes);
  };
  try {
    for await (const chunk of chunks) {
      if (scanner !== undefined) await take(chunk);
      else {
        head.push(chunk);
        nHeadBytes += chunk.length;
        if (nHeadBytes >= HEAD_BYTES) await start(false);
      }
      if (scanner?.stopped) break;
    }
    if (scanner === undefined) await start(true);
    scanner!.finish();
    refuseDefects(scanner!);
    await copy?.end();
  } finally {
    copy?.destroy();
  }
  return { dialect: dialect!, scanner: scanner! };
}

function refuseDefects({ defects }: Scanner): void {
  const [first] = defects;
  if (first === undefined) return;
  const place = first.line === undefined ? '' : `Line ${first.line}: `;
  throw new Problem('dataset_unreadable', `${place}${first.message}`, defects);
}

function columnNames(scanner: Scanner, dialect: Dialect): { names: string[]; nRows: number } {
  if (scanner.nRecords === 0) throw new Problem('upload_empty', 'The file holds empty lines only.');
  if (!dialect.hasHeader) {
    const names = Array.from({ length: scanner.nColumns }, (_, index) => `column_${index + 1}`);
    return { names, nRows: scanner.nRecords };
  }
  const header = Buffer.concat(scanner.firstRecord).toString('utf8');
  const names = (splitRecords(header, dialect.delimiter, dialect.quote)[0] ?? []).map((name) => name.trim());
  const line = scanner.firstRecordLine;
  const defects = names.flatMap((name, index) => {
    const position = index + 1;
    if (name === '') return [{ code: 'empty_column_name', message: `Column ${position} has no name.`, line }];
    const first = names.indexOf(name) + 1;
    if (first === position) return [];
    const message = `Column ${position} has the same name as column ${first}.`;
    return [{ code: 'duplicate_column_name', message, line }];
  });
  if (defects.length > 0) {
    throw new Problem('dataset_unreadable', `Line ${line}: ${defects[0]!.message}`, defects.slice(0, 100));
  }
  if (scanner.nRecords === 1) throw unreadable('no_rows', 'The file has a header and no rows.', line);
  return { names, nRows: scanner.nRecords - 1 };
}
