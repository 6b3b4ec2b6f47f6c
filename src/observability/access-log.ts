import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessLines } from './logger.js';
import type { Metrics } from './metrics.js';

/** What Express writes onto the request when a route has matched. */
interface RoutedRequest extends IncomingMessage {
  readonly route?: { readonly path?: unknown };
}

/** One answer that has ended. */
export interface EndedAnswer {
  readonly method: string;
  /** The route's pattern. */
  readonly route: string;
  readonly status: number;
  readonly startedAtMs: number;
  readonly requestId: string;
  /** Whether all of it was sent. */
  readonly isWhole: boolean;
}

/**
 * One line and one count for every answer: the route's pattern, never the path or the query, because ids and values of
 * callers are theirs. Health checks come every few seconds and are only counted.
 */
export class AccessLog {
  constructor(
    private readonly lines: AccessLines,
    private readonly metrics: Metrics,
  ) {}

  follow(request: RoutedRequest, response: ServerResponse, requestId: string): void {
    const startedAtMs = performance.now();
    response.once('close', () => {
      this.note({
        method: request.method ?? 'GET',
        route: typeof request.route?.path === 'string' ? request.route.path : 'unknown',
        status: response.statusCode,
        startedAtMs,
        requestId,
        isWhole: response.writableFinished,
      });
    });
  }

  /** For whoever knows by itself when an answer has ended: a listener for each would cost more than the line. */
  note({ method, route, status, startedAtMs, requestId, isWhole }: EndedAnswer): void {
    const durationMs = performance.now() - startedAtMs;
    this.metrics.countRequest(method, route, status, durationMs);
    this.lines.write(route.startsWith('/health/') ? 'debug' : 'info', {
      msg: isWhole ? 'request' : 'request cut off',
      method,
      route,
      status,
      durationMs: Math.round(durationMs * 10) / 10,
      requestId,
    });
  }
}
