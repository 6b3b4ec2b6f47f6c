import type { ColumnType } from '../../learn/matrix/table.js';

/** How a delimited file is read; found by looking, or named by the caller. */
export interface Dialect {
  readonly delimiter: string;
  /** Empty: no quoting. */
  readonly quote: string;
  readonly escape: string;
  readonly hasHeader: boolean;
  readonly encoding: 'utf-8';
  readonly compression: 'none' | 'gzip';
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
  readonly format: 'csv' | 'tsv';
  readonly overrides: Partial<Dialect>;
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
  readonly dialect: Dialect;
  readonly nRows: number;
  readonly columns: readonly ColumnSchema[];
}
