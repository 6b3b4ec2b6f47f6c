import { Problem, type ProblemItem } from '../../errors/problem.js';
import type { ColumnType } from '../../learn/matrix/table.js';
import type { Converted } from '../formats/format-reader.js';
import { ChunkWriter } from './chunk-writer.js';
import { spellingAutomaton } from './column-counts.js';
import { columnNames } from './column-names.js';
import { plainBytes } from './containers.js';
import { unreadable } from './defects.js';
import { detectDialect } from './dialect.js';
import type {
  ColumnOverride,
  Compression,
  DelimitedDialect,
  IngestInput,
  IngestOverrides,
  IngestReport,
  TextEncoding,
} from './ingest-types.js';
import { linesOfRecords } from './record-lines.js';
import { Scanner } from './scanner.js';
import type { NumberStyle } from './spellings.js';
import { splitRecords } from './split-records.js';
import { detectEncoding, refuseBinary, Transcoder } from './text-encoding.js';

/** A file that is known to be sound, how to read it, and what is in its cells. */
export interface PreparedSource {
  /** The file as it was sent, or the plain copy of it. */
  readonly path: string;
  /** Whether `path` is the copy: plain UTF-8, with line feeds only and no empty lines before the first record. */
  readonly isCopy: boolean;
  readonly dialect: DelimitedDialect;
  readonly style: NumberStyle;
  /** Of the file at `path`. */
  readonly lineEnd: '\n' | '\r\n';
  readonly names: readonly string[];
  readonly nRows: number;
  readonly reports: readonly IngestReport[];
  /** What the file itself says of its columns; a delimited file says nothing. */
  readonly declared?: readonly (ColumnType | undefined)[];
  /** Cells are what they are: blanks around them count, and only what the caller calls missing is. */
  readonly isExact: boolean;
  /** What the caller says of columns, by number. */
  readonly overrides: ReadonlyMap<number, ColumnOverride>;
  /** The lines of some rows, from 1; undefined where the file has none. The rows are ascending, from 0. */
  readonly linesOf: (rows: readonly number[]) => Promise<readonly number[] | undefined>;
  /** The spellings of the cells, the length of the records, the blanks around cells. */
  readonly scanner: Scanner;
}

/** What is looked at to find encoding and dialect. */
const HEAD_BYTES = 256 * 1024;

/** How a walk over the file goes. */
interface Walk {
  readonly compression: Compression;
  /** Detected unless it is known. */
  readonly encoding?: TextEncoding;
  readonly overrides: IngestOverrides;
  readonly isExact: boolean;
  /** Whether the lines of the file are those that the caller knows. */
  readonly hasLines: boolean;
  readonly copyPath: string | undefined;
}

/**
 * Finds encoding and dialect, then walks over the whole file for defects and spellings. What is not plain UTF-8 is
 * written out on the way: DuckDB would decompress it on one thread a second time, and it reads a plain file on all of
 * them. A file that mixes line ends, or starts with empty lines, is copied in a second walk, because DuckDB misreads it.
 *
 * Throws Problem `upload_empty`, or `dataset_unreadable` with every defect that was found.
 */
export async function prepareSource(
  input: IngestInput,
  compression: Compression,
  copyPath: string,
  converted?: Converted,
): Promise<PreparedSource> {
  const { overrides } = input;
  const isExact = converted?.isExact ?? false;
  const isPacked = compression !== 'none';
  const hasLines = converted === undefined;
  const start = { compression, overrides, isExact, hasLines, copyPath: isPacked ? copyPath : undefined };
  const first = await walkAs(input, { ...start, ...encodingOf(overrides) });
  const { dialect } = first;
  // What is not UTF-8 is copied, and is known to be so only now.
  const isCopied = isPacked || dialect.encoding === 'utf-8';
  const { scanner } = isCopied
    ? first
    : await walk(input, { ...start, encoding: dialect.encoding, copyPath });
  const isCopy = isPacked || !isCopied;
  const { names, nRows, reports } = namesOf(scanner, dialect, overrides, hasLines);
  const source: PreparedSource = {
    path: isCopy ? copyPath : input.sourcePath,
    isCopy,
    dialect,
    style: numberStyle(overrides),
    names,
    nRows,
    reports: [...reports, ...raggedReports(scanner)],
    isExact,
    overrides: columnOverrides(names, overrides.columns ?? []),
    ...(converted === undefined ? {} : { declared: converted.declared }),
    linesOf: async (rows) => {
      if (converted !== undefined) return converted.linesOf?.(rows);
      const records = rows.map((row) => (dialect.hasHeader ? row + 1 : row));
      return linesOfRecords(input, dialect, records);
    },
    scanner,
    lineEnd: scanner.lineEnd === '\r\n' && !isCopy ? '\r\n' : '\n',
  };
  const isReadable = scanner.contentStart === 0 && (scanner.lineEnd === '\n' || scanner.lineEnd === '\r\n');
  return isCopy || isReadable ? source : copySource(input, source, copyPath);
}

function encodingOf({ encoding }: IngestOverrides): { encoding?: TextEncoding } {
  return encoding === undefined ? {} : { encoding };
}

/** Where the first letter that is no UTF-8 comes late, the file is read again as windows-1252. */
async function walkAs(input: IngestInput, options: Walk) {
  try {
    return await walk(input, options);
  } catch (error) {
    const isForeign = error instanceof Problem && error.errors[0]?.code === 'invalid_encoding';
    if (!isForeign || options.encoding !== undefined) throw error;
    return walk(input, { ...options, encoding: 'windows-1252' });
  }
}

/** The same file as a copy with one kind of line end, for what DuckDB does not read as it is. */
export async function copySource(
  input: IngestInput,
  source: PreparedSource,
  copyPath: string,
): Promise<PreparedSource> {
  const { encoding, compression } = source.dialect;
  await walk(input, {
    compression,
    encoding,
    overrides: { ...input.overrides, ...source.dialect },
    isExact: source.isExact,
    hasLines: true,
    copyPath,
  });
  return { ...source, path: copyPath, isCopy: true, lineEnd: '\n' };
}

export function numberStyle({ decimal, thousands }: IngestOverrides): NumberStyle {
  return { decimal: decimal ?? '.', thousands: thousands ?? '' };
}

async function walk(
  input: IngestInput,
  { compression, encoding, overrides, isExact, hasLines, copyPath }: Walk,
): Promise<{ dialect: DelimitedDialect; scanner: Scanner }> {
  const chunks = plainBytes(input.sourcePath, compression, input.limits.maxUncompressedBytes);
  const copy = copyPath === undefined ? undefined : new ChunkWriter(copyPath);
  let head: Buffer[] = [];
  let nHeadBytes = 0;
  let dialect: DelimitedDialect | undefined;
  let scanner: Scanner | undefined;
  let transcoder: Transcoder | undefined;
  let nTaken = 0;
  const take = async (bytes: Buffer, isLast = false) => {
    const chunk = transcoder!.push(bytes, isLast);
    scanner!.push(chunk);
    const skipped = Math.max(0, scanner!.contentStart - nTaken);
    nTaken += chunk.length;
    if (skipped < chunk.length) await copy?.write(chunk.subarray(skipped));
  };
  const start = async (isWhole: boolean) => {
    const bytes = Buffer.concat(head);
    head = [];
    if (bytes.length === 0) throw new Problem('upload_empty', 'The file holds nothing.');
    refuseBinary(bytes);
    const found = encoding ?? detectEncoding(bytes.subarray(0, HEAD_BYTES));
    const text = headText(bytes, found);
    const detected = detectDialect(text, isWhole && bytes.length <= HEAD_BYTES, input.format, overrides);
    dialect = { ...detected, encoding: found, compression };
    transcoder = new Transcoder(found, input.overrides.encoding === undefined);
    scanner = new Scanner({
      ...detected,
      ...input.limits,
      raggedRows: overrides.raggedRows ?? 'reject',
      automaton: spellingAutomaton(numberStyle(overrides), isExact),
    });
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
    if (!scanner!.stopped) await take(Buffer.alloc(0), true);
    scanner!.finish();
    refuseDefects(scanner!, hasLines);
    await copy?.end();
  } finally {
    copy?.destroy();
  }
  return { dialect: dialect!, scanner: scanner! };
}

function headText(bytes: Buffer, encoding: TextEncoding): string {
  // Not fatal: a character may be cut off at the end, and what is invalid is named by the walk.
  return new TextDecoder(encoding).decode(bytes.subarray(0, HEAD_BYTES));
}

function refuseDefects({ defects: found }: Scanner, hasLines: boolean): void {
  const defects = hasLines ? found : found.map(({ line: _, ...defect }): ProblemItem => defect);
  const [first] = defects;
  if (first === undefined) return;
  const place = first.line === undefined ? '' : `Line ${first.line}: `;
  throw new Problem('dataset_unreadable', `${place}${first.message}`, defects);
}

/** @throws Problem invalid_columns for a column that is not there */
export function columnOverrides(
  names: readonly string[],
  overrides: readonly ColumnOverride[],
): ReadonlyMap<number, ColumnOverride> {
  const places = new Map(names.map((name, index) => [name, index]));
  const unknown = overrides.filter(({ name }) => !places.has(name));
  if (unknown.length > 0) {
    const message = 'The file has no column of this name.';
    throw new Problem(
      'invalid_columns',
      message,
      unknown.map(({ name }) => ({ code: 'unknown_column', message, column: name })),
    );
  }
  return new Map(overrides.map((override) => [places.get(override.name)!, override]));
}

function raggedReports({ ragged, nRagged, nShort, nColumns }: Scanner): IngestReport[] {
  const kinds = [
    {
      code: 'too_few_fields',
      message: 'Records with fewer fields than the first were filled up.',
      count: nShort,
    },
    {
      code: 'too_many_fields',
      message: `Of longer records the first ${nColumns} fields were kept.`,
      count: nRagged - nShort,
    },
  ];
  return kinds.flatMap(({ code, message, count }) => {
    const lines = ragged.flatMap((item) =>
      item.code === code && item.line !== undefined ? [item.line] : [],
    );
    return count === 0 ? [] : [{ code, message, count, lines, columns: [] }];
  });
}

function namesOf(scanner: Scanner, dialect: DelimitedDialect, overrides: IngestOverrides, hasLines: boolean) {
  if (scanner.nRecords === 0) throw new Problem('upload_empty', 'The file holds empty lines only.');
  if (!dialect.hasHeader) {
    const names = Array.from({ length: scanner.nColumns }, (_, index) => `column_${index + 1}`);
    return { names, nRows: scanner.nRecords, reports: [] };
  }
  const header = Buffer.concat(scanner.firstRecord).toString('utf8');
  const [cells = []] = splitRecords(header, dialect.delimiter, dialect.quote, dialect.escape);
  const line = hasLines ? scanner.firstRecordLine : undefined;
  const { names, reports } = columnNames(cells, overrides.duplicateNames ?? 'reject', line);
  if (scanner.nRecords === 1) throw unreadable('no_rows', 'The file has a header and no rows.', line);
  return { names, nRows: scanner.nRecords - 1, reports };
}
