import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Problem } from '../errors/problem.js';
import { nameRequest } from './request-id.js';
import { writeProblem } from './write-problem.js';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Longer than the idle time of usual proxies, so that they close first and no request meets a closing connection. */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_TIMEOUT_MS = 30_000;
const IDLE_POLL_MS = 25;

const notReady: RequestHandler = (_request, response) => {
  writeProblem(response, new Problem('not_ready', 'The service is starting or stopping.', [], 1));
};

/**
 * The one listening socket. It listens before the application exists, so that a port that is taken stops the start at
 * once and the embedded parts know our address; until there is a handler it answers 503.
 */
export class HttpServer {
  readonly #server: Server;
  readonly #open = new Set<ServerResponse>();
  #handler: RequestHandler = notReady;

  constructor() {
    // No limit on the whole request: a large upload takes long, and has an idle limit of its own.
    this.#server = createServer(
      { requestTimeout: 0, headersTimeout: HEADERS_TIMEOUT_MS },
      (request, response) => {
        nameRequest(request, response);
        this.#open.add(response);
        response.once('close', () => this.#open.delete(response));
        this.#handler(request, response);
      },
    );
    this.#server.keepAliveTimeout = KEEP_ALIVE_MS;
  }

  /** Returns the port. Throws when it is taken. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  handleWith(handler: RequestHandler): void {
    this.#handler = handler;
  }

  /** Takes no more connections, ends event streams, waits for the other answers, then cuts what is left. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#handler = notReady;
    for (const response of this.#open) {
      if (String(response.getHeader('content-type') ?? '').startsWith('text/event-stream')) response.end();
    }
    const deadline = performance.now() + graceMs;
    while (this.#open.size > 0 && performance.now() < deadline) {
      this.#server.closeIdleConnections();
      await delay(IDLE_POLL_MS);
    }
    this.#server.closeAllConnections();
    await closed;
  }
}
