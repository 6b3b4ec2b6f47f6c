import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine } from '../support/machine.js';
import type { Goal, PageLine } from './page-lines.js';

const PAGE = join(process.cwd(), 'docs', 'serving-speed.md');
const UNITS: Readonly<Record<string, string>> = {
  requestsPerSecond: 'requests/s',
  rowsPerSecond: 'rows/s',
  p50Ms: 'ms p50',
  p99Ms: 'ms p99',
  meanMs: 'ms mean',
  cpuSecondsPer1000: 'CPU s per 1,000',
  peakMiB: 'MiB peak',
  microseconds: 'µs',
  failures: 'failures',
};

/** Numbers with their units; failures only where there are any. */
function figuresText(figures: PageLine['figures']): string {
  return Object.entries(figures)
    .filter(([key, value]) => key !== 'failures' || value !== 0)
    .map(([key, value]) => (key === 'missing' ? value : `${value} ${UNITS[key] ?? key}`))
    .join(', ');
}

/** Renewed lines in the place of those of the same name, new ones at the end. */
function merged(section: string, kept: string, renewed: ReadonlyMap<string, string>): string {
  const old = new RegExp(`## ${section}\\n[\\s\\S]*?\\n((?:\\| [^\\n]*\\n)*)(?=\\n|$)`).exec(kept)?.[1] ?? '';
  const all = new Map<string, string>();
  for (const text of old.split('\n')) {
    const name = /^\| ([^|]+) \|/.exec(text)?.[1];
    if (name !== undefined && !/^(?:---|what|goal)$/.test(name)) all.set(name, text);
  }
  for (const [name, text] of renewed) all.set(name, text);
  return [...all.values()].join('\n');
}

/** Writes the page anew with these lines; what was not measured this time stays. */
export function renewPage(lines: readonly PageLine[], goals: readonly Goal[]): void {
  const kept = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
  const measured = new Map(lines.map(({ name, figures }) => [name, `| ${name} | ${figuresText(figures)} |`]));
  const held = new Map(
    goals.map(({ goal, measured: text, met }) => [goal, `| ${goal} | ${text} | ${met ? 'met' : 'missed'} |`]),
  );
  const { cpu, cores, node } = describeMachine();
  writeFileSync(
    PAGE,
    `<!-- Written by \`npm run bench:serve\`. -->

# Predictions over HTTP, beside others

One row of the census (14 columns), a forest of 100 trees, asked by autocannon (many rows: by a client of the bench)
in a process of its own on the same machine; all sides
with one process. Ours with authentication, metrics and logging as in production. The bare echo is \`node:http\` that sends the
body back. The memory and CPU of ours include the embedded PostgreSQL and data server. Python's servers hold scikit-learn's forest of the same parameters (bench/serve/peers).

Measured on ${cpu}, ${cores} cores, Node ${node}.

## Figures

| what | figures |
| --- | --- |
${merged('Figures', kept, measured)}

## Goals

| goal | measured | |
| --- | --- | --- |
${merged('Goals', kept, held)}
`,
  );
}
