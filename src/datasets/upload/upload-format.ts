import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../../errors/problem.js';
import type { UploadQuery } from '../datasets.dto.js';
import type { Dialect } from '../ingest/ingest-types.js';

const FORMAT_OF_MEDIA_TYPE: Readonly<Record<string, 'csv' | 'tsv'>> = {
  'text/csv': 'csv',
  'application/csv': 'csv',
  'text/plain': 'csv',
  'text/tab-separated-values': 'tsv',
};
/** Types that say nothing of the text inside. */
const OPAQUE = [
  'application/octet-stream',
  'application/gzip',
  'application/x-gzip',
  'multipart/form-data',
  '',
];

/** What a content type is without its parameters. */
export function bareMediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]!.trim().toLowerCase();
}

/**
 * The format of the file inside: as the query says, else the media type, the ending of the file name, the data
 * server's record, else CSV, whose delimiter is detected anyway.
 * @throws Problem unsupported_media_type for what is certainly something else
 */
export function uploadFormat(
  mediaType: string,
  query: Pick<UploadQuery, 'format'>,
  fileName: string | undefined,
  recordFormat: string | undefined,
): 'csv' | 'tsv' {
  const known = FORMAT_OF_MEDIA_TYPE[mediaType];
  if (known === undefined && !OPAQUE.includes(mediaType)) {
    throw new Problem(
      'unsupported_media_type',
      'Send text/csv, text/tab-separated-values, application/gzip, application/octet-stream or multipart/form-data.',
    );
  }
  const ending = /\.(csv|tsv|tab)(?:\.gz)?$/i.exec(fileName ?? '')?.[1]?.toLowerCase();
  const byName = ending === undefined ? undefined : ending === 'csv' ? 'csv' : 'tsv';
  return (
    query.format ??
    (mediaType === 'text/plain' ? byName : known) ??
    byName ??
    (recordFormat === 'tsv' ? 'tsv' : 'csv')
  );
}

/** @throws Problem unsupported_media_type for an encoding other than gzip */
export function refuseOtherEncodings(headers: IncomingHttpHeaders): void {
  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (['identity', 'gzip', 'x-gzip'].includes(encoding)) return;
  throw new Problem('unsupported_media_type', 'The only Content-Encoding taken here is gzip.');
}

export function dialectOverrides(query: UploadQuery): Partial<Dialect> {
  const quote = query.quote === 'none' ? '' : query.quote;
  return {
    ...(query.delimiter === undefined
      ? {}
      : { delimiter: query.delimiter === 'tab' ? '\t' : query.delimiter }),
    ...(quote === undefined ? {} : { quote }),
    ...(query.header === undefined ? {} : { hasHeader: query.header === 'true' }),
  };
}
