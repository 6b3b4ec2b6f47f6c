import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALGORITHMS } from '../src/learn/registry.js';
import { PARITY_CASES, PARITY_DATASETS, type ParityCase } from './parity/cases.js';
import { peerPython } from './peers/python.js';
import { describeMachine } from './support/machine.js';
import { type BenchRow, note, printBench } from './support/output.js';
import { datasetPath } from './train/cases.js';
import { type Prepared, prepare } from './train/prepare.js';
import { runJobs } from './train/sides.js';

/**
 * Scores beside scikit-learn's and LightGBM's: five folds, the same rows in each, the same bytes, the same parameters.
 * `npm run bench:parity` writes docs/score-parity.md; `-- --only=adult,titanic` renews the rows of these data sets only.
 */
const N_FOLDS = 5;
const GOAL_POINTS = 0.3;
const BEST_GOAL_POINTS = 0.5;
const PERCENT = 100;
/** On small data sets one row is a third of a point: methods that draw lots are repeated with other seeds. */
const SMALL_ROWS = 5000;
const N_SEEDS_SMALL = 5;

interface ParityRow {
  readonly dataset: string;
  readonly algorithm: string;
  /** Percentage points: accuracy, or R². */
  readonly ours: number | undefined;
  readonly scikit: number | undefined;
  readonly lightgbm: number | undefined;
}

const python = peerPython();
if (python === undefined) throw new Error('there is nobody to compare with: Python 3 with pip is needed');
const only = process.argv
  .find((word) => word.startsWith('--only='))
  ?.slice('--only='.length)
  .split(',');
const workDir = mkdtempSync(join(tmpdir(), 'trainyard-parity-'));
const threads = availableParallelism();

/** The mean of the folds in points; undefined when one of them failed. */
function meanPoints(scores: readonly (number | undefined)[]): number | undefined {
  if (scores.some((score) => score === undefined)) return undefined;
  return (PERCENT * (scores as number[]).reduce((sum, score) => sum + score, 0)) / scores.length;
}

async function compareOn(dataset: (typeof PARITY_DATASETS)[number], path: string): Promise<ParityRow[]> {
  const folds = {
    codes: await prepare(dataset, path, workDir, { encoding: 'codes', nFolds: N_FOLDS }),
    one_hot: await prepare(dataset, path, workDir, { encoding: 'one_hot', nFolds: N_FOLDS }),
  };
  const nRows = folds.codes[0]!.train.nSamples + folds.codes[0]!.test.nSamples;
  const cases = PARITY_CASES.filter(
    ({ task, maxRows, algorithm }) =>
      task === dataset.task && nRows <= maxRows && ALGORITHMS.some(({ name }) => name === algorithm),
  );
  const seeds = Array.from({ length: nRows < SMALL_ROWS ? N_SEEDS_SMALL : 1 }, (_, k) => k + 1);
  const jobsOf = (parity: ParityCase, fold: Prepared, more: object) =>
    (parity.drawsLots ? seeds : [1]).map((seed) => ({
      ...fold,
      threads,
      seed,
      impute: parity.impute,
      scale: parity.scale,
      parameters: parity.parameters,
      ...more,
    }));
  const score = (side: { python?: string }, jobs: object[]): (number | undefined)[] =>
    runJobs(side, jobs, workDir).map((figures) => figures?.score);
  return cases.map((parity) => {
    note(`${dataset.name}: ${parity.algorithm}`);
    const parts = folds[parity.encoding];
    const ours = score(
      {},
      parts.flatMap((fold) => jobsOf(parity, fold, { algorithm: parity.algorithm })),
    );
    const peers = Object.fromEntries(
      parity.peers.map((peer) => [
        peer.name,
        meanPoints(
          score(
            { python: python as string },
            parts.flatMap((fold) =>
              jobsOf(parity, fold, {
                peer: peer.name,
                peerClass: peer.peerClass?.[parity.task],
                parameters: peer.parameters,
              }),
            ),
          ),
        ),
      ]),
    );
    return {
      dataset: dataset.name,
      algorithm: parity.algorithm,
      ours: meanPoints(ours),
      scikit: peers['scikit-learn'],
      lightgbm: peers['lightgbm'],
    };
  });
}

/** How far below the goal's mark we are; negative or zero: the goal is met. */
function verdict({ ours, scikit, lightgbm }: ParityRow): string {
  if (ours === undefined) return 'failed';
  if (scikit === undefined) return 'no peer';
  const misses: string[] = [];
  if (ours < scikit - GOAL_POINTS) misses.push(`${(scikit - ours).toFixed(2)} below scikit-learn`);
  const best = Math.max(scikit, lightgbm ?? scikit);
  if (lightgbm !== undefined && ours < best - BEST_GOAL_POINTS) {
    misses.push(`${(best - ours).toFixed(2)} below the better peer`);
  }
  return misses.length === 0 ? 'met' : `missed: ${misses.join(', ')}`;
}

const points = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(2));

const PAGE = join(process.cwd(), 'docs', 'score-parity.md');

function line(row: ParityRow): string {
  const { dataset, algorithm, ours, scikit, lightgbm } = row;
  return `| ${dataset} | \`${algorithm}\` | ${points(ours)} | ${points(scikit)} | ${points(lightgbm)} | ${verdict(row)} |`;
}

/** The page's lines of data sets that were not measured in this run. */
function keptLines(measured: ReadonlySet<string>): string[] {
  if (!existsSync(PAGE)) return [];
  const known = new Set(PARITY_DATASETS.map(({ name }) => name));
  return readFileSync(PAGE, 'utf8')
    .split('\n')
    .filter((text) => {
      const dataset = /^\| ([^|]+) \| `/.exec(text)?.[1];
      return dataset !== undefined && known.has(dataset) && !measured.has(dataset);
    });
}

/** What the page does not say yet. */
function missingNote(lines: readonly string[]): string {
  const isThere = ({ name }: { name: string }): boolean =>
    lines.some((text) => text.startsWith(`| ${name} |`));
  return PARITY_DATASETS.every(isThere)
    ? ''
    : 'So far: the data sets below; the others are not measured yet.\n\n';
}

function page(rows: readonly ParityRow[]): string {
  const { cpu, cores, node } = describeMachine();
  const measured = new Set(rows.map(({ dataset }) => dataset));
  const lines = [...keptLines(measured), ...rows.map(line)];
  const order = PARITY_DATASETS.map(({ name }) => name);
  const placeOf = (text: string): number => order.findIndex((name) => text.startsWith(`| ${name} |`));
  lines.sort((a, b) => placeOf(a) - placeOf(b));
  return `<!-- Written by \`npm run bench:parity\`. -->

# Scores beside scikit-learn and LightGBM

Accuracy, or R² for regressions, in percentage points: the mean of ${N_FOLDS} folds, the same rows in each fold, the same
features, the same parameters (defaults but where bench/parity/cases.ts says otherwise). Below ${SMALL_ROWS} rows, methods that
draw lots are averaged over ${N_SEEDS_SMALL} seeds on each side. Goals: at most ${GOAL_POINTS} points below scikit-learn for every
algorithm; the default forest and the default boosting at most ${BEST_GOAL_POINTS} points below the better of scikit-learn and
LightGBM (its random-forest mode, its default boosting).

${missingNote(lines)}Measured on ${cpu}, ${cores} cores, Node ${node}.

| data set | algorithm | Trainyard | scikit-learn | LightGBM | goal |
| --- | --- | --- | --- | --- | --- |
${lines.join('\n')}
`;
}

const rows: ParityRow[] = [];
try {
  for (const dataset of PARITY_DATASETS) {
    if (only !== undefined && !only.some((word) => dataset.name.includes(word))) continue;
    const path = datasetPath(dataset);
    if (path === undefined) note(`${dataset.name}: the file is not at hand; set BENCH_DATA_DIR`);
    else rows.push(...(await compareOn(dataset, path)));
  }
} finally {
  rmSync(workDir, { recursive: true, force: true });
}
writeFileSync(PAGE, page(rows));
printBench(
  'score parity',
  rows.map(
    (row): BenchRow => ({
      name: `${row.dataset} · ${row.algorithm}`,
      figures: {
        ours: points(row.ours),
        scikit: points(row.scikit),
        lightgbm: points(row.lightgbm),
        goal: verdict(row),
      },
    }),
  ),
);
