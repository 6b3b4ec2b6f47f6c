import type { IncomingMessage } from 'node:http';
import { Problem } from '../errors/problem.js';
import type { Ticket } from './admission.js';

/**
 * Reads the body of a request into memory. A caller that goes away, is too slow or sends too much ends the reading at
 * once, and nothing of the body is kept. Exactly one of the two is called, in the turn of the event loop in which it
 * is known: a promise for each body would cost as much as writing the reply.
 * @param onProblem unsupported_media_type, payload_too_large, too_many_requests, upload_incomplete
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
  if (encoding !== undefined && encoding !== 'identity') {
    onProblem(new Problem('unsupported_media_type', 'The body must come without encoding.'));
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
    onBody(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, nBytes));
  };
  const onClose = () =>
    fail(new Problem('upload_incomplete', 'The connection closed before the whole body had come.'));
  ticket.beginReading(fail);
  request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
}

/** What the caller says that it will send; 0 where it does not say. */
export function declaredBytes(request: IncomingMessage): number {
  return Number(request.headers['content-length'] ?? 0);
}

function tooLarge(limitBytes: number): Problem {
  return new Problem('payload_too_large', `The body of a prediction may have ${limitBytes} bytes here.`);
}
