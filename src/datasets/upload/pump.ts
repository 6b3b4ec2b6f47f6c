import type { IncomingMessage } from 'node:http';
import { Problem } from '../../errors/problem.js';

/**
 * Hands the body of a request on chunk by chunk, at the pace of `take`. The request stays open on failure: it is the
 * connection that the answer goes out on.
 *
 * @param signal ends it as if the connection had ended
 * Throws Problem upload_incomplete when nothing comes for `idleMs` or the connection ends early; whatever `take` throws.
 */
export async function pump(
  request: IncomingMessage,
  idleMs: number,
  take: (chunk: Buffer) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  let giveUp!: (reason: Error) => void;
  const givenUp = new Promise<never>((_, reject) => {
    giveUp = reject;
  });
  const idle = setTimeout(() => giveUp(stalled(idleMs)), idleMs);
  const onAbort = () => giveUp(incomplete());
  signal?.addEventListener('abort', onAbort, { once: true });
  let isGivenUp = false;
  const copy = async () => {
    const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
    for await (const chunk of chunks) {
      if (isGivenUp) return;
      await take(chunk);
      idle.refresh();
    }
  };
  const copying = copy();
  // Given up, it may fail later, when the connection closes: that is no news.
  copying.catch(() => undefined);
  try {
    await Promise.race([copying, givenUp]);
  } finally {
    isGivenUp = true;
    clearTimeout(idle);
    signal?.removeEventListener('abort', onAbort);
  }
  if (!request.complete) throw incomplete();
}

export function incomplete(): Problem {
  return new Problem('upload_incomplete', 'The connection ended before the file did.');
}

function stalled(idleMs: number): Problem {
  return new Problem('upload_incomplete', `Nothing was sent for ${idleMs / 1000} seconds.`);
}
