import { resetPeak } from '../support/memory.js';
import { median } from '../support/output.js';
import type { LoadFigures, LoadSource } from './load.js';
import { treeCpuSeconds, treePeakMiB } from './process-tree.js';
import type { Side } from './sides.js';

/** Of one side at one number of connections. */
export interface SideFigures {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuSecondsPer1000: number;
  readonly peakMiB: number;
  readonly failures: number;
}

const WARM_UP_SECONDS = 2;
const PATIENT_SECONDS = 4;
/** As long as an answer may take. */
const ANSWER_SECONDS = 60;

/** All sides in turn, several rounds: what slows the machine for a while slows each of them. @returns medians by side */
export async function measureInTurn(
  load: LoadSource,
  sides: readonly Side[],
  connections: number,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<SideFigures[]> {
  const found: SideFigures[][] = sides.map(() => []);
  for (const { url, body, headers } of sides) {
    await load.run({ url, body, headers, connections, seconds: WARM_UP_SECONDS });
  }
  for (let round = 0; round < rounds; round++) {
    for (const [k, side] of sides.entries()) found[k]?.push(await measure(load, side, connections, seconds));
  }
  return found.map(medians);
}

/**
 * A side that may take a second for an answer: first one connection for a while, then over each number of connections as
 * many requests as that lets expect, at least one each, until the last is answered. What is broken off stays in such a
 * server's queue, and the next round would wait behind it.
 */
export async function measurePatiently(
  load: LoadSource,
  side: Side,
  connections: readonly number[],
): Promise<SideFigures[]> {
  const { url, body, headers } = side;
  const alone = await load.run({ url, body, headers, connections: 1, seconds: WARM_UP_SECONDS });
  const found: SideFigures[] = [];
  for (const count of connections) {
    const nRequests = Math.max(count, Math.ceil(alone.requestsPerSecond * PATIENT_SECONDS));
    found.push(await measure(load, side, count, ANSWER_SECONDS, nRequests));
  }
  return found;
}

/** Of one side at a pace of its own; failures are answers other than 200, and none. */
export interface PacedSideFigures {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failures: number;
}

/** All sides in turn at the same rate, several rounds. @returns medians by side */
export async function measurePaced(
  load: LoadSource,
  sides: readonly Side[],
  pace: {
    readonly rate: number;
    readonly connections: number;
    readonly rounds: number;
    readonly seconds: number;
  },
): Promise<PacedSideFigures[]> {
  const found: PacedSideFigures[][] = sides.map(() => []);
  for (let round = 0; round < pace.rounds; round++) {
    for (const [k, { url, body, headers }] of sides.entries()) {
      // What is asked for once and then remembered is not what this is about.
      await load.runPaced({ url, body, headers, ...pace, seconds: 1 });
      const { byStatus, nLeft } = await load.runPaced({ url, body, headers, ...pace });
      const { 200: answered = { n: 0, p50Ms: 0, p99Ms: 0 }, ...others } = byStatus;
      const failures = nLeft + Object.values(others).reduce((sum, { n }) => sum + n, 0);
      const requestsPerSecond = Math.round(answered.n / pace.seconds);
      found[k]?.push({ requestsPerSecond, p50Ms: answered.p50Ms, p99Ms: answered.p99Ms, failures });
    }
  }
  return found.map((rounds) => ({
    requestsPerSecond: median(rounds.map((round) => round.requestsPerSecond)),
    p50Ms: median(rounds.map((round) => round.p50Ms)),
    p99Ms: median(rounds.map((round) => round.p99Ms)),
    failures: rounds.reduce((sum, round) => sum + round.failures, 0),
  }));
}

async function measure(
  load: LoadSource,
  { pid, url, body, headers }: Side,
  connections: number,
  seconds: number,
  nRequests?: number,
): Promise<SideFigures> {
  resetPeak(pid);
  const before = treeCpuSeconds(pid);
  const more = nRequests === undefined ? {} : { nRequests };
  const figures: LoadFigures = await load.run({ url, body, headers, connections, seconds, ...more });
  const cpuSeconds = treeCpuSeconds(pid) - before;
  return {
    requestsPerSecond: figures.requestsPerSecond,
    p50Ms: figures.p50Ms,
    p99Ms: figures.p99Ms,
    cpuSecondsPer1000: (cpuSeconds / Math.max(1, figures.nRequests)) * 1000,
    peakMiB: treePeakMiB(pid),
    failures: figures.failures,
  };
}

function medians(rounds: readonly SideFigures[]): SideFigures {
  const of = (key: keyof SideFigures) => median(rounds.map((round) => round[key]));
  return {
    requestsPerSecond: of('requestsPerSecond'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    cpuSecondsPer1000: of('cpuSecondsPer1000'),
    peakMiB: of('peakMiB'),
    failures: rounds.reduce((sum, round) => sum + round.failures, 0),
  };
}
