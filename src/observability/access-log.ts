import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessLines } from './logger.js';
import type { Metrics } from './metrics.js';
import type { AnswerCounts } from './request-counts.js';

/** What Express writes onto the request when a route has matched. */
interface RoutedRequest extends IncomingMessage {
  readonly route?: { readonly path?: unknown };
}

/**
 * One line and one count for every answer: the route's pattern, never the path or the query, because ids and values of
 * callers are theirs. Health checks come every few seconds and are only counted.
 */
export class AccessLog {
  readonly #routes = new Map<string, RouteLog>();

  constructor(
    private readonly lines: AccessLines,
    private readonly metrics: Metrics,
  ) {}

  follow(request: RoutedRequest, response: ServerResponse, requestId: string): void {
    const startedAtMs = performance.now();
    response.once('close', () => {
      const route = typeof request.route?.path === 'string' ? request.route.path : 'unknown';
      this.of(request.method ?? 'GET', route).note(
        response,
        requestId,
        startedAtMs,
        response.writableFinished,
      );
    });
  }

  /** For whoever knows by itself when an answer has ended: a listener for each would cost more than the line. */
  of(method: string, route: string): RouteLog {
    const key = `${method} ${route}`;
    let log = this.#routes.get(key);
    if (log === undefined) {
      log = new RouteLog(this.lines, this.metrics, method, route);
      this.#routes.set(key, log);
    }
    return log;
  }
}

interface KnownStatus {
  readonly counts: AnswerCounts;
  /** What is the same in every line. */
  readonly fields: string;
}

/** The answers of one route. */
export class RouteLog {
  readonly #statuses = new Map<number, KnownStatus>();
  readonly #level: 'debug' | 'info';

  constructor(
    private readonly lines: AccessLines,
    private readonly metrics: Metrics,
    private readonly method: string,
    private readonly route: string,
  ) {
    this.#level = route.startsWith('/health/') ? 'debug' : 'info';
  }

  note({ statusCode }: ServerResponse, requestId: string, startedAtMs: number, isWhole: boolean): void {
    const durationMs = performance.now() - startedAtMs;
    const { counts, fields } = this.#statuses.get(statusCode) ?? this.#know(statusCode);
    counts.add(durationMs / 1000);
    this.lines.write(this.#level, isWhole ? 'request' : 'request cut off', fields, durationMs, requestId);
  }

  #know(status: number): KnownStatus {
    const { method, route } = this;
    const fields = JSON.stringify({ method, route, status }).slice(1, -1);
    const known = { counts: this.metrics.requests.of(method, route, status), fields };
    this.#statuses.set(status, known);
    return known;
  }
}
