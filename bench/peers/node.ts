import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { note } from '../support/output.js';

const NODE_PEERS_DIR = join(process.cwd(), 'bench', 'peers', 'node');

/**
 * The program that trains with ml-cart, ml-random-forest, ml-knn and ydf-training, from a package of its own that is
 * installed on first use. Gives undefined, and says so, where it cannot be installed.
 */
export function nodePeers(): string | undefined {
  try {
    if (!existsSync(join(NODE_PEERS_DIR, 'node_modules', 'ydf-training'))) {
      note('installing the Node peers (once)…');
      const words = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
      execFileSync('npm', words, { cwd: NODE_PEERS_DIR, stdio: 'ignore', timeout: 300_000 });
    }
    return join(NODE_PEERS_DIR, 'train-peer.mjs');
  } catch {
    note('the Node peers cannot be installed here: they are left out');
    return undefined;
  }
}
