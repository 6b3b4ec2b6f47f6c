import type { IncomingMessage } from 'node:http';
import { Problem } from '../errors/problem.js';

const TIMEOUT_MS = 30_000;

/**
 * The body of a request, in memory. A caller that goes away, is too slow or sends too much ends the reading at once, and
 * nothing of the body is kept.
 * @throws Problem unsupported_media_type, payload_too_large, upload_incomplete
 */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const { headers } = request;
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    return Promise.reject(new Problem('unsupported_media_type', 'The body must come without encoding.'));
  }
  if (Number(headers['content-length'] ?? 0) > limitBytes) return Promise.reject(tooLarge(limitBytes));
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let nBytes = 0;
    const timer = setTimeout(() => {
      end(() =>
        reject(new Problem('upload_incomplete', `The body did not come within ${TIMEOUT_MS / 1000} s.`)),
      );
    }, TIMEOUT_MS);
    const end = (settle: () => void) => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      settle();
      chunks = [];
    };
    const onData = (chunk: Buffer) => {
      nBytes += chunk.length;
      if (nBytes <= limitBytes) return chunks.push(chunk);
      request.pause();
      return end(() => reject(tooLarge(limitBytes)));
    };
    const onEnd = () => {
      const whole = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, nBytes);
      end(() => resolve(whole));
    };
    const onClose = () => {
      end(() =>
        reject(new Problem('upload_incomplete', 'The connection closed before the whole body had come.')),
      );
    };
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}

function tooLarge(limitBytes: number): Problem {
  return new Problem('payload_too_large', `The body of a prediction may have ${limitBytes} bytes here.`);
}
