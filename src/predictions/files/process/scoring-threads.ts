import { Piscina } from 'piscina';
import type { ModelOutputs } from './added-columns.js';
import type { ThreadData } from './predict.worker.js';
import type { ScoredRows } from './score-rows.js';
import type { TableBatch } from './table-batches.js';

/** Batches under way for each thread: one that is scored, one that waits. */
const BATCHES_PER_THREAD = 2;

/** The threads of one predicting process; each opens the model for itself, for a model owns its scratch buffers. */
export class ScoringThreads {
  readonly #pool: Piscina;

  constructor(
    data: ThreadData,
    private readonly nThreads: number,
  ) {
    this.#pool = new Piscina({
      filename: new URL('./predict.worker.js', import.meta.url).href,
      minThreads: nThreads,
      maxThreads: nThreads,
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
    batches: AsyncIterable<TableBatch>,
  ): AsyncGenerator<{ readonly batch: TableBatch; readonly scored: ScoredRows }> {
    const running: { batch: TableBatch; scored: Promise<ScoredRows> }[] = [];
    const first = async () => {
      const { batch, scored } = running.shift()!;
      return { batch, scored: await scored };
    };
    for await (const batch of batches) {
      const scored: Promise<ScoredRows> = this.#pool.run(batch);
      // Asked for in its turn; until then its failure is no unheard one.
      scored.catch(() => undefined);
      running.push({ batch, scored });
      if (running.length >= this.nThreads * BATCHES_PER_THREAD) yield await first();
    }
    while (running.length > 0) yield await first();
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
