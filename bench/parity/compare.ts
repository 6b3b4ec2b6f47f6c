import { note } from '../support/output.js';
import { type Prepared, prepare } from '../train/prepare.js';
import { runJobs } from '../train/sides.js';
import { MAX_SHUFFLES, N_FOLDS, type ParityCase, type ParityDataset } from './cases.js';
import { BEST_GOAL_POINTS, type Distance, GOAL_POINTS, type ParityRow } from './page.js';

/** On small data sets one row is a third of a point: their rows are dealt out to the folds this often from the first. */
const SMALL_ROWS = 5000;
const N_SHUFFLES_SMALL = 5;
/** A difference this many standard errors from a goal's mark has decided. */
const DECIDED = 3;
const PERCENT = 100;

type Scores = readonly (number | undefined)[];

/** Where the folds of one data set are kept, and who fits on them. */
export interface Folds {
  readonly dataset: ParityDataset;
  readonly path: string;
  readonly workDir: string;
  readonly python: string;
  readonly threads: number;
  readonly nRows: number;
}

/** How many rows a data set has once it is prepared. */
export async function countRows(dataset: ParityDataset, path: string, workDir: string): Promise<number> {
  const [once] = await prepare(dataset, path, workDir, { encoding: 'codes', nFolds: N_FOLDS });
  return once!.train.nSamples + once!.test.nSamples;
}

/**
 * Scores one algorithm and its peers on the same folds. Where chance has a part, rows are dealt out to the folds anew and
 * everyone gets another seed, until the differences have decided (see DECIDED) or the case's budget of rows is used up.
 */
export async function compareCase(parity: ParityCase, folds: Folds): Promise<ParityRow> {
  const { nRows, dataset } = folds;
  const first = nRows < SMALL_ROWS ? N_SHUFFLES_SMALL : 1;
  const most = parity.drawsLots
    ? Math.max(first, Math.min(MAX_SHUFFLES, Math.round(parity.rowBudget / nRows)))
    : first;
  const ours: (number | undefined)[] = [];
  const theirs = parity.peers.map(() => [] as (number | undefined)[]);
  let row: ParityRow;
  let nShuffles = 0;
  do {
    const added = await scoreRound(parity, folds, nShuffles, Math.min(first, most - nShuffles));
    nShuffles += Math.min(first, most - nShuffles);
    ours.push(...added.ours);
    for (const [p, scores] of added.theirs.entries()) theirs[p]?.push(...scores);
    const of = (name: string): Scores | undefined =>
      theirs[parity.peers.findIndex((peer) => peer.name === name)];
    row = {
      dataset: dataset.name,
      algorithm: parity.algorithm,
      note: parity.note,
      ours: meanPoints(ours),
      scikit: meanPoints(of('scikit-learn') ?? []),
      lightgbm: meanPoints(of('lightgbm') ?? []),
      aboveScikit: distance(ours, of('scikit-learn')),
      aboveLightgbm: distance(ours, of('lightgbm')),
    };
  } while (nShuffles < most && !isDecided(row));
  note(`${dataset.name}: ${parity.algorithm}: ${nShuffles} times ${N_FOLDS} folds`);
  return row;
}

async function scoreRound(
  parity: ParityCase,
  { dataset, path, workDir, python, threads }: Folds,
  firstShuffle: number,
  nShuffles: number,
): Promise<{ ours: Scores; theirs: Scores[] }> {
  const { encoding } = parity;
  const parts = await prepare(dataset, path, workDir, { encoding, nFolds: N_FOLDS, nShuffles, firstShuffle });
  const jobs = (more: object) =>
    parts.map((part: Prepared, k) => ({
      ...part,
      threads,
      seed: parity.drawsLots ? 1 + firstShuffle + Math.floor(k / N_FOLDS) : 1,
      impute: parity.impute,
      scale: parity.scale,
      parameters: parity.parameters,
      ...more,
    }));
  const score = (side: { python?: string }, more: object): Scores =>
    runJobs(side, jobs(more), workDir).map((figures) => figures?.score);
  const ours = score({}, { algorithm: parity.algorithm });
  const theirs = parity.peers.map(({ name, peerClass, parameters }) =>
    score({ python }, { peer: name, peerClass: peerClass?.[parity.task], parameters }),
  );
  return { ours, theirs };
}

/** The mean of the folds in points; undefined when one of them failed. */
function meanPoints(scores: Scores): number | undefined {
  if (scores.length === 0 || scores.includes(undefined)) return undefined;
  return (PERCENT * (scores as number[]).reduce((sum, score) => sum + score, 0)) / scores.length;
}

/** How far we are above, fold by fold, with the standard error of that mean. */
function distance(ours: Scores, theirs: Scores | undefined): Distance | undefined {
  if (theirs === undefined || theirs.includes(undefined) || ours.includes(undefined)) return undefined;
  const differences = ours.map((score, k) => PERCENT * ((score as number) - (theirs[k] as number)));
  const n = differences.length;
  const mean = differences.reduce((sum, value) => sum + value, 0) / n;
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { mean, standardError: Math.sqrt(variance / n) };
}

/** Whether more folds would hardly change the answer. */
function isDecided({ aboveScikit, aboveLightgbm }: ParityRow): boolean {
  const marks: readonly [Distance | undefined, number][] = [
    [aboveScikit, GOAL_POINTS],
    [aboveLightgbm, BEST_GOAL_POINTS],
  ];
  return marks.every(
    ([above, goal]) => above === undefined || Math.abs(above.mean + goal) >= DECIDED * above.standardError,
  );
}
