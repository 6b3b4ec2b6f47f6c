import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';

/** What Express writes onto the request when a route has matched. */
interface RoutedRequest extends IncomingMessage {
  readonly route?: { readonly path?: unknown };
}

/**
 * One line and one count for every answer: the route's pattern, never the path or the query, because ids and values of
 * callers are theirs. Health checks come every few seconds and are only counted.
 */
export class AccessLog {
  constructor(
    private readonly logger: Logger,
    private readonly metrics: Metrics,
  ) {}

  follow(request: RoutedRequest, response: ServerResponse, requestId: string): void {
    const startedAt = performance.now();
    response.once('close', () => {
      const durationMs = performance.now() - startedAt;
      const route = typeof request.route?.path === 'string' ? request.route.path : 'unknown';
      const method = request.method ?? 'GET';
      this.metrics.countRequest(method, route, response.statusCode, durationMs);
      this.logger[route.startsWith('/health/') ? 'debug' : 'info']({
        msg: response.writableFinished ? 'request' : 'request cut off',
        method,
        route,
        status: response.statusCode,
        durationMs: Math.round(durationMs * 10) / 10,
        requestId,
      });
    });
  }
}
