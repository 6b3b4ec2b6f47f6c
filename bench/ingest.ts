import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { ingest } from '../src/datasets/ingest/ingest.js';
import { peerPython } from './peers/python.js';
import { type BenchRow, median, note, printBench, significant } from './support/output.js';

/**
 * Reading a large CSV: our ingest beside DuckDB's own read of the same file into a table, pandas and polars, in the
 * same run. `npm run bench:ingest -- --file=flights.csv.gz [--rounds=3] [--json]`.
 */
const GOAL_RATIO = 1.5;
const argument = (name: string) =>
  process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
const given = argument('file');
if (given === undefined || !existsSync(given)) {
  note('name a CSV file, plain or gzip: --file=…');
  process.exit(2);
}
const file = resolve(given);
const nRounds = Number(argument('rounds') ?? 3);
const folder = await mkdtemp(join(tmpdir(), 'trainyard-bench-ingest-'));
const threads = 2;

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < nRounds; round++) {
    const start = performance.now();
    await work();
    times.push((performance.now() - start) / 1000);
  }
  return median(times);
}

async function readWithDuckdb(): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: String(threads) });
  const connection = await instance.connect();
  await connection.run(`CREATE TABLE t AS SELECT * FROM read_csv('${file.replaceAll("'", "''")}')`);
  connection.closeSync();
  instance.closeSync();
}

let nRows = 0;
async function readWithOurs(): Promise<void> {
  const limits = {
    maxColumns: 10_000,
    maxLineBytes: 8 * 1024 * 1024,
    maxUncompressedBytes: 100 * 1024 ** 3,
    memoryMb: 2048,
    threads,
  };
  const tablePath = join(folder, 'table.parquet');
  ({ nRows } = await ingest({ sourcePath: file, tablePath, format: 'csv', overrides: {}, limits }));
}

const PEERS = {
  'pandas.read_csv': 'import pandas as p; f = lambda: p.read_csv(path)',
  'polars.read_csv': 'import polars as p; f = lambda: p.read_csv(path, try_parse_dates=True)',
};

function secondsInPython(python: string, code: string): number | undefined {
  const script = `import sys, time, statistics\npath = sys.argv[1]\n${code}\nt = []\nfor _ in range(${nRounds}):\n    s = time.perf_counter(); f(); t.append(time.perf_counter() - s)\nprint(statistics.median(t))`;
  try {
    return Number(execFileSync(python, ['-c', script, file], { encoding: 'utf8', stdio: 'pipe' }));
  } catch {
    return undefined;
  }
}

try {
  note('DuckDB…');
  const duckdb = await secondsOf(readWithDuckdb);
  note('ours…');
  const ours = await secondsOf(readWithOurs);
  const row = (name: string, seconds: number): BenchRow => ({
    name,
    figures: { seconds: significant(seconds), ratio: significant(seconds / duckdb) },
  });
  const rows = [row('DuckDB, to a table', duckdb), row('ours, to Parquet with schema', ours)];
  const python = peerPython();
  for (const [name, code] of Object.entries(PEERS)) {
    const seconds = python === undefined ? undefined : secondsInPython(python, code);
    if (seconds === undefined) note(`${name} is not installed: left out`);
    else rows.push(row(name, seconds));
  }
  note(`${nRows} rows, ${(await stat(file)).size} bytes`);
  printBench('ingest: reading a CSV file', rows, [
    {
      goal: `at most ${GOAL_RATIO} times DuckDB's own read`,
      measured: `${significant(ours / duckdb)}`,
      met: ours / duckdb <= GOAL_RATIO,
    },
  ]);
} finally {
  await rm(folder, { recursive: true, force: true });
}
