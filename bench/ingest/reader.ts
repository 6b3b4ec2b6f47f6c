import { DuckDBInstance } from '@duckdb/node-api';
import type { IngestInput } from '../../src/datasets/ingest/ingest-types.js';

/**
 * One read of a CSV file in this process: `node reader.js duckdb|ours FILE TABLE`. Prints one JSON document. Modules are
 * loaded before the clock starts, here as in the peers.
 */
export interface ReadFigures {
  readonly nRows: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  /** Ours alone: the profile that the service makes behind the reading. */
  readonly profileSeconds?: number;
  readonly profileCpuSeconds?: number;
}

const THREADS = 2;
const [side, file = '', tablePath = ''] = process.argv.slice(2);

async function timed<Result>(
  work: () => Promise<Result>,
): Promise<{ seconds: number; cpuSeconds: number; result: Result }> {
  const before = process.cpuUsage();
  const start = performance.now();
  const result = await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { seconds, cpuSeconds: (user + system) / 1e6, result };
}

const peakMiB = () => process.resourceUsage().maxRSS / 1024;

async function readWithDuckdb(): Promise<ReadFigures> {
  const { result, ...times } = await timed(async () => {
    const instance = await DuckDBInstance.create(':memory:', { threads: String(THREADS) });
    const connection = await instance.connect();
    await connection.run(`CREATE TABLE t AS SELECT * FROM read_csv('${file.replaceAll("'", "''")}')`);
    return connection;
  });
  const reader = await result.runAndReadAll('SELECT count(*) FROM t');
  return { ...times, peakMiB: peakMiB(), nRows: Number(reader.getRows()[0]?.[0]) };
}

async function readWithOurs(): Promise<ReadFigures> {
  const { ingest } = await import('../../src/datasets/ingest/ingest.js');
  const { profileAfterIngest } = await import('../../src/datasets/profile/profile-task.js');
  const limits = {
    maxColumns: 10_000,
    maxLineBytes: 8 * 1024 * 1024,
    maxUncompressedBytes: 100 * 1024 ** 3,
    memoryMb: 2048,
    threads: THREADS,
  };
  const input: IngestInput = { sourcePath: file, tablePath, format: 'csv', overrides: {}, limits };
  const { result, ...times } = await timed(() => ingest(input));
  const peak = peakMiB();
  const profile = await timed(() => profileAfterIngest(input, result));
  if (profile.result === null) throw new Error('no profile was made');
  const { seconds: profileSeconds, cpuSeconds: profileCpuSeconds } = profile;
  return { ...times, peakMiB: peak, nRows: result.nRows, profileSeconds, profileCpuSeconds };
}

const figures = await (side === 'duckdb' ? readWithDuckdb() : readWithOurs());
process.stdout.write(JSON.stringify(figures));
