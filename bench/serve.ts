import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PEOPLE } from '../src/demo/people.js';
import { batchFigures, inProcessMicroseconds, trainLinear, trainWide } from './serve/batches.js';
import { requestGoals } from './serve/goals.js';
import { LoadSource } from './serve/load.js';
import { measureInTurn, measurePaced, measurePatiently, type SideFigures } from './serve/measure.js';
import { overloadFigures, SMALL_QUEUE } from './serve/overload.js';
import { renewPage } from './serve/page.js';
import type { Goal, PageLine, SideLine } from './serve/page-lines.js';
import { inferenceRequest, PEERS, startPeer } from './serve/peers.js';
import type { Side } from './serve/sides.js';
import { note, printBench, significant } from './support/output.js';
import { type BenchService, trainCensus, withService } from './support/service.js';

/**
 * One-row predictions of a forest of 100 trees over HTTP beside a bare echo and the servers that Python has for it; then
 * many rows at once, many columns, no HTTP at all, and more than can be answered. `npm run bench:serve [-- --json] [-- --only=echo,native,Flask,batches,overload]`.
 */
const CONNECTIONS = [1, 16, 256];
const QUICK = { rounds: 3, seconds: 3 };
const AT_HALF = { rounds: 3, seconds: 4 };
const CONNECTIONS_AT_HALF = 16;
const ECHO = 'bare node:http echo';
const NATIVE = 'Trainyard, native';
const ROW = PEOPLE[0]?.row ?? {};

const only = process.argv
  .find((argument) => argument.startsWith('--only='))
  ?.slice('--only='.length)
  .split(',');
const isWanted = (name: string) =>
  only === undefined || only.some((part) => name.toLowerCase().includes(part.toLowerCase()));

const lines: PageLine[] = [];
const goals: Goal[] = [];
const load = new LoadSource();

await withService({ LOG_LEVEL: 'info', ...SMALL_QUEUE }, async (bench) => {
  note('training…');
  await trainCensus(bench);
  if (isWanted('echo') || isWanted('native')) await measureOurs(bench);
  for (const peer of PEERS.filter(({ name }) => isWanted(name))) await measurePeer(peer);
  if (isWanted('batches')) await measureBatches(bench);
  if (isWanted('overload')) {
    note('more than can be answered…');
    const found = await overloadFigures(bench, load);
    lines.push(...found.lines);
    goals.push(...found.goals);
  }
});
load.stop();
goals.push(...requestGoals(lines, { echo: ECHO, native: NATIVE }));
renewPage(lines, goals);
printBench(
  'predictions over HTTP',
  lines.map((line) => ({ name: line.name, figures: line.figures })),
  goals,
);

async function measureOurs(bench: BenchService): Promise<void> {
  const echo = await startEcho();
  const sides = [echo, ...ourSides(bench)].filter(({ name }) => isWanted(name));
  for (const connections of CONNECTIONS) {
    note(`${sides.length} sides, ${connections} connections…`);
    const figures = await measureInTurn(load, sides, connections, QUICK);
    for (const [k, side] of sides.entries())
      lines.push(lineOf(side.name, connections, figures[k] as SideFigures));
  }
  const native = sides.find(({ name }) => name === NATIVE);
  if (native !== undefined) await measureAtHalf(native, echo);
  await echo.stop();
}

/** Beside the echo at the same rate: what that takes is of the asking side and of the machine. */
async function measureAtHalf(native: Side, echo: Side): Promise<void> {
  const peak = Math.max(...lines.filter((line) => line.side === NATIVE).map(rateOf));
  const rate = Math.round(peak / 2);
  const [half, bare] = await measurePaced(load, [native, echo], {
    rate,
    connections: CONNECTIONS_AT_HALF,
    ...AT_HALF,
  });
  if (half === undefined || bare === undefined) return;
  lines.push({ name: 'half of the peak rate', figures: { ...half } });
  lines.push({ name: `${ECHO} at the same rate`, figures: { ...bare } });
  goals.push({
    goal: 'p99 at half of the peak rate ≤ 3 ms',
    measured: `${half.p99Ms} ms (the bare echo: ${bare.p99Ms} ms)`,
    met: half.requestsPerSecond > 0 && half.p99Ms <= 3,
  });
}

async function measurePeer(peer: (typeof PEERS)[number]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-peer-'));
  try {
    note(`${peer.name}…`);
    const side = await startPeer(peer, folder, ROW);
    const found = await measurePatiently(load, side, CONNECTIONS);
    for (const [k, connections] of CONNECTIONS.entries())
      lines.push(lineOf(side.name, connections, found[k] as SideFigures));
    await side.stop();
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0]?.slice(0, 120) ?? '';
    note(`${peer.name}: ${reason}`);
    lines.push({ name: peer.name, side: peer.name, figures: { missing: `not measured: ${reason}` } });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureBatches(bench: BenchService): Promise<void> {
  note('many rows, many columns…');
  const linear = await trainLinear(bench);
  const wide = await trainWide(bench);
  const cases = await batchFigures(bench, load, { forest: bench.modelId, linear, wide });
  lines.push(...cases.lines);
  goals.push(...cases.goals);
  const perRow = await inProcessMicroseconds(bench);
  lines.push({ name: 'in-process, forest, one row', figures: { microseconds: significant(perRow) } });
  goals.push({
    goal: 'in-process scoring ≤ 20 µs a row',
    measured: `${significant(perRow)} µs`,
    met: perRow <= 20,
  });
}

function lineOf(side: string, connections: number, figures: SideFigures): SideLine {
  return {
    name: `${side}, ${connections} ${connections === 1 ? 'connection' : 'connections'}`,
    side,
    connections,
    figures: {
      requestsPerSecond: Math.round(figures.requestsPerSecond),
      p50Ms: figures.p50Ms,
      p99Ms: figures.p99Ms,
      cpuSecondsPer1000: significant(figures.cpuSecondsPer1000),
      peakMiB: Math.round(figures.peakMiB),
      failures: figures.failures,
    },
  };
}

function rateOf(line: PageLine): number {
  return Number(line.figures['requestsPerSecond'] ?? 0);
}

function ourSides({ service, user, modelId }: BenchService): Side[] {
  const side = (name: string, path: string, body: object): Side => ({
    name,
    pid: service.process.pid as number,
    url: `${service.url}/${path}`,
    body: JSON.stringify(body),
    headers: { authorization: user.credentials },
    stop: () => Promise.resolve(),
  });
  return [
    side(NATIVE, `models/${modelId}/predict`, { rows: [ROW] }),
    side('Trainyard, Open Inference', `v2/models/${modelId}/infer`, inferenceRequest(ROW)),
    side('Trainyard, MLflow', `models/${modelId}/mlflow/invocations`, { dataframe_records: [ROW] }),
  ];
}

async function startEcho(): Promise<Side> {
  const child = fork(fileURLToPath(new URL('./support/echo-server.js', import.meta.url)), {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const [port] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return {
    name: ECHO,
    pid: child.pid as number,
    url: `http://127.0.0.1:${port.toString().trim()}/`,
    body: JSON.stringify({ rows: [ROW] }),
    headers: {},
    stop: async () => {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
