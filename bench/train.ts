import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALGORITHMS } from '../src/learn/registry.js';
import { peerPython } from './peers/python.js';
import { type BenchRow, median, note, printBench, significant } from './support/output.js';
import { type BenchEstimator, DATASETS, datasetPath, ESTIMATORS } from './train/cases.js';
import { type Prepared, prepare } from './train/prepare.js';
import { type Figures, runJobs } from './train/sides.js';

/**
 * Training against its peers: the same bytes, the same parameters, all cores each, taking turns in one run.
 * `npm run bench:train [-- --only adult,random_forest] [--json]`. BENCH_DATA_DIR names the folder of the data sets.
 */
const LARGE_ROWS = 500_000;
const RUNS = { small: 3, large: 1 };
const threads = availableParallelism();
const only = (process.argv.find((word) => word.startsWith('--only='))?.slice('--only='.length) ?? '').split(
  ',',
);
const isWanted = (name: string): boolean => only[0] === '' || only.some((word) => name.includes(word));
const workDir = mkdtempSync(join(tmpdir(), 'trainyard-bench-'));
const python = peerPython();

function middle(runs: readonly Figures[]): Figures {
  const of = (key: keyof Figures): number => median(runs.map((figures) => figures[key]));
  return {
    fitSeconds: of('fitSeconds'),
    predictSeconds: of('predictSeconds'),
    peakMiB: of('peakMiB'),
    score: of('score'),
  };
}

function compare(estimator: BenchEstimator, prepared: Prepared, name: string): BenchRow[] {
  const algorithm = estimator.algorithm[prepared.task] as string;
  const shared = { ...prepared, threads, seed: 1, impute: estimator.impute, scale: estimator.scale };
  const sides = [
    {
      label: 'trainyard',
      once: () => runJobs({}, [{ ...shared, algorithm, parameters: estimator.parameters }], workDir)[0],
    },
    ...(python === undefined ? [] : estimator.peers).map((peer) => ({
      label: peer.name,
      once: () =>
        runJobs(
          { python },
          [
            {
              ...shared,
              peer: peer.name,
              peerClass: peer.peerClass?.[prepared.task],
              parameters: peer.parameters,
            },
          ],
          workDir,
        )[0],
    })),
  ];
  const nRuns = prepared.train.nSamples > LARGE_ROWS ? RUNS.large : RUNS.small;
  const results = new Map(sides.map(({ label }) => [label, [] as Figures[]]));
  for (let i = 0; i < nRuns; i++) {
    for (const { label, once } of sides) {
      const figures = once();
      if (figures !== undefined) results.get(label)?.push(figures);
    }
  }
  const our = results.get('trainyard') as Figures[];
  const base = our.length > 0 ? middle(our).fitSeconds : Number.NaN;
  return [...results].map(([label, runs]): BenchRow => {
    const title = `${name} · ${algorithm} · ${label}`;
    if (runs.length === 0) return { name: title, figures: { failed: 'yes' } };
    const { fitSeconds, predictSeconds, peakMiB, score } = middle(runs);
    return {
      name: title,
      figures: {
        fitSeconds: significant(fitSeconds),
        'speed of ours ÷ this': significant(fitSeconds / base),
        predictSeconds: significant(predictSeconds),
        peakMiB: Math.round(peakMiB),
        score: significant(score, 4),
      },
    };
  });
}

const rows: BenchRow[] = [];
try {
  for (const dataset of DATASETS) {
    const path = datasetPath(dataset);
    const estimators = ESTIMATORS.filter((estimator) => {
      const algorithm = estimator.algorithm[dataset.task];
      const exists = ALGORITHMS.some((known) => known.name === algorithm);
      return exists && isWanted(`${dataset.name} ${algorithm}`) && (dataset.nRows ?? 0) <= estimator.maxRows;
    });
    if (estimators.length === 0) continue;
    if (path === undefined) {
      note(`${dataset.name}: the file is not at hand; set BENCH_DATA_DIR`);
      continue;
    }
    note(`${dataset.name}: preparing…`);
    const [prepared] = (await prepare(dataset, path, workDir, { encoding: 'codes', nFolds: 1 })) as [
      Prepared,
    ];
    for (const estimator of estimators) {
      note(`${dataset.name}: ${estimator.algorithm[dataset.task]}…`);
      rows.push(...compare(estimator, prepared, dataset.name));
    }
  }
} finally {
  rmSync(workDir, { recursive: true, force: true });
}
printBench('training', rows);
