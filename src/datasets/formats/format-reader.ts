import type { ColumnType } from '../../learn/matrix/table.js';
import type { DatasetFormat, IngestInput } from '../ingest/ingest-types.js';

/**
 * A file that was written out as delimited text. The text carries the values alone, each number with all of its digits:
 * what they are is said beside it, so that nothing is guessed from a spelling that the file never had.
 */
export interface Converted {
  /** What the file itself says of each column; undefined where it says several things, or nothing. */
  readonly declared: readonly (ColumnType | undefined)[];
  /**
   * The file was written by a program: blanks in its texts are part of them, and no text is missing unless the caller
   * says so. Otherwise it was typed, like a delimited file.
   */
  readonly isExact: boolean;
  /** The lines of some rows, from 1, where the file has lines. The rows are ascending, from 0. */
  readonly linesOf?: (rows: readonly number[]) => Promise<readonly number[]>;
  /** Whether the first record names the columns; undefined where that has to be found out. */
  readonly hasHeader?: boolean;
  /** The sheet of a workbook. */
  readonly sheet?: string;
}

/**
 * One format that is no delimited text. It is told by its first bytes, because names and media types lie, and written
 * out as delimited text with quotes: then one engine converts the values, whatever the file came as, and memory stays flat.
 */
export interface FormatReader {
  readonly formats: readonly DatasetFormat[];
  /** @param head the first bytes of the file, decompressed. */
  detect(head: Buffer): DatasetFormat | undefined;
  /**
   * @param sourcePath the file, decompressed.
   * @param csvPath what is written.
   * @throws Problem dataset_unreadable
   */
  convert(sourcePath: string, csvPath: string, input: IngestInput): Promise<Converted>;
}
