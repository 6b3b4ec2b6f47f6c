import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Server, type Socket } from 'socket.io';
import { MAX_MESSAGE_BYTES, MAX_UNREAD_BYTES, PING_INTERVAL_MS, PING_TIMEOUT_MS } from './socket-limits.js';
import { asAuthorization, type SocketSession } from './socket-session.js';

const HANDSHAKE_MS = 10_000;

/**
 * socket.io: the event `predict` with `{model?, input, id?}` is answered by the event `prediction` on the same socket, or
 * by `prediction_error`; where the client wants an acknowledgement, by that alone.
 */
export class SocketIoDoor {
  readonly path = '/socket.io/';
  /** Never listens: socket.io takes its requests from a server, and gets only those that are handed on here. */
  readonly #hub = createServer();
  readonly #server: Server;

  constructor(
    open: (authorization: string | undefined) => SocketSession,
    close: (session: SocketSession) => void,
  ) {
    this.#server = new Server(this.#hub, {
      path: this.path,
      serveClient: false,
      pingInterval: PING_INTERVAL_MS,
      pingTimeout: PING_TIMEOUT_MS,
      connectTimeout: HANDSHAKE_MS,
      maxHttpBufferSize: MAX_MESSAGE_BYTES,
    });
    this.#server.on('connection', (socket) => {
      const { auth, headers } = socket.handshake;
      const session = open(asAuthorization(auth['token']) ?? headers.authorization);
      socket.on('predict', (request: unknown, acknowledge?: unknown) => {
        void answer(socket, session, request, acknowledge);
      });
      socket.on('disconnect', () => close(session));
    });
  }

  request(request: IncomingMessage, response: ServerResponse): void {
    this.#hub.emit('request', request, response);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#hub.emit('upgrade', request, socket, head);
  }

  async close(): Promise<void> {
    await this.#server.close();
  }
}

async function answer(
  socket: Socket,
  session: SocketSession,
  request: unknown,
  acknowledge: unknown,
): Promise<void> {
  const found = await session.predict(request);
  if (typeof acknowledge === 'function') acknowledge(found);
  else socket.emit('error' in found ? 'prediction_error' : 'prediction', found);
  // Who asks and never reads would fill our memory with answers.
  if (socket.conn.request.socket.writableLength > MAX_UNREAD_BYTES) socket.disconnect(true);
}
