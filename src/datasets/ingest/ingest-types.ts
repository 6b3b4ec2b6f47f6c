import type { ColumnType } from '../../learn/matrix/table.js';

/** What can be read; `json` is a list of records or the `split` layout of pandas. */
export const DATASET_FORMATS = [
  'csv',
  'tsv',
  'json',
  'jsonl',
  'parquet',
  'arrow',
  'xlsx',
  'xls',
  'ods',
] as const;
export type DatasetFormat = (typeof DATASET_FORMATS)[number];

/** ISO-8859-1 is read as its superset windows-1252. */
export const TEXT_ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const;
export type TextEncoding = (typeof TEXT_ENCODINGS)[number];

/** What a file is wrapped in; a zip holds one file. */
export type Compression = 'none' | 'gzip' | 'zstd' | 'zip';

/** How a delimited file is read; found by looking, or named by the caller. */
export interface DelimitedDialect {
  readonly delimiter: string;
  /** Empty: no quoting. */
  readonly quote: string;
  /** The quote itself, where quotes are doubled, or a backslash. */
  readonly escape: string;
  readonly hasHeader: boolean;
  readonly encoding: TextEncoding;
  readonly compression: Compression;
}

/** How a file was read. Files that are not delimited text have no more than a compression and perhaps a sheet. */
export interface Dialect extends Partial<DelimitedDialect> {
  readonly compression: Compression;
  /** Default '.'. */
  readonly decimal?: '.' | ',';
  /** What groups digits; absent where nothing does. */
  readonly thousands?: ',' | '.' | ' ' | "'";
  /** The sheet of a workbook. */
  readonly sheet?: string;
}

/** What the caller says of one column. */
export interface ColumnOverride {
  readonly name: string;
  readonly type?: ColumnType;
  /** The only spellings that are missing here, beside the empty cell. */
  readonly missing?: readonly string[];
  /** Which part of 1/2/2020 is the day. */
  readonly dateOrder?: 'day_first' | 'month_first';
}

/** What the caller knows better than the detection. */
export interface IngestOverrides extends Partial<Dialect> {
  /** At most one for each column. */
  readonly columns?: readonly ColumnOverride[];
  /** Columns of the same name: refused (the default), or given a number behind their name. */
  readonly duplicateNames?: 'reject' | 'rename';
  /** Records of another length than the first: refused (the default), or filled up and cut, and reported. */
  readonly raggedRows?: 'reject' | 'keep';
}

/** What was mended on the way, or is worth a look; the table is there all the same. */
export interface IngestReport {
  /** Stable: too_few_fields, too_many_fields, empty_column_name, duplicate_column_name, blanks_trimmed, stays_text. */
  readonly code: string;
  readonly message: string;
  /** Of lines, columns or cells, as the message says. */
  readonly count: number;
  /** The first hundred, from 1. */
  readonly lines: readonly number[];
  /** The first hundred, by the name that they have in the table. */
  readonly columns: readonly string[];
}

/** One column of the canonical table. */
export interface ColumnSchema {
  readonly name: string;
  readonly type: ColumnType;
  /** For `number`: whether every value is a whole number. */
  readonly integer?: boolean;
  readonly nullCount: number;
  /** Exact. */
  readonly distinctCount: number;
  /** The spellings that were read as "missing" in this column, other than the empty cell. */
  readonly missingMarkers: readonly string[];
}

/** What the ingest process is given. */
export interface IngestInput {
  readonly sourcePath: string;
  /** Where to write the canonical Parquet. */
  readonly tablePath: string;
  /** What the caller says it is; what the file's first bytes say counts more, except between csv and tsv. */
  readonly format: DatasetFormat;
  readonly overrides: IngestOverrides;
  readonly limits: {
    readonly maxColumns: number;
    /** One record of the file, in bytes; a record may span lines when it is quoted. */
    readonly maxLineBytes: number;
    /** What a compressed file may grow to. */
    readonly maxUncompressedBytes: number;
    readonly memoryMb: number;
    readonly threads: number;
  };
}

/** What it found. */
export interface IngestOutput {
  /** What the file really is. */
  readonly format: DatasetFormat;
  readonly reports: readonly IngestReport[];
  readonly dialect: Dialect;
  readonly nRows: number;
  readonly columns: readonly ColumnSchema[];
}
