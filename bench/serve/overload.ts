import { PEOPLE } from '../../src/demo/people.js';
import { significant } from '../support/output.js';
import type { BenchService } from '../support/service.js';
import type { LoadSource } from './load.js';
import type { Goal, PageLine } from './page-lines.js';

const N_ROWS = 1000;
const SECONDS = 5;
const TIMES_CAPACITY = 4;
const CONNECTIONS = 64;
const GOAL_REFUSED_MS = 50;

/** Of the service that is flooded: a small queue, so that those who are let in wait little. */
export const SMALL_QUEUE = { PREDICT_MAX_WAITING: '1' };

/** Large requests at four times the rate that the threads can take, beside the same requests one at a time. */
export async function overloadFigures(
  { service, user, modelId }: BenchService,
  load: LoadSource,
): Promise<{ lines: PageLine[]; goals: Goal[] }> {
  const rows = Array.from({ length: N_ROWS }, (_, n) => PEOPLE[n % PEOPLE.length]?.row ?? {});
  const order = {
    url: `${service.url}/models/${modelId}/predict`,
    body: JSON.stringify({ rows }),
    headers: { authorization: user.credentials },
    seconds: SECONDS,
  };
  await load.runOneAtATime({ ...order, seconds: 2 });
  const alone = await load.runOneAtATime(order);
  const rate = Math.round(alone.requestsPerSecond * TIMES_CAPACITY);
  const { byStatus, nLeft } = await load.runPaced({ ...order, connections: CONNECTIONS, rate });
  const none = { n: 0, p50Ms: 0, p99Ms: 0 };
  const { 200: accepted = none, 429: refused = none, ...others } = byStatus;
  const failures = nLeft + Object.values(others).reduce((sum, { n }) => sum + n, 0);
  const name = `${N_ROWS} rows a request at ${TIMES_CAPACITY} times the capacity`;
  return {
    lines: [
      {
        name: `${name}: taken on`,
        figures: {
          requestsPerSecond: significant(accepted.n / SECONDS),
          p50Ms: accepted.p50Ms,
          p99Ms: accepted.p99Ms,
          failures,
        },
      },
      {
        name: `${name}: refused with 429`,
        figures: {
          requestsPerSecond: significant(refused.n / SECONDS),
          p50Ms: refused.p50Ms,
          p99Ms: refused.p99Ms,
        },
      },
      {
        name: `${N_ROWS} rows a request, one at a time`,
        figures: {
          requestsPerSecond: significant(alone.requestsPerSecond),
          p50Ms: alone.p50Ms,
          p99Ms: alone.p99Ms,
        },
      },
    ],
    goals: [
      {
        goal: `refused within ${GOAL_REFUSED_MS} ms at ${TIMES_CAPACITY} times the capacity, p99`,
        measured: refused.n === 0 ? 'nothing was refused' : `${refused.p99Ms} ms`,
        met: refused.n > 0 && refused.p99Ms <= GOAL_REFUSED_MS,
      },
    ],
  };
}
