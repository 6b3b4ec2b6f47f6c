import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { EmbeddedDatabaseError, USE_ANOTHER_DATABASE } from './embedded-database-error.js';

const execFileAsync = promisify(execFile);

/** Who PostgreSQL runs as, and how a program is started as that user. */
export interface DatabaseUser {
  /** Undefined: as ourselves. */
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
  /** Put before the program and its arguments. */
  readonly launcher: readonly string[];
}

/** In this order: one that was made for the purpose, then one that every system has. */
const PREFERRED_USERS = ['postgres', 'nobody'];

/**
 * PostgreSQL refuses to run as root. As root it therefore runs as an unprivileged user; as anybody else it runs as us.
 * `paths` are what it must reach: a checkout below a folder that only root may enter is normal for root, so where the
 * way is barred the process keeps the one capability that opens it (and none of root's other powers).
 */
export async function chooseDatabaseUser(paths: readonly string[]): Promise<DatabaseUser> {
  if (process.getuid?.() !== 0) return { ids: undefined, launcher: [] };
  const ids = await findUnprivilegedUser();
  if (await canReach(paths, ids)) return { ids, launcher: [] };
  const launcher = [
    'setpriv',
    `--reuid=${ids.uid}`,
    `--regid=${ids.gid}`,
    '--clear-groups',
    '--inh-caps=-all,+dac_override',
    '--ambient-caps=-all,+dac_override',
    '--',
  ];
  const works = await execFileAsync(launcher[0]!, [...launcher.slice(1), 'ls', ...paths]).then(
    () => true,
    () => false,
  );
  if (works) return { ids, launcher };
  throw new EmbeddedDatabaseError(
    'PostgreSQL does not run as root, and no other user may enter the folder of STORAGE_DIR or of the program. ' +
      `Run the service as an ordinary user, or open the folders above for others. ${USE_ANOTHER_DATABASE}`,
  );
}

async function findUnprivilegedUser(): Promise<{ uid: number; gid: number }> {
  const accounts = await readFile('/etc/passwd', 'utf8').catch(() => '');
  for (const name of PREFERRED_USERS) {
    const fields = accounts
      .split('\n')
      .map((line) => line.split(':'))
      .find((line) => line[0] === name);
    if (fields && Number(fields[2]) > 0) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new EmbeddedDatabaseError(
    'PostgreSQL does not run as root, and the system has neither a user "postgres" nor "nobody". ' +
      `Run the service as an ordinary user. ${USE_ANOTHER_DATABASE}`,
  );
}

/** Asks the system, as that user: permissions, lists and mounts together are more than we could work out. */
function canReach(paths: readonly string[], ids: { uid: number; gid: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('ls', ['-d', ...paths.map((path) => `${path}/.`)], {
      ...ids,
      stdio: 'ignore',
      cwd: '/',
    });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
