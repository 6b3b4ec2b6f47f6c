import autocannon from 'autocannon';

/** What a round of requests is made of. */
export interface LoadOrder {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second over all connections; absent: as many as are answered. */
  readonly rate?: number;
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
process.on('message', async ({ rate, seconds, ...order }: LoadOrder) => {
  const result = await autocannon({
    ...order,
    headers: { 'content-type': 'application/json', ...order.headers },
    method: 'POST',
    duration: seconds,
    ...(rate === undefined ? {} : { overallRate: rate }),
  });
  const figures: LoadFigures = {
    requestsPerSecond: result['2xx'] / result.duration,
    nRequests: result['2xx'],
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    failures: result.non2xx + result.errors,
  };
  process.send?.(figures);
});
process.on('disconnect', () => process.exit());
