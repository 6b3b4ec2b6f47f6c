import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Settings } from '../config/settings-type.js';
import { AttemptRunner } from './attempt-runner.js';
import { RunningTrainings } from './running-trainings.js';
import { TrainingQueue } from './training-queue.js';

/**
 * Takes trainings out of the queue and runs their attempts, in processes of the role `all` or `worker`. When the
 * service stops, the queue aborts the handlers: each ends its process and gives its training back, uncounted.
 */
@Injectable()
export class TrainingWorker implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly queue: TrainingQueue,
    private readonly runner: AttemptRunner,
    private readonly running: RunningTrainings,
    private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { role, trainingConcurrency } = this.settings;
    if (role === 'api' || trainingConcurrency === 0) return;
    await this.running.listen();
    await this.queue.work(trainingConcurrency, async (id, shutdown) => {
      if (shutdown.aborted) return;
      await this.running.run(id, shutdown, async (attempt) => {
        const retryAfterMs = await this.runner.run(id, attempt);
        // Not left to the sweep: it comes every few seconds only.
        if (retryAfterMs !== undefined) await this.queue.enqueue(id, retryAfterMs);
      });
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.running.unlisten();
  }
}
