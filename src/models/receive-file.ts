import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { translateStorageError } from '../errors/file-errors.js';
import { Problem } from '../errors/problem.js';

export interface ReceiveLimits {
  readonly maxBytes: number;
  /** A caller that stops sending for so long is given up. */
  readonly idleMs: number;
  /** What is sent, as a sentence names it: `bundle`, `model file`. */
  readonly noun: string;
}

/**
 * Streams the body of a request into a file. Content-Length may lie or be absent: the bytes themselves are counted.
 * @throws Problem payload_too_large, upload_incomplete, storage_full; a part of the file may be there then
 */
export async function receiveFile(
  request: IncomingMessage,
  path: string,
  { maxBytes, idleMs, noun }: ReceiveLimits,
): Promise<{ nBytes: number; sha256: string }> {
  const tooLarge = () => new Problem('payload_too_large', `A ${noun} may have ${maxBytes} bytes here.`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const hash = createHash('sha256');
  let nBytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      nBytes += chunk.length;
      hash.update(chunk);
      done(nBytes > maxBytes ? tooLarge() : null, chunk);
    },
  });
  // A caller that stops sending would otherwise hold the file and the connection for ever.
  request.setTimeout(idleMs, () => request.destroy());
  try {
    // The request stays open after a refusal: its connection carries the answer.
    await pipeline(
      request.iterator({ destroyOnReturn: false }),
      meter,
      createWriteStream(path, { mode: 0o600 }),
    );
  } catch (error) {
    if (error instanceof Problem) throw error;
    if (request.destroyed || request.readableAborted) {
      throw new Problem('upload_incomplete', `The connection closed before the whole ${noun} had come.`);
    }
    throw translateStorageError(error);
  }
  return { nBytes, sha256: hash.digest('hex') };
}
