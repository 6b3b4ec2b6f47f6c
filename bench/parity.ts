import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PARITY_CASES, PARITY_DATASETS, type ParityDataset } from './parity/cases.js';
import { compareCase, countRows } from './parity/compare.js';
import { type ParityRow, points, renewPage, verdict } from './parity/page.js';
import { peerPython } from './peers/python.js';
import { type BenchRow, note, printBench } from './support/output.js';
import { datasetPath } from './train/cases.js';

/**
 * Scores beside scikit-learn's and LightGBM's: five folds, the same rows in each, the same bytes, the same parameters.
 * `npm run bench:parity` writes docs/score-parity.md; `-- --only=adult,titanic` renews the lines of these data sets only,
 * `--algorithms=svc,ridge` of these algorithms only, `--threads=1` keeps every side to one core. The page is written
 * after each line.
 */
const python = peerPython();
if (python === undefined) throw new Error('there is nobody to compare with: Python 3 with pip is needed');
/** The words of `--name=a,b`; undefined when it was not said. */
function wordsOf(name: string): string[] | undefined {
  const said = process.argv.find((word) => word.startsWith(`--${name}=`));
  return said?.slice(name.length + 3).split(',');
}
const only = wordsOf('only');
const algorithms = wordsOf('algorithms');
const threads = Number(wordsOf('threads')?.[0] ?? availableParallelism());
const workDir = mkdtempSync(join(tmpdir(), 'trainyard-parity-'));

async function compareOn(dataset: ParityDataset, path: string): Promise<ParityRow[]> {
  const nRows = await countRows(dataset, path, workDir);
  const cases = PARITY_CASES.filter(
    ({ task, maxRows, algorithm, only: names }) =>
      task === dataset.task &&
      nRows <= maxRows &&
      (names?.includes(dataset.name) ?? true) &&
      (algorithms?.includes(algorithm) ?? true),
  );
  const rows: ParityRow[] = [];
  for (const parity of cases) {
    const row = await compareCase(parity, {
      dataset,
      path,
      workDir,
      python: python as string,
      threads,
      nRows,
    });
    rows.push(row);
    renewPage([row]);
  }
  return rows;
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
printBench(
  'score parity',
  rows.map(
    (row): BenchRow => ({
      name: `${row.dataset} · ${row.algorithm}${row.note === undefined ? '' : `, ${row.note}`}`,
      figures: {
        ours: points(row.ours),
        scikit: points(row.scikit),
        lightgbm: points(row.lightgbm),
        goal: verdict(row),
      },
    }),
  ),
);
