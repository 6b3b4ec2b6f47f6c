import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { Settings } from '../config/settings-type.js';
import { Problem } from '../errors/problem.js';
import { Metrics } from '../observability/metrics.js';

/** Bodies on their way at once. Each costs a connection and little else, so the bound is far above that of predictions. */
const MAX_READINGS = 4096;
const DEADLINE_CHECK_MS = 250;
const RETRY_AFTER_SECONDS = 1;

/**
 * How much is taken on at once in this process. What is beyond it is refused with `too_many_requests` at once: a refusal
 * costs a fraction of a prediction, a queue costs everybody their latency.
 *
 * A caller whose body is still on its way holds nothing but the bytes that have come, and that for a bounded time: many
 * slow ones cannot keep the others out. Once the whole body is there, a request counts until its reply has left.
 */
@Injectable()
export class Admission implements OnModuleDestroy {
  /** In the order of their beginning: a Set keeps it. */
  readonly #readings = new Set<Ticket>();
  readonly #deadlines: NodeJS.Timeout;
  #nRunning = 0;
  #nBytes = 0;
  #nAccepted = 0;
  #nRefused = 0;

  constructor(
    private readonly settings: Settings,
    metrics: Metrics,
  ) {
    this.#deadlines = setInterval(() => this.#endLateReadings(), DEADLINE_CHECK_MS).unref();
    this.#register(metrics);
  }

  onModuleDestroy(): void {
    clearInterval(this.#deadlines);
  }

  open(): Ticket {
    return new Ticket(this);
  }

  /** @throws Problem too_many_requests when nothing more can begin now */
  requireRoom(): void {
    if (this.#nRunning >= this.settings.predictMaxConcurrent) throw this.refusal();
  }

  /** @internal */
  beginReading(ticket: Ticket): void {
    this.#readings.add(ticket);
    if (this.#readings.size <= MAX_READINGS) return;
    const { value: oldest } = this.#readings.values().next();
    oldest?.expire(this.refusal());
  }

  /** @internal */
  endReading(ticket: Ticket): void {
    this.#readings.delete(ticket);
  }

  /** A request alone is let in, however large it may be here. @internal @throws Problem too_many_requests */
  hold(nBytes: number, nHeldBefore: number): void {
    const others = this.#nBytes - nHeldBefore;
    if (others > 0 && this.#nBytes + nBytes > this.settings.predictMaxBytesInFlight) throw this.refusal();
    this.#nBytes += nBytes;
  }

  /** @internal */
  letGo(nBytes: number): void {
    this.#nBytes -= nBytes;
  }

  /** @internal @throws Problem too_many_requests */
  beginRunning(): void {
    this.requireRoom();
    this.#nRunning++;
    this.#nAccepted++;
  }

  /** @internal */
  endRunning(): void {
    this.#nRunning--;
  }

  refusal(): Problem {
    this.#nRefused++;
    return new Problem(
      'too_many_requests',
      'More predictions are asked for than can be answered now.',
      [],
      RETRY_AFTER_SECONDS,
    );
  }

  #endLateReadings(): void {
    const { predictBodySeconds } = this.settings;
    const latest = performance.now() - predictBodySeconds * 1000;
    for (const ticket of this.#readings) {
      if (ticket.readingSinceMs > latest) return;
      ticket.expire(
        new Problem('upload_incomplete', `The body did not come within ${predictBodySeconds} s.`),
      );
    }
  }

  /** Counted in plain numbers, which cost nothing, and handed over when somebody looks. */
  #register({ registry }: Metrics): void {
    const registers = [registry];
    const counter = (name: string, help: string, read: () => number) =>
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(read());
        },
      });
    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    counter('trainyard_predictions_accepted_total', 'Requests taken on.', () => this.#nAccepted);
    counter(
      'trainyard_predictions_refused_total',
      'Requests refused for want of room.',
      () => this.#nRefused,
    );
    gauge('trainyard_predictions_waiting', 'Requests taken on and not answered.', () => this.#nRunning);
    gauge('trainyard_predictions_reading', 'Requests whose body is on its way.', () => this.#readings.size);
    gauge('trainyard_predictions_held_bytes', 'Bytes of bodies and unread replies.', () => this.#nBytes);
  }
}

/** What one request holds. `end` gives all of it back, and may come twice. */
export class Ticket {
  /** Of the monotonic clock. */
  readingSinceMs = 0;
  #nBytes = 0;
  #isRunning = false;
  #onExpired: ((problem: Problem) => void) | undefined;

  constructor(private readonly admission: Admission) {}

  /** @param onExpired the body took too long, or another needs the room */
  beginReading(onExpired: (problem: Problem) => void): void {
    this.readingSinceMs = performance.now();
    this.#onExpired = onExpired;
    this.admission.beginReading(this);
  }

  endReading(): void {
    this.#onExpired = undefined;
    this.admission.endReading(this);
  }

  expire(problem: Problem): void {
    const tell = this.#onExpired;
    this.endReading();
    tell?.(problem);
  }

  /** @throws Problem too_many_requests */
  hold(nBytes: number): void {
    this.admission.hold(nBytes, this.#nBytes);
    this.#nBytes += nBytes;
  }

  /** @throws Problem too_many_requests */
  beginRunning(): void {
    if (this.#isRunning) return;
    this.admission.beginRunning();
    this.#isRunning = true;
  }

  /** The body is no longer needed, but a reply of this size still is. */
  holdReply(nBytes: number): void {
    this.end();
    this.#nBytes = nBytes;
    this.admission.letGo(-nBytes);
  }

  end(): void {
    if (this.#isRunning) this.admission.endRunning();
    this.#isRunning = false;
    this.admission.letGo(this.#nBytes);
    this.#nBytes = 0;
  }
}
