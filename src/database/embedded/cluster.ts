import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PostgresBinaries } from './binaries.js';
import { EmbeddedDatabaseError, USE_ANOTHER_DATABASE } from './embedded-database-error.js';
import type { DatabaseUser } from './unprivileged-user.js';

const execFileAsync = promisify(execFile);

/** The name of PostgreSQL's first role; not an account of the system. */
export const ROLE = 'trainyard';

/**
 * Makes the data folder when there is none and returns the password of its role. The folder appears whole or not at
 * all, so that a start that was cut short is simply done again.
 */
export async function prepareCluster(
  binaries: PostgresBinaries,
  storageDir: string,
  dataDir: string,
  user: DatabaseUser,
): Promise<string> {
  const passwordFile = join(storageDir, 'database-password');
  if (await exists(join(dataDir, 'PG_VERSION'))) {
    const password = await readFile(passwordFile, 'utf8').catch(() => undefined);
    if (password !== undefined) return password.trim();
    throw new EmbeddedDatabaseError(
      `The file database-password is missing from STORAGE_DIR, where the embedded database lies. ${USE_ANOTHER_DATABASE}`,
    );
  }
  const password = randomBytes(24).toString('base64url');
  await writeFile(passwordFile, password, { mode: 0o600 });
  await createCluster(binaries, dataDir, password, user);
  return password;
}

async function createCluster(
  binaries: PostgresBinaries,
  dataDir: string,
  password: string,
  user: DatabaseUser,
): Promise<void> {
  const makingDir = `${dataDir}.making`;
  const passwordFile = `${makingDir}.password`;
  await rm(makingDir, { recursive: true, force: true });
  await mkdir(makingDir, { mode: 0o700 });
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user.ids) {
    await chown(makingDir, user.ids.uid, user.ids.gid);
    await chown(passwordFile, user.ids.uid, user.ids.gid);
  }
  const [command, ...commandArguments] = [
    ...user.launcher,
    binaries.initdb,
    `--pgdata=${makingDir}`,
    `--username=${ROLE}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
  ];
  try {
    await execFileAsync(command!, commandArguments, {
      ...(user.launcher.length === 0 ? user.ids : {}),
      cwd: '/',
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    });
    await rm(dataDir, { recursive: true, force: true });
    await rename(makingDir, dataDir);
  } catch (error) {
    const lines = String((error as { stderr?: unknown }).stderr ?? error)
      .trim()
      .split('\n');
    throw new EmbeddedDatabaseError(
      `The embedded PostgreSQL could not make its data folder: ${lines.at(-1)}. ${USE_ANOTHER_DATABASE}`,
    );
  } finally {
    await rm(passwordFile, { force: true });
    await rm(makingDir, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
