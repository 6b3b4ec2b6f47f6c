import { Connection, requestBytes } from './connection.js';

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

/**
 * Sends requests evenly in time. What is due while every connection is busy waits, and its waiting counts: a server that
 * stands still for a moment delays all that would have come in it. A load that waits for answers would not notice.
 */
export async function pacedLoad(order: PacedOrder): Promise<PacedFigures> {
  const { url, connections, seconds, rate } = order;
  const address = new URL(url);
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
  const request = requestBytes(address, order);
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

export function answersOf(latenciesMs: readonly number[]): Answers {
  const sorted = [...latenciesMs].sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0) * 100) / 100;
  return { n: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99) };
}
