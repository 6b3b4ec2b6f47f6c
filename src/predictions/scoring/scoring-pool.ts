import { availableParallelism } from 'node:os';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Piscina } from 'piscina';
import { Settings } from '../../config/settings-type.js';
import { Problem } from '../../errors/problem.js';
import type { ProcessFailure } from '../../processes/messages.js';
import type { PreparedRows } from './loaded-model.js';
import type {
  ModelPlace,
  PartAnswer,
  PartResult,
  PartTask,
  ReadResult,
  ReadTask,
  ScoringAnswer,
  ScoringTask,
  ScoringTaskResult,
  WorkerResult,
  WorkerTask,
} from './scoring.worker.js';
import type { ScoringRequest } from './scoring-request.js';

/** Requests that are worked on at once: a core is left to the event loop. */
const MAX_RUNNING = Math.min(4, Math.max(1, availableParallelism() - 1));
/** While all parts of a request are predicted, the event loop has nothing to do with it: it may use every core. */
const MAX_THREADS = Math.min(4, availableParallelism());
/** A part that takes less is not worth the way to a thread. */
const MIN_PART_MS = 0.5;
const IDLE_MS = 60_000;

/** Calls back when nobody waits for the answer any more. */
export type WhenGone = (stop: () => void) => void;

/**
 * The threads for requests that would keep the event loop busy, and the queue before them. The queue is ours and not the
 * pool's because what waits in it can be taken out without harm: to end a task that runs is to end its thread, with the
 * models that it has loaded.
 */
@Injectable()
export class ScoringPool implements OnModuleDestroy {
  readonly #pool: Piscina;
  readonly #maxWaiting: number;
  readonly #timeoutMs: number;
  /** In the order of arrival: a Set keeps it. */
  readonly #waiting = new Set<() => void>();
  #nRunning = 0;

  constructor(settings: Settings) {
    this.#maxWaiting = settings.predictMaxWaiting;
    this.#timeoutMs = settings.predictTimeoutSeconds * 1000;
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
    return this.#nRunning >= MAX_RUNNING && this.#waiting.size >= this.#maxWaiting;
  }

  refusal(): Problem {
    return new Problem('too_many_requests', 'Too many large requests are waiting.', [], 1);
  }

  /**
   * @param whenGone calls back when nobody waits for the answer any more
   * @throws the Problem of the request; too_many_requests; process_timed_out
   */
  answer(task: ScoringTask, whenGone?: WhenGone): Promise<ScoringAnswer> {
    return this.#inTurn(whenGone, async (signal) =>
      known((await this.#run(task, signal)) as ScoringTaskResult),
    );
  }

  /** Reads a large request to an imported model. @throws as answer */
  read(task: ReadTask, whenGone?: WhenGone): Promise<ScoringRequest> {
    return this.#inTurn(
      whenGone,
      async (signal) => known((await this.#run(task, signal)) as ReadResult).request,
    );
  }

  /**
   * Predicts encoded rows on as many threads as they are worth. A row's numbers depend on no other row: they are the same in
   * whatever parts.
   * @param place asked for when it is the turn of this request
   * @param rows are copied before anything is waited for
   * @returns the numbers in the order of the rows, and the time of all threads together
   * @throws as answer
   */
  predict(place: () => Promise<ModelPlace>, rows: PreparedRows, whenGone?: WhenGone): Promise<PartAnswer> {
    const parts = divide(rows);
    return this.#inTurn(whenGone, async (signal) => {
      const model = await place();
      const answers = await Promise.all(
        parts.map(async (part) => known((await this.#run({ ...model, ...part }, signal)) as PartResult)),
      );
      const [only] = answers;
      if (only !== undefined && answers.length === 1) return only;
      const outputs = new Float64Array(rows.nRows * rows.nOutputs);
      let at = 0;
      let ms = 0;
      for (const answer of answers) {
        outputs.set(answer.outputs, at);
        at += answer.outputs.length;
        ms += answer.ms;
      }
      return { outputs, ms };
    });
  }

  async #inTurn<T>(whenGone: WhenGone | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    if (this.isFull) throw this.refusal();
    if (this.#nRunning < MAX_RUNNING) this.#nRunning++;
    else await this.#turn(signal, whenGone);
    try {
      return await work(signal);
    } finally {
      this.#next();
    }
  }

  async onModuleDestroy(): Promise<void> {
    await this.#pool.destroy();
  }

  /** Resolves with a thread's place taken over from who had it. */
  #turn(signal: AbortSignal, whenGone?: WhenGone): Promise<void> {
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

  async #run(task: WorkerTask, signal: AbortSignal): Promise<WorkerResult> {
    try {
      const transferList = 'part' in task ? [task.part.buffer as ArrayBuffer] : [];
      return await this.#pool.run(task, { signal, transferList });
    } catch (error) {
      throw (error as Error).name === 'AbortError' ? timedOut() : error;
    }
  }
}

/** The rows in parts of equal size, each with a copy of its own. */
function divide({ values, nRows, nFeatures, expectedMs }: PreparedRows): Omit<PartTask, keyof ModelPlace>[] {
  const nParts = Math.min(MAX_THREADS, nRows, Math.max(1, Math.floor(expectedMs / MIN_PART_MS)));
  return Array.from({ length: nParts }, (_, k) => {
    const from = Math.floor((nRows * k) / nParts);
    const to = Math.floor((nRows * (k + 1)) / nParts);
    return { part: values.slice(from * nFeatures, to * nFeatures), nRows: to - from };
  });
}

/** @throws Problem what the thread has refused */
function known<Answer extends object>(result: Answer | { readonly failure: ProcessFailure }): Answer {
  if (!('failure' in result)) return result;
  const { code, detail, errors } = result.failure;
  throw new Problem(code, detail, errors);
}

function timedOut(): Problem {
  return new Problem('process_timed_out', 'The prediction took too long.', [], 1);
}
