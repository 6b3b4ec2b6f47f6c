import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodePeers } from './peers/node.js';
import { peerPython } from './peers/python.js';
import { type BenchRow, median, note, printBench, significant } from './support/output.js';
import { datasetPath, NODE_PEERS, type PeerName } from './train/cases.js';
import { judge, OUR_SIDE, renewPage, type SpeedRow, speedOver } from './train/page.js';
import { TRAIN_CASES, type TrainCase } from './train/plan.js';
import { type Prepared, prepare } from './train/prepare.js';
import { type Figures, REPEATS, runJobs, type Side } from './train/sides.js';

/**
 * Training against its peers: the same bytes, the same parameters, all cores each, taking turns in one run. Writes
 * docs/training-speed.md after each case: `npm run bench:train`; `-- --only=flights,svc` renews only the cases whose data
 * set or algorithm holds one of the words, so that it can be measured in pieces; `--runs=1` for a quick look; `--json`.
 * BENCH_DATA_DIR names the folder of the data sets.
 */
const threads = availableParallelism();
const wordOf = (name: string): string | undefined =>
  process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
const only = wordOf('only')?.split(',');
const runs = wordOf('runs');
const workDir = mkdtempSync(join(tmpdir(), 'trainyard-bench-'));
const python = peerPython();
const nodeProgram = nodePeers();

/** undefined where it is not installed here. */
function sideOf(peer: PeerName): Side | undefined {
  if ((NODE_PEERS as readonly string[]).includes(peer)) {
    return nodeProgram === undefined ? undefined : { nodePeers: nodeProgram };
  }
  return python === undefined ? undefined : { python };
}

function middle(all: readonly Figures[]): Figures {
  const of = (key: keyof Figures): number => median(all.map((figures) => figures[key]));
  return {
    fitSeconds: of('fitSeconds'),
    firstFitSeconds: of('firstFitSeconds'),
    fitCpuSeconds: of('fitCpuSeconds'),
    predictSeconds: of('predictSeconds'),
    predictCpuSeconds: of('predictCpuSeconds'),
    peakMiB: of('peakMiB'),
    score: of('score'),
  };
}

function compare({ dataset, estimator, algorithm, peers, nRuns }: TrainCase, prepared: Prepared): SpeedRow[] {
  const { impute, scale, parameters } = estimator;
  const shared = { ...prepared, threads, seed: 1, impute, scale, repeats: REPEATS };
  const sides: { label: string; side: Side; job: object }[] = [
    { label: OUR_SIDE, side: {}, job: { ...shared, algorithm, parameters } },
  ];
  for (const peer of estimator.peers) {
    const side = peers.includes(peer.name) ? sideOf(peer.name) : undefined;
    if (side === undefined) continue;
    const peerClass = peer.peerClass?.[prepared.task];
    const job = { ...shared, peer: peer.name, peerClass, parameters: peer.parameters };
    sides.push({ label: peer.name, side, job });
  }
  const results = sides.map((): Figures[] => []);
  const count = runs === undefined ? nRuns : Number(runs);
  for (let run = 0; run < count; run++) {
    for (const [k, { side, job }] of sides.entries()) {
      const [figures] = runJobs(side, [job], workDir);
      if (figures !== undefined) results[k]?.push(figures);
    }
  }
  return sides.map(({ label }, k) => {
    const all = results[k] as Figures[];
    const figures = all.length === 0 ? undefined : middle(all);
    return { dataset: dataset.name, algorithm, side: label, nRuns: count, figures };
  });
}

function printed(rows: readonly SpeedRow[], row: SpeedRow): BenchRow {
  const name = `${row.dataset} · ${row.algorithm} · ${row.side}`;
  if (row.figures === undefined) return { name, figures: { failed: 'yes' } };
  const figures: Record<string, number> = { 'speed of ours ÷ this': significant(speedOver(rows, row)) };
  for (const [key, value] of Object.entries(row.figures)) figures[key] = significant(value as number, 4);
  return { name, figures };
}

const prepared = new Map<string, Prepared>();
async function prepareOnce({ dataset, estimator: { encoding } }: TrainCase): Promise<Prepared | undefined> {
  const path = datasetPath(dataset);
  if (path === undefined) {
    note(`${dataset.name}: the file is not at hand; set BENCH_DATA_DIR`);
    return undefined;
  }
  const key = `${dataset.name}:${encoding}`;
  if (!prepared.has(key)) {
    note(`${dataset.name}: preparing…`);
    const [whole] = await prepare(dataset, path, workDir, { encoding, nFolds: 1 });
    prepared.set(key, whole as Prepared);
  }
  return prepared.get(key);
}

const rows: SpeedRow[] = [];
let all: SpeedRow[] = [];
try {
  for (const one of TRAIN_CASES) {
    const title = `${one.dataset.name} ${one.algorithm}`;
    if (only !== undefined && !only.some((word) => title.includes(word))) continue;
    const data = await prepareOnce(one);
    if (data === undefined) continue;
    const started = performance.now();
    rows.push(...compare(one, data));
    note(`${title}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
    all = renewPage(rows);
  }
} finally {
  rmSync(workDir, { recursive: true, force: true });
}
const wanted = new Set(rows.map(({ dataset, algorithm }) => `${dataset} · ${algorithm}`));
printBench(
  'training',
  rows.map((row) => printed(rows, row)),
  judge(all).filter(
    ({ goal }) => [...wanted].some((title) => goal.startsWith(title)) || goal.includes(' take at most '),
  ),
);
