import type { DatasetFormat, IngestInput } from '../ingest/ingest-types.js';

/** A file that was written out as delimited text, which is then read like any other. */
export interface Converted {
  /** Columns whose values the file itself calls text, by number. */
  readonly declaredText: ReadonlySet<number>;
  /** Whether the first record names the columns; undefined where that has to be found out. */
  readonly hasHeader?: boolean;
  /** The sheet of a workbook. */
  readonly sheet?: string;
}

/**
 * One format that is no delimited text. It is told by its first bytes, because names and media types lie, and written
 * out as delimited text with quotes: then one engine finds types, markers and dates, whatever the file came as.
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
