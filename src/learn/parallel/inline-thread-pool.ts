import { setImmediate as nextTurn } from 'node:timers/promises';
import { LearnError } from '../errors.js';
import type { CancelFlag } from './cancel-flag.js';
import type { Kernel, KernelReference, ThreadPool } from './thread-pool.js';

/** How often a busy piece reports its progress; more often would only slow it down. */
const PROGRESS_INTERVAL_MS = 50;
/** `performance.now()` is asked on every so many checkpoints: it costs more than the rest of one. */
const CHECKPOINTS_PER_CLOCK = 64;

/** The pool without threads: pieces run one after the other on the caller's thread. */
export class InlineThreadPool implements ThreadPool {
  readonly size = 1;

  constructor(private readonly cancelFlag: CancelFlag) {}

  async map<Shared, Result>(
    kernel: KernelReference,
    shared: Shared,
    nPieces: number,
    onProgress?: (fraction: number) => void,
  ): Promise<Result[]> {
    const module = (await import(kernel.module)) as Record<string, unknown>;
    const work = module[kernel.name] as Kernel<Shared, Result>;
    const results: Result[] = [];
    let nCheckpoints = 0;
    let reportedAtMs = performance.now();
    for (let piece = 0; piece < nPieces; piece++) {
      const checkpoint = (fraction: number): void => {
        if (this.cancelFlag.isCanceled()) throw new LearnError('canceled', 'The job was canceled.');
        if (onProgress === undefined || ++nCheckpoints % CHECKPOINTS_PER_CLOCK !== 0) return;
        const nowMs = performance.now();
        if (nowMs - reportedAtMs < PROGRESS_INTERVAL_MS) return;
        reportedAtMs = nowMs;
        onProgress((piece + fraction) / nPieces);
      };
      checkpoint(0);
      results.push(work(shared, piece, { checkpoint }));
      onProgress?.((piece + 1) / nPieces);
      // Between two pieces the event loop has its turn: messages (a cancel among them) come in.
      await nextTurn();
    }
    return results;
  }

  async close(): Promise<void> {}
}
