import { Piscina } from 'piscina';
import type { ModelOutputs } from './added-columns.js';
import type { BatchQuestion, ScoredBatch, ThreadData } from './predict.worker.js';

/** Batches under way for each thread: one that is scored, one that waits. */
const BATCHES_PER_THREAD = 2;

/**
 * The threads of one predicting process; each opens the model for itself, for a model owns its scratch buffers. One begins at
 * once, the others when there is a batch for them. They end with their process and not before: to end a thread that is still
 * starting has aborted the process, and its answer was lost, in about one of a hundred small files.
 */
export class ScoringThreads {
  readonly #pool: Piscina;

  constructor(
    data: ThreadData,
    private readonly nThreads: number,
  ) {
    this.#pool = new Piscina({
      filename: new URL('./predict.worker.js', import.meta.url).href,
      minThreads: 1,
      maxThreads: nThreads,
      idleTimeout: Number.POSITIVE_INFINITY,
      concurrentTasksPerWorker: 1,
      workerData: data,
    });
  }

  /** @throws Problem bundle_invalid, or whatever else keeps the model from being opened */
  describe(): Promise<ModelOutputs> {
    return this.#pool.run(null);
  }

  /** Scores batches side by side and gives the results in the order of the batches. */
  async *score(
    questions: AsyncIterable<BatchQuestion>,
  ): AsyncGenerator<{ readonly question: BatchQuestion; readonly scored: ScoredBatch }> {
    const running: { question: BatchQuestion; scored: Promise<ScoredBatch> }[] = [];
    const first = async () => {
      const { question, scored } = running.shift()!;
      return { question, scored: await scored };
    };
    for await (const question of questions) {
      const scored: Promise<ScoredBatch> = this.#pool.run(question);
      // Asked for in its turn; until then its failure is no unheard one.
      scored.catch(() => undefined);
      running.push({ question, scored });
      if (running.length >= this.nThreads * BATCHES_PER_THREAD) yield await first();
    }
    while (running.length > 0) yield await first();
  }
}
