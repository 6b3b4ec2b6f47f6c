/**
 * What runs on a thread of the pool: it imports a kernel, takes piece after piece from a shared counter, and posts
 * each result. It never waits for the pool between pieces, so a run of many small pieces costs no round trips.
 */
import { parentPort } from 'node:worker_threads';
import { LearnError } from '../errors.js';
import type { RunMessage, ThreadMessage } from './thread-messages.js';
import { toErrorMessage } from './thread-messages.js';
import type { Kernel } from './thread-pool.js';

const port = parentPort;
if (port === null) throw new Error('kernel-thread.js runs only as a thread of the pool.');

port.on('message', (run: RunMessage) => {
  void takePieces(run).then(() => send({ kind: 'done' }));
});

function send(message: ThreadMessage, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

async function takePieces(run: RunMessage): Promise<void> {
  const { nPieces, nextPiece, progress, canceled, stopped, shared } = run;
  try {
    const module = (await import(run.module)) as Record<string, unknown>;
    const kernel = module[run.name] as Kernel<unknown, unknown>;
    for (;;) {
      const piece = Atomics.add(nextPiece, 0, 1);
      if (piece >= nPieces) return;
      const checkpoint = (fraction: number): void => {
        progress[piece] = fraction;
        if (Atomics.load(canceled, 0) !== 0 || Atomics.load(stopped, 0) !== 0) {
          throw new LearnError('canceled', 'The job was canceled.');
        }
      };
      checkpoint(0);
      const result = kernel(shared, piece, { checkpoint });
      progress[piece] = 1;
      send({ kind: 'result', piece, result }, buffersOf(result));
    }
  } catch (error) {
    // Stopped because another thread failed: that thread's error is the one to show, not this consequence of it.
    if (Atomics.exchange(stopped, 0, 1) !== 0 && error instanceof LearnError && error.code === 'canceled')
      return;
    send({ kind: 'error', error: toErrorMessage(error) });
  }
}

/** The buffers of all typed arrays in a result, each once; shared memory needs no transfer. */
function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) buffersOf(part, found);
  }
  return [...found];
}
