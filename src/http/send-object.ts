import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Problem } from '../errors/problem.js';
import type { ObjectStore } from '../storage/object-store.js';
import { parseByteRange } from './byte-range.js';
import { attachmentHeader } from './content-disposition.js';

/** A stored file as it is offered for download. */
export interface DownloadableObject {
  readonly key: string;
  readonly fileName: string;
  readonly mediaType: string;
  readonly nBytes: number;
  /** Lower-case hex. Also the strong ETag. */
  readonly sha256: string;
}

/**
 * Answers GET and HEAD with a stored file: whole, or one range of it (RFC 9110), with its digest (RFC 9530).
 * Resolves when the last byte was handed over or the caller went away, which also ends the reading.
 * Throws Problem('range_not_satisfiable') and Problem('not_found').
 */
export async function sendObject(
  store: Pick<ObjectStore, 'read'>,
  request: IncomingMessage,
  response: ServerResponse,
  object: DownloadableObject,
): Promise<void> {
  const etag = `"${object.sha256}"`;
  response.setHeader('ETag', etag);
  response.setHeader('Cache-Control', 'private, no-cache');
  response.setHeader('Accept-Ranges', 'bytes');
  if (namesTag(request.headers['if-none-match'], etag)) {
    response.statusCode = 304;
    response.end();
    return;
  }

  const range = requestedRange(request, etag, object.nBytes);
  if (range === 'unsatisfiable') {
    response.setHeader('Content-Range', `bytes */${object.nBytes}`);
    throw new Problem('range_not_satisfiable', `The file has ${object.nBytes} bytes.`);
  }
  const stream = await store.read(object.key, range);
  response.statusCode = range ? 206 : 200;
  response.setHeader('Content-Type', object.mediaType);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Length', range ? range.end - range.start + 1 : object.nBytes);
  response.setHeader('Content-Disposition', attachmentHeader(object.fileName));
  response.setHeader('Repr-Digest', `sha-256=:${Buffer.from(object.sha256, 'hex').toString('base64')}:`);
  if (range) response.setHeader('Content-Range', `bytes ${range.start}-${range.end}/${object.nBytes}`);
  if (request.method === 'HEAD') {
    stream.destroy();
    response.end();
    return;
  }
  await pipeline(stream, response).catch((error: NodeJS.ErrnoException) => {
    // The caller went away: nobody is left to be told.
    if (
      error.code !== 'ERR_STREAM_PREMATURE_CLOSE' &&
      error.code !== 'ECONNRESET' &&
      error.code !== 'EPIPE'
    ) {
      throw error;
    }
  });
}

function requestedRange(request: IncomingMessage, etag: string, nBytes: number) {
  // HEAD describes the whole file (RFC 9110: Range is defined for GET only).
  if (request.method !== 'GET') return undefined;
  const ifRange = request.headers['if-range'];
  if (ifRange !== undefined && ifRange !== etag) return undefined;
  return parseByteRange(request.headers.range, nBytes);
}

/** Whether an If-None-Match header names the tag. */
export function namesTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
