import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPostmaster, stopPostmaster } from '../../src/database/embedded/postmaster.js';

const NAME = /^trainyard-test-run-(\d+)-/;

/** The folder of one test run, named after the process that runs it. What the tests start keeps its files below it. */
export function makeRunFolder(parent = tmpdir(), pid = process.pid): Promise<string> {
  return mkdtemp(join(parent, `trainyard-test-run-${pid}-`));
}

/** Stops the databases that run in the folder or one below, then removes it. */
export async function removeRunFolder(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  const below = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  for (const storageDir of [folder, ...below]) {
    const postmaster = await findPostmaster(join(storageDir, 'database'));
    if (postmaster) await stopPostmaster(postmaster);
  }
  await rm(folder, { recursive: true, force: true });
}

/** Removes what runs have left that were killed: folders of ours whose process is gone. Returns their paths. */
export async function removeLeftovers(parent = tmpdir()): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await readdir(parent)) {
    const pid = Number(NAME.exec(name)?.[1]);
    const folder = join(parent, name);
    if (!pid || isAlive(pid) || !(await isOurs(folder))) continue;
    await removeRunFolder(folder);
    removed.push(folder);
  }
  return removed;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and is somebody else's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function isOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}
