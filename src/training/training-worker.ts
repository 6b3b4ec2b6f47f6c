import { Logger } from '@nestjs/common';
import type { AttemptRunner } from './attempt-runner.js';
import { RunningTrainings } from './running-trainings.js';
import type { TrainingBacklog } from './training-backlog.js';

/** Takes trainings out of the backlog and runs their attempts, several at once if it may. */
export class TrainingWorker {
  readonly #log = new Logger('training');

  constructor(
    private readonly backlog: TrainingBacklog,
    private readonly runner: AttemptRunner,
    private readonly running: RunningTrainings,
    /** 0: this process takes none. */
    private readonly concurrency: number,
  ) {}

  async start(): Promise<void> {
    if (this.concurrency === 0) return;
    await this.running.start();
    await this.backlog.consume(this.concurrency, (id) => this.#run(id));
  }

  /** Ends what runs here: each training goes back into the queue with its attempt uncounted. */
  async stop(): Promise<void> {
    await this.running.stop();
    await this.backlog.stop();
  }

  async #run(id: string): Promise<void> {
    // Taken between the order to stop and the end of taking: whoever starts next finds its row queued.
    if (this.running.isStopping) return;
    await this.running.run(id, async (attempt) => {
      try {
        const delayMs = await this.runner.run(id, attempt);
        if (delayMs !== undefined) await this.backlog.add(id, delayMs);
      } catch (error) {
        // The row says how it stands: an expired lease or a queued row without a job is the sweep's.
        this.#log.error({ msg: 'an attempt was left to the sweep', id, err: error });
      }
    });
  }
}
