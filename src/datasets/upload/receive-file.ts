import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import { isStorageFull } from '../../errors/file-errors.js';
import { Problem } from '../../errors/problem.js';
import { requestedDigests, verifyDigests } from './digests.js';

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
    const file = isForm
      ? await receiveForm(request, path, limits)
      : await writeStream(request, request, path, limits);
    if (file.nBytes === 0) throw new Problem('upload_empty', 'The file holds no bytes.');
    verifyDigests(digests, file.sha256);
    return file;
  } catch (error) {
    await rm(path, { force: true });
    throw asProblem(error, request);
  }
}

async function receiveForm(
  request: IncomingMessage,
  path: string,
  limits: ReceiveLimits,
): Promise<ReceivedFile> {
  const form = parserFor(request);
  let writing: Promise<ReceivedFile> | undefined;
  form.on('file', (_field, stream, info) => {
    if (writing !== undefined) {
      stream.resume();
      return;
    }
    writing = writeStream(stream, request, path, limits).then((file) => ({
      ...file,
      fileName: info.filename,
      mediaType: info.mimeType,
    }));
    // Awaited below; until then a failure must end the parsing, not the process.
    writing.catch((error: Error) => form.destroy(error));
  });
  try {
    await pipeline(request, form);
  } catch (error) {
    // The file's own failure says more than the parser's that follows from it.
    await writing;
    throw error;
  }
  if (writing === undefined) {
    throw new Problem('upload_empty', 'The form holds no file.');
  }
  return writing;
}

function parserFor(request: IncomingMessage) {
  try {
    return busboy({ headers: request.headers, limits: { files: 2, fields: 20, fieldSize: 4096, parts: 22 } });
  } catch {
    throw new Problem('unsupported_media_type', 'The multipart form has no boundary.');
  }
}

async function writeStream(
  source: Readable,
  request: IncomingMessage,
  path: string,
  limits: ReceiveLimits,
): Promise<ReceivedFile> {
  const hash = createHash('sha256');
  const file = createWriteStream(path);
  let nBytes = 0;
  let giveUp!: (reason: Error) => void;
  const givenUp = new Promise<never>((_, reject) => {
    giveUp = reject;
  });
  file.on('error', giveUp);
  const idle = setTimeout(() => giveUp(stalled(limits.idleMs)), limits.idleMs);
  const copy = async () => {
    // The source stays open on failure: it is the connection that the answer goes out on.
    for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      idle.refresh();
      nBytes += chunk.length;
      if (nBytes > limits.maxBytes) throw tooLarge(limits.maxBytes);
      hash.update(chunk);
      if (!file.write(chunk)) await once(file, 'drain');
    }
    file.end();
    await finished(file);
  };
  const copying = copy();
  // Given up, it may fail later, when the connection closes: that is no news.
  copying.catch(() => undefined);
  try {
    await Promise.race([copying, givenUp]);
  } finally {
    clearTimeout(idle);
    file.destroy();
  }
  if ('truncated' in source && source.truncated === true) throw incomplete();
  if (source === request && !request.complete) throw incomplete();
  return { path, nBytes, sha256: hash.digest('hex') };
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

function incomplete(): Problem {
  return new Problem('upload_incomplete', 'The connection ended before the file did; nothing was kept.');
}

function stalled(idleMs: number): Problem {
  return new Problem('upload_incomplete', `Nothing was sent for ${idleMs / 1000} seconds; nothing was kept.`);
}

function tooLarge(maxBytes: number): Problem {
  return new Problem('payload_too_large', `The file is larger than ${maxBytes} bytes.`);
}
