import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { note } from '../support/output.js';

export const PEERS_DIR = join(process.cwd(), 'bench', 'serve', 'peers');
const VENVS = join(process.cwd(), 'bench', '.venv-serve');
/** pip itself does not come to an end with what MLServer and BentoML want together. */
const INSTALLER = 'uv==0.13.8';

/**
 * The `bin` folder of one of the peers' virtual environments, made on first use and whenever its requirements change.
 * MLflow has one of its own: the others want older versions of what it stands on.
 * Throws with the reason where it cannot be made.
 */
export function venvOf(name: 'peers' | 'mlflow'): string {
  const dir = join(VENVS, name);
  const bin = join(dir, 'bin');
  const requirements = join(PEERS_DIR, name === 'mlflow' ? 'requirements-mlflow.txt' : 'requirements.txt');
  const wanted = readFileSync(requirements, 'utf8');
  const installed = join(dir, 'installed.txt');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === wanted) return bin;
  note(`making the virtual environment ${name} (a minute, once)…`);
  const python = join(bin, 'python');
  execFileSync('python3', ['-m', 'venv', '--clear', dir], { stdio: 'ignore' });
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', INSTALLER], { stdio: 'inherit' });
  execFileSync(join(bin, 'uv'), ['pip', 'install', '--quiet', '--python', python, '-r', requirements], {
    stdio: 'inherit',
  });
  writeFileSync(installed, wanted);
  return bin;
}
