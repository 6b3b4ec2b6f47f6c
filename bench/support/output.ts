import { describeMachine, type Machine } from './machine.js';

/** One line of a bench: a name and its figures, each with its unit in the key. */
export interface BenchRow {
  readonly name: string;
  readonly figures: Readonly<Record<string, number | string>>;
}

/** What a bench found. */
export interface BenchDocument {
  readonly bench: string;
  readonly machine: Machine;
  readonly rows: readonly BenchRow[];
  /** What the figures are held against, each with whether it was met. */
  readonly goals: readonly { readonly goal: string; readonly measured: string; readonly met: boolean }[];
}

/** Prints a bench's result: a table for people, or with `--json` exactly one JSON document. */
export function printBench(
  bench: string,
  rows: readonly BenchRow[],
  goals: BenchDocument['goals'] = [],
): void {
  const document: BenchDocument = { bench, machine: describeMachine(), rows, goals };
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  const { machine } = document;
  console.log(`\n${bench} — ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.os}`);
  console.log(`Node ${machine.node}, commit ${machine.commit}\n`);
  console.table(Object.fromEntries(rows.map((row) => [row.name, row.figures])));
  for (const { goal, measured, met } of goals)
    console.log(`${met ? 'met   ' : 'MISSED'}  ${goal}: ${measured}`);
}

/** Says on stderr what is being done, so that stdout stays clean for `--json`. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** The middle value; the mean of the two middle ones for an even count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** Rounds to `digits` significant digits. */
export function significant(value: number, digits = 3): number {
  return Number(value.toPrecision(digits));
}
