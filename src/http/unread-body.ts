import type { ServerResponse } from 'node:http';

/** A caller that does not stop sending by then is cut off: what comes is read and thrown away for so long at most. */
const LINGER_MS = 2_000;

/**
 * For an answer that comes before the whole request has: lets the rest of the body pass unread. To close at once would
 * reset the connection under a caller that is still writing, and the answer would be lost with it (RFC 9112, 9.6). Most
 * callers stop when they see the answer; a rest that ends in time leaves the connection good for the next request.
 */
export function letRestPass(response: ServerResponse): void {
  const request = response.req;
  if (request.complete) return;
  response.once('finish', () => {
    const { socket } = request;
    request.resume();
    setTimeout(() => {
      if (!request.complete) socket.destroy();
    }, LINGER_MS).unref();
  });
}
