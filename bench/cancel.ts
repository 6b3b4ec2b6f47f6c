import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { CANCEL_CASES, type CancelCase, SHAPES } from './cancel/cases.js';
import { randomTable } from './cancel/random-table.js';
import { type BenchRow, median, note, printBench, significant } from './support/output.js';
import { type BenchService, withService } from './support/service.js';

/**
 * How long a cancel takes, for each family of algorithms: from sending `POST /internal/trainings/{id}/cancel` while the
 * training fits to the first answer that says `canceled`, which the service says when the training's process has ended.
 * Each moment of the fit is as good as another, so every run waits a different while before it cancels.
 * `npm run bench:cancel [-- --only=svc,forest] [--runs=3] [--json]`.
 */
const GOAL_MS = 200;
const POLL_MS = 2;
const TOKEN = 'cancel-bench-token-of-enough-characters';
/** How far apart the moments of the runs lie; a run that has ended before counts as lost. */
const MOMENT_MS = 60;
const FINAL = ['succeeded', 'failed', 'canceled', 'timed_out'];

const wordOf = (name: string): string | undefined =>
  process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
const only = wordOf('only')?.split(',');
const nRuns = Number(wordOf('runs') ?? 3);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Milliseconds from the request to the end; undefined where the training was over before, or is out of its phase. */
async function cancelOnce(
  { service, journey, user, modelId }: BenchService,
  { request, phase }: CancelCase,
  datasetId: string,
  run: number,
): Promise<number | undefined> {
  const internal = (method: string, path: string): Promise<{ status: string; error: unknown }> =>
    fetch(new URL(`/internal/trainings/${path}`, service.url), {
      method,
      headers: { authorization: `Bearer ${TOKEN}` },
    }).then((response) => response.json() as Promise<{ status: string; error: unknown }>);
  const { id } = await journey.startTraining(user, modelId, { ...request, datasetId, seed: run + 1 });
  let status = '';
  while (status !== phase) {
    const training = await internal('GET', id);
    status = training.status;
    if (FINAL.includes(status)) {
      note(`${status} before it could be canceled: ${JSON.stringify(training.error)}`);
      await journey.awaitCallback(user, modelId);
      return undefined;
    }
    await pause(POLL_MS);
  }
  await pause(run * MOMENT_MS);
  const asked = performance.now();
  const answer = internal('POST', `${id}/cancel`);
  do {
    await pause(POLL_MS);
    status = (await internal('GET', id)).status;
  } while (!FINAL.includes(status));
  const tookMs = performance.now() - asked;
  await answer;
  await journey.awaitCallback(user, modelId);
  return status === 'canceled' ? tookMs : undefined;
}

const cases = CANCEL_CASES.filter(
  ({ name }) => only === undefined || only.some((word) => name.includes(word)),
);
const rows: BenchRow[] = [];
const folder = mkdtempSync(join(tmpdir(), 'trainyard-bench-cancel-'));
const fileOf = (shape: CancelCase['shape']): string => join(folder, `${shape}.csv`);
try {
  // Before there is a service: seconds of work here would let its idle connections end unseen.
  for (const shape of new Set(cases.map((one) => one.shape))) {
    writeFileSync(fileOf(shape), randomTable(SHAPES[shape]));
  }
  await withService({ SERVICE_TOKENS: TOKEN, TRAINING_CONCURRENCY: '1' }, async (bench) => {
    const { journey, user } = bench;
    const uploaded = new Map<string, string>();
    for (const one of cases) {
      const { shape } = one;
      if (!uploaded.has(shape)) {
        const datasetId = await journey.createDatasetRecord(user, shape);
        await journey.upload(user, datasetId, fileOf(shape), 'text/csv');
        uploaded.set(shape, datasetId);
      }
      const took: number[] = [];
      for (let run = 0; run < nRuns; run++) {
        const ms = await cancelOnce(bench, one, uploaded.get(shape) as string, run);
        if (ms !== undefined) took.push(ms);
      }
      note(`${one.name}: ${took.map((ms) => Math.round(ms)).join(', ')} ms`);
      rows.push({
        name: one.name,
        figures: {
          medianMs: took.length === 0 ? '' : significant(median(took)),
          maxMs: took.length === 0 ? '' : significant(Math.max(...took)),
          runs: took.length,
          met: took.length > 0 && Math.max(...took) <= GOAL_MS ? 'yes' : 'no',
        },
      });
    }
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const nMet = rows.filter(({ figures }) => figures['met'] === 'yes').length;
printBench(`cancel of a training that fits (load ${loadavg()[0]?.toFixed(1)})`, rows, [
  {
    goal: `the longest cancel of each algorithm takes at most ${GOAL_MS} ms`,
    measured: `${nMet} of ${rows.length}`,
    met: nMet === rows.length,
  },
]);
