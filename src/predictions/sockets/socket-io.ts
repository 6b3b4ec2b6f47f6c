import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Server, type Socket } from 'socket.io';
import { MAX_MESSAGE_BYTES, MAX_UNREAD_BYTES, PINGS } from './socket-limits.js';
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
    { intervalMs, timeoutMs } = PINGS,
  ) {
    this.#server = new Server(this.#hub, {
      path: this.path,
      serveClient: false,
      pingInterval: intervalMs,
      pingTimeout: timeoutMs,
      connectTimeout: HANDSHAKE_MS,
      maxHttpBufferSize: MAX_MESSAGE_BYTES,
    });
    this.#server.on('connection', (socket) => {
      const { auth, headers } = socket.handshake;
      const session = open(asAuthorization(auth['token']) ?? headers.authorization);
      const unread = new UnreadAnswers(socket);
      socket.on('predict', (request: unknown, acknowledge?: unknown) => {
        void answer(socket, session, unread, request, acknowledge);
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
  unread: UnreadAnswers,
  request: unknown,
  acknowledge: unknown,
): Promise<void> {
  const found = await session.predict(request);
  unread.begin();
  if (typeof acknowledge === 'function') acknowledge(found);
  else socket.emit('error' in found ? 'prediction_error' : 'prediction', found);
  unread.end(found);
}

/**
 * Who asks and never reads would fill our memory with answers: such a client is cut off. What a transport has not taken yet
 * waits in socket.io's own buffer, which says only when it has been emptied.
 */
class UnreadAnswers {
  #nBytes = 0;
  #isTaken = true;

  constructor(private readonly socket: Socket) {
    const { conn } = socket;
    const onDrain = () => {
      this.#nBytes = 0;
      this.#isTaken = true;
    };
    conn.on('drain', onDrain);
    socket.once('disconnect', () => conn.off('drain', onDrain));
  }

  /** Before an answer is handed over. */
  begin(): void {
    this.#isTaken = false;
  }

  /** After it: measured are only answers that were not taken at once. */
  end(answer: object): void {
    if (this.#isTaken) return;
    this.#nBytes += JSON.stringify(answer).length;
    if (this.#nBytes > MAX_UNREAD_BYTES) this.socket.disconnect(true);
  }
}
