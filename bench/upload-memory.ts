import { randomInt } from 'node:crypto';
import { Readable } from 'node:stream';
import { resetPeak, residentMiB } from './support/memory.js';
import { type BenchRow, note, printBench, significant } from './support/output.js';
import { type BenchService, withService } from './support/service.js';
import { GeneratedCsv } from './upload/generated-csv.js';
import { TusSender } from './upload/tus-sender.js';

/**
 * Uploads of a large CSV, plain and by tus: the peak memory of the API process over its idle level while the file is
 * sent and parsed; then a third time by tus, cut off at ten random places, at three of them by killing the service.
 * `npm run bench:upload [-- --gib=2] [--json]`.
 */
const GIB = 2 ** 30;
const GOAL_MIB = 150;
const N_CUTS = 10;
/** The cuts that are kills (SIGKILL) of the service, which is then started again on the same storage. */
const KILLS: readonly number[] = [2, 5, 8];
const asked = process.argv.find((word) => word.startsWith('--gib='));
const content = new GeneratedCsv(Math.round(Number(asked?.slice('--gib='.length) ?? 2) * GIB));

interface Stored {
  readonly nRows: number;
  readonly nBytes: number;
  readonly sha256: string;
}

async function put({ journey, user, datasetId }: BenchService, chunks: Iterable<Buffer>): Promise<void> {
  await journey.atService(user).send('PUT', `/datasets/${datasetId}/content`, {
    headers: { 'content-type': 'text/csv' },
    body: Readable.toWeb(Readable.from(chunks)) as ReadableStream,
    duplex: 'half',
  } as RequestInit);
}

async function sendByTus({ service, journey, user, datasetId }: BenchService): Promise<void> {
  const atService = journey.atService(user);
  const sender = await TusSender.create(atService, datasetId, content);
  await sender.finish(atService, service.url);
}

async function sendWithCuts(bench: BenchService): Promise<void> {
  let { service, journey } = bench;
  const user = () => journey.atService(bench.user);
  const sender = await TusSender.create(user(), bench.datasetId, content);
  const places = Array.from({ length: N_CUTS }, () => randomInt(1, content.nBytes)).sort((a, b) => a - b);
  for (const [index, place] of places.entries()) {
    await sender.sendUntil(user(), service.url, place, async () => {
      if (KILLS.includes(index)) ({ service, journey } = await bench.killAndRestart());
    });
    note(`cut at ${place}${KILLS.includes(index) ? ' by killing the service' : ''}`);
  }
  await sender.finish(user(), service.url);
}

await withService({ ROLE: 'all' }, async (bench) => {
  // A first small upload loads what is loaded once, so that the idle level is that of a warm process.
  await put(bench, [Buffer.from('a,b\n1,2\n3,4\n')]);
  const digest = content.sha256();
  const stored = async ({ journey, user, datasetId }: BenchService): Promise<Stored> =>
    journey.atService(user).json('GET', `/datasets/${datasetId}`);
  const rows: BenchRow[] = [];
  const peaks: number[] = [];
  const ways = { 'plain PUT': () => put(bench, content.bytes()), tus: () => sendByTus(bench) };
  const pid = bench.service.process.pid as number;
  // Once for both: what the first upload leaves behind is no idle level for the second.
  const idleMiB = residentMiB(pid);
  for (const [name, send] of Object.entries(ways)) {
    resetPeak(pid);
    note(`${name}: sending ${(content.nBytes / GIB).toFixed(1)} GiB…`);
    const started = performance.now();
    await send();
    const seconds = (performance.now() - started) / 1000;
    const overMiB = residentMiB(pid, 'VmHWM') - idleMiB;
    const { nRows, nBytes, sha256 } = await stored(bench);
    peaks.push(overMiB);
    rows.push({
      name,
      figures: {
        GiB: significant(nBytes / GIB),
        nRows,
        seconds: significant(seconds),
        idleMiB: Math.round(idleMiB),
        peakOverIdleMiB: Math.round(overMiB),
        digest: sha256 === digest ? 'equal' : 'DIFFERENT',
      },
    });
  }
  note(`tus with ${N_CUTS} cuts…`);
  const started = performance.now();
  await sendWithCuts(bench);
  const seconds = (performance.now() - started) / 1000;
  const { nRows, nBytes, sha256 } = await stored(bench.current());
  const isEqual = sha256 === digest;
  rows.push({
    name: `tus, cut ${N_CUTS} times, the service killed at ${KILLS.length}`,
    figures: {
      GiB: significant(nBytes / GIB),
      nRows,
      seconds: significant(seconds),
      digest: isEqual ? 'equal' : 'DIFFERENT',
    },
  });
  const highest = Math.max(...peaks);
  printBench('upload: memory of the API process', rows, [
    {
      goal: `peak memory over idle ≤ ${GOAL_MIB} MiB`,
      measured: `${Math.round(highest)} MiB`,
      met: highest <= GOAL_MIB,
    },
    {
      goal: `killed and resumed at ${N_CUTS} random places, digest equal`,
      measured: isEqual ? 'equal' : 'different',
      met: isEqual,
    },
  ]);
});
