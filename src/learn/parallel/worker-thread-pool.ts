import { Worker } from 'node:worker_threads';
import type { CancelFlag } from './cancel-flag.js';
import type { ThreadMessage } from './thread-messages.js';
import { fromErrorMessage, type RunMessage } from './thread-messages.js';
import type { KernelReference, ThreadPool } from './thread-pool.js';

/** How often the shared progress is looked at while a run goes on. */
const PROGRESS_INTERVAL_MS = 50;

/**
 * Threads cannot read TypeScript: a module's URL below src/ stands for what was built from it below dist/.
 * Built modules keep their URL.
 */
export function builtModuleUrl(moduleUrl: string): string {
  if (!moduleUrl.endsWith('.ts')) return moduleUrl;
  const at = moduleUrl.lastIndexOf('/src/');
  return `${moduleUrl.slice(0, at)}/dist/${moduleUrl.slice(at + 5, -3)}.js`;
}

/** Runs pieces on node's worker threads. One run at a time; further runs wait for their turn. */
export class WorkerThreadPool implements ThreadPool {
  private readonly threads: Worker[] = [];
  private lastRun: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(
    readonly size: number,
    private readonly cancelFlag: CancelFlag,
  ) {
    // Starting takes as long as a small fit: it goes on beside what the caller does before the first run.
    this.openThreads(size);
  }

  map<Shared, Result>(
    kernel: KernelReference,
    shared: Shared,
    nPieces: number,
    onProgress?: (fraction: number) => void,
  ): Promise<Result[]> {
    const run = this.lastRun.then(() => this.run<Result>(kernel, shared, nPieces, onProgress));
    this.lastRun = run.catch(() => undefined);
    return run;
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.threads.splice(0).map((thread) => thread.terminate()));
  }

  private async run<Result>(
    kernel: KernelReference,
    shared: unknown,
    nPieces: number,
    onProgress?: (fraction: number) => void,
  ): Promise<Result[]> {
    if (this.closed) throw new Error('The thread pool is closed.');
    if (nPieces === 0) return [];
    const message: RunMessage = {
      module: builtModuleUrl(kernel.module),
      name: kernel.name,
      shared,
      nPieces,
      nextPiece: new Int32Array(new SharedArrayBuffer(4)),
      progress: new Float64Array(new SharedArrayBuffer(nPieces * 8)),
      canceled: this.cancelFlag.word,
      stopped: new Int32Array(new SharedArrayBuffer(4)),
    };
    const results = new Array<Result>(nPieces);
    let failure: unknown;
    const fail = (error: unknown): void => {
      failure ??= error;
      Atomics.store(message.stopped, 0, 1);
    };
    const report = (): void => {
      if (onProgress === undefined || failure !== undefined) return;
      let sum = 0;
      for (const fraction of message.progress) sum += fraction;
      try {
        onProgress(sum / nPieces);
      } catch (error) {
        fail(error);
      }
    };

    const threads = this.openThreads(Math.min(this.size, nPieces));
    const timer = setInterval(report, PROGRESS_INTERVAL_MS);
    try {
      await Promise.all(
        threads.map((thread) =>
          this.runOn(thread, message, fail, (piece, result) => {
            results[piece] = result as Result;
          }),
        ),
      );
      report();
    } finally {
      clearInterval(timer);
    }
    if (failure !== undefined) throw failure;
    return results;
  }

  /** Sends the run to one thread and resolves when that thread has no more part in it, for whatever reason. */
  private runOn(
    thread: Worker,
    message: RunMessage,
    fail: (error: unknown) => void,
    onResult: (piece: number, result: unknown) => void,
  ): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        thread.off('message', onMessage).off('error', onError).off('exit', onExit);
        thread.unref();
        resolve();
      };
      const onMessage = (reply: ThreadMessage): void => {
        if (reply.kind === 'result') onResult(reply.piece, reply.result);
        else if (reply.kind === 'error') fail(fromErrorMessage(reply.error));
        else finish();
      };
      const lose = (error: Error): void => {
        const at = this.threads.indexOf(thread);
        if (at >= 0) this.threads.splice(at, 1);
        fail(error);
        finish();
      };
      // An uncaught error ends the thread; `exit` follows it, but by then it is off the list.
      const onError = (error: Error): void => lose(new Error(`A computing thread failed: ${error.message}`));
      const onExit = (code: number): void =>
        lose(new Error(`A computing thread ended with exit code ${code}.`));
      thread.on('message', onMessage).on('error', onError).on('exit', onExit);
      thread.ref();
      try {
        thread.postMessage(message);
      } catch (error) {
        // The shared part cannot be cloned: no thread has begun.
        fail(error);
        finish();
      }
    });
  }

  private openThreads(count: number): Worker[] {
    while (this.threads.length < count) {
      const thread = new Worker(new URL('./kernel-thread.js', builtModuleUrl(import.meta.url)), {
        execArgv: [],
      });
      thread.unref();
      this.threads.push(thread);
    }
    return this.threads.slice(0, count);
  }
}
