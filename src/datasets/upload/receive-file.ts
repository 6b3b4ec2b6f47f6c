import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import busboy from 'busboy';
import { isStorageFull } from '../../errors/file-errors.js';
import { Problem } from '../../errors/problem.js';
import { requestedDigests, verifyDigests } from './digests.js';
import { HashedFile, tooLarge } from './hashed-file.js';
import { incomplete, pump } from './pump.js';

/** A body that lies on the disk, complete and with the digest that was promised. */
export interface ReceivedFile {
  readonly path: string;
  readonly nBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** As the caller calls it. */
  readonly fileName?: string;
  readonly mediaType?: string;
}

export interface ReceiveLimits {
  readonly maxBytes: number;
  /** A body that sends nothing for this long is given up. */
  readonly idleMs: number;
}

/**
 * Streams the body of a request, or the first file of a multipart form, to a local file, hashing on the way. Memory
 * stays at a few chunks: the disk's pace holds the sender back.
 *
 * Throws Problem payload_too_large, upload_incomplete, upload_empty, digest_mismatch, unsupported_media_type,
 * storage_full; the file is gone then.
 */
export async function receiveFile(
  request: IncomingMessage,
  path: string,
  limits: ReceiveLimits,
): Promise<ReceivedFile> {
  const digests = requestedDigests(request.headers);
  if (Number(request.headers['content-length'] ?? 0) > limits.maxBytes) throw tooLarge(limits.maxBytes);
  try {
    const isForm = /^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '');
    const file = isForm ? await receiveForm(request, path, limits) : await receiveBody(request, path, limits);
    if (file.nBytes === 0) throw new Problem('upload_empty', 'The file holds no bytes.');
    verifyDigests(digests, file.sha256);
    return file;
  } catch (error) {
    await rm(path, { force: true });
    throw asProblem(error, request);
  }
}

async function receiveBody(
  request: IncomingMessage,
  path: string,
  limits: ReceiveLimits,
): Promise<ReceivedFile> {
  const file = new HashedFile(path, limits.maxBytes);
  try {
    await pump(request, limits.idleMs, (chunk) => file.write(chunk));
    return await file.end();
  } finally {
    file.destroy();
  }
}

/** The form's parser is fed by hand: a pipe would take the connection down with it, and with that the answer. */
async function receiveForm(
  request: IncomingMessage,
  path: string,
  limits: ReceiveLimits,
): Promise<ReceivedFile> {
  const form = parserFor(request);
  let writing: Promise<ReceivedFile> | undefined;
  const failed = new Promise<never>((_, reject) => {
    form.on('error', reject);
    form.on('file', (_field, stream, info) => {
      if (writing !== undefined) {
        stream.resume();
        return;
      }
      writing = writePart(stream, path, limits).then((file) => ({
        ...file,
        fileName: info.filename,
        mediaType: info.mimeType,
      }));
      // The file's own failure says more than the parser's that follows from it.
      writing.catch(reject);
    });
  });
  const feeding = async () => {
    await pump(request, limits.idleMs, async (chunk) => {
      if (!form.write(chunk)) await once(form, 'drain');
    });
    form.end();
    await finished(form);
  };
  const fed = feeding();
  // Once the file has failed, what becomes of the feeding is no news.
  fed.catch(() => undefined);
  try {
    await Promise.race([fed, failed]);
  } finally {
    form.destroy();
  }
  if (writing === undefined) throw new Problem('upload_empty', 'The form holds no file.');
  return writing;
}

function parserFor(request: IncomingMessage) {
  try {
    return busboy({ headers: request.headers, limits: { files: 2, fields: 20, fieldSize: 4096, parts: 22 } });
  } catch {
    throw new Problem('unsupported_media_type', 'The multipart form has no boundary.');
  }
}

async function writePart(part: Readable, path: string, limits: ReceiveLimits): Promise<ReceivedFile> {
  const file = new HashedFile(path, limits.maxBytes);
  try {
    for await (const chunk of part as AsyncIterable<Buffer>) await file.write(chunk);
    if ('truncated' in part && part.truncated === true) throw incomplete();
    return await file.end();
  } finally {
    file.destroy();
  }
}

function asProblem(error: unknown, request: IncomingMessage): unknown {
  if (error instanceof Problem) return error;
  if (isStorageFull(error)) return new Problem('storage_full', 'There was no room for the file.');
  if (!request.complete || request.destroyed) return incomplete();
  if (error instanceof Error && /form|boundary|part/i.test(error.message)) {
    return new Problem('upload_incomplete', 'The multipart form is damaged or ends early.');
  }
  return error;
}
