import { connect, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';

/** The bytes of one POST request. */
export function requestBytes(
  url: URL,
  { body, headers }: { readonly body: string; readonly headers: Readonly<Record<string, string>> },
): Buffer {
  const all = {
    host: url.host,
    'content-type': 'application/json',
    ...headers,
    'content-length': Buffer.byteLength(body),
  };
  const lines = Object.entries(all).map((line) => line.join(': '));
  return Buffer.from(`POST ${url.pathname} HTTP/1.1\r\n${lines.join('\r\n')}${HEAD_END}${body}`);
}

/** One kept connection with at most one request on its way. */
export class Connection {
  #socket: Socket | undefined;
  #received = '';
  #askedAtMs = 0;

  constructor(
    private readonly address: URL,
    private readonly request: Buffer,
    private readonly onAnswer: (connection: Connection, status: number, latencyMs: number) => void,
  ) {}

  /** @param sinceMs when the request was due */
  ask(sinceMs: number): void {
    this.#askedAtMs = sinceMs;
    this.#socket ??= this.#connect();
    this.#socket.write(this.request);
  }

  end(): void {
    this.#socket?.removeAllListeners('close').destroy();
  }

  #connect(): Socket {
    const socket = connect(Number(this.address.port), this.address.hostname)
      .setNoDelay()
      .setEncoding('latin1');
    socket.on('data', (text: string) => this.#receive(text));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#socket === socket) this.#finish(0, false);
    });
    return socket;
  }

  #receive(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf(HEAD_END);
    if (end < 0) return;
    const head = this.#received.slice(0, end);
    const nBytes = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#received.length < end + HEAD_END.length + nBytes) return;
    this.#finish(Number(head.slice(9, 12)), !/\r\nconnection: *close/i.test(head));
  }

  #finish(status: number, isKept: boolean): void {
    this.#received = '';
    if (!isKept) {
      const socket = this.#socket;
      this.#socket = undefined;
      socket?.destroy();
    }
    this.onAnswer(this, status, performance.now() - this.#askedAtMs);
  }
}
