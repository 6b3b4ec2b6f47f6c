import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALGORITHMS } from '../src/learn/registry.js';
import {
  N_FOLDS,
  N_SHUFFLES_SMALL,
  PARITY_CASES,
  PARITY_DATASETS,
  type ParityCase,
  SMALL_ROWS,
} from './parity/cases.js';
import { type ParityRow, points, renewPage, verdict } from './parity/page.js';
import { peerPython } from './peers/python.js';
import { type BenchRow, note, printBench } from './support/output.js';
import { datasetPath } from './train/cases.js';
import { type Prepared, prepare } from './train/prepare.js';
import { runJobs } from './train/sides.js';

/**
 * Scores beside scikit-learn's and LightGBM's: five folds, the same rows in each, the same bytes, the same parameters.
 * `npm run bench:parity` writes docs/score-parity.md; `-- --only=adult,titanic` renews the lines of these data sets only,
 * `--algorithms=svc,ridge` of these algorithms only. The page is written after each data set.
 */
const PERCENT = 100;

const python = peerPython();
if (python === undefined) throw new Error('there is nobody to compare with: Python 3 with pip is needed');
/** The words of `--name=a,b`; undefined when it was not said. */
function wordsOf(name: string): string[] | undefined {
  const said = process.argv.find((word) => word.startsWith(`--${name}=`));
  return said?.slice(name.length + 3).split(',');
}
const only = wordsOf('only');
const algorithms = wordsOf('algorithms');
const workDir = mkdtempSync(join(tmpdir(), 'trainyard-parity-'));
const threads = availableParallelism();

/** The mean of the folds in points; undefined when one of them failed. */
function meanPoints(scores: readonly (number | undefined)[]): number | undefined {
  if (scores.some((score) => score === undefined)) return undefined;
  return (PERCENT * (scores as number[]).reduce((sum, score) => sum + score, 0)) / scores.length;
}

async function compareOn(dataset: (typeof PARITY_DATASETS)[number], path: string): Promise<ParityRow[]> {
  const prepared = (encoding: 'codes' | 'one_hot', nShuffles: number) =>
    prepare(dataset, path, workDir, { encoding, nFolds: N_FOLDS, nShuffles });
  const [once] = await prepared('codes', 1);
  const nRows = once!.train.nSamples + once!.test.nSamples;
  const nShuffles = nRows < SMALL_ROWS ? N_SHUFFLES_SMALL : 1;
  const folds = {
    codes: await prepared('codes', nShuffles),
    one_hot: await prepared('one_hot', nShuffles),
  };
  const cases = PARITY_CASES.filter(
    ({ task, maxRows, algorithm }) =>
      task === dataset.task &&
      nRows <= maxRows &&
      (algorithms?.includes(algorithm) ?? true) &&
      ALGORITHMS.some(({ name }) => name === algorithm),
  );
  const jobsOf = (parity: ParityCase, more: object) =>
    folds[parity.encoding].map((fold: Prepared, k) => ({
      ...fold,
      threads,
      seed: parity.drawsLots ? 1 + Math.floor(k / N_FOLDS) : 1,
      impute: parity.impute,
      scale: parity.scale,
      parameters: parity.parameters,
      ...more,
    }));
  const score = (side: { python?: string }, jobs: object[]): (number | undefined)[] =>
    runJobs(side, jobs, workDir).map((figures) => figures?.score);
  return cases.map((parity) => {
    note(`${dataset.name}: ${parity.algorithm}`);
    const ours = score({}, jobsOf(parity, { algorithm: parity.algorithm }));
    const peers = Object.fromEntries(
      parity.peers.map((peer) => [
        peer.name,
        meanPoints(
          score(
            { python: python as string },
            jobsOf(parity, {
              peer: peer.name,
              peerClass: peer.peerClass?.[parity.task],
              parameters: peer.parameters,
            }),
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

const rows: ParityRow[] = [];
try {
  for (const dataset of PARITY_DATASETS) {
    if (only !== undefined && !only.some((word) => dataset.name.includes(word))) continue;
    const path = datasetPath(dataset);
    if (path === undefined) note(`${dataset.name}: the file is not at hand; set BENCH_DATA_DIR`);
    else {
      rows.push(...(await compareOn(dataset, path)));
      renewPage(rows);
    }
  }
} finally {
  rmSync(workDir, { recursive: true, force: true });
}
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
