import { collectDefaultMetrics, Registry } from 'prom-client';
import { RequestCounts } from './request-counts.js';

/** The process's metrics. A feature adds its own with `registers: [metrics.registry]`. */
export class Metrics {
  readonly registry = new Registry();
  readonly requests = new RequestCounts(this.registry);
  /** Where there are several processes, what they have counted together. */
  #readAll: (() => Promise<string>) | undefined;

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** From now on the text is that of the whole group of processes. */
  readAllWith(read: () => Promise<string>): void {
    this.#readAll = read;
  }

  /** In Prometheus' text format. */
  text(): Promise<string> {
    return this.#readAll?.() ?? this.registry.metrics();
  }
}
