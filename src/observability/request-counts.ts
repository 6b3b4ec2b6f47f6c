import { Counter, Histogram, type Registry } from 'prom-client';

const LABELS = ['method', 'route'] as const;
type Label = (typeof LABELS)[number];

/** Upper bounds in seconds; what is longer falls into one more. */
const BOUNDS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60];

/** The answers of one method, route and status, in plain numbers: to count one costs a few additions. */
export class AnswerCounts {
  n = 0;
  sumSeconds = 0;
  /** By bound, and one for all beyond the last; not summed up. */
  readonly nByBound = new Float64Array(BOUNDS.length + 1);

  constructor(
    readonly labels: Readonly<Record<Label, string>>,
    readonly status: number,
  ) {}

  add(seconds: number): void {
    this.n++;
    this.sumSeconds += seconds;
    let k = 0;
    while (k < BOUNDS.length && seconds > (BOUNDS[k] as number)) k++;
    this.nByBound[k] = (this.nByBound[k] as number) + 1;
  }
}

/** All answers. They are handed over to the registry when somebody looks: until then it costs nothing that they are there. */
export class RequestCounts {
  readonly #counts: AnswerCounts[] = [];

  constructor(registry: Registry) {
    const counts = this.#counts;
    new Counter({
      name: 'trainyard_http_requests_total',
      help: 'Answered requests.',
      labelNames: [...LABELS, 'status'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels, status, n } of counts) this.inc({ ...labels, status }, n);
      },
    });
    registry.registerMetric(new AnswerDurations(counts));
  }

  /** `route` is a pattern, never a path: each label value is a time series for ever. */
  of(method: string, route: string, status: number): AnswerCounts {
    const found = this.#counts.find(
      ({ labels, status: known }) => known === status && labels.route === route && labels.method === method,
    );
    if (found !== undefined) return found;
    const counts = new AnswerCounts({ method, route }, status);
    this.#counts.push(counts);
    return counts;
  }
}

const DURATIONS = {
  name: 'trainyard_http_request_seconds',
  help: 'Time from the first byte of a request to the last of its answer.',
};

/** A histogram whose observations were made elsewhere. */
class AnswerDurations extends Histogram<Label> {
  readonly #counts: readonly AnswerCounts[];

  constructor(counts: readonly AnswerCounts[]) {
    super({ ...DURATIONS, labelNames: LABELS, buckets: BOUNDS, registers: [] });
    this.#counts = counts;
  }

  /** What the registry and `get` ask for. */
  getForPromString(): Promise<object> {
    return Promise.resolve({ ...DURATIONS, type: 'histogram', aggregator: 'sum', values: this.#values() });
  }

  #values(): object[] {
    const { name } = DURATIONS;
    const byRoute = new Map<string, AnswerCounts[]>();
    for (const counts of this.#counts) {
      const key = `${counts.labels.method} ${counts.labels.route}`;
      byRoute.set(key, [...(byRoute.get(key) ?? []), counts]);
    }
    return [...byRoute.values()].flatMap((all) => {
      const sharedLabels = (all[0] as AnswerCounts).labels;
      let nSoFar = 0;
      const buckets = [...BOUNDS, '+Inf'].map((le, k) => {
        for (const { nByBound } of all) nSoFar += nByBound[k] as number;
        return { metricName: `${name}_bucket`, labels: { le }, sharedLabels, value: nSoFar };
      });
      const sum = all.reduce((seconds, { sumSeconds }) => seconds + sumSeconds, 0);
      return [
        ...buckets,
        { metricName: `${name}_sum`, labels: {}, sharedLabels, value: sum },
        { metricName: `${name}_count`, labels: {}, sharedLabels, value: nSoFar },
      ];
    });
  }
}
