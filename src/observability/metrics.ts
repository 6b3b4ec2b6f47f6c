import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

interface RequestSeries {
  readonly requests: Counter.Internal;
  readonly durations: Histogram.Internal<string>;
}

/** The process's metrics. A feature adds its own with `registers: [metrics.registry]`. */
export class Metrics {
  readonly registry = new Registry();

  readonly #requests = new Counter({
    name: 'trainyard_http_requests_total',
    help: 'Answered requests.',
    labelNames: ['method', 'route', 'status'],
    registers: [this.registry],
  });
  readonly #durations = new Histogram({
    name: 'trainyard_http_request_seconds',
    help: 'Time from the first byte of a request to the last of its answer.',
    labelNames: ['method', 'route'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [this.registry],
  });

  /** The series that were counted before: to find one by its labels takes longer than to count. */
  readonly #series = new Map<string, RequestSeries>();
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

  /** `route` is a pattern, never a path: each label value is a time series for ever. */
  countRequest(method: string, route: string, status: number, durationMs: number): void {
    const key = `${status} ${method} ${route}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      series = {
        requests: this.#requests.labels({ method, route, status }),
        durations: this.#durations.labels({ method, route }),
      };
      this.#series.set(key, series);
    }
    series.requests.inc();
    series.durations.observe(durationMs / 1000);
  }
}
