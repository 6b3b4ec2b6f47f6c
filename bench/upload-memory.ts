import { Readable } from 'node:stream';
import { resetPeak, residentMiB } from './support/memory.js';
import { note, printBench, significant } from './support/output.js';
import { withService } from './support/service.js';

/**
 * Peak memory of the API process over its idle level while a large CSV is uploaded and parsed. The file is made while
 * it is sent; it never lies on this side's disk. `npm run bench:upload [-- --gib=2] [--json]`.
 */
const GIB = 2 ** 30;
const GOAL_MIB = 150;
const asked = process.argv.find((word) => word.startsWith('--gib='));
const nBytes = Math.round(Number(asked?.slice('--gib='.length) ?? 2) * GIB);

/** One block of rows of plausible shape; sent again and again, which the parser cannot know. */
function makeBlock(): Buffer {
  const lines: string[] = [];
  for (let i = 0; i < 20_000; i++) {
    lines.push(
      `${i},${(i * 7919) % 100_003},${((i * 31) % 1000) / 8},city ${i % 97},2024-0${1 + (i % 9)}-15`,
    );
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

async function* csv(): AsyncGenerator<Buffer> {
  const header = Buffer.from('id,count,price,city,day\n');
  const block = makeBlock();
  yield header;
  for (let sent = header.length; sent < nBytes; sent += block.length) yield block;
}

await withService({ ROLE: 'all' }, async ({ service, journey, user, datasetId }) => {
  const pid = service.process.pid as number;
  // A first small upload loads what is loaded once, so that the idle level is that of a warm process.
  const put = (body: ReadableStream): Promise<Response> =>
    journey.atService(user).send('PUT', `/datasets/${datasetId}/content`, {
      headers: { 'content-type': 'text/csv' },
      body,
      duplex: 'half',
    } as RequestInit);
  await put(Readable.toWeb(Readable.from([Buffer.from('a,b\n1,2\n3,4\n')])) as ReadableStream);
  const idleMiB = residentMiB(pid);
  resetPeak(pid);
  note(`sending ${(nBytes / GIB).toFixed(1)} GiB…`);
  const started = performance.now();
  const answer = (await (await put(Readable.toWeb(Readable.from(csv())) as ReadableStream)).json()) as {
    nRows: number;
    nBytes: number;
  };
  const seconds = (performance.now() - started) / 1000;
  const overMiB = residentMiB(pid, 'VmHWM') - idleMiB;
  printBench(
    'upload: memory of the API process',
    [
      {
        name: 'plain PUT',
        figures: {
          GiB: significant(answer.nBytes / GIB),
          nRows: answer.nRows,
          seconds: significant(seconds),
          idleMiB: Math.round(idleMiB),
          peakOverIdleMiB: Math.round(overMiB),
        },
      },
    ],
    [
      {
        goal: `peak memory over idle ≤ ${GOAL_MIB} MiB`,
        measured: `${Math.round(overMiB)} MiB`,
        met: overMiB <= GOAL_MIB,
      },
    ],
  );
});
