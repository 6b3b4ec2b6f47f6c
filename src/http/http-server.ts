import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Problem } from '../errors/problem.js';
import { writeProblem } from './write-problem.js';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;
/** Answers some requests by itself, and counts them. */
export interface FirstHandler {
  /** False when the request is not one of its own; it is untouched then. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  /** How many it has taken and not answered. */
  readonly nOpen: number;
}
/** Takes an upgraded connection over; false: there is nothing to upgrade to at this address. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

/** Longer than the idle time of usual proxies, so that they close first and no request meets a closing connection. */
export const KEEP_ALIVE_MS = 75_000;
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
  #first: FirstHandler | undefined;
  #isClosing = false;

  constructor() {
    // No limit on the whole request: a large upload takes long, and has an idle limit of its own.
    this.#server = createServer(
      { requestTimeout: 0, headersTimeout: HEADERS_TIMEOUT_MS },
      (request, response) => {
        if (!this.#isClosing && this.#first?.handle(request, response)) return;
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

  /** Is asked before the handler, and spares a request that it takes all that is done for the others. */
  tryFirst(first: FirstHandler): void {
    this.#first = first;
  }

  /** From now on connections may be upgraded; until then a wish for it is passed over. */
  upgradeWith(handler: UpgradeHandler): void {
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (!handler(request, socket, head)) this.#serveWithoutUpgrade(request, socket, head);
    });
  }

  /**
   * A client may offer an upgrade that it does not need: those who can speak HTTP/2 do so with their first request.
   * The request is put back on the connection without the offer, and is read again as any other.
   */
  #serveWithoutUpgrade({ method, url, rawHeaders }: IncomingMessage, socket: Duplex, head: Buffer): void {
    let text = `${method} ${url} HTTP/1.1\r\n`;
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i] as string;
      if (!/^(?:upgrade|connection|http2-settings)$/i.test(name)) text += `${name}: ${rawHeaders[i + 1]}\r\n`;
    }
    socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, 'latin1'), head]));
    this.#server.emit('connection', socket);
  }

  /** Takes no more connections, ends event streams, waits for the other answers, then cuts what is left. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#handler = notReady;
    this.#isClosing = true;
    for (const response of this.#open) {
      if (String(response.getHeader('content-type') ?? '').startsWith('text/event-stream')) response.end();
    }
    const deadline = performance.now() + graceMs;
    while (this.#open.size + (this.#first?.nOpen ?? 0) > 0 && performance.now() < deadline) {
      this.#server.closeIdleConnections();
      await delay(IDLE_POLL_MS);
    }
    this.#server.closeAllConnections();
    await closed;
  }
}
