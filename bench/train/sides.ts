import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { note } from '../support/output.js';

/**
 * How often a process does the same work: until so many seconds are spent on it, so often at most. The first fit of a
 * process pays for what is made ready once, compiled code and threads on either side; the middle is what the work takes.
 */
export const REPEATS = { seconds: 2, most: 7 } as const;

/** What a process says of its work, whichever side ran it: middles where it did the same several times. */
export interface Figures {
  readonly fitSeconds: number;
  readonly firstFitSeconds: number;
  /** Of all threads, user and system. */
  readonly fitCpuSeconds: number;
  readonly predictSeconds: number;
  readonly predictCpuSeconds: number;
  /** After the first fit and its predictions. */
  readonly peakMiB: number;
  /** Accuracy, or R². */
  readonly score: number;
}

/** They are measured on small data; what takes longer than this says enough. */
const NODE_PEER_TIMEOUT_MS = 120_000;
const OURS = fileURLToPath(new URL('./ours.js', import.meta.url));
const PEER = join(process.cwd(), 'bench', 'peers', 'train_peer.py');

/** Ours, or the Python interpreter, or the program of the Node peers. */
export interface Side {
  readonly python?: string;
  readonly nodePeers?: string;
}

/** Runs jobs one after the other in one process of that side; undefined where a job failed. */
export function runJobs(side: Side, jobs: readonly object[], workDir: string): (Figures | undefined)[] {
  const jobPath = join(workDir, 'jobs.json');
  writeFileSync(jobPath, JSON.stringify(jobs));
  const [command, script] =
    side.python === undefined ? [process.execPath, side.nodePeers ?? OURS] : [side.python, PEER];
  let output = '';
  try {
    output = execFileSync(command, [script, jobPath], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: side.nodePeers === undefined ? 0 : NODE_PEER_TIMEOUT_MS,
    });
  } catch (error) {
    output = String((error as { stdout?: unknown }).stdout ?? '');
  }
  // A peer may print of its own accord, too.
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  return jobs.map((_, i) => {
    const line = lines[i];
    if (line === undefined) return undefined;
    const figures = JSON.parse(line) as Figures | { error: string };
    if ('error' in figures) {
      note(`a job failed: ${figures.error}`);
      return undefined;
    }
    return figures;
  });
}
