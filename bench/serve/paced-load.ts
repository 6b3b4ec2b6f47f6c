import { connect, type Socket } from 'node:net';

/** Requests that come at their own pace, whether those before them were answered or not. */
export interface PacedOrder {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second over all connections. */
  readonly rate: number;
}

export interface Answers {
  readonly n: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What came of it, by status; 0: the connection ended without an answer. */
export interface PacedFigures {
  readonly byStatus: Readonly<Record<number, Answers>>;
  /** Asked for, and still not answered some time after the last was. */
  readonly nLeft: number;
}

const TICK_MS = 1;
const LAST_ANSWERS_MS = 3000;
const HEAD_END = '\r\n\r\n';

/** One kept connection with at most one request on its way. */
class Connection {
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

/**
 * Sends requests evenly in time. What is due while every connection is busy waits, and its waiting counts: a server that
 * stands still for a moment delays all that would have come in it. A load that waits for answers would not notice.
 */
export async function pacedLoad(order: PacedOrder): Promise<PacedFigures> {
  const { url, body, headers, connections, seconds, rate } = order;
  const address = new URL(url);
  const head = { host: address.host, 'content-type': 'application/json', ...headers };
  const lines = Object.entries({ ...head, 'content-length': Buffer.byteLength(body) });
  const text = `POST ${address.pathname} HTTP/1.1\r\n${lines.map((line) => line.join(': ')).join('\r\n')}${HEAD_END}${body}`;
  const latencies = new Map<number, number[]>();
  const due: number[] = [];
  let nAnswered = 0;
  const onAnswer = (connection: Connection, status: number, latencyMs: number) => {
    nAnswered++;
    const known = latencies.get(status) ?? [];
    known.push(latencyMs);
    latencies.set(status, known);
    const next = due.shift();
    if (next === undefined) idle.push(connection);
    else connection.ask(next);
  };
  const request = Buffer.from(text);
  const all = Array.from({ length: connections }, () => new Connection(address, request, onAnswer));
  const idle = [...all];
  const startedAt = performance.now();
  let nDue = 0;
  await new Promise<void>((resolve) => {
    const tick = () => {
      const nowMs = performance.now();
      const elapsed = Math.min(nowMs - startedAt, seconds * 1000);
      for (const until = (elapsed / 1000) * rate; nDue < until; nDue++) {
        const connection = idle.pop();
        if (connection === undefined) due.push(nowMs);
        else connection.ask(nowMs);
      }
      const isOver = nowMs - startedAt > seconds * 1000;
      const isGivenUp = nowMs - startedAt > seconds * 1000 + LAST_ANSWERS_MS;
      if ((isOver && nAnswered >= nDue) || isGivenUp) resolve();
      else setTimeout(tick, TICK_MS);
    };
    tick();
  });
  for (const connection of all) connection.end();
  const byStatus = Object.fromEntries([...latencies].map(([status, times]) => [status, answersOf(times)]));
  return { byStatus, nLeft: nDue - nAnswered };
}

function answersOf(latenciesMs: readonly number[]): Answers {
  const sorted = [...latenciesMs].sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0) * 100) / 100;
  return { n: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99) };
}
