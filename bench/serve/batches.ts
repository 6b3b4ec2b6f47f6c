import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { PEOPLE } from '../../src/demo/people.js';
import { openBundle } from '../../src/models/bundle/open-bundle.js';
import { significant } from '../support/output.js';
import { type BenchService, CENSUS } from '../support/service.js';
import type { LoadSource } from './load.js';
import type { Goal, PageLine } from './page-lines.js';

const N_ROWS = 1000;
const N_COLUMNS = 600;
const SECONDS = 4;
const GOAL_LINEAR = 1_000_000;
const GOAL_FOREST = 150_000;
const GOAL_WIDE_MS = 3;

/** A linear model of the census that the forest was trained on. @returns its id */
export async function trainLinear({ journey, user, datasetId }: BenchService): Promise<string> {
  const modelId = await journey.createModelRecord(user, 'linear');
  const request = { datasetId, algorithm: 'logistic_regression', target: 'income', seed: 7 };
  await journey.startTraining(user, modelId, request);
  await journey.followTraining(user, modelId, () => {});
  return modelId;
}

const wideRow = (n: number) =>
  Array.from({ length: N_COLUMNS }, (_, k) => Math.round(1000 * Math.sin(n * 31 + k * 7)) / 100);

/** A linear model of 600 columns. @returns its id */
export async function trainWide({ journey, user }: BenchService): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-wide-'));
  try {
    const names = Array.from({ length: N_COLUMNS }, (_, k) => `c${k}`);
    const rows = Array.from({ length: 1500 }, (_, n) => [...wideRow(n), wideRow(n)[3]].join(','));
    const path = join(folder, 'wide.csv');
    writeFileSync(path, `${[...names, 'y'].join(',')}\n${rows.join('\n')}\n`);
    const datasetId = await journey.createDatasetRecord(user, 'wide');
    await journey.upload(user, datasetId, path, 'text/csv');
    const modelId = await journey.createModelRecord(user, 'wide');
    await journey.startTraining(user, modelId, { datasetId, algorithm: 'ridge', target: 'y', seed: 7 });
    await journey.followTraining(user, modelId, () => {});
    return modelId;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The first people of the census, as they were asked: different ones, and some with gaps. */
function censusRows(): Record<string, string | number | null>[] {
  const [head = '', ...lines] = gunzipSync(readFileSync(CENSUS)).toString('utf8').split('\n');
  const names = head.split(',').slice(0, -1);
  return lines.slice(0, N_ROWS).map((line) => {
    const cells = line.split(',').map((cell) => cell.trim());
    return Object.fromEntries(names.map((name, k) => [name, cellOf(cells[k] ?? '')]));
  });
}

function cellOf(text: string): string | number | null {
  if (text === '' || text === '?') return null;
  return Number.isNaN(Number(text)) ? text : Number(text);
}

/** 1,000 rows in one request in both forms that it may have, and one row of 600 columns, one request at a time. */
export async function batchFigures(
  { service, user }: BenchService,
  load: LoadSource,
  models: { readonly forest: string; readonly linear: string; readonly wide: string },
): Promise<{ lines: PageLine[]; goals: Goal[] }> {
  const headers = { authorization: user.credentials };
  const ask = async (modelId: string, body: object) => {
    const url = `${service.url}/models/${modelId}/predict`;
    const order = { url, body: JSON.stringify(body), headers };
    await load.runOneAtATime({ ...order, seconds: 2 });
    return load.runOneAtATime({ ...order, seconds: SECONDS });
  };
  const lines: PageLine[] = [];
  const goals: Goal[] = [];
  const rows = censusRows();
  const names = Object.keys(rows[0] ?? {});
  const table = Object.fromEntries(names.map((column) => [column, rows.map((each) => each[column])]));
  for (const [name, modelId, body, goal] of [
    ['linear, as rows', models.linear, { rows }, GOAL_LINEAR],
    ['linear, as a table', models.linear, { table }, GOAL_LINEAR],
    ['forest, as rows', models.forest, { rows }, GOAL_FOREST],
    ['forest, as a table', models.forest, { table }, GOAL_FOREST],
  ] as const) {
    const { requestsPerSecond, p50Ms, p99Ms, failures } = await ask(modelId, body);
    const rowsPerSecond = Math.round(requestsPerSecond * N_ROWS);
    lines.push({
      name: `${N_ROWS} rows in one request, ${name}`,
      figures: { rowsPerSecond, p50Ms, p99Ms, failures },
    });
    goals.push({
      goal: `${N_ROWS} rows in one request, ${name}: ≥ ${goal} rows/s`,
      measured: `${significant(rowsPerSecond)} rows/s`,
      met: rowsPerSecond >= goal,
    });
  }
  const row = Object.fromEntries(wideRow(1).map((value, k) => [`c${k}`, value]));
  const { requestsPerSecond, p50Ms, p99Ms, failures } = await ask(models.wide, { rows: [row] });
  const meanMs = significant(1000 / requestsPerSecond);
  lines.push({ name: `one row of ${N_COLUMNS} columns`, figures: { meanMs, p50Ms, p99Ms, failures } });
  goals.push({
    goal: `one row of ${N_COLUMNS} columns ≤ ${GOAL_WIDE_MS} ms`,
    measured: `${meanMs} ms`,
    met: meanMs <= GOAL_WIDE_MS,
  });
  return { lines, goals };
}

/** One row at a time through the forest's bundle, in this process. @returns the middle of several rounds */
export async function inProcessMicroseconds({ journey, user, modelId }: BenchService): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-bundle-'));
  try {
    const path = join(folder, 'bundle');
    writeFileSync(path, (await journey.downloadBundle(user, modelId)).bytes);
    const { pipeline } = await openBundle(path);
    const rows = PEOPLE.map((person) => [person.row]);
    const rounds: number[] = [];
    for (let round = 0; round < 7; round++) {
      const startedAt = performance.now();
      for (let n = 0; n < 6000; n++) pipeline.predictRows(rows[n % rows.length] as readonly object[]);
      rounds.push(((performance.now() - startedAt) * 1000) / 6000);
    }
    return rounds.sort((a, b) => a - b)[3] as number;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
