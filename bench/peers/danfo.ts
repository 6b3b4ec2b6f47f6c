import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { note } from '../support/output.js';

const DANFO_DIR = join(process.cwd(), 'bench', 'peers', 'danfo');

/**
 * The program that reads a CSV file with danfojs-node, from a package of its own that is installed on first use (some
 * 300 MB); the overrides there are for an address outside of the registry (xlsx) and for a binary that tfjs-node would
 * download. Gives undefined, and says so, where it cannot be installed.
 */
export function danfoReader(): string | undefined {
  try {
    if (!existsSync(join(DANFO_DIR, 'node_modules', 'danfojs-node'))) {
      note('installing danfojs-node for the benches (once)…');
      const words = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
      execFileSync('npm', words, { cwd: DANFO_DIR, stdio: 'ignore', timeout: 300_000 });
    }
    return join(DANFO_DIR, 'read-csv.mjs');
  } catch {
    note('danfojs-node cannot be installed here: it is left out');
    return undefined;
  }
}
