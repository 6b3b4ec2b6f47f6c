import type { Container } from '../ingest/containers.js';
import type { DatasetFormat } from '../ingest/ingest-types.js';
import { arrowReader } from './arrow.js';
import type { FormatReader } from './format-reader.js';
import { jsonReader } from './json.js';
import { isParquet } from './parquet.js';
import { workbookReader } from './workbook.js';

const READERS: readonly FormatReader[] = [arrowReader, workbookReader, jsonReader];

/** The reader of a format; undefined for delimited text and for Parquet, which need none. */
export function readerOf(format: DatasetFormat): FormatReader | undefined {
  return READERS.find(({ formats }) => formats.includes(format));
}

/**
 * What a file is, by what it holds; what the caller says decides between comma and tab, and between text and JSON
 * where the text would be both.
 */
export function detectFormat(head: Buffer, { workbook }: Container, said: DatasetFormat): DatasetFormat {
  if (workbook !== undefined) return workbook;
  if (isParquet(head)) return 'parquet';
  for (const reader of READERS) {
    const found = reader.detect(head);
    if (found !== undefined) return found;
  }
  return said === 'tsv' ? 'tsv' : 'csv';
}
