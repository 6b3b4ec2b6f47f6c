import { utimes } from 'node:fs/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { PredictionFileRunner, type PredictionFileWork } from './prediction-file-runner.js';
import { PredictionFilesRepository } from './prediction-files.repository.js';

/** Sent with a file's id when it is not to be worked on any more. */
const PREDICTION_FILE_STOP = 'prediction_file_stop';
/** A file is lost when its process has not said for this long that it is there. */
export const LEASE_SECONDS = 20;
const RENEWAL_MS = 5_000;

interface Running {
  readonly folder: string;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/** The files that this process works on, or that wait here for their turn. */
@Injectable()
export class RunningFiles implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #log = new Logger('prediction-files');
  readonly #running = new Map<string, Running>();
  #timer: NodeJS.Timeout | undefined;
  #unlisten: (() => Promise<void>) | undefined;

  constructor(
    private readonly db: Database,
    private readonly repository: PredictionFilesRepository,
    private readonly runner: PredictionFileRunner,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    // What is lost with the connection is seen at the next renewal.
    this.#unlisten = await this.db.listen(PREDICTION_FILE_STOP, (id) => this.#running.get(id)?.abort.abort());
    this.#timer = setInterval(() => void this.#renew(), RENEWAL_MS);
  }

  /** What is under way is lost, and its callers are told so. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.#unlisten?.();
    const error = { code: 'process_lost', detail: 'The service was stopped; send the file again.' } as const;
    for (const [id, { abort }] of this.#running) {
      await this.repository.end(this.db, id, { status: 'failed', error });
      abort.abort();
    }
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  /** Ends the work on a file wherever it is done. */
  async stop(id: string): Promise<void> {
    this.#running.get(id)?.abort.abort();
    await this.db.notify(PREDICTION_FILE_STOP, id);
  }

  /** Begins to work on a file whose row is written. */
  add(work: Omit<PredictionFileWork, 'signal'>, onEnd: () => void): void {
    const abort = new AbortController();
    // A process that was told to end does so within a moment: its place is free from now on.
    abort.signal.addEventListener('abort', onEnd, { once: true });
    const ended = this.runner
      .run({ ...work, signal: abort.signal })
      .catch((error: unknown) => {
        this.#log.error({ msg: 'the end of a file could not be written down', id: work.id, err: error });
      })
      .finally(() => {
        this.#running.delete(work.id);
        onEnd();
      });
    this.#running.set(work.id, { folder: work.folder, abort, ended });
  }

  async #renew(): Promise<void> {
    const ids = [...this.#running.keys()];
    if (ids.length === 0) return;
    try {
      const open = await this.repository.renew(this.db, ids, LEASE_SECONDS);
      const now = new Date();
      for (const id of ids) {
        const running = this.#running.get(id);
        if (!open.has(id)) running?.abort.abort();
        // A folder that looks old is swept.
        else if (running !== undefined) await utimes(running.folder, now, now);
      }
    } catch (error) {
      this.#log.warn({ msg: 'leases were not renewed', err: error });
    }
  }
}
