import type { DatasetFormat } from '../../../datasets/ingest/ingest-types.js';
import type { FileColumn } from '../process/file-task-types.js';

/** What a file of JSON looks like: a list of objects, or pandas' `{columns, index, data}`. */
export type JsonLayout = 'records' | 'split';

/** What the writing process is given. */
export interface ContentInput {
  /** A canonical Parquet. */
  readonly tablePath: string;
  /** What is written of it, and where in it that is. */
  readonly columns: readonly (FileColumn & { readonly index: number })[];
  readonly format: DatasetFormat;
  readonly layout: JsonLayout;
  /** `pandas`: delimited text as `DataFrame.to_csv` writes it, quoted where it must be, with True and False. */
  readonly style: 'plain' | 'pandas';
  readonly outputPath: string;
  readonly threads: number;
  /** What the whole process may hold, in MiB. */
  readonly memoryMb: number;
}

export interface ContentOutput {
  readonly nBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}
