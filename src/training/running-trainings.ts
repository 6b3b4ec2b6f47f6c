import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
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
@Injectable()
export class RunningTrainings {
  readonly #attempts = new Map<string, RunningAttempt>();
  #unlisten: (() => Promise<void>) | undefined;

  constructor(private readonly db: Database) {}

  async listen(): Promise<void> {
    // A cancel that is lost with the connection is seen at the next renewal of the lease.
    this.#unlisten = await this.db.listen(TRAINING_CANCEL, (id) => this.#attempts.get(id)?.stop('canceled'));
  }

  async unlisten(): Promise<void> {
    await this.#unlisten?.();
  }

  /** @param shutdown aborted when this process ends: the attempt is then given back */
  async run(
    id: string,
    shutdown: AbortSignal,
    work: (attempt: RunningAttempt) => Promise<void>,
  ): Promise<void> {
    const attempt = new RunningAttempt();
    const stop = () => attempt.stop('shutdown');
    shutdown.addEventListener('abort', stop, { once: true });
    this.#attempts.set(id, attempt);
    try {
      await work(attempt);
    } finally {
      shutdown.removeEventListener('abort', stop);
      if (this.#attempts.get(id) === attempt) this.#attempts.delete(id);
    }
  }
}
