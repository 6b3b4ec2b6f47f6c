import autocannon from 'autocannon';
import { type PacedOrder, pacedLoad } from './paced-load.js';

/** What a round of requests is made of: as many as are answered. */
export interface LoadOrder {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
  /** Ends after this many instead, each of which may take `seconds`. */
  readonly nRequests?: number;
}

/** What came of it, as the asking side saw it. */
export interface LoadFigures {
  readonly requestsPerSecond: number;
  readonly nRequests: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 2xx, and requests without an answer. */
  readonly failures: number;
}

/** The asking side, in a process of its own so that it shares no event loop with the bench. */
process.on('message', async (order: LoadOrder | { readonly paced: PacedOrder }) => {
  process.send?.('paced' in order ? await pacedLoad(order.paced) : await load(order));
});
process.on('disconnect', () => process.exit());

async function load({ nRequests, seconds, ...order }: LoadOrder): Promise<LoadFigures> {
  const result = await autocannon({
    ...order,
    headers: { 'content-type': 'application/json', ...order.headers },
    method: 'POST',
    ...(nRequests === undefined ? { duration: seconds } : { amount: nRequests, timeout: seconds }),
  });
  return {
    requestsPerSecond: result['2xx'] / result.duration,
    nRequests: result['2xx'],
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    failures: result.non2xx + result.errors,
  };
}
