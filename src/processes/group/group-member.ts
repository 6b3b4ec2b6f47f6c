import cluster from 'node:cluster';
import type { FromMember, MetricsJson, ToMember } from './group-messages.js';

const METRICS_WAIT_MS = 5_000;

/** Whether this process was started by a process group. */
export const isGroupMember: boolean = cluster.isWorker;

/** This process as a member of a group: says that it is ready, tells its metrics, and reads those of all. */
export class GroupMember {
  readonly #waiting = new Map<number, (text: string) => void>();
  #nAsked = 0;

  constructor(private readonly ownMetrics: () => Promise<MetricsJson>) {
    process.on('message', (message: ToMember) => void this.#receive(message));
    // Ctrl-C in a terminal reaches the whole group; the one that started us decides when we end.
    process.removeAllListeners('SIGINT').on('SIGINT', () => undefined);
  }

  tellReady(): void {
    send({ kind: 'ready' });
  }

  /** Of the whole group, as text. */
  readMetrics(): Promise<string> {
    const asked = this.#nAsked++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(asked);
        reject(new Error('the metrics of the group did not come'));
      }, METRICS_WAIT_MS);
      this.#waiting.set(asked, (text) => {
        clearTimeout(timer);
        this.#waiting.delete(asked);
        resolve(text);
      });
      send({ kind: 'read-metrics', asked });
    });
  }

  async #receive(message: ToMember): Promise<void> {
    if (message.kind === 'tell-metrics') {
      send({ kind: 'metrics', asked: message.asked, metrics: await this.ownMetrics() });
    } else if (message.kind === 'all-metrics') this.#waiting.get(message.asked)?.(message.text);
  }
}

function send(message: FromMember): void {
  process.send?.(message, undefined, undefined, () => undefined);
}
