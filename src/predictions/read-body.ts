import type { IncomingMessage } from 'node:http';
import { unzip } from 'node:zlib';
import { Problem } from '../errors/problem.js';
import type { Ticket } from './admission.js';

/** Names of RFC 9110, 8.4.1, that are unpacked; both begin with bytes that tell them apart. */
const PACKED = ['gzip', 'x-gzip', 'deflate'];

const EMPTY = Buffer.alloc(0);

/**
 * The body of a request where all of it has come already, as that of a small one has when its head is looked at:
 * then there is nothing to listen for, and nothing to wait for. undefined: it is to be read with readBody.
 * @throws Problem too_many_requests
 */
export function bodyAtHand(request: IncomingMessage, limitBytes: number, ticket: Ticket): Buffer | undefined {
  const { readableLength } = request;
  if (!request.complete || readableLength > limitBytes) return undefined;
  if (request.headers['content-encoding'] !== undefined) return undefined;
  ticket.hold(readableLength);
  return (request.read() as Buffer | null) ?? EMPTY;
}

/**
 * Reads the body of a request into memory. A caller that goes away, is too slow or sends too much ends the reading at
 * once, and nothing of the body is kept. Exactly one of the two is called, in the turn of the event loop in which it
 * is known: a promise for each body would cost as much as writing the reply. A packed body is unpacked on a thread, and may
 * have as many bytes as any other.
 * @param onProblem unsupported_media_type, invalid_request, payload_too_large, too_many_requests, upload_incomplete
 */
export function readBody(
  request: IncomingMessage,
  limitBytes: number,
  ticket: Ticket,
  onBody: (body: Buffer) => void,
  onProblem: (problem: unknown) => void,
): void {
  const { headers } = request;
  const encoding = headers['content-encoding'];
  const isPacked = encoding !== undefined && PACKED.includes(encoding);
  if (encoding !== undefined && encoding !== 'identity' && !isPacked) {
    onProblem(
      new Problem('unsupported_media_type', 'The body may be encoded as gzip or deflate, or not at all.'),
    );
    return;
  }
  if (declaredBytes(request) > limitBytes) {
    onProblem(tooLarge(limitBytes));
    return;
  }
  let chunks: Buffer[] = [];
  let nBytes = 0;
  const finish = () => {
    ticket.endReading();
    request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
  };
  const fail = (problem: unknown) => {
    finish();
    request.pause();
    chunks = [];
    onProblem(problem);
  };
  const onData = (chunk: Buffer) => {
    nBytes += chunk.length;
    try {
      if (nBytes > limitBytes) throw tooLarge(limitBytes);
      ticket.hold(chunk.length);
      chunks.push(chunk);
    } catch (problem) {
      fail(problem);
    }
  };
  const onEnd = () => {
    finish();
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, nBytes);
    if (isPacked) unpack(body, limitBytes, ticket, onBody, onProblem);
    else onBody(body);
  };
  const onClose = () =>
    fail(new Problem('upload_incomplete', 'The connection closed before the whole body had come.'));
  ticket.beginReading(fail);
  request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
}

function unpack(
  packed: Buffer,
  limitBytes: number,
  ticket: Ticket,
  onBody: (body: Buffer) => void,
  onProblem: (problem: unknown) => void,
): void {
  unzip(packed, { maxOutputLength: limitBytes }, (error, body) => {
    if (error !== null) {
      const isLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
      const damaged = 'The body is not what its Content-Encoding says.';
      onProblem(isLarge ? tooLarge(limitBytes) : new Problem('invalid_request', damaged));
      return;
    }
    try {
      ticket.hold(body.length);
    } catch (problem) {
      onProblem(problem);
      return;
    }
    onBody(body);
  });
}

/** What the caller says that it will send; 0 where it does not say. */
export function declaredBytes(request: IncomingMessage): number {
  return Number(request.headers['content-length'] ?? 0);
}

function tooLarge(limitBytes: number): Problem {
  return new Problem('payload_too_large', `The body of a prediction may have ${limitBytes} bytes here.`);
}
