import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { note } from '../support/output.js';

const PEERS_DIR = join(process.cwd(), 'bench', 'peers');
const VENV_DIR = join(process.cwd(), 'bench', '.venv');

/**
 * The interpreter of the benches' own virtual environment, made on first use from bench/peers/requirements.txt
 * and again whenever that file changes. Gives undefined, and says so, where there is no Python 3: the peers are left
 * out then. The product and its tests never need Python.
 */
export function peerPython(): string | undefined {
  const python = join(VENV_DIR, 'bin', 'python');
  const requirements = join(PEERS_DIR, 'requirements.txt');
  const installed = join(VENV_DIR, 'installed.txt');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === wanted) return python;
  try {
    note('making the virtual environment of the peers (a few minutes, once)…');
    execFileSync('python3', ['-m', 'venv', VENV_DIR], { stdio: 'ignore' });
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', '-r', requirements], { stdio: 'inherit' });
    writeFileSync(installed, wanted);
    return python;
  } catch {
    note('no Python 3 with pip here: the Python peers are left out');
    return undefined;
  }
}
