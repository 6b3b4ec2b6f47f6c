import { availableParallelism } from 'node:os';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Piscina } from 'piscina';
import { Settings } from '../../config/settings-type.js';
import { Problem } from '../../errors/problem.js';
import type { ScoringAnswer, ScoringTask, ScoringTaskResult } from './scoring.worker.js';

const MAX_THREADS = Math.min(4, Math.max(1, availableParallelism() - 1));
const TIMEOUT_MS = 60_000;
const IDLE_MS = 60_000;

/**
 * The threads for requests that would keep the event loop busy, and the queue before them. The queue is ours and not the
 * pool's because what waits in it can be taken out without harm: to end a task that runs is to end its thread, with the
 * models that it has loaded.
 */
@Injectable()
export class ScoringPool implements OnModuleDestroy {
  readonly #pool: Piscina;
  readonly #maxWaiting: number;
  /** In the order of arrival: a Set keeps it. */
  readonly #waiting = new Set<() => void>();
  #nRunning = 0;

  constructor(settings: Settings) {
    this.#maxWaiting = settings.predictMaxWaiting;
    this.#pool = new Piscina({
      filename: new URL('./scoring.worker.js', import.meta.url.replace('/src/', '/dist/')).href,
      minThreads: 0,
      maxThreads: MAX_THREADS,
      idleTimeout: IDLE_MS,
      workerData: { cacheBytes: Math.floor(settings.modelCacheBytes / 2 / MAX_THREADS) },
    });
  }

  /** Whether another request would be refused now. */
  get isFull(): boolean {
    return this.#nRunning >= MAX_THREADS && this.#waiting.size >= this.#maxWaiting;
  }

  /**
   * @param whenGone calls back when nobody waits for the answer any more
   * @throws the Problem of the request; too_many_requests; process_timed_out
   */
  async answer(task: ScoringTask, whenGone?: (stop: () => void) => void): Promise<ScoringAnswer> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    if (this.isFull) throw new Problem('too_many_requests', 'Too many large requests are waiting.', [], 1);
    if (this.#nRunning < MAX_THREADS) this.#nRunning++;
    else await this.#turn(signal, whenGone);
    try {
      const result = await this.#run(task, signal);
      if ('reply' in result) return result;
      const { code, detail, errors } = result.failure;
      throw new Problem(code, detail, errors);
    } finally {
      this.#next();
    }
  }

  async onModuleDestroy(): Promise<void> {
    await this.#pool.destroy();
  }

  /** Resolves with a thread's place taken over from who had it. */
  #turn(signal: AbortSignal, whenGone?: (stop: () => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(resolve);
      const leave = (problem: Problem) => {
        if (this.#waiting.delete(resolve)) reject(problem);
      };
      whenGone?.(() => leave(new Problem('upload_incomplete', 'Nobody waits for the answer any more.')));
      signal.addEventListener('abort', () => leave(timedOut()), { once: true });
    });
  }

  #next(): void {
    const { value: first } = this.#waiting.values().next();
    if (first === undefined) {
      this.#nRunning--;
      return;
    }
    this.#waiting.delete(first);
    first();
  }

  async #run(task: ScoringTask, signal: AbortSignal): Promise<ScoringTaskResult> {
    try {
      return await this.#pool.run(task, { signal });
    } catch (error) {
      throw (error as Error).name === 'AbortError' ? timedOut() : error;
    }
  }
}

function timedOut(): Problem {
  return new Problem('process_timed_out', 'The prediction took too long.');
}
