import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import {
  createPostgresBackend,
  type JobProgress,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
  Queue,
  Worker,
} from 'bullmq';
import { Settings } from '../config/settings-type.js';

interface QueuedTraining {
  readonly trainingId: string;
}

type TrainingsQueue = Queue<
  QueuedTraining,
  void,
  string,
  QueuedTraining,
  void,
  string,
  PostgresQueueBackend,
  PostgresConnectionOptions
>;
type TrainingsWorker = Worker<
  QueuedTraining,
  void,
  string,
  PostgresQueueBackend,
  JobProgress,
  PostgresConnectionOptions
>;

/** Runs one training, or finds that there is nothing to run. `signal` is aborted when the service stops. */
export type TrainingHandler = (trainingId: string, signal: AbortSignal) => Promise<void>;

const QUEUE = 'trainings';
/** Tables of the queue's own, away from ours. */
const SCHEMA = 'trainyard_jobs';
/** A worker that has not renewed for this long is dead. Its job is offered again; the training's lease decides whether it runs. */
const LOCK_MS = 5_000;
const STALLED_CHECK_MS = 2_500;
/** How often is not for the queue to say: the training's row counts its attempts. */
const UNLIMITED = 2 ** 31 - 1;

/**
 * Tells workers, on this machine and on others, that a training waits. Durable, but not the truth: that is the
 * training's row. A job is only a hint to claim the row, so a job too many does nothing, and one that is missing is
 * put back by the sweep.
 */
@Injectable()
export class TrainingQueue implements OnApplicationShutdown {
  readonly #log = new Logger('jobs');
  readonly #stopping = new AbortController();
  #queue: TrainingsQueue | undefined;
  #worker: TrainingsWorker | undefined;

  /** Trainings whose job runs in this process, each with the delay after which it wants to run again. */
  readonly #running = new Map<string, number | undefined>();

  constructor(private readonly settings: Settings) {}

  /**
   * Resolves when the hint is durable. Twice for one training is the same as once. From within the training's own
   * handler it takes effect when the handler has ended; should the process die before, the sweep does it.
   */
  async enqueue(trainingId: string, delayMs = 0): Promise<void> {
    if (this.#running.has(trainingId)) {
      this.#running.set(trainingId, delayMs);
      return;
    }
    this.#queue ??= this.#openQueue();
    const removed = { removeOnComplete: true, removeOnFail: true };
    await this.#queue.add('train', { trainingId }, { jobId: trainingId, delay: delayMs, ...removed });
  }

  /** Whether a job for this training waits or runs. */
  async holds(trainingId: string): Promise<boolean> {
    this.#queue ??= this.#openQueue();
    return (await this.#queue.getJob(trainingId)) !== undefined;
  }

  /** Takes trainings from now on, at most `concurrency` at once. An error of the handler is logged, and the sweep decides. */
  async work(concurrency: number, handler: TrainingHandler): Promise<void> {
    if (this.#worker) throw new Error('one process takes trainings once');
    this.#worker = new Worker(
      QUEUE,
      (job) => this.#run(job.data.trainingId, handler),
      {
        connection: this.#connection(),
        concurrency,
        lockDuration: LOCK_MS,
        stalledInterval: STALLED_CHECK_MS,
        maxStalledCount: UNLIMITED,
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
      },
      createPostgresBackend,
    );
    this.#worker.on('error', (err) => this.#log.warn({ msg: 'the queue of trainings has a problem', err }));
    // Only now is the job out of the queue, and can be put in again.
    this.#worker.on('completed', (job) => void this.#ended(job.data.trainingId));
    this.#worker.on('failed', (job) => job && void this.#ended(job.data.trainingId));
    await this.#worker.waitUntilReady();
  }

  /** Takes no more, asks running handlers to hand back, and waits for them. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#worker?.close();
    await this.#queue?.close();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  async #run(trainingId: string, handler: TrainingHandler): Promise<void> {
    this.#running.set(trainingId, undefined);
    try {
      await handler(trainingId, this.#stopping.signal);
    } catch (err) {
      this.#log.error({ msg: 'a training was left to the sweep', trainingId, err });
    }
  }

  async #ended(trainingId: string): Promise<void> {
    const delayMs = this.#running.get(trainingId);
    this.#running.delete(trainingId);
    if (delayMs === undefined || this.#stopping.signal.aborted) return;
    await this.enqueue(trainingId, delayMs).catch((err: Error) => {
      this.#log.warn({ msg: 'a training was left to the sweep', trainingId, err });
    });
  }

  #openQueue(): TrainingsQueue {
    const queue: TrainingsQueue = new Queue(QUEUE, { connection: this.#connection() }, createPostgresBackend);
    queue.on('error', (err) => this.#log.warn({ msg: 'the queue of trainings has a problem', err }));
    return queue;
  }

  #connection() {
    return { connectionString: this.settings.databaseUrl!, schema: SCHEMA, migrate: true, max: 2 };
  }
}
