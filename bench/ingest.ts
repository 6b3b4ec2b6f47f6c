import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ReadFigures } from './ingest/reader.js';
import { readers, readOnce, summarize } from './ingest/readers.js';
import { type BenchRow, note, printBench, significant } from './support/output.js';

/**
 * Reading a large CSV: our ingest beside DuckDB's own read of the same file into a table in memory, pandas, polars and
 * danfojs, each in a process of its own, in alternating rounds of the same run; modules are loaded before the clock starts.
 * `npm run bench:ingest -- --file=flights.csv.gz [--rounds=3] [--json]`.
 *
 * Ours holds: detection, the scan of every byte for defects and spellings, the canonical Parquet file, the counts of
 * missing and distinct values. The profile, which the service makes in the same process behind that, has its own row,
 * and a third row holds both. CPU seconds are those of all threads: on a busy machine they say more than seconds.
 */
const GOAL_RATIO = 1.5;
const GOAL_PROFILE_SECONDS = 3;
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

try {
  const { sides, missing } = await readers(file, folder);
  const found = new Map<string, ReadFigures[]>();
  for (let round = 1; round <= nRounds; round++) {
    for (const side of sides) {
      if (round > 1 && side.isSlow === true) continue;
      note(`round ${round}: ${side.name}…`);
      const figures = await readOnce(side);
      if (figures !== undefined) found.set(side.name, [...(found.get(side.name) ?? []), figures]);
    }
  }
  const summaries = sides.flatMap(({ name }) => {
    const rounds = found.get(name);
    return rounds === undefined ? [] : [{ name, figures: summarize(rounds) }];
  });
  const duckdb = summaries.find(({ name }) => name.startsWith('DuckDB'))?.figures;
  const ours = summaries.find(({ name }) => name.startsWith('ours'))?.figures;
  if (duckdb === undefined || ours === undefined) throw new Error('DuckDB or ours did not read the file');
  const row = (name: string, seconds: number, cpuSeconds: number, peakMiB?: number): BenchRow => ({
    name,
    figures: {
      seconds: significant(seconds),
      cpuSeconds: significant(cpuSeconds),
      ratio: significant(seconds / duckdb.seconds),
      cpuRatio: significant(cpuSeconds / duckdb.cpuSeconds),
      peakMiB: peakMiB === undefined ? '' : Math.round(peakMiB),
    },
  });
  const rows = summaries.flatMap(({ name, figures }) => {
    const { seconds, cpuSeconds, peakMiB, profileSeconds, profileCpuSeconds } = figures;
    const read = row(name, seconds, cpuSeconds, peakMiB);
    if (profileSeconds === undefined || profileCpuSeconds === undefined) return [read];
    return [
      read,
      row('ours, the profile', profileSeconds, profileCpuSeconds),
      row('ours, both', seconds + profileSeconds, cpuSeconds + profileCpuSeconds),
    ];
  });
  const unread = sides.map(({ name }) => name).filter((name) => !found.has(name));
  for (const name of unread) rows.push({ name, figures: { seconds: 'did not get through' } });
  for (const name of missing) rows.push({ name, figures: { seconds: 'not installed here' } });
  const load = loadavg()[0] ?? 0;
  note(`${ours.nRows} rows, ${(await stat(file)).size} bytes; load ${significant(load)}`);
  const ratio = ours.seconds / duckdb.seconds;
  const profileSeconds = ours.profileSeconds ?? Number.NaN;
  printBench('ingest: reading a CSV file', rows, [
    {
      goal: `at most ${GOAL_RATIO} times DuckDB's own read`,
      measured: `${significant(ratio)} (CPU seconds: ${significant(ours.cpuSeconds / duckdb.cpuSeconds)})`,
      met: ratio <= GOAL_RATIO,
    },
    {
      goal: `profile within ${GOAL_PROFILE_SECONDS} s`,
      measured: `${significant(profileSeconds)} s`,
      met: profileSeconds <= GOAL_PROFILE_SECONDS,
    },
  ]);
} finally {
  await rm(folder, { recursive: true, force: true });
}
