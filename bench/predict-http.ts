import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { PEOPLE } from '../src/demo/people.js';
import { median, note, printBench, significant } from './support/output.js';
import { trainCensus, withService } from './support/service.js';

/**
 * One-row predictions of a forest of 100 trees over HTTP, beside a bare node:http echo of the same body, taking turns
 * in one run. `npm run bench:predict [-- --json]`.
 */
const ROUNDS = 5;
const ROUND_SECONDS = 5;
const WARM_UP_SECONDS = 3;
const CONNECTIONS = 16;
const GOAL_RATIO = 0.3;

interface Round {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failures: number;
}

async function load(url: string, body: string, seconds: number, authorization: string): Promise<Round> {
  const result = await autocannon({
    url,
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', authorization },
    connections: CONNECTIONS,
    duration: seconds,
  });
  return {
    requestsPerSecond: result.requests.average,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    failures: result.non2xx + result.errors,
  };
}

await withService({}, async (bench) => {
  note('training…');
  await trainCensus(bench);
  const echo = fork(fileURLToPath(new URL('./support/echo-server.js', import.meta.url)), {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const [port] = (await once(echo.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const echoUrl = `http://127.0.0.1:${port.toString().trim()}/`;
  const body = JSON.stringify({ rows: [PEOPLE[0]?.row] });
  const url = `${bench.service.url}/models/${bench.modelId}/predict`;
  const authorization = bench.user.credentials;
  await load(url, body, WARM_UP_SECONDS, authorization);
  await load(echoUrl, body, WARM_UP_SECONDS, authorization);
  const ours: Round[] = [];
  const bare: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    bare.push(await load(echoUrl, body, ROUND_SECONDS, authorization));
    ours.push(await load(url, body, ROUND_SECONDS, authorization));
    note(`round ${round + 1}: ${ours.at(-1)?.requestsPerSecond} beside ${bare.at(-1)?.requestsPerSecond}`);
  }
  echo.kill();
  const row = (name: string, rounds: Round[]) => ({
    name,
    figures: {
      requestsPerSecond: Math.round(median(rounds.map((round) => round.requestsPerSecond))),
      p50Ms: median(rounds.map((round) => round.p50Ms)),
      p99Ms: median(rounds.map((round) => round.p99Ms)),
      failures: rounds.reduce((sum, round) => sum + round.failures, 0),
    },
  });
  const ratio = median(
    ours.map((round, i) => round.requestsPerSecond / (bare[i] as Round).requestsPerSecond),
  );
  printBench(
    `one-row predictions, ${CONNECTIONS} connections`,
    [row('bare node:http echo', bare), row('POST /models/{id}/predict', ours)],
    [
      {
        goal: `≥ ${GOAL_RATIO} of the bare echo`,
        measured: `${significant(ratio)}`,
        met: ratio >= GOAL_RATIO,
      },
    ],
  );
});
