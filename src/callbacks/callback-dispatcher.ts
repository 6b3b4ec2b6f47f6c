import { Logger } from '@nestjs/common';
import type { Database } from '../database/database.js';
import type { CallbackTransport, SendResult } from './callback-sender.js';
import type { CallbacksRepository } from './callbacks.repository.js';
import { CALLBACK_DUE } from './callbacks.service.js';
import type { Clock } from './clock.js';
import type { ClaimedDelivery, DeliveryOutcome } from './delivery.js';
import { retryDelayMs } from './retry-schedule.js';

/** Deliveries that are sent at once by one process. */
const BATCH = 8;
/** A claim outlives the slowest exchange by this much, for the write of its outcome. */
const LEASE_MARGIN_MS = 30_000;
/** The longest sleep: what a lost notification or a dead process left behind is found after it. */
const MAX_SLEEP_MS = 30_000;
const MIN_SLEEP_MS = 50;
/** After an error of the database. */
const RECOVERY_SLEEP_MS = 2_000;

/**
 * Sends what is due: woken by the notification of whoever enqueued, and by a timer for retries. Any number of
 * processes may run one each; a delivery is claimed in the database, so no two send it at once.
 */
export class CallbackDispatcher {
  readonly #log = new Logger('callbacks');
  #unlisten: (() => Promise<void>) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #wanted = false;
  #stopped = true;

  constructor(
    private readonly db: Database,
    private readonly repository: CallbacksRepository,
    private readonly sender: CallbackTransport,
    private readonly clock: Clock,
    private readonly timeoutMs: number,
  ) {}

  async start(): Promise<void> {
    this.#stopped = false;
    const wake = () => this.#wake();
    this.#unlisten = await this.db.listen(CALLBACK_DUE, wake, { onReconnect: wake });
    wake();
  }

  /** Takes no more and waits for what is being sent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#unlisten?.();
    await this.#running;
    await this.sender.close();
  }

  /** Sends everything that is due now, each at most once; returns how many were sent. */
  async drain(): Promise<number> {
    let nSent = 0;
    for (;;) {
      const now = this.clock.now();
      const lease = new Date(now.getTime() + this.timeoutMs + LEASE_MARGIN_MS);
      const claims = await this.repository.claimDue(now, lease, BATCH);
      await Promise.all(claims.map((claim) => this.#deliver(claim)));
      nSent += claims.length;
      if (claims.length < BATCH) return nSent;
    }
  }

  #wake(): void {
    if (this.#stopped) return;
    this.#wanted = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // A wake that came between the last look and here must not be lost.
      if (this.#wanted) this.#wake();
    });
  }

  async #run(): Promise<void> {
    let sleepMs = RECOVERY_SLEEP_MS;
    try {
      while (this.#wanted && !this.#stopped) {
        this.#wanted = false;
        await this.drain();
      }
      const dueAt = await this.repository.nextDueAt();
      const waitMs = dueAt ? dueAt.getTime() - this.clock.now().getTime() : MAX_SLEEP_MS;
      sleepMs = Math.min(Math.max(waitMs, MIN_SLEEP_MS), MAX_SLEEP_MS);
    } catch (error) {
      this.#log.error({ msg: 'callbacks could not be looked up', err: error });
    }
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#wake(), sleepMs);
  }

  async #deliver(claim: ClaimedDelivery): Promise<void> {
    const startedAt = this.clock.now();
    const started = performance.now();
    const result = await this.sender.send(claim, startedAt);
    const outcome = this.#judge(claim, result, startedAt, Math.round(performance.now() - started));
    const kept = await this.repository.record(claim, outcome);
    const facts = { id: claim.id, attempt: claim.attempts, status: result.status, error: result.error };
    if (!kept) this.#log.warn({ msg: 'a callback outlived its claim', ...facts });
    else if (outcome.status === 'failed') this.#log.error({ msg: 'a callback was given up', ...facts });
    else if (outcome.status === 'pending') this.#log.warn({ msg: 'a callback will be retried', ...facts });
  }

  #judge(claim: ClaimedDelivery, result: SendResult, startedAt: Date, durationMs: number): DeliveryOutcome {
    const { status, error, retryAfterSeconds } = result;
    const attempt = {
      at: startedAt.toISOString(),
      durationMs,
      ...(status === undefined ? {} : { status }),
      ...(error === undefined ? {} : { error }),
    };
    if (status !== undefined && status >= 200 && status < 300) return { status: 'delivered', attempt };
    // 410: the receiver says that it wants no more of it.
    const delayMs =
      status === 410 ? undefined : retryDelayMs(claim.attempts, () => this.clock.random(), retryAfterSeconds);
    if (delayMs === undefined) return { status: 'failed', attempt };
    return { status: 'pending', nextAttemptAt: new Date(this.clock.now().getTime() + delayMs), attempt };
  }
}
