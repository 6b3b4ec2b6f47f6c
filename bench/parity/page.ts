import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine } from '../support/machine.js';
import { MAX_SHUFFLES, N_FOLDS, PARITY_CASES, PARITY_DATASETS } from './cases.js';

export const GOAL_POINTS = 0.3;
export const BEST_GOAL_POINTS = 0.5;
/** A miss nearer to its mark than this many standard errors may be chance. */
const BY_CHANCE = 2;

/** In points, with the standard error of the mean over the folds. */
export interface Distance {
  readonly mean: number;
  readonly standardError: number;
}

/** What one algorithm reached on one data set. */
export interface ParityRow {
  readonly dataset: string;
  readonly algorithm: string;
  readonly note: string | undefined;
  /** Percentage points: accuracy, or R². */
  readonly ours: number | undefined;
  readonly scikit: number | undefined;
  readonly lightgbm: number | undefined;
  readonly aboveScikit: Distance | undefined;
  readonly aboveLightgbm: Distance | undefined;
}

/** Whether the goals are met, and by how much they are not. */
export function verdict({ ours, scikit, aboveScikit, aboveLightgbm, note }: ParityRow): string {
  if (ours === undefined) return 'failed';
  if (scikit === undefined || aboveScikit === undefined) return 'no peer';
  const misses: string[] = [];
  const add = (above: Distance, goal: number, name: string): void => {
    if (above.mean >= -goal) return;
    const mayBeChance = above.mean + BY_CHANCE * above.standardError >= -goal;
    misses.push(`${shown(-above.mean)} below ${name}${mayBeChance ? ', maybe by chance' : ''}`);
  };
  add(aboveScikit, GOAL_POINTS, 'scikit-learn');
  // With parameters of its own it is no default any more.
  if (aboveLightgbm !== undefined && note === undefined) add(aboveLightgbm, BEST_GOAL_POINTS, 'LightGBM');
  return misses.length === 0 ? 'met' : `missed: ${misses.join('; ')}`;
}

const shown = (value: number): string => value.toFixed(2);
export const points = (value: number | undefined): string => (value === undefined ? '–' : shown(value));
const signed = (above: Distance | undefined): string =>
  above === undefined
    ? '–'
    : `${above.mean < 0 ? '' : '+'}${shown(above.mean)} ± ${shown(above.standardError)}`;

const PAGE = join(process.cwd(), 'docs', 'score-parity.md');

const named = (algorithm: string, note: string | undefined): string =>
  `\`${algorithm}\`${note === undefined ? '' : `, ${note}`}`;

function line(row: ParityRow): string {
  const { dataset, algorithm, note, ours, scikit, lightgbm, aboveScikit } = row;
  const scores = [points(ours), points(scikit), points(lightgbm), signed(aboveScikit)];
  return `| ${[dataset, named(algorithm, note), ...scores, verdict(row)].join(' | ')} |`;
}

/** Data set and algorithm of a line of the page; undefined for any other line. */
function keyOf(text: string): string | undefined {
  return /^\| [^|]+ \| `\w+`[^|]* \|/.exec(text)?.[0];
}

/** The keys of all lines that there can be, in their order. */
const KEYS = PARITY_DATASETS.flatMap(({ name }) =>
  PARITY_CASES.map(({ algorithm, note }) => `| ${name} | ${named(algorithm, note)} |`),
);

/** In the order of the cases; what is no case any more is at -1. */
const placeOf = (text: string): number => KEYS.indexOf(keyOf(text) ?? '');

/** What the page does not say yet. */
function missingNote(lines: readonly string[]): string {
  const missing = PARITY_DATASETS.filter(({ name }) => !lines.some((text) => text.startsWith(`| ${name} |`)));
  return missing.length === 0 ? '' : `Not measured yet: ${missing.map(({ name }) => name).join('; ')}.\n\n`;
}

/** Writes the page anew with these rows; lines of other data sets and algorithms stay. */
export function renewPage(rows: readonly ParityRow[]): void {
  const renewed = new Map(rows.map((row) => [keyOf(line(row)), line(row)]));
  const kept = existsSync(PAGE) ? readFileSync(PAGE, 'utf8').split('\n') : [];
  const lines = kept.filter((text) => placeOf(text) >= 0 && !renewed.has(keyOf(text)));
  lines.push(...renewed.values());
  lines.sort((a, b) => placeOf(a) - placeOf(b));
  writeFileSync(PAGE, page(lines));
}

const HEAD = `| data set | algorithm | Trainyard | scikit-learn | LightGBM | above scikit-learn | goal |
| --- | --- | --- | --- | --- | --- | --- |`;

function page(lines: readonly string[]): string {
  const { cpu, cores, node } = describeMachine();
  const others = PARITY_DATASETS.filter(({ isOther }) => isOther === true);
  const isOther = (text: string): boolean => others.some(({ name }) => text.startsWith(`| ${name} |`));
  const misses = (of: readonly string[]): string =>
    `${of.filter((text) => text.endsWith(' met |')).length} of ${of.length} lines meet their goals.`;
  const [named, rest] = [lines.filter((text) => !isOther(text)), lines.filter(isOther)];
  return `<!-- Written by \`npm run bench:parity\`. -->

# Scores beside scikit-learn and LightGBM

Accuracy, or R² for regressions, in percentage points: the mean of ${N_FOLDS} folds, the same rows in each fold, the same
features, the same parameters (defaults but where bench/parity/cases.ts says otherwise). Goals: at most ${GOAL_POINTS} points below
scikit-learn for every algorithm; the default forest and the default boosting at most ${BEST_GOAL_POINTS} points below the better of
scikit-learn and LightGBM (its random-forest mode, its default boosting).

_Above scikit-learn_ is the mean difference on equal folds, with its standard error. Where seeds decide (trees, forests, boosting,
networks), rows are dealt out to the folds anew and everyone gets another seed until the difference is three standard
errors from its mark, up to ${MAX_SHUFFLES} times: one deal of a small data set says little, neither for nor against. A line without an
error is of earlier, of one deal (five below 5000 rows).

All sides get the same columns of numbers: texts as codes in the order of the alphabet, gaps filled with the median but for
boosting. (The service leaves gaps to its trees as they are, and lets them split categories as sets.)

LightGBM's random-forest mode is no forest of full trees: when nothing is said its trees end at 31 leaves of 20 rows and look
at every feature. On noisy targets that is worth half a point or more, on clean ones it costs many. The parameters of
\`random_forest_*\` and their defaults are scikit-learn's, so where LightGBM is ahead, scikit-learn is behind it just
as far; the lines with _LightGBM's limits_ give all three the same small trees.

${missingNote(lines)}Measured on ${cpu}, ${cores} cores, Node ${node}.

## The data sets of the goals

${misses(named)}

${HEAD}
${named.join('\n')}

## Others, to see whether it generalises

${misses(rest)}

${HEAD}
${rest.join('\n')}
`;
}
