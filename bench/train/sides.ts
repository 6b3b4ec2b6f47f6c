import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { note } from '../support/output.js';

/** What one fit says of itself, whichever side ran it. */
export interface Figures {
  readonly fitSeconds: number;
  readonly predictSeconds: number;
  readonly peakMiB: number;
  /** Accuracy, or R². */
  readonly score: number;
}

const OURS = fileURLToPath(new URL('./ours.js', import.meta.url));
const PEER = join(process.cwd(), 'bench', 'peers', 'train_peer.py');

/** Runs jobs one after the other in one process of our side, or of Python's; undefined where a job failed. */
export function runJobs(
  side: { readonly python?: string },
  jobs: readonly object[],
  workDir: string,
): (Figures | undefined)[] {
  const jobPath = join(workDir, 'jobs.json');
  writeFileSync(jobPath, JSON.stringify(jobs));
  const [command, script] = side.python === undefined ? [process.execPath, OURS] : [side.python, PEER];
  let output = '';
  try {
    output = execFileSync(command, [script, jobPath], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch (error) {
    output = String((error as { stdout?: unknown }).stdout ?? '');
  }
  const lines = output.split('\n');
  return jobs.map((_, i) => {
    const line = lines[i];
    if (line === undefined || line === '') return undefined;
    const figures = JSON.parse(line) as Figures | { error: string };
    if ('error' in figures) {
      note(`a job failed: ${figures.error}`);
      return undefined;
    }
    return figures;
  });
}
