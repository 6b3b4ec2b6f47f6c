import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../../errors/problem.js';
import type { UploadQuery } from '../datasets.dto.js';
import {
  DATASET_FORMATS,
  type DatasetFormat,
  type Dialect,
  type IngestOverrides,
} from '../ingest/ingest-types.js';
import { parseColumnOverrides } from './column-overrides.js';

const FORMAT_OF_MEDIA_TYPE: Readonly<Record<string, DatasetFormat>> = {
  'text/csv': 'csv',
  'application/csv': 'csv',
  'text/plain': 'csv',
  'text/tab-separated-values': 'tsv',
  'application/json': 'json',
  'application/jsonl': 'jsonl',
  'application/x-ndjson': 'jsonl',
  'application/vnd.apache.parquet': 'parquet',
  'application/vnd.apache.arrow.file': 'arrow',
  'application/vnd.apache.arrow.stream': 'arrow',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.oasis.opendocument.spreadsheet': 'ods',
};
const MEDIA_TYPE_OF_COMPRESSION = {
  gzip: 'application/gzip',
  zstd: 'application/zstd',
  zip: 'application/zip',
};
/** Types that say nothing of the text inside. */
const OPAQUE = [
  'application/octet-stream',
  'application/gzip',
  'application/x-gzip',
  'application/zstd',
  'application/zip',
  'application/x-zip-compressed',
  'multipart/form-data',
  '',
];

/** What a content type is without its parameters. */
export function bareMediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]!.trim().toLowerCase();
}

/**
 * The format of the file inside: as the query says, else the media type, the ending of the file name, the data
 * server's record, else CSV, whose delimiter is detected anyway. What the file holds has the last word.
 * @throws Problem unsupported_media_type for what is certainly something else
 */
export function uploadFormat(
  mediaType: string,
  query: Pick<UploadQuery, 'format'>,
  fileName: string | undefined,
  recordFormat: string | undefined,
): DatasetFormat {
  const known = FORMAT_OF_MEDIA_TYPE[mediaType];
  if (known === undefined && !OPAQUE.includes(mediaType)) {
    throw new Problem(
      'unsupported_media_type',
      'Send the media type of a table (CSV, TSV, JSON, Parquet, Arrow, a workbook), of its compression, application/octet-stream or multipart/form-data.',
    );
  }
  const byName = formatOfName(fileName);
  return (
    query.format ??
    (mediaType === 'text/plain' ? byName : known) ??
    byName ??
    (recordFormat === 'tsv' ? 'tsv' : 'csv')
  );
}

function formatOfName(fileName: string | undefined): DatasetFormat | undefined {
  const ending = /\.([a-z]+)(?:\.(?:gz|zst|zip))?$/i.exec(fileName ?? '')?.[1]?.toLowerCase() ?? '';
  const aliases: Readonly<Record<string, DatasetFormat>> = { tab: 'tsv', ndjson: 'jsonl', feather: 'arrow' };
  return aliases[ending] ?? DATASET_FORMATS.find((format) => format === ending);
}

/** The media type of a file as it was sent. */
export function mediaTypeOf(format: DatasetFormat, { compression }: Dialect): string {
  if (compression !== 'none') return MEDIA_TYPE_OF_COMPRESSION[compression];
  const found = Object.entries(FORMAT_OF_MEDIA_TYPE).find(([, known]) => known === format);
  return found?.[0] ?? 'application/octet-stream';
}

/** The ending of a file as it was sent. */
export function fileEnding(format: string, { compression }: Dialect): string {
  return `.${format}${{ none: '', gzip: '.gz', zstd: '.zst', zip: '.zip' }[compression]}`;
}

/** @throws Problem unsupported_media_type for an encoding other than gzip */
export function refuseOtherEncodings(headers: IncomingHttpHeaders): void {
  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (['identity', 'gzip', 'x-gzip'].includes(encoding)) return;
  throw new Problem('unsupported_media_type', 'The only Content-Encoding taken here is gzip.');
}

/** @throws Problem invalid_request for columns that are not well-formed */
export function dialectOverrides(query: UploadQuery): IngestOverrides {
  const { header, thousands } = query;
  const quote = query.quote === 'none' ? '' : query.quote;
  return defined({
    delimiter: query.delimiter === 'tab' ? '\t' : query.delimiter,
    quote,
    escape: escapeMark(query, quote),
    hasHeader: header === undefined ? undefined : header === 'true',
    encoding: query.encoding === 'iso-8859-1' ? ('windows-1252' as const) : query.encoding,
    decimal: query.decimal,
    thousands: thousands === 'space' ? (' ' as const) : thousands,
    duplicateNames: query.duplicateNames,
    raggedRows: query.raggedRows,
    sheet: query.sheet,
    columns: query.columns === undefined ? undefined : parseColumnOverrides(query.columns),
  });
}

function escapeMark({ escape: how }: UploadQuery, quote: string | undefined): string | undefined {
  if (how === undefined) return undefined;
  return how === 'backslash' ? '\\' : (quote ?? '"');
}

/** The same without what is undefined. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
