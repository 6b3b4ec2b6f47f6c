import type { Database } from '../database/database.js';
import { TRAINING_CANCEL } from './training-channels.js';

/** Why a running attempt is ended from outside. */
export type StopReason = 'canceled' | 'shutdown' | 'lease_lost';

/** One attempt that runs in this process, and the way to end it. */
export class RunningAttempt {
  readonly #abort = new AbortController();
  #reason: StopReason | undefined;

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get reason(): StopReason | undefined {
    return this.#reason;
  }

  /** The first reason stands. */
  stop(reason: StopReason): void {
    this.#reason ??= reason;
    this.#abort.abort();
  }
}

/** The attempts of this process by training, so that a cancel that arrives as a notification finds its process. */
export class RunningTrainings {
  readonly #attempts = new Map<string, RunningAttempt>();
  readonly #ended = new Set<Promise<void>>();
  #unlisten: (() => Promise<void>) | undefined;
  #isStopping = false;

  constructor(private readonly db: Database) {}

  get isStopping(): boolean {
    return this.#isStopping;
  }

  async start(): Promise<void> {
    // A cancel that is lost with the connection is seen at the next renewal of the lease.
    this.#unlisten = await this.db.listen(TRAINING_CANCEL, (id) => this.#attempts.get(id)?.stop('canceled'));
  }

  /** Runs `work` under the training's id. */
  async run(id: string, work: (attempt: RunningAttempt) => Promise<void>): Promise<void> {
    const attempt = new RunningAttempt();
    this.#attempts.set(id, attempt);
    if (this.#isStopping) attempt.stop('shutdown');
    const ended = work(attempt).finally(() => {
      if (this.#attempts.get(id) === attempt) this.#attempts.delete(id);
      this.#ended.delete(ended);
    });
    this.#ended.add(ended);
    await ended;
  }

  /** Ends every attempt; resolves when each has given its training back. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const attempt of this.#attempts.values()) attempt.stop('shutdown');
    await Promise.allSettled(this.#ended);
    await this.#unlisten?.();
  }
}
