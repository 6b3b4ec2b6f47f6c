import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine } from '../support/machine.js';
import type { BenchDocument } from '../support/output.js';
import { GROWTH_GOAL, MEMORY_GOAL, phaseOf, speedGoals, TRAIN_CASES } from './plan.js';
import { type Figures, REPEATS } from './sides.js';

/** The middle of the runs of one side. */
export interface SpeedRow {
  readonly dataset: string;
  readonly algorithm: string;
  readonly side: string;
  readonly nRuns: number;
  /** undefined: it failed. */
  readonly figures: Figures | undefined;
}

export const OUR_SIDE = 'Trainyard';
const PAGE = join(process.cwd(), 'docs', 'training-speed.md');
const COLUMNS = [
  'fitSeconds',
  'firstFitSeconds',
  'fitCpuSeconds',
  'predictSeconds',
  'predictCpuSeconds',
  'peakMiB',
  'score',
] as const;

const keyOf = ({ dataset, algorithm, side }: Pick<SpeedRow, 'dataset' | 'algorithm' | 'side'>): string =>
  `${dataset}:${algorithm}:${side}`;
const secondsOf = (row: SpeedRow, phase: 'fit' | 'predict'): number =>
  row.figures?.[phase === 'fit' ? 'fitSeconds' : 'predictSeconds'] ?? Number.NaN;

function ourRow(rows: readonly SpeedRow[], { dataset, algorithm }: SpeedRow): SpeedRow | undefined {
  return rows.find((row) => row.side === OUR_SIDE && row.dataset === dataset && row.algorithm === algorithm);
}

/** How many times as fast as this side ours is, where the work lies. */
export function speedOver(rows: readonly SpeedRow[], row: SpeedRow): number {
  const ours = ourRow(rows, row);
  const phase = phaseOf(row.algorithm);
  return ours === undefined ? Number.NaN : secondsOf(row, phase) / secondsOf(ours, phase);
}

/** Every goal that these rows can be held against. */
export function judge(rows: readonly SpeedRow[]): BenchDocument['goals'] {
  const goals: { goal: string; measured: string; met: boolean }[] = [];
  for (const row of rows) {
    if (row.side === OUR_SIDE || row.figures === undefined) continue;
    const ours = ourRow(rows, row);
    if (ours?.figures === undefined) continue;
    const title = `${row.dataset} · ${row.algorithm}`;
    for (const { peer, factor } of speedGoals(row.algorithm)) {
      if (peer !== row.side) continue;
      const speed = speedOver(rows, row);
      const goal = `${title}: at least ${factor} times as fast as ${peer}`;
      goals.push({ goal, measured: speed.toFixed(2), met: speed >= factor });
    }
    if (row.side !== MEMORY_GOAL.peer) continue;
    const share = ours.figures.peakMiB / row.figures.peakMiB;
    const goal = `${title}: at most ${MEMORY_GOAL.factor} times the memory of ${MEMORY_GOAL.peer}`;
    goals.push({ goal, measured: share.toFixed(2), met: share <= MEMORY_GOAL.factor });
  }
  for (const large of rows) {
    if (large.side !== OUR_SIDE || large.dataset !== GROWTH_GOAL.to) continue;
    const small = ourRow(rows, { ...large, dataset: GROWTH_GOAL.from });
    if (small?.figures === undefined || large.figures === undefined) continue;
    const growth = large.figures.fitSeconds / small.figures.fitSeconds;
    const goal = `${large.algorithm}: ${GROWTH_GOAL.to} take at most ${GROWTH_GOAL.factor} times as long as ${GROWTH_GOAL.from}`;
    goals.push({ goal, measured: growth.toFixed(2), met: growth <= GROWTH_GOAL.factor });
  }
  return goals;
}

/** The rows of the page as it is. */
function readRows(): SpeedRow[] {
  const text = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
  return text.split('\n').flatMap((line): SpeedRow[] => {
    const cells = line.split('|').map((cell) => cell.trim());
    const algorithm = /^`(\w+)`$/.exec(cells[2] ?? '')?.[1];
    if (algorithm === undefined) return [];
    const [, dataset, , side, nRuns, ...rest] = cells as [
      string,
      string,
      string,
      string,
      string,
      ...string[],
    ];
    // A line of another layout is measured anew.
    if (rest.length !== COLUMNS.length + 3) return [];
    const values = COLUMNS.map((name, k) => [name, Number(rest[k])] as const);
    const figures = Number.isNaN(values[0]?.[1])
      ? undefined
      : (Object.fromEntries(values) as unknown as Figures);
    return [{ dataset, algorithm, side, nRuns: Number(nRuns), figures }];
  });
}

/** In the order of the cases and their sides; what is no case any more is at -1. */
function placeOf(row: SpeedRow): number {
  const keys = TRAIN_CASES.flatMap(({ dataset, algorithm, peers }) =>
    [OUR_SIDE, ...peers].map((side) => keyOf({ dataset: dataset.name, algorithm, side })),
  );
  return keys.indexOf(keyOf(row));
}

/** Writes the page anew with these rows; those of other cases stay. Gives all rows of the page. */
export function renewPage(renewed: readonly SpeedRow[]): SpeedRow[] {
  const keys = new Set(renewed.map(keyOf));
  const rows = [...readRows().filter((row) => !keys.has(keyOf(row))), ...renewed]
    .filter((row) => placeOf(row) >= 0)
    .sort((a, b) => placeOf(a) - placeOf(b));
  writeFileSync(PAGE, page(rows));
  return rows;
}

function line(rows: readonly SpeedRow[], row: SpeedRow): string {
  const cells = COLUMNS.map((name) => {
    const value = row.figures?.[name];
    if (value === undefined) return name === 'fitSeconds' ? 'failed' : '–';
    return name === 'peakMiB' ? value.toFixed(0) : value.toFixed(name === 'score' ? 4 : 3);
  });
  const speed = row.side === OUR_SIDE || row.figures === undefined ? '–' : speedOver(rows, row).toFixed(2);
  const firstFit = ourRow(rows, row)?.figures?.firstFitSeconds ?? Number.NaN;
  const first = speed === '–' ? '–' : ((row.figures?.firstFitSeconds ?? Number.NaN) / firstFit).toFixed(2);
  return `| ${row.dataset} | \`${row.algorithm}\` | ${row.side} | ${row.nRuns} | ${cells.join(' | ')} | ${speed} | ${first} |`;
}

function missingNote(rows: readonly SpeedRow[]): string {
  const missing = TRAIN_CASES.filter(
    ({ dataset, algorithm }) =>
      !rows.some((row) => row.dataset === dataset.name && row.algorithm === algorithm),
  ).map(({ dataset, algorithm }) => `\`${algorithm}\` on ${dataset.name}`);
  return missing.length === 0 ? '' : `Not measured yet: ${missing.join('; ')}.\n\n`;
}

function page(rows: readonly SpeedRow[]): string {
  const { cpu, cores, node } = describeMachine();
  const goals = judge(rows);
  const goalLines = goals.map(
    ({ goal, measured, met }) => `| ${goal} | ${measured} | ${met ? 'met' : 'missed'} |`,
  );
  return `<!-- Written by \`npm run bench:train\`. -->

# Training beside its peers

The same bytes, the same parameters (defaults but where bench/train/cases.ts says otherwise), all cores each, every
side in a process of its own; a fifth of the rows is held out and predicted. A process fits until ${REPEATS.seconds} s are spent, ${REPEATS.most} times
at most, and predicts as often (Node peers once); seconds are its middle, and the middle of so many processes. The first fit of
a process pays for code that is compiled and threads that are started, on each side. CPU seconds are those of all threads, memory the
highest resident size of the process, with its runtime and the data, after one fit. The score is accuracy or R². The last columns
say how many times as fast as this side ours is: in fitting, for neighbours in predicting; and in the first fit. ydf-training has no options and grows 300 trees, ml-random-forest is given 10; the other forests have
100. A Node peer that is not done after two minutes has failed.

${missingNote(rows)}Measured on ${cpu}, ${cores} cores, Node ${node}.

| data set | algorithm | side | runs | fit s | first fit s | fit CPU s | predict s | predict CPU s | peak MiB | score | ours is so many times as fast | in the first fit |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.map((row) => line(rows, row)).join('\n')}

## Goals

${goals.filter(({ met }) => met).length} of ${goals.length} met.

| goal | measured | |
| --- | --- | --- |
${goalLines.join('\n')}
`;
}
