import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { danfoReader } from '../peers/danfo.js';
import { peerPython } from '../peers/python.js';
import { median, note } from '../support/output.js';
import type { ReadFigures } from './reader.js';

/** What reads the file: a program that reads it once, in a process of its own, and prints its figures. */
export interface Reader {
  readonly name: string;
  readonly program: string;
  readonly words: readonly string[];
  /** Takes so long that one round must do. */
  readonly isSlow?: boolean;
}

const READER = fileURLToPath(new URL('./reader.js', import.meta.url));
const READ_CSV = join(process.cwd(), 'bench', 'peers', 'read_csv.py');
const TIMEOUT_MS = 300_000;

const PYTHON_PEERS = { 'pandas.read_csv': 'pandas', 'polars.read_csv': 'polars' };
const DANFO = 'danfojs readCSV, of the unpacked file';

/** Everything that reads CSV and is installed here, and the names of what is not. */
export async function readers(
  file: string,
  folder: string,
): Promise<{ readonly sides: readonly Reader[]; readonly missing: readonly string[] }> {
  const node = process.execPath;
  const found: Reader[] = [
    { name: 'DuckDB, to a table', program: node, words: [READER, 'duckdb', file] },
    {
      name: 'ours, to Parquet with schema',
      program: node,
      words: [READER, 'ours', file, join(folder, 'table.parquet')],
    },
  ];
  const missing: string[] = [];
  const python = peerPython();
  for (const [name, peer] of Object.entries(PYTHON_PEERS)) {
    if (python === undefined) missing.push(name);
    else found.push({ name, program: python, words: [READ_CSV, peer, file] });
  }
  const danfo = danfoReader();
  if (danfo === undefined) missing.push(DANFO);
  else {
    // It reads no gzip; unpacking is not counted against it.
    const words = ['--max-old-space-size=8192', danfo, await plainFile(file, folder)];
    found.push({ name: DANFO, program: node, words, isSlow: true });
  }
  return { sides: found, missing };
}

async function plainFile(file: string, folder: string): Promise<string> {
  if (!file.endsWith('.gz')) return file;
  const plain = join(folder, 'plain.csv');
  await pipeline(createReadStream(file), createGunzip(), createWriteStream(plain));
  return plain;
}

/** One read; undefined, with a note, where the reader does not get through. */
export async function readOnce({ name, program, words }: Reader): Promise<ReadFigures | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, [...words], { timeout: TIMEOUT_MS });
    return JSON.parse(stdout) as ReadFigures;
  } catch (error) {
    const [line = ''] = String(error instanceof Error ? error.message : error)
      .split('\n')
      .slice(-2);
    note(`${name} did not read the file: ${line}`);
    return undefined;
  }
}

/** The median of each figure, and the highest peak. */
export function summarize(rounds: readonly ReadFigures[]): ReadFigures {
  const of = (figure: (one: ReadFigures) => number) => median(rounds.map(figure));
  const isProfiled = rounds.every(({ profileSeconds }) => profileSeconds !== undefined);
  return {
    nRows: rounds[0]?.nRows ?? 0,
    seconds: of(({ seconds }) => seconds),
    cpuSeconds: of(({ cpuSeconds }) => cpuSeconds),
    peakMiB: Math.max(...rounds.map((one) => one.peakMiB)),
    ...(isProfiled
      ? {
          profileSeconds: of((one) => one.profileSeconds ?? 0),
          profileCpuSeconds: of((one) => one.profileCpuSeconds ?? 0),
        }
      : {}),
  };
}
