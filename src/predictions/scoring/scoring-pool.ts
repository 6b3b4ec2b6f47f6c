import { availableParallelism } from 'node:os';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Piscina } from 'piscina';
import { Settings } from '../../config/settings-type.js';
import { Problem } from '../../errors/problem.js';
import type { ScoringAnswer, ScoringTask, ScoringTaskResult } from './scoring.worker.js';

const MAX_THREADS = Math.min(4, Math.max(1, availableParallelism() - 1));
/** Beyond this many waiting requests a caller is told to come back: their bodies lie in memory. */
const MAX_WAITING = 64;
const TIMEOUT_MS = 60_000;
const IDLE_MS = 60_000;

/** The threads for requests that would keep the event loop busy. */
@Injectable()
export class ScoringPool implements OnModuleDestroy {
  readonly #pool: Piscina;

  constructor(settings: Settings) {
    this.#pool = new Piscina({
      filename: new URL('./scoring.worker.js', import.meta.url.replace('/src/', '/dist/')).href,
      minThreads: 0,
      maxThreads: MAX_THREADS,
      maxQueue: MAX_WAITING,
      idleTimeout: IDLE_MS,
      workerData: { cacheBytes: Math.floor(settings.modelCacheBytes / 2 / MAX_THREADS) },
    });
  }

  /** @throws the Problem of the request, or too_many_requests */
  async answer(task: ScoringTask): Promise<ScoringAnswer> {
    const result = await this.#run(task);
    if ('reply' in result) return result;
    const { code, detail, errors } = result.failure;
    throw new Problem(code, detail, errors);
  }

  async onModuleDestroy(): Promise<void> {
    await this.#pool.destroy();
  }

  async #run(task: ScoringTask): Promise<ScoringTaskResult> {
    try {
      return await this.#pool.run(task, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch (error) {
      const { name, message } = error as Error;
      if (name === 'AbortError') throw new Problem('process_timed_out', 'The prediction took too long.');
      if (/queue/i.test(message))
        throw new Problem('too_many_requests', 'Too many large requests are waiting.', [], 1);
      throw error;
    }
  }
}
