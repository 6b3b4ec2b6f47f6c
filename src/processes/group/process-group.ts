import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { AggregatorRegistry } from 'prom-client';
import type { FromMember, MetricsJson, ToMember } from './group-messages.js';

/** What is done for a group of processes by whoever starts it. */
export interface GroupOptions {
  readonly nProcesses: number;
  /** Beside our own environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Of this process; they are told with the others'. */
  readonly ownMetrics: () => Promise<MetricsJson>;
  readonly log: (line: { readonly msg: string; readonly [field: string]: unknown }) => void;
}

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 10_000;
/** A process that has lived this long did not fail at its start. */
const STEADY_MS = 10_000;
/** Longer than a process needs for its requests. */
const STOP_GRACE_MS = 15_000;
/** One that does not tell its metrics by then is left out. */
const METRICS_WAIT_MS = 1_000;

/**
 * Several processes on one port, each the whole API. This process accepts the connections and hands them out in turn; a
 * member that ends is replaced, after a pause that doubles while its successors end as well.
 */
export class ProcessGroup {
  readonly #members = new Set<Worker>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #answers = new Map<number, (metrics: MetricsJson) => void>();
  #delayMs = FIRST_DELAY_MS;
  #nAsked = 0;
  #isStopping = false;

  constructor(private readonly options: GroupOptions) {}

  /** Resolves when every member answers. Throws when one ends before that. */
  async start(): Promise<void> {
    const members = await Promise.all(
      Array.from({ length: this.options.nProcesses }, () => this.#startMember()),
    );
    for (const member of members) this.#replaceWhenEnded(member);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const ended = [...this.#members].map((member) => once(member, 'exit'));
    for (const member of this.#members) member.kill('SIGTERM');
    const timer = setTimeout(() => {
      for (const member of this.#members) member.process.kill('SIGKILL');
    }, STOP_GRACE_MS);
    await Promise.all(ended);
    clearTimeout(timer);
  }

  async #startMember(): Promise<Worker> {
    const member = cluster.fork(this.options.env);
    this.#members.add(member);
    member.once('exit', () => this.#members.delete(member));
    const ready = new Promise<void>((resolve, reject) => {
      member.on('message', (message: FromMember) => {
        if (message.kind === 'ready') resolve();
        else void this.#receive(member, message);
      });
      member.once('exit', (code, signal) => reject(new Error(`A process ended by ${signal ?? code}.`)));
    });
    await ready;
    this.options.log({ msg: 'a process answers requests', member: member.process.pid });
    return member;
  }

  #replaceWhenEnded(member: Worker): void {
    const since = performance.now();
    const replace = () => {
      if (this.#isStopping) return;
      this.#delayMs = performance.now() - since > STEADY_MS ? FIRST_DELAY_MS : this.#delayMs;
      this.options.log({
        msg: 'a process has ended; another takes its place',
        member: member.process.pid,
        delayMs: this.#delayMs,
      });
      this.#startLater();
    };
    // It may have ended while the others were started.
    if (member.isDead()) replace();
    else member.once('exit', replace);
  }

  #startLater(): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#startMember().then(
        (member) => this.#replaceWhenEnded(member),
        (err: unknown) => {
          if (this.#isStopping) return;
          this.options.log({ msg: 'a process could not be started', err });
          this.#startLater();
        },
      );
    }, this.#delayMs);
    this.#timers.add(timer);
    this.#delayMs = Math.min(2 * this.#delayMs, MAX_DELAY_MS);
  }

  async #receive(member: Worker, message: Exclude<FromMember, { kind: 'ready' }>): Promise<void> {
    if (message.kind === 'metrics') {
      this.#answers.get(message.asked)?.(message.metrics);
      return;
    }
    const text = await this.#allMetrics();
    send(member, { kind: 'all-metrics', asked: message.asked, text });
  }

  /** Sums, or means where a sum says nothing. */
  async #allMetrics(): Promise<string> {
    const own = await this.options.ownMetrics();
    const told = await Promise.all([...this.#members].map((member) => this.#metricsOf(member)));
    return AggregatorRegistry.aggregate([own, ...told] as object[]).metrics();
  }

  #metricsOf(member: Worker): Promise<MetricsJson> {
    const asked = this.#nAsked++;
    return new Promise<MetricsJson>((resolve) => {
      const settle = (metrics: MetricsJson) => {
        clearTimeout(timer);
        this.#answers.delete(asked);
        resolve(metrics);
      };
      const timer = setTimeout(() => settle([]), METRICS_WAIT_MS);
      this.#answers.set(asked, settle);
      send(member, { kind: 'tell-metrics', asked });
    });
  }
}

function send(member: Worker, message: ToMember): void {
  if (member.isConnected()) member.send(message, () => undefined);
}
