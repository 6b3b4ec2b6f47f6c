import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { isObject, parseJson } from '../protocols/json-text.js';
import { MAX_MESSAGE_BYTES, MAX_UNREAD_BYTES, PINGS } from './socket-limits.js';
import { asAuthorization, type SocketSession } from './socket-session.js';

const GOING_AWAY = 1001;
const CLOSE_GRACE_MS = 1000;

/**
 * The same without socket.io: a JSON message `{model?, input, id?}` is answered by a message with `prediction` or
 * `error`. A client that cannot set headers sends `{"token": …}` first.
 */
export class PlainWebSocketDoor {
  readonly path = '/ws/predict';
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    clientTracking: true,
  });
  /** Clients that have not answered the last ping. */
  readonly #silent = new WeakSet<WebSocket>();
  readonly #pings: NodeJS.Timeout;

  constructor(
    private readonly open: (authorization: string | undefined) => SocketSession,
    private readonly closed: (session: SocketSession) => void,
    { intervalMs } = PINGS,
  ) {
    this.#pings = setInterval(() => this.#ping(), intervalMs).unref();
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (client) => this.#welcome(client, request));
  }

  async close(): Promise<void> {
    clearInterval(this.#pings);
    const clients = [...this.#server.clients];
    const gone = clients.map(
      (client) => new Promise<void>((resolve) => client.once('close', () => resolve())),
    );
    for (const client of clients) client.close(GOING_AWAY);
    // Who does not close in return is cut off.
    const timer = setTimeout(() => {
      for (const client of clients) client.terminate();
    }, CLOSE_GRACE_MS);
    await Promise.all(gone);
    clearTimeout(timer);
    this.#server.close();
  }

  #welcome(client: WebSocket, request: IncomingMessage): void {
    const session = this.open(request.headers.authorization);
    client.on('message', (data) => void this.#answer(client, session, data as Buffer));
    client.on('pong', () => this.#silent.delete(client));
    // A message that is too large, or no frame at all: ws closes the connection by itself.
    client.on('error', () => client.terminate());
    client.on('close', () => this.closed(session));
  }

  async #answer(client: WebSocket, session: SocketSession, data: Buffer): Promise<void> {
    const message = parse(data);
    if (isObject(message) && 'token' in message) {
      session.authorization = asAuthorization(message['token']);
      // A token alone asks nothing.
      if (!('input' in message)) return;
    }
    const answer = await session.predict(message);
    if (client.readyState !== client.OPEN) return;
    client.send(JSON.stringify(answer));
    // Who asks and never reads would fill our memory with answers.
    if (client.bufferedAmount > MAX_UNREAD_BYTES) client.terminate();
  }

  #ping(): void {
    for (const client of this.#server.clients) {
      if (this.#silent.has(client)) client.terminate();
      else {
        this.#silent.add(client);
        client.ping();
      }
    }
  }
}

/** undefined, which no JSON is, where the message is none. */
function parse(data: Buffer): unknown {
  try {
    return parseJson(data);
  } catch {
    return undefined;
  }
}
