import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine } from '../support/machine.js';
import { N_FOLDS, N_SHUFFLES_SMALL, PARITY_CASES, PARITY_DATASETS, SMALL_ROWS } from './cases.js';

const GOAL_POINTS = 0.3;
const BEST_GOAL_POINTS = 0.5;

/** What one algorithm reached on one data set. */
export interface ParityRow {
  readonly dataset: string;
  readonly algorithm: string;
  /** Percentage points: accuracy, or R². */
  readonly ours: number | undefined;
  readonly scikit: number | undefined;
  readonly lightgbm: number | undefined;
}

/** How far below the goal's mark we are; negative or zero: the goal is met. */
export function verdict({ ours, scikit, lightgbm }: ParityRow): string {
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

export const points = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(2));

const PAGE = join(process.cwd(), 'docs', 'score-parity.md');

function line(row: ParityRow): string {
  const { dataset, algorithm, ours, scikit, lightgbm } = row;
  return `| ${dataset} | \`${algorithm}\` | ${points(ours)} | ${points(scikit)} | ${points(lightgbm)} | ${verdict(row)} |`;
}

/** Data set and algorithm of a line of the page; undefined for any other line. */
function keyOf(text: string): string | undefined {
  const [, dataset, algorithm] = /^\| ([^|]+) \| `(\w+)`/.exec(text) ?? [];
  return dataset === undefined ? undefined : `${dataset}:${algorithm}`;
}

/** In the order of the cases; what is no case any more is at -1. */
function placeOf(text: string): number {
  const key = keyOf(text);
  const cases = PARITY_DATASETS.flatMap(({ name }) =>
    PARITY_CASES.map(({ algorithm }) => `${name}:${algorithm}`),
  );
  return cases.indexOf(key ?? '');
}

/** What the page does not say yet. */
function missingNote(lines: readonly string[]): string {
  const missing = PARITY_DATASETS.filter(({ name }) => !lines.some((text) => text.startsWith(`| ${name} |`)));
  return missing.length === 0 ? '' : `Not measured yet: ${missing.map(({ name }) => name).join('; ')}.\n\n`;
}

/** Writes the page anew with these rows; lines of other data sets and algorithms stay. */
export function renewPage(rows: readonly ParityRow[]): void {
  const renewed = new Map(rows.map((row) => [`${row.dataset}:${row.algorithm}`, line(row)]));
  const kept = existsSync(PAGE) ? readFileSync(PAGE, 'utf8').split('\n') : [];
  const lines = kept.filter((text) => placeOf(text) >= 0 && !renewed.has(keyOf(text) as string));
  lines.push(...renewed.values());
  lines.sort((a, b) => placeOf(a) - placeOf(b));
  writeFileSync(PAGE, page(lines));
}

function page(lines: readonly string[]): string {
  const { cpu, cores, node } = describeMachine();
  return `<!-- Written by \`npm run bench:parity\`. -->

# Scores beside scikit-learn and LightGBM

Accuracy, or R² for regressions, in percentage points: the mean of ${N_FOLDS} folds, the same rows in each fold, the same
features, the same parameters (defaults but where bench/parity/cases.ts says otherwise). Data sets below ${SMALL_ROWS} rows are
dealt out to the folds ${N_SHUFFLES_SMALL} times, and methods that draw lots get another seed each time. Goals: at most ${GOAL_POINTS} points below scikit-learn for every
algorithm; the default forest and the default boosting at most ${BEST_GOAL_POINTS} points below the better of scikit-learn and
LightGBM (its random-forest mode, its default boosting).

${missingNote(lines)}Measured on ${cpu}, ${cores} cores, Node ${node}.

| data set | algorithm | Trainyard | scikit-learn | LightGBM | goal |
| --- | --- | --- | --- | --- | --- |
${lines.join('\n')}
`;
}
