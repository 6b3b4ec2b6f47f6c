import { Connection, requestBytes } from './connection.js';
import type { LoadOrder } from './load-order.js';
import { type Answers, answersOf } from './paced-load.js';

export type OneAtATimeOrder = Pick<LoadOrder, 'url' | 'body' | 'headers' | 'seconds'>;

export interface OneAtATimeFigures extends Answers {
  readonly requestsPerSecond: number;
  /** Answers other than 200, and none. */
  readonly failures: number;
}

/**
 * Over one connection, the next request when the last was answered. For large replies: autocannon reads each in JavaScript,
 * byte by byte, which takes as long as some models need for the predictions in it.
 */
export function oneAtATime({ url, seconds, ...message }: OneAtATimeOrder): Promise<OneAtATimeFigures> {
  const address = new URL(url);
  const latencies: number[] = [];
  let failures = 0;
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const onAnswer = (connection: Connection, status: number, latencyMs: number) => {
      if (status === 200) latencies.push(latencyMs);
      else failures++;
      const nowMs = performance.now();
      const elapsedSeconds = (nowMs - startedAt) / 1000;
      if (elapsedSeconds < seconds) {
        connection.ask(nowMs);
        return;
      }
      connection.end();
      resolve({ ...answersOf(latencies), requestsPerSecond: latencies.length / elapsedSeconds, failures });
    };
    new Connection(address, requestBytes(address, message), onAnswer).ask(startedAt);
  });
}
