import { fileURLToPath } from 'node:url';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import Bree from 'bree';
import { Settings } from '../config/settings-type.js';
import { Database } from '../database/database.js';
import { sweepLeases } from '../training/lease-sweep.js';
import { TrainingQueue } from '../training/training-queue.js';
import { TrainingsService } from '../training/trainings.service.js';
import type { RecurringResult } from './recurring/recurring-result.js';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
/** A run that takes longer hangs; it is ended and the next one tries again. */
const RUN_LIMIT_MS = 60 * SECOND_MS;
const STOP_GRACE_MS = 500;

/**
 * The work that comes again and again. Each run is a thread of its own with its own connection, so a slow one delays no
 * request; only the sweep of leases, two statements every few seconds, runs here: starting a thread for it took a quarter
 * of a second of a core each time. Every process but an `api` runs it; the work itself allows for others doing the same at the same time.
 */
@Injectable()
export class RecurringJobs implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #log = new Logger('jobs');
  #bree: Bree | undefined;
  #sweepTimer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly queue: TrainingQueue,
    private readonly trainings: TrainingsService,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.settings.role === 'api') return;
    const driftMs = this.settings.driftCheckMinutes * 60 * SECOND_MS;
    const bree = new Bree({
      root: false,
      doRootCheck: false,
      logger: this.#quietLogger(),
      closeWorkerAfterMs: RUN_LIMIT_MS,
      worker: { workerData: { settings: { ...this.settings } } },
      errorHandler: (err, { name }) => this.#log.error({ msg: 'recurring work failed', job: name, err }),
      workerMessageHandler: ({ message }) => void this.#receive(message as RecurringResult),
      jobs: [
        {
          name: 'upload-cleanup',
          path: pathOf('upload-cleanup'),
          timeout: HOUR_MS / 60,
          interval: HOUR_MS / 4,
        },
        { name: 'drift-check', path: pathOf('drift-check'), timeout: driftMs, interval: driftMs },
        { name: 'retention', path: pathOf('retention'), timeout: HOUR_MS / 30, interval: HOUR_MS },
      ],
    });
    await bree.start();
    this.#bree = bree;
    // Often enough that a lost training waits for little more than its lease.
    const sweepMs = Math.max(1, this.settings.trainingLeaseSeconds / 3) * SECOND_MS;
    this.#sweepTimer = setInterval(() => void this.#sweep(), sweepMs);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#sweepTimer);
    await this.#sweeping;
    const bree = this.#bree;
    if (!bree) return;
    // bree waits for as long as a run takes, so those that do not end soon are ended.
    const timer = setTimeout(() => {
      for (const worker of bree.workers.values()) void worker.terminate();
    }, STOP_GRACE_MS);
    await bree.stop();
    clearTimeout(timer);
  }

  #sweep(): Promise<void> {
    this.#sweeping ??= sweepLeases(this.database)
      .then(({ expired, waiting }) =>
        this.#receive({ counts: { trainingsTakenFromLostWorkers: expired }, enqueue: waiting }),
      )
      .catch((err: unknown) =>
        this.#log.warn({ msg: 'the sweep of leases failed; the next one tries again', err }),
      )
      .finally(() => {
        this.#sweeping = undefined;
      });
    return this.#sweeping;
  }

  async #receive(result: RecurringResult): Promise<void> {
    if (typeof result !== 'object') return;
    if (Object.values(result.counts).some((count) => count > 0))
      this.#log.log({ msg: 'recurring work', ...result.counts });
    for (const modelId of result.retrain ?? []) await this.#retrain(modelId);
    for (const trainingId of result.enqueue) {
      await this.queue.enqueue(trainingId).catch((err: Error) => {
        this.#log.warn({
          msg: 'a training could not be queued; the next sweep tries again',
          trainingId,
          err,
        });
      });
    }
  }

  /** What stands in the way (a data set that is gone, columns that changed) is for people to see; the callback told them. */
  async #retrain(modelId: string): Promise<void> {
    try {
      const { id } = await this.trainings.retrain(modelId);
      this.#log.log({ msg: 'a drifted model is trained again', modelId, trainingId: id });
    } catch (err) {
      this.#log.warn({ msg: 'a drifted model could not be trained again', modelId, err });
    }
  }

  /** bree tells of every start and end of a thread. */
  #quietLogger() {
    const debug = (message: unknown) => this.#log.debug(message);
    return { info: debug, warn: debug, error: (message: unknown) => this.#log.error(message) };
  }
}

/** Threads run compiled files; the unit tests run from src/. */
function pathOf(name: string): string {
  const url = new URL(`./recurring/${name}.js`, import.meta.url);
  return fileURLToPath(url).replace(/([/\\])src([/\\]jobs[/\\])/, '$1dist$2');
}
