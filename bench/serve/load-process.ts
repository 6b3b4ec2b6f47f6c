import autocannon from 'autocannon';
import type { LoadFigures, LoadOrder } from './load-order.js';
import { type OneAtATimeOrder, oneAtATime } from './one-at-a-time.js';
import { type PacedOrder, pacedLoad } from './paced-load.js';

export type Order = LoadOrder | { readonly paced: PacedOrder } | { readonly oneAtATime: OneAtATimeOrder };

/** The asking side, in a process of its own so that it shares no event loop with the bench. */
process.on('message', async (order: Order) => process.send?.(await follow(order)));
process.on('disconnect', () => process.exit());

function follow(order: Order): Promise<object> {
  if ('paced' in order) return pacedLoad(order.paced);
  return 'oneAtATime' in order ? oneAtATime(order.oneAtATime) : load(order);
}

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
